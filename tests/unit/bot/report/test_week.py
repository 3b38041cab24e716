"""Which window belongs to which week."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.report.week import NotAWeek, Week, parse, week_of

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ZONES = [AMSTERDAM, ZoneInfo("UTC"), ZoneInfo("Africa/Cairo"), ZoneInfo("Pacific/Auckland")]


def test_a_week_is_from_monday_midnight_to_monday_midnight_in_the_zone_for_people() -> None:
    span = parse("2026-W48").span(AMSTERDAM)
    assert span.start == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert span.end == datetime(2026, 11, 29, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hours"), [("2026-W13", 167), ("2026-W43", 169), ("2026-W48", 168)]
)
def test_a_week_with_a_clock_change_is_an_hour_shorter_or_longer(text: str, hours: int) -> None:
    span = parse(text).span(AMSTERDAM)
    assert span.end - span.start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("start", "week"),
    [
        # Sunday 23:00 to Monday 06:00 closes the week that is ending.
        (datetime(2026, 11, 29, 23, 0, tzinfo=AMSTERDAM), "2026-W48"),
        # Sunday 22:00 UTC, in winter and in summer.
        (datetime(2026, 11, 29, 22, 0, tzinfo=UTC), "2026-W48"),
        (datetime(2026, 7, 5, 22, 0, tzinfo=UTC), "2026-W27"),
        # One second after midnight begins in the new week.
        (datetime(2026, 7, 5, 22, 0, 1, tzinfo=UTC), "2026-W28"),
        (datetime(2026, 12, 31, 20, 0, tzinfo=UTC), "2026-W53"),
        (datetime(2027, 1, 3, 22, 0, tzinfo=UTC), "2026-W53"),
    ],
    ids=str,
)
def test_a_window_belongs_to_the_week_that_it_closes(start: datetime, week: str) -> None:
    assert str(week_of(start, AMSTERDAM)) == week
    assert parse(week).closed_by(start, AMSTERDAM)


@given(
    st.integers(10**9, 3 * 10**9).map(lambda at: datetime.fromtimestamp(at, UTC)),
    st.sampled_from(ZONES),
)
def test_every_window_belongs_to_exactly_one_week(start: datetime, zone: ZoneInfo) -> None:
    week = week_of(start, zone)
    around = [Week(week.monday + timedelta(weeks=n)) for n in (-1, 0, 1)]
    assert [one.closed_by(start, zone) for one in around] == [False, True, False]
    assert parse(str(week)) == week


@pytest.mark.parametrize(
    "text", ["", "48", "2026-48", "2026-W00", "2026-W54", "2025-W53", "0000-W01", "9999-W52"]
)
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(NotAWeek):
        parse(text)


def test_a_week_may_be_written_in_small_letters() -> None:
    assert str(parse(" 2026-w05 ")) == "2026-W05"
