"""How long before the payment provider's cut-off windows begin."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from adapters.base import Finding, Severity
from bot.config import CutOff, Method
from bot.config.shape import WeekMinute
from bot.cutoff import look
from core.protocol import Occurrence

AMSTERDAM, LONDON, WORLD = (ZoneInfo(name) for name in ("Europe/Amsterdam", "Europe/London", "UTC"))
MIDNIGHT = CutOff(WeekMinute(0))


def weekly(hour: int, minute: int, zone: ZoneInfo, weeks: int = 52) -> list[Occurrence]:
    """Windows of seven hours, on Sundays from November on."""
    found = []
    for week in range(weeks):
        wall = datetime(2026, 11, 29, hour, minute) + timedelta(weeks=week)  # noqa: DTZ001 - the zone follows
        start = int(wall.replace(tzinfo=zone).timestamp())
        found.append(Occurrence(start, start + 7 * 3600, "Mollie week"))
    return found


def looked(cut_off: CutOff | None, windows: list[Occurrence]) -> list[Finding]:
    return [*look(cut_off, AMSTERDAM, windows)]


def test_an_hour_ahead_all_year_is_enough_for_every_method() -> None:
    (found,) = looked(MIDNIGHT, weekly(23, 0, AMSTERDAM))
    assert found.severity is Severity.OK
    assert "60 minutes or more" in found.sentence


def test_a_window_fixed_in_utc_has_no_lead_in_summer() -> None:
    (found,) = looked(MIDNIGHT, weekly(22, 0, WORLD))
    assert (found.severity, found.problem) == (Severity.WARNING, "short-lead")
    assert "begins 0 minutes before the cut-off of 2027-03-29 00:00" in found.sentence
    assert "ideal 15, card 30, bancontact 60" in found.sentence
    assert "too short for ideal, card, bancontact" in found.sentence
    assert "60 minutes before, in the time zone of the cut-off (Europe/Amsterdam)" in found.cure


def test_the_same_window_is_good_as_long_as_it_is_winter() -> None:
    (found,) = looked(MIDNIGHT, weekly(22, 0, WORLD, weeks=10))
    assert found.severity is Severity.OK


@pytest.mark.parametrize(
    ("minute", "late"),
    [(0, ""), (1, "bancontact"), (30, "bancontact"), (31, "card, bancontact"), (45, "card, b")],
)
def test_the_methods_for_which_it_is_too_short_are_named(minute: int, late: str) -> None:
    (found,) = looked(MIDNIGHT, weekly(23, minute, AMSTERDAM))
    assert (f"too short for {late}" in found.sentence) is bool(late)
    assert (found.severity is Severity.OK) is (not late)


def test_methods_that_nobody_pays_with_need_no_lead() -> None:
    only_ideal = CutOff(WeekMinute(0), methods=(Method.IDEAL,))
    (found,) = looked(only_ideal, weekly(23, 45, AMSTERDAM))
    assert found.severity is Severity.OK
    (found,) = looked(only_ideal, weekly(23, 46, AMSTERDAM))
    assert "begins 14 minutes before" in found.sentence


def test_the_cut_off_may_be_in_another_zone() -> None:
    there = CutOff(WeekMinute(0), timezone=LONDON)
    (found,) = looked(there, weekly(23, 30, LONDON))
    assert "begins 30 minutes before" in found.sentence


def test_a_window_that_begins_after_the_cut_off_misses_it() -> None:
    saturday_midnight = CutOff(WeekMinute(6 * 24 * 60))
    (found,) = looked(saturday_midnight, weekly(23, 0, AMSTERDAM))
    assert found.problem == "no-window"
    assert "No window is open at the cut-off of 2026-12-06 00:00." in found.sentence


def test_a_week_without_a_window_is_told() -> None:
    windows = weekly(23, 0, AMSTERDAM)
    del windows[5]
    (found,) = looked(MIDNIGHT, windows)
    assert "No window is open at the cut-off of 2027-01-04 00:00." in found.sentence


def test_without_a_cut_off_the_rule_is_told_and_without_windows_that_there_are_none() -> None:
    (found,) = looked(None, weekly(23, 0, AMSTERDAM))
    assert found.severity is Severity.OK
    assert "stays payable (minutes: ideal 15, card 30, bancontact 60)" in found.sentence
    assert [one.problem for one in looked(MIDNIGHT, [])] == ["no-window"]
