"""From rules to occurrences, over clock changes too."""

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from core.instants import LATEST, instant, text_of
from core.protocol import Occurrence
from core.windows import (
    ExtraWindow,
    WeeklyWindow,
    Window,
    around,
    first_instant,
    following,
    last_instant,
    leaves_open,
    occurrences,
)

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
WEEK = 7 * 86400


def minute(text: str) -> int:
    day, clock = text.split()
    hour, minutes = clock.split(":")
    return (DAYS.index(day) * 24 + int(hour)) * 60 + int(minutes)


def weekly(start: str, end: str, zone: str = "UTC", name: str = "week") -> WeeklyWindow:
    return WeeklyWindow(
        name,
        minute(start),
        wall_minutes=(minute(end) - minute(start)) % (7 * 1440),
        zone=zone_of(zone),
        zone_name=zone,
    )


def lasting(start: str, seconds: int, zone: str = "UTC", name: str = "week") -> WeeklyWindow:
    return WeeklyWindow(name, minute(start), duration=seconds, zone=zone_of(zone), zone_name=zone)


def zone_of(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


def shown(found: list[Occurrence]) -> list[tuple[str, str, str]]:
    return [(text_of(one.start), text_of(one.end), one.name) for one in found]


def between(window: Window | list[Window], start: str, end: str) -> list[tuple[str, str, str]]:
    windows = window if isinstance(window, list) else [window]
    return shown(occurrences(windows, instant(start), instant(end)))


MOLLIE = weekly("Sun 22:00", "Mon 05:00")


def test_a_window_crosses_midnight_and_the_end_of_the_week() -> None:
    assert between(MOLLIE, "2026-11-24T00:00:00Z", "2026-12-08T00:00:00Z") == [
        ("2026-11-29T22:00:00Z", "2026-11-30T05:00:00Z", "week"),
        ("2026-12-06T22:00:00Z", "2026-12-07T05:00:00Z", "week"),
    ]


def test_a_window_that_ends_before_its_start_in_the_week_reaches_into_the_next() -> None:
    window = weekly("Tue 12:00", "Tue 11:00")
    assert between(window, "2026-11-24T12:00:00Z", "2026-11-24T12:00:01Z") == [
        ("2026-11-24T12:00:00Z", "2026-12-01T11:00:00Z", "week"),
    ]


@pytest.mark.parametrize(
    ("start", "end", "there"),
    [
        ("2026-11-29T21:59:59Z", "2026-11-29T22:00:00Z", False),
        ("2026-11-29T22:00:00Z", "2026-11-29T22:00:01Z", True),
        ("2026-11-30T04:59:59Z", "2026-11-30T05:00:00Z", True),
        ("2026-11-30T05:00:00Z", "2026-11-30T05:00:01Z", False),
    ],
)
def test_windows_are_half_open(*, start: str, end: str, there: bool) -> None:
    assert bool(between(MOLLIE, start, end)) is there


def test_an_occurrence_is_told_whole_even_if_only_its_middle_is_asked_for() -> None:
    assert between(MOLLIE, "2026-11-30T01:00:00Z", "2026-11-30T01:00:01Z") == [
        ("2026-11-29T22:00:00Z", "2026-11-30T05:00:00Z", "week"),
    ]


def test_a_skipped_start_means_the_first_instant_after_the_gap() -> None:
    # 2027-03-28: 02:00 becomes 03:00 in Amsterdam, at 01:00 UTC.
    window = weekly("Sun 02:30", "Sun 04:00", "Europe/Amsterdam")
    assert between(window, "2027-03-28T00:00:00Z", "2027-03-28T12:00:00Z") == [
        ("2027-03-28T01:00:00Z", "2027-03-28T02:00:00Z", "week"),
    ]


def test_a_skipped_end_means_the_first_instant_after_the_gap() -> None:
    window = weekly("Sun 01:00", "Sun 02:30", "Europe/Amsterdam")
    assert between(window, "2027-03-28T00:00:00Z", "2027-03-28T12:00:00Z") == [
        ("2027-03-28T00:00:00Z", "2027-03-28T01:00:00Z", "week"),
    ]


def test_an_occurrence_that_the_clock_change_leaves_empty_does_not_happen() -> None:
    window = weekly("Sun 02:10", "Sun 02:50", "Europe/Amsterdam")
    assert between(window, "2027-03-22T00:00:00Z", "2027-04-05T00:00:00Z") == [
        ("2027-04-04T00:10:00Z", "2027-04-04T00:50:00Z", "week"),
    ]


def test_a_repeated_time_is_the_first_for_a_start_and_the_last_for_an_end() -> None:
    # 2026-10-25: 03:00 becomes 02:00 in Amsterdam, at 01:00 UTC.
    window = weekly("Sun 02:15", "Sun 02:45", "Europe/Amsterdam")
    assert between(window, "2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z") == [
        ("2026-10-25T00:15:00Z", "2026-10-25T01:45:00Z", "week"),
    ]


def test_a_half_hour_change_is_found_to_the_second() -> None:
    # 2026-10-04: 02:00 becomes 02:30 on Lord Howe, at 15:30 UTC the day before.
    window = weekly("Sun 02:10", "Sun 05:00", "Australia/Lord_Howe")
    assert between(window, "2026-10-03T12:00:00Z", "2026-10-04T12:00:00Z") == [
        ("2026-10-03T15:30:00Z", "2026-10-03T18:00:00Z", "week"),
    ]


@pytest.mark.parametrize("minute_of_the_gap", range(60))
def test_every_time_that_a_clock_change_skips_means_the_same_instant(
    minute_of_the_gap: int,
) -> None:
    wall = datetime(2027, 3, 28, 2, minute_of_the_gap)  # noqa: DTZ001 - a time on the wall
    change = instant("2027-03-28T01:00:00Z")
    assert first_instant(wall, zone_of("Europe/Amsterdam")) == change
    assert last_instant(wall, zone_of("Europe/Amsterdam")) == change


def test_a_day_that_a_zone_skipped_is_a_gap_like_any_other() -> None:
    # Samoa had no 2011-12-30: midnight was 10:00 UTC on that date.
    window = weekly("Fri 12:00", "Sat 12:00", "Pacific/Apia")
    assert between(window, "2011-12-30T00:00:00Z", "2011-12-31T00:00:00Z") == [
        ("2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z", "week"),
    ]


def test_a_duration_is_real_time_over_a_clock_change() -> None:
    window = lasting("Sun 00:00", 7 * 3600, "Europe/Amsterdam")
    assert between(window, "2027-03-28T00:00:00Z", "2027-03-28T12:00:00Z") == [
        ("2027-03-27T23:00:00Z", "2027-03-28T06:00:00Z", "week"),
    ]


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
@pytest.mark.parametrize("start", ["Mon 00:00", "Thu 12:00", "Sun 23:59"])
def test_a_weekly_window_is_found_in_the_second_in_which_it_starts(zone: str, start: str) -> None:
    window = lasting(start, 60, zone)
    wall = datetime(2026, 11, 23) + timedelta(minutes=minute(start))  # noqa: DTZ001 - a Monday
    begins = int(wall.replace(tzinfo=zone_of(zone)).timestamp())
    assert [one.start for one in window.starting(begins, begins + 1)] == [begins]
    assert list(window.starting(begins - 1, begins)) == []
    assert list(window.starting(begins + 1, begins + 2)) == []


def test_an_extra_window_is_found_in_the_second_in_which_it_starts() -> None:
    window = ExtraWindow("x", 1000, 2000)
    assert list(window.starting(1000, 1001)) == [Occurrence(1000, 2000, "x")]
    assert list(window.starting(999, 1000)) == []
    assert list(window.starting(1001, 1002)) == []


def test_overlapping_windows_become_one_with_both_names() -> None:
    other = weekly("Mon 04:00", "Mon 06:00", name="backup")
    assert between([other, MOLLIE], "2026-11-29T00:00:00Z", "2026-12-01T00:00:00Z") == [
        ("2026-11-29T22:00:00Z", "2026-11-30T06:00:00Z", "week + backup"),
    ]


def test_touching_windows_become_one() -> None:
    other = weekly("Mon 05:00", "Mon 06:00", name="backup")
    expected = [("2026-11-29T22:00:00Z", "2026-11-30T06:00:00Z", "week + backup")]
    assert between([MOLLIE, other], "2026-11-29T23:00:00Z", "2026-11-29T23:00:01Z") == expected
    assert between([MOLLIE, other], "2026-11-30T05:30:00Z", "2026-11-30T05:30:01Z") == expected


def test_a_window_inside_another_does_not_shorten_it_and_a_name_stands_once() -> None:
    inner = weekly("Sun 23:00", "Mon 01:00", name="inner")
    again = weekly("Mon 02:00", "Mon 03:00", name="week")
    assert between([MOLLIE, inner, again], "2026-11-29T00:00:00Z", "2026-12-01T00:00:00Z") == [
        ("2026-11-29T22:00:00Z", "2026-11-30T05:00:00Z", "week + inner"),
    ]


def test_windows_that_nearly_touch_stay_apart() -> None:
    other = weekly("Mon 05:01", "Mon 06:00", name="backup")
    found = between([MOLLIE, other], "2026-11-29T00:00:00Z", "2026-12-01T00:00:00Z")
    assert [name for _, _, name in found] == ["week", "backup"]


def test_very_many_names_are_cut() -> None:
    windows: list[Window] = [weekly("Sun 22:00", "Mon 05:00", name=f"w{i}") for i in range(100)]
    (found,) = between(windows, "2026-11-29T22:00:00Z", "2026-11-29T22:00:01Z")
    assert found[2].startswith("w0 + w1 + ")
    assert found[2].endswith("…")
    assert len(found[2]) == 200


def test_names_that_just_fit_are_whole() -> None:
    windows: list[Window] = [
        weekly("Sun 22:00", "Mon 05:00", name="a" * 100),
        weekly("Sun 22:00", "Mon 05:00", name="b" * 97),
    ]
    (found,) = between(windows, "2026-11-29T22:00:00Z", "2026-11-29T22:00:01Z")
    assert found[2] == "a" * 100 + " + " + "b" * 97


def test_a_window_that_begins_just_where_the_look_ahead_ends_is_still_joined() -> None:
    # One looks eight days beyond what is asked for, at first.
    edge = 1_000_001 + 8 * 86400
    windows: list[Window] = [ExtraWindow("a", 1_000_000, edge), ExtraWindow("b", edge, edge + 60)]
    assert occurrences(windows, 1_000_000, 1_000_001) == [
        Occurrence(1_000_000, edge + 60, "a + b"),
    ]


def test_a_chain_of_touching_windows_is_told_whole() -> None:
    days: list[Window] = [
        ExtraWindow(f"d{n}", 86400 * (1000 + 5 * n), 86400 * (1005 + 5 * n)) for n in range(9)
    ]
    for day in (1000, 1022, 1044):
        (found,) = occurrences(days, day * 86400, day * 86400 + 1)
        assert (found.start, found.end) == (86400 * 1000, 86400 * 1045)


def test_windows_without_any_gap_are_cut_after_a_year_or_so() -> None:
    always: list[Window] = [weekly("Mon 00:00", "Sun 00:00"), weekly("Sun 00:00", "Mon 00:00")]
    now = instant("2026-11-24T00:00:00Z")
    (found,) = occurrences(always, now, now + 1)
    assert found.start < now < found.end
    assert 50 * WEEK < found.end - found.start < 70 * WEEK


def test_following_goes_on_from_week_to_week_and_shows_each_once() -> None:
    now = instant("2026-11-30T00:00:00Z")
    found = list(islice(following([MOLLIE], now), 60))
    assert len(found) == 60
    assert found[0].start < now < found[0].end
    assert all(b.start - a.start == WEEK for a, b in pairwise(found))


def test_following_ends_after_the_last_extra_window_however_far_it_is() -> None:
    far = instant("2040-01-01T00:00:00Z")
    extra = ExtraWindow("far", far, far + 60)
    past = ExtraWindow("past", 0, 60)
    near = ExtraWindow("near", 2 * WEEK, 2 * WEEK + 60)
    assert [one.name for one in following([past, extra, near], WEEK)] == ["near", "far"]
    assert list(following([], WEEK)) == []
    assert list(following([past], LATEST)) == []


@pytest.mark.parametrize("weeks", range(1, 12))
def test_an_extra_window_is_followed_to_whatever_week_it_starts_in(weeks: int) -> None:
    now = instant("2026-11-30T00:00:00Z")
    extra = ExtraWindow("x", now + weeks * WEEK, now + weeks * WEEK + 60)
    assert [one.start for one in following([extra], now)] == [now + weeks * WEEK]


def test_around_holds_what_contains_each_instant_and_what_comes_next() -> None:
    extra = ExtraWindow("far", 10 * WEEK, 10 * WEEK + 60)
    near = ExtraWindow("near", 1000, 2000)
    assert [one.name for one in around([extra, near], 1500)] == ["near", "far"]
    assert [one.name for one in around([extra, near], 500)] == ["near"]
    assert [one.name for one in around([extra, near], 1000)] == ["near", "far"]
    assert [one.name for one in around([extra, near], 500, 3000)] == ["near", "far"]
    assert around([near], 3000) == []


def test_weeks_begin_in_1970() -> None:
    assert next(following([weekly("Thu 00:00", "Thu 01:00")], 0)).start == 0


@pytest.mark.parametrize("year", [2027, 2028, 2032, 2033])
def test_leap_days_and_year_ends_are_days_like_others(year: int) -> None:
    start = int(datetime(year, 12, 20, tzinfo=UTC).timestamp())
    found = occurrences([MOLLIE], start, start + 20 * 86400)
    assert all(
        datetime.fromtimestamp(one.start, UTC).strftime("%a %H") == "Sun 22" for one in found
    )
    assert len(found) in (2, 3)


def test_whether_weekly_windows_leave_the_shop_open_at_all() -> None:
    week = [weekly("Mon 00:00", "Sat 00:00"), weekly("Sat 00:00", "Sun 12:00")]
    assert leaves_open(week)
    assert not leaves_open([*week, weekly("Sun 12:00", "Mon 00:00")])
    assert not leaves_open([*week, lasting("Sun 11:00", 86400)])
    assert leaves_open([*week, weekly("Sun 12:00", "Mon 00:00", "Europe/Amsterdam")])
    assert leaves_open([weekly("Mon 01:00", "Sun 00:00"), weekly("Sun 00:00", "Mon 00:30")])
    assert leaves_open([weekly("Mon 00:01", "Mon 00:00")])
    assert leaves_open([ExtraWindow("x", 0, 60), weekly("Mon 00:00", "Sun 00:00")])
