"""The core's calendar agrees with the wall clock, looked at every minute of two years."""

import random
from bisect import bisect_right
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core import config
from core.decision import decide
from core.protocol import Occurrence, Transition
from core.timetable import Timetable
from core.windows import Window, occurrences
from tests.installed import run
from tests.property.calendar_cases import (
    CASES,
    DAY,
    FIRST,
    LAST,
    WEEK,
    ZONES,
    Case,
    Extra,
    Weekly,
    configuration,
    minutes,
    rfc3339,
)
from tests.property.oracle import Strip

CHANGES = tuple(
    minutes(text)
    for text in (
        "2026-02-15T02:00:00Z",  # Casablanca
        "2026-03-08T05:30:00Z",  # St John's
        "2026-03-22T02:00:00Z",  # Casablanca
        "2026-03-29T01:00:00Z",  # Amsterdam
        "2026-04-04T15:00:00Z",  # Lord Howe
        "2026-10-03T15:30:00Z",  # Lord Howe
        "2026-10-25T01:00:00Z",  # Amsterdam
        "2026-11-01T04:30:00Z",  # St John's
    )
)

both = pytest.mark.parametrize(("name", "zone"), [(name, zone) for zone in ZONES for name in CASES])


@cache
def strip(name: str, zone: str) -> Strip:
    """The oracle's two years, painted once for all tests."""
    return Strip(CASES[name], zone, FIRST, LAST)


def windows_of(case: Case, zone: str, folder: Path) -> list[Window]:
    """The case as the core reads it from its configuration file."""
    file = folder / "core.toml"
    file.write_text(configuration(case, zone))
    return config.load(str(file)).windows


