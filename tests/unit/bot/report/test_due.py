"""When a note is due."""

from datetime import timedelta

from bot.report.due import LATEST, SETTLING, due
from core.protocol import Occurrence
from tests.unit.bot.report.journal import MONDAY, WINDOW, epoch

WEEK, SECOND = timedelta(weeks=1), timedelta(seconds=1)
LONG_AGO = MONDAY - 52 * WEEK


def test_a_note_is_due_once_after_each_end_whatever_a_lock_does() -> None:
    now = MONDAY + SETTLING
    assert due([WINDOW], LONG_AGO, now - SECOND) == []
    assert due([WINDOW], LONG_AGO, now) == [WINDOW]
    assert due([WINDOW], MONDAY, now) == []


def test_a_bot_that_was_away_makes_up_for_what_is_still_news() -> None:
    weeks = [
        Occurrence(epoch(MONDAY - n * WEEK) - 60, epoch(MONDAY - n * WEEK), "week")
        for n in range(5)
    ]
    assert due(weeks, LONG_AGO, MONDAY + SETTLING) == [weeks[1], weeks[0]]
    assert LATEST == 2 * WEEK
