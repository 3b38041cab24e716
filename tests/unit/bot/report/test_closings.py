"""What became of planned windows, read from the journal."""

from datetime import datetime, timedelta

from bot.report.closings import closing, planned
from bot.report.model import Closing, Span
from core.protocol import Occurrence
from tests.unit.bot.report.journal import MONDAY, NAME, SUNDAY, WINDOW, Journal, epoch

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
LATER = MONDAY + 24 * HOUR


def became(journal: Journal, now: datetime = LATER) -> Closing:
    return closing(WINDOW, journal.events, now)


def test_planned_and_real_edges_stand_side_by_side() -> None:
    journal = Journal()
    journal.week(late=2)
    one = became(journal)
    assert (one.name, one.planned) == (NAME, Span(SUNDAY, MONDAY))
    assert (one.closed_at, one.opened_at) == (SUNDAY + 2 * SECOND, MONDAY + 2 * SECOND)
    assert (one.opened_between, one.repairs, one.recorded, one.over) == ((), (), True, True)


def test_a_lock_before_the_window_closed_the_shop_earlier() -> None:
    journal = Journal()
    journal.lock(SUNDAY - HOUR)
    journal.unlock(SUNDAY + HOUR, state="on")
    journal.note("transition", MONDAY, "off")
    one = became(journal)
    assert (one.closed_at, one.opened_at) == (SUNDAY - HOUR, MONDAY)


def test_a_lock_that_outlasts_the_window_keeps_it_closed() -> None:
    journal = Journal()
    journal.note("transition", SUNDAY, "on", window=WINDOW)
    journal.lock(SUNDAY + HOUR)
    one = became(journal)
    assert (one.closed_at, one.opened_at, one.over) == (SUNDAY, None, True)


def test_a_window_that_was_missed_was_never_closed() -> None:
    journal = Journal()
    journal.week(SUNDAY - 168 * HOUR, MONDAY - 168 * HOUR)
    journal.week(SUNDAY + 168 * HOUR, MONDAY + 168 * HOUR)
    one = became(journal)
    assert (one.closed_at, one.opened_at, one.recorded) == (None, None, True)


def test_before_the_journal_began_nothing_is_claimed() -> None:
    journal = Journal()
    assert became(journal).recorded is False
    journal.week(SUNDAY + 168 * HOUR, MONDAY + 168 * HOUR)
    assert became(journal).recorded is False


def test_times_at_which_it_was_open_inside_are_named() -> None:
    journal = Journal()
    journal.note("transition", SUNDAY, "on", window=WINDOW)
    journal.note("transition", SUNDAY + HOUR, "off")
    journal.note("transition", SUNDAY + 2 * HOUR, "on", window=WINDOW)
    journal.note("transition", MONDAY, "off")
    one = became(journal)
    assert one.opened_between == (Span(SUNDAY + HOUR, SUNDAY + 2 * HOUR),)
    assert (one.closed_at, one.opened_at) == (SUNDAY, MONDAY)


def test_repairs_inside_the_window_are_named_and_others_are_not() -> None:
    journal = Journal()
    journal.note("healed", SUNDAY - HOUR, "off")
    journal.note("transition", SUNDAY, "on", window=WINDOW)
    journal.note("healed", SUNDAY + HOUR, "on", window=WINDOW)
    journal.note("transition", MONDAY, "off")
    journal.note("healed", MONDAY + HOUR, "on")
    assert became(journal).repairs == (SUNDAY + HOUR,)


def test_a_window_is_not_over_before_its_end() -> None:
    journal = Journal()
    journal.note("transition", SUNDAY, "on", window=WINDOW)
    one = became(journal, MONDAY - SECOND)
    assert (one.over, one.opened_at) == (False, None)
    assert became(journal, MONDAY).over is True


def test_what_was_recorded_counts_more_than_todays_configuration() -> None:
    journal = Journal()
    journal.week()
    moved = Occurrence(WINDOW.start - 3600, WINDOW.end - 3600, "moved since")
    other = Occurrence(WINDOW.end, WINDOW.end + 60, "touches")
    assert planned([moved, other], journal.events) == [WINDOW, other]


def test_of_a_window_that_was_changed_while_open_the_newest_counts() -> None:
    journal = Journal()
    longer = Occurrence(WINDOW.start, WINDOW.end + 3600, NAME)
    journal.note("transition", SUNDAY, "on", window=WINDOW)
    journal.lock(SUNDAY + HOUR, window=longer)
    assert planned([], journal.events) == [longer]


def test_without_a_record_the_configuration_names_the_windows_in_order() -> None:
    second = Occurrence(epoch(MONDAY + HOUR), epoch(MONDAY + 2 * HOUR), "extra")
    assert planned([second, WINDOW], []) == [WINDOW, second]
