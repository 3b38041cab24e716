"""The instant that a time on the wall means."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wallclock import last_instant

ZONES = ["UTC", "Europe/Amsterdam", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca"]


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        ("2026-11-29 23:00", "Europe/Amsterdam", "2026-11-29 22:00"),
        ("2026-10-25 02:30", "Europe/Amsterdam", "2026-10-25 01:30"),
        ("2026-03-29 02:00", "Europe/Amsterdam", "2026-03-29 01:00"),
        ("2026-03-29 02:59", "Europe/Amsterdam", "2026-03-29 01:00"),
        ("2026-03-29 03:00", "Europe/Amsterdam", "2026-03-29 01:00"),
        ("2026-10-04 02:15", "Australia/Lord_Howe", "2026-10-03 15:30"),
        ("2026-04-05 01:45", "Australia/Lord_Howe", "2026-04-04 15:15"),
    ],
)
def test_the_last_time_that_the_clock_shows_it_or_the_end_of_the_gap(
    local: str, zone: str, instant: str
) -> None:
    found = last_instant(datetime.fromisoformat(local), ZoneInfo(zone))
    assert found == datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert (found.tzinfo, found.fold) == (UTC, 0)


MINUTES = st.integers(0, 10 * 366 * 24 * 60).map(
    lambda minutes: datetime.fromisoformat("2020-01-01") + timedelta(minutes=minutes)
)


@given(local=MINUTES, zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_afterwards_the_clock_never_shows_it_again(local: datetime, zone: ZoneInfo) -> None:
    found = last_instant(local, zone)
    shown = [
        (found + timedelta(minutes=minutes)).astimezone(zone).replace(tzinfo=None)
        for minutes in range(1, 200)
    ]
    assert local not in shown
    assert found.astimezone(zone).replace(tzinfo=None) >= local
