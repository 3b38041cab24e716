"""People's locks, read from the journal."""

from datetime import timedelta

from bot.report.locks import locks
from bot.report.model import Ended, Span
from tests.unit.bot.report.journal import MONDAY, SUNDAY, Journal, epoch

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
SPAN = Span(SUNDAY - WEEK, MONDAY)


def test_a_lock_tells_who_why_from_when_to_when_and_who_ended_it() -> None:
    journal = Journal()
    journal.lock(SUNDAY - 5 * HOUR, until=epoch(SUNDAY), origin="telegram:-100")
    journal.unlock(SUNDAY - 3 * HOUR, name="Bob")
    (one,) = locks(journal.events, SPAN)
    assert (one.actor, one.name, one.reason, one.origin) == (
        "telegram:1",
        "Anna",
        "audit",
        "telegram:-100",
    )
    assert (one.start, one.until, one.end) == (SUNDAY - 5 * HOUR, SUNDAY, SUNDAY - 3 * HOUR)
    assert (one.ended, one.ended_by) == (Ended.UNLOCKED, "Bob")


def test_a_lock_that_holds_has_no_end() -> None:
    journal = Journal()
    journal.lock(SUNDAY)
    (one,) = locks(journal.events, SPAN)
    assert (one.until, one.end, one.ended) == (None, None, None)


def test_a_lock_that_expired_was_ended_by_nobody() -> None:
    journal = Journal()
    journal.lock(SUNDAY, until=epoch(SUNDAY + HOUR))
    journal.note("lock-expired", SUNDAY + HOUR, "off", ended="a", name="Anna")
    (one,) = locks(journal.events, SPAN)
    assert (one.end, one.ended, one.ended_by) == (SUNDAY + HOUR, Ended.EXPIRED, None)


def test_a_lock_in_another_ones_place_ends_that_one() -> None:
    journal = Journal()
    journal.lock(SUNDAY, "a")
    journal.lock(SUNDAY + HOUR, "b", name="Bob", ended="a")
    first, second = locks(journal.events, SPAN)
    assert (first.end, first.ended, first.ended_by) == (SUNDAY + HOUR, Ended.REPLACED, "Bob")
    assert (second.name, second.end) == ("Bob", None)


def test_only_locks_that_held_in_the_span_are_told() -> None:
    journal = Journal()
    for identity, start, end in [
        ("before", SPAN.start - 2 * HOUR, SPAN.start),
        ("into", SPAN.start - HOUR, SPAN.start + HOUR),
        ("inside", SUNDAY, SUNDAY + HOUR),
        ("after", SPAN.end, SPAN.end + HOUR),
    ]:
        journal.lock(start, identity, name=identity)
        journal.unlock(end, identity)
    assert [one.name for one in locks(journal.events, SPAN)] == ["into", "inside"]


def test_edges_of_windows_and_ends_of_unknown_locks_are_no_locks() -> None:
    journal = Journal()
    journal.unlock(SUNDAY - HOUR, "unknown")
    journal.week()
    assert locks(journal.events, SPAN) == ()
