"""Instants and durations as people read them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.timefmt import Times

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
ENGLISH = Times("en", ZoneInfo("Europe/Amsterdam"))
DUTCH = Times("nl", ZoneInfo("Europe/Amsterdam"))
WORLD = Times("en", ZoneInfo("UTC"))


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("times", "at", "shown"),
    [
        (ENGLISH, "2026-11-30 05:00", "Mon 06:00 (05:00 UTC)"),
        (DUTCH, "2026-11-30 05:00", "ma 06:00 (05:00 UTC)"),
        (WORLD, "2026-11-30 05:00", "Mon 05:00 UTC"),
        (ENGLISH, "2026-11-29 11:00", "Sun 12:00 (11:00 UTC)"),
        # On another day in UTC, its weekday stands there, too.
        (ENGLISH, "2026-11-29 23:30", "Mon 00:30 (Sun 23:30 UTC)"),
        # A weekday is enough for six days, before and after.
        (ENGLISH, "2026-12-05 12:00", "Sat 13:00 (12:00 UTC)"),
        (ENGLISH, "2026-12-05 12:01", "Sat 5 Dec 13:01 (12:01 UTC)"),
        (ENGLISH, "2026-11-23 12:00", "Mon 13:00 (12:00 UTC)"),
        (DUTCH, "2026-11-23 11:59", "ma 23 nov 12:59 (11:59 UTC)"),
        (ENGLISH, "2027-01-01 05:00", "Fri 1 Jan 2027 06:00 (05:00 UTC)"),
        (ENGLISH, "2026-12-31 23:30", "Fri 1 Jan 2027 00:30 (Thu 23:30 UTC)"),
        # The clock shows this time twice.
        (ENGLISH, "2026-10-25 00:30", "Sun 25 Oct 02:30 CEST (00:30 UTC)"),
        (ENGLISH, "2026-10-25 01:30", "Sun 25 Oct 02:30 CET (01:30 UTC)"),
        # Seconds: of what is to come, and of what has just been.
        (ENGLISH, "2026-11-29 12:00:20", "Sun 13:00:20 (12:00:20 UTC)"),
        (WORLD, "2026-12-01 12:00:20", "Tue 12:00:20 UTC"),
        (ENGLISH, "2026-11-29 11:59:20", "Sun 12:59:20 (11:59:20 UTC)"),
        (ENGLISH, "2026-11-29 11:50:20", "Sun 12:50 (11:50 UTC)"),
    ],
)
def test_an_instant_names_its_day_and_always_its_zone(times: Times, at: str, shown: str) -> None:
    assert times.instant(instant(at), NOW) == shown


def test_london_in_winter_is_not_called_utc() -> None:
    london = Times("en", ZoneInfo("Europe/London"))
    assert london.instant(instant("2026-11-30 05:00"), NOW) == "Mon 05:00 (05:00 UTC)"


def test_a_day_is_shown_with_its_year() -> None:
    assert ENGLISH.date(date(2026, 12, 1)) == "Tue 1 Dec 2026"
    assert DUTCH.date(date(2026, 12, 1)) == "di 1 dec 2026"


@pytest.mark.parametrize(
    ("seconds", "english", "dutch"),
    [
        (-5, "0 seconds", "0 sec"),
        (0, "0 seconds", "0 sec"),
        (1, "1 second", "1 sec"),
        (20, "20 seconds", "20 sec"),
        (60, "1 minute", "1 min"),
        (80, "1 minute 20 seconds", "1 min 20 sec"),
        (5 * 60 + 20, "5 minutes", "5 min"),
        (60 * 60, "1 hour", "1 uur"),
        (130 * 60 + 29, "2 hours 10 minutes", "2 uur 10 min"),
        (24 * 3600, "1 day", "1 dag"),
        (3 * 86400 + 4 * 3600, "3 days 4 hours", "3 dagen 4 uur"),
        (90 * 86400, "90 days", "90 dagen"),
    ],
)
def test_a_duration_is_told_by_its_two_largest_units(
    seconds: int, english: str, dutch: str
) -> None:
    assert ENGLISH.duration(timedelta(seconds=seconds)) == english
    assert DUTCH.duration(timedelta(seconds=seconds)) == dutch


@given(
    at=st.integers(1_700_000_000, 1_900_000_000),
    zone=st.sampled_from(["UTC", "Europe/Amsterdam", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_utc_can_always_be_read_from_what_is_shown(at: int, zone: str) -> None:
    moment = datetime.fromtimestamp(at, UTC).replace(second=0)
    shown = Times("en", ZoneInfo(zone)).instant(moment, NOW)
    assert f"{moment:%H:%M} UTC" in shown


@given(st.timedeltas(timedelta(0), timedelta(days=400)))
def test_no_duration_is_empty(length: timedelta) -> None:
    assert ENGLISH.duration(length)
