"""A system call that fails never makes the program lie, keep silent, or open the shop."""

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.beginnings import COMMANDS, REQUEST, Place, Trial, gist
from tests.faults.injection import ABORTS, MEMORY, NEVER_RETURNS, Point, failing_at, points, why_not
from tests.figures import Figures
from tests.installed import Answer
from tests.judge import Scene, check_settled, look

SAMPLE = 2
NAMELESS = "The lock does not say whose it is and why"
ERRORS = ("EIO", "ENOSPC", "EROFS", "EINTR", "EMFILE", "EACCES")
FROM = (
    "open",
    "locked",
    "in a window and locked",
    "a window has just begun",
    "a window has just ended",
    "a lock has just ended",
    "a folder for a marker",
)

pytestmark = [
    pytest.mark.skipif(why_not() is not None, reason=why_not() or ""),
    pytest.mark.slow,
    pytest.mark.timeout(1800),
]


def one_answer(answer: Answer) -> dict[str, Any]:
    """The answer; a fault if there is none, or more than one."""
    objects = answer.objects
    assert len(objects) == 1, f"{len(objects)} answers: {answer}"
    return objects[0]


def check_answer(
    trial: Trial, answer: Answer, scene: Scene, *, window_open: bool, now: int
) -> None:
    """What was said is so; what was ordered is done."""
    said = one_answer(answer)
    assert said["ok"] is (answer.code == 0), answer
    if not said["ok"]:
        assert said["problem"], answer
        assert said["message"], answer
        return
    assert said["maintenance"] is scene.closed, answer
    assert trial.command == "status" or said["desired"] is scene.closed, answer
    if set(said["reasons"]) - {"window", "lock"}:
        assert said["desired"], f"in doubt, and open: {answer}"
        return
    assert said["desired"] is (window_open or scene.lock_holds(now)), answer
    assert (said["window"] is not None) is window_open, answer


def in_doubt(answer: Answer) -> bool:
    """Whether the run stayed closed because it could not know; that is told, as one more event."""
    said: dict[str, Any] = answer.objects[0] if answer.out else {"ok": False, "problem": None}
    if not said["ok"]:
        return bool(said["problem"] == "configuration")
    return bool(set(said["reasons"]) - {"window", "lock"})


def check_still_closed(before: Scene, after: Scene, *, window_open: bool, now: int) -> None:
    """What was closed, and has a reason to be, stays closed."""
    if before.closed and (window_open or after.lock_holds(now)):
        assert after.closed, f"opened: {after}"


def violation(trial: Trial, point: Point, error: str, trace: Path) -> str | None:
    """Make the call fail, judge the answer, reconcile once, judge the place."""
    state = trial.begin()
    before = look_again(state)
    answer = failing_at(point, error, trial.argv, REQUEST, trace)
    if answer is None:
        return f"{point} {error}: was not reached, nothing failed"
    now = int(time.time())
    try:
        after = look_again(state)
        if not (point.is_the_answer or point.call in MEMORY):
            check_answer(trial, answer, after, window_open=trial.window_open, now=now)
        check_still_closed(before, after, window_open=trial.window_open, now=now)
        recovered = trial.reconcile()
        assert recovered.code == 0, recovered
        scene = check_settled(state, now, window_open=trial.window_open)
        if in_doubt(answer):
            return None
        found = gist(scene)
        rights = [trial.obeyed, trial.untouched]
        if NAMELESS in answer.out:
            rights.append(nameless(trial.obeyed))
        assert any(fits(found, right) for right in rights), (
            f"{found}\n  obeyed {trial.obeyed}\n  untouched {trial.untouched}"
        )
    except (AssertionError, json.JSONDecodeError) as wrong:
        return f"{point} {error}: {wrong}"
    return None


def nameless(obeyed: tuple[Any, ...]) -> tuple[Any, ...]:
    """What is right too where it is said: the shop is closed by a lock that does not say whose."""
    closed, _, told = obeyed
    anybodys = (*told[-1][:3], "unknown", None, None)
    return closed, {}, (*told[:-1], anybodys)


def fits(found: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    """Equal, but that a lock which could not be read just then may be told as somebody's."""
    if found[:2] != right[:2] or len(found[2]) != len(right[2]):
        return False
    return all(
        one == other or (one[:3] == other[:3] and one[0] == "locked" and one[3] == "unknown")
        for one, other in zip(found[2], right[2], strict=True)
    )


def look_again(folder: Path) -> Scene:
    """The scene; a folder in the marker's place counts as an open shop."""
    marker = folder / "MAINTENANCE_MODE"
    if not marker.is_dir():
        return look(folder)
    marker.rmdir()
    try:
        return look(folder)
    finally:
        marker.mkdir()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("beginning", FROM)
def test_a_failing_system_call_is_told_and_never_opens_the_shop(  # noqa: PLR0917 - fixtures, all by name
    beginning: str,
    command: str,
    used_place: Place,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    figures: Figures,
) -> None:
    trial = Trial(used_place, beginning, command)
    trial.begin()
    trace = tmp_path / "trace"
    found = [
        (point, error)
        for point in points(trial.argv, REQUEST, used_place.configs, trace)
        if point.call not in NEVER_RETURNS | ABORTS
        for error in (ERRORS[:1] if point.importing else ERRORS)
    ]
    if not request.config.getoption("--all-faults"):
        found = random.Random(f"{beginning} {command}").sample(found, SAMPLE)
    violations = [
        wrong for point, error in found if (wrong := violation(trial, point, error, trace))
    ]
    figures.count("errors at system calls", len(found), violations=len(violations))
    assert not violations, f"{len(violations)} of {len(found)}:\n" + "\n".join(violations)


def test_an_event_is_recorded_once_whatever_fails_after_it_is_written(
    used_place: Place, tmp_path: Path
) -> None:
    """`unlock` looks twice at what is to be recorded: an error after the sync must not hide it."""
    trial = Trial(used_place, "a window has just begun", "unlock")
    trial.begin()
    trace = tmp_path / "trace"
    found = points(trial.argv, REQUEST, used_place.configs, trace)
    written = next(at for at, one in enumerate(found) if '{\\"seq\\":1,' in one.arguments)
    after = found[written + 1 : written + 4]
    # The C library looks by another call since its version 2.39.
    assert [one.call.replace("newfstatat", "fstat") for one in after] == ["fsync", "fstat", "close"]
    violations = [violation(trial, one, error, trace) for one in after for error in ERRORS]
    assert violations == [None] * len(violations)


def test_what_is_known_of_the_journal_is_not_doubted_later_in_the_same_run(
    used_place: Place, tmp_path: Path
) -> None:
    """Once the end of a lock is written down, no call that fails adds an event."""
    trial = Trial(used_place, "a lock has just ended", "reconcile")
    trial.begin()
    trace = tmp_path / "trace"
    found = points(trial.argv, REQUEST, used_place.configs, trace)
    written = next(
        at for at, one in enumerate(found) if one.call == "write" and '{\\"seq\\":' in one.arguments
    )
    after = [one for one in found[written + 1 :] if not one.importing]
    violations = [violation(trial, one, "EIO", trace) for one in after]
    assert violations == [None] * len(violations)