def painted(found: list[Occurrence], first: int, last: int) -> bytearray:
    """The core's occurrences as minutes on a strip."""
    paint = bytearray(last - first)
    for occurrence in found:
        assert occurrence.start % 60 == occurrence.end % 60 == 0
        start = max(occurrence.start // 60 - first, 0)
        end = min(occurrence.end // 60 - first, last - first)
        paint[start:end] = b"\1" * (end - start)
    return paint


def agrees(found: list[Occurrence], wall: Strip) -> None:
    """Occurrences are whole, merged, sorted and exactly where the oracle painted."""
    for before, after in pairwise(found):
        assert before.end < after.start
    for occurrence in found:
        assert occurrence.start < occurrence.end
        names = set(occurrence.name.split(" + "))
        assert names == wall.names(occurrence.start // 60, occurrence.end // 60)
    assert painted(found, wall.first, wall.last) == wall.painted


@both
def test_every_minute_of_two_years_is_inside_or_outside_as_the_wall_clock_says(
    name: str, zone: str, tmp_path: Path
) -> None:
    windows = windows_of(CASES[name], zone, tmp_path)
    agrees(occurrences(windows, FIRST * 60, LAST * 60), strip(name, zone))


@both
def test_a_short_question_gets_the_same_occurrences_as_a_long_one(
    name: str, zone: str, tmp_path: Path
) -> None:
    windows = windows_of(CASES[name], zone, tmp_path)
    whole = occurrences(windows, FIRST * 60, LAST * 60)
    dice = random.Random(f"{name} {zone}")
    spots = [*CHANGES, *(dice.randrange(FIRST, LAST - WEEK) for _ in range(30))]
    for spot in spots:
        begin, end = spot * 60, (spot + dice.choice((1, 60, DAY, WEEK))) * 60
        touching = [one for one in whole if one.start < end and one.end > begin]
        found = occurrences(windows, begin, end)
        assert [one.name for one in found] == [one.name for one in touching]
        assert [_clip(one, begin, end) for one in found] == [
            _clip(one, begin, end) for one in touching
        ]


def _clip(occurrence: Occurrence, begin: int, end: int) -> tuple[int, int]:
    return max(occurrence.start, begin), min(occurrence.end, end)


@pytest.mark.parametrize("zone", ZONES)
def test_the_decision_at_every_minute_is_the_wall_clocks(
    zone: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    # 61 shares no divisor with a week: the sample meets every minute of the week.
    step = 1 if request.config.getoption("--all-faults") else 61
    name = "several and one-off"
    whole = occurrences(windows_of(CASES[name], zone, tmp_path), FIRST * 60, LAST * 60)
    starts = [one.start for one in whole]
    near = [whole[max(at - 1, 0) : at + 2] for at in range(len(whole) + 1)]
    decided = bytearray(
        decide(minute * 60, near[bisect_right(starts, minute * 60)], None).maintenance
        for minute in range(FIRST, LAST, step)
    )
    assert decided == strip(name, zone).painted[::step]


@pytest.mark.parametrize("zone", ZONES)
def test_explain_at_every_minute_knows_the_present_and_the_next_edge_of_the_wall_clock(
    zone: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    # Finding the windows around a minute costs much more than deciding, so the sample is smaller.
    step = 1 if request.config.getoption("--all-faults") else 1009
    name = "several and one-off"
    (tmp_path / "core.toml").write_text(configuration(CASES[name], zone))
    # Like `explain`, which only reads the configuration anew each time.
    timetable = Timetable(str(tmp_path / "core.toml"))
    wall = strip(name, zone)
    edges = [Transition(edge * 60, maintenance=opens) for edge, opens in wall.edges()]
    instants = [edge.at for edge in edges]
    for now in range(FIRST * 60, LAST * 60, step * 60):
        decided = decide(now, timetable.around(now), None)
        assert decided.maintenance is bool(wall.painted[now // 60 - FIRST]), rfc3339(now)
        coming = bisect_right(instants, now)
        if coming < len(edges):
            assert decided.next_transition == edges[coming], rfc3339(now)


@both
def test_the_second_at_an_edge_belongs_to_what_begins_there(
    name: str, zone: str, tmp_path: Path
) -> None:
    windows = windows_of(CASES[name], zone, tmp_path)
    edges = strip(name, zone).edges()
    for (edge, opens), (following, _) in pairwise(edges):
        for second, expected, then in (
            (edge * 60 - 1, not opens, (edge * 60, opens)),
            (edge * 60, opens, (following * 60, not opens)),
            (edge * 60 + 1, opens, (following * 60, not opens)),
        ):
            around = occurrences(windows, second - 9 * DAY * 60, second + 9 * DAY * 60)
            decision = decide(second, around, None)
            assert decision.maintenance is expected
            if abs(then[0] - second) < 9 * DAY * 60:
                assert decision.next_transition is not None
                assert (decision.next_transition.at, decision.next_transition.maintenance) == then


zones = st.sampled_from(ZONES)
readings = st.integers(0, WEEK - 1)
weeklies = st.one_of(
    st.builds(Weekly, st.sampled_from("abc"), readings, readings).filter(
        lambda window: window.start != window.end
    ),
    st.builds(Weekly, st.sampled_from("abc"), readings, st.none(), st.integers(1, WEEK - 1)),
)
extras = st.builds(
    lambda name, start, length: Extra(name, start, start + length),
    st.sampled_from("de"),
    st.integers(FIRST, LAST),
    st.integers(1, WEEK - 1),
)


def leaves_a_minute_open(case: Case) -> bool:
    """A shop that could never open is a mistake, and is refused."""
    closed = {
        (window.start + minute) % WEEK
        for window in case
        if isinstance(window, Weekly)
        for minute in range(window.length or ((window.end or 0) - window.start) % WEEK)
    }
    return len(closed) < WEEK


@given(
    st.lists(st.one_of(weeklies, extras), max_size=4),
    zones,
    st.sampled_from(CHANGES),
    st.integers(-WEEK, WEEK),
)
@settings(max_examples=100, deadline=None)
def test_any_windows_in_any_zone_agree_with_the_wall_clock(
    tmp_path_factory: pytest.TempPathFactory,
    windows: list[Weekly | Extra],
    zone: str,
    change: int,
    offset: int,
) -> None:
    case = tuple(windows)
    assume(leaves_a_minute_open(case))
    first = change + offset - WEEK
    read = windows_of(case, zone, tmp_path_factory.mktemp("any"))
    wall = Strip(case, zone, first, first + 2 * WEEK)
    agrees(occurrences(read, first * 60, (first + 2 * WEEK) * 60), wall)


@both
def test_schedule_lists_exactly_the_oracles_runs(
    name: str, zone: str, program: Path, tmp_path: Path
) -> None:
    file = tmp_path / "core.toml"
    file.write_text(configuration(CASES[name], zone))
    wall = strip(name, zone)
    begins = [edge for edge, opens in wall.edges() if opens]
    ends = [edge for edge, opens in wall.edges() if not opens]
    if wall.painted[0]:
        ends = ends[1:]
    expected = [
        {"start": rfc3339(start * 60), "end": rfc3339(end * 60)}
        for start, end in zip(begins, ends, strict=False)
    ]
    origin = rfc3339(begins[0] * 60) if begins else rfc3339(FIRST * 60)
    count = max(len(expected), 1)
    argv = ["--config", file, "schedule", "--json", "--from", origin, "--count", count]
    found = run([program, *argv]).json["occurrences"]
    assert [{"start": one["start"], "end": one["end"]} for one in found] == expected


@pytest.mark.parametrize("zone", ZONES)
def test_explain_agrees_at_the_edges_around_every_clock_change(
    zone: str, program: Path, tmp_path: Path
) -> None:
    name = "several and one-off"
    file = tmp_path / "core.toml"
    file.write_text(configuration(CASES[name], zone))
    wall = strip(name, zone)
    near = [
        (edge, opens)
        for edge, opens in wall.edges()
        if any(abs(edge - change) < 3 * DAY for change in CHANGES)
    ]
    assert len(near) > 10
    for edge, opens in near[:24]:
        for second, expected in ((edge * 60 - 1, not opens), (edge * 60, opens)):
            argv = ["--config", file, "explain", "--json", "--at", rfc3339(second)]
            answer = run([program, *argv]).json
            assert answer["ok"] is True
            assert answer["at"] == rfc3339(second)
            assert answer["desired"] is expected, answer
            assert (answer["window"] is not None) is expected
