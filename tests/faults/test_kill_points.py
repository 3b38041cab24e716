"""Ended at any system call, then run once more: all of the command or nothing of it, and no lie."""

import random
import signal
import time
from pathlib import Path

import pytest

from tests.faults.beginnings import BEGINNINGS, ORDERS, REQUEST, Place, Trial, gist
from tests.faults.injection import Point, distinct, killed_at, points, why_not
from tests.figures import Figures
from tests.judge import MARKER, Scene, check_settled, look

SAMPLE = 1
EVERY_TRIAL = [(beginning, command) for beginning in BEGINNINGS for command in ORDERS]

pytestmark = [
    pytest.mark.skipif(why_not() is not None, reason=why_not() or ""),
    pytest.mark.slow,
    pytest.mark.timeout(1800),
]


def chosen(found: list[Point], request: pytest.FixtureRequest, seed: str) -> list[Point]:
    """All points, or a sample that is the same at each run."""
    if request.config.getoption("--all-faults"):
        return found
    return random.Random(seed).sample(found, min(SAMPLE, len(found)))


def violation(trial: Trial, point: Point) -> str | None:
    """Kill there, look, reconcile once, judge; what is wrong as a sentence."""
    state = trial.begin()
    before = None if (state / MARKER).is_dir() else look(state)
    answer = killed_at(point, trial.argv, REQUEST)
    if answer.code != -signal.SIGKILL:
        return f"{point}: was not reached, nothing was killed: {answer}"
    now = int(time.time())
    if before and opened_too_early(trial, before, look(state), now):
        return f"{point}: the shop was open before the recovery"
    recovered = trial.reconcile()
    if recovered.code != 0:
        return f"{point}: reconcile said {recovered}"
    try:
        scene = check_settled(state, now, window_open=trial.window_open)
    except AssertionError as wrong:
        return f"{point}: {wrong}"
    acknowledged = '"ok":true' in answer.out
    misfitting = misfit(trial, point, scene, acknowledged=acknowledged)
    return misfitting or hindered(trial, point, state)


def hindered(trial: Trial, point: Point, state: Path) -> str | None:
    """Whether something that was left behind is in the way of the next orders."""
    for verb, actor in (("unlock", None), ("lock", "telegram:12345")):
        answer = trial.place.run(verb, window_open=trial.window_open)
        lock = look(state).lock
        if answer.code != 0 or (lock and lock["actor"]) != actor:
            return f"{point}: the next {verb} said {answer}"
    return None


def opened_too_early(trial: Trial, before: Scene, after: Scene, now: int) -> bool:
    """Whether a shop that was closed for a reason, and still has it, was open for a moment."""
    same_lock = after.lock == before.lock and after.lock_holds(now)
    return before.closed and not after.closed and (trial.window_open or same_lock)


def misfit(trial: Trial, point: Point, scene: Scene, *, acknowledged: bool) -> str | None:
    """Compare with the two worlds that are right."""
    found = gist(scene)
    if found == trial.obeyed:
        return None
    if found == trial.untouched and not acknowledged:
        return None
    what = "acknowledged but not done" if found == trial.untouched else "neither done nor undone"
    return f"{point}: {what}\n  {found}\n  obeyed {trial.obeyed}\n  untouched {trial.untouched}"


@pytest.mark.parametrize(("beginning", "command"), EVERY_TRIAL)
def test_a_kill_at_any_system_call_leaves_all_or_nothing_after_one_reconcile(  # noqa: PLR0917 - fixtures, all by name
    beginning: str,
    command: str,
    used_place: Place,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    figures: Figures,
) -> None:
    trial = Trial(used_place, beginning, command)
    trial.begin()
    traced = points(trial.argv, REQUEST, used_place.configs, tmp_path / "trace")
    found = distinct(traced)
    assert len(traced) > len(found) > 5
    picked = chosen(found, request, f"{beginning} {command}")
    violations = [wrong for point in picked if (wrong := violation(trial, point))]
    figures.count("kills at system calls", len(picked), violations=len(violations))
    assert not violations, f"{len(violations)} of {len(picked)}:\n" + "\n".join(violations)
