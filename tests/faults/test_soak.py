"""A whole year in minutes, with the rules looked at after every step."""

import json
import random
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.faults.year import Year
from tests.figures import Figures
from tests.installed import run_at
from tests.judge import rfc3339, seconds
from tests.property.shop_machine import Runner
from tests.property.test_any_order_of_orders import in_process, unlock_that_ignores_the_window

YEAR = (seconds("2026-03-01T00:00:00Z"), seconds("2027-03-01T00:00:00Z"), 500)
MONTH = (seconds("2026-10-12T00:00:00Z"), seconds("2026-11-09T00:00:00Z"), 40)
"""From, until, and the number of orders: both clock changes; the autumn's alone."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


def lived(runner: Runner, seed: int, start: int, end: int, orders: int) -> Year:
    """The year after its last day; its folder is gone."""
    living: type[Year] = type("Living", (Year,), {"runner": staticmethod(runner)})
    shop = living(random.Random(seed))
    try:
        shop.live(start, end, orders)
    finally:
        shop.teardown()
    return shop


def now_and_then_the_program(program: Path, every: int) -> Runner:
    """The core's functions in this process, and each so many times the program as installed."""
    calls = 0

    def run_verb(
        verb: str, config: Path, state: Path, now: int, request: dict[str, Any]
    ) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        if calls % every or shutil.which("faketime") is None:
            return in_process(verb, config, state, now, request)
        command = partial(by_the_program, program, now, "--config", config, "--state-dir", state)
        said: dict[str, Any] = command(verb, stdin=json.dumps(request))
        if said["ok"]:
            seen = command("status")
            keys = ("maintenance", "desired", "reasons", "window", "lock", "next_transition", "seq")
            assert [seen[key] for key in keys] == [said[key] for key in keys], "status differs"
        return said

    return run_verb


def by_the_program(program: Path, now: int, *words: object, stdin: str = "") -> dict[str, Any]:
    """Run it at that instant."""
    argv = [program, *words, "--json", *(["--stdin"] if stdin else [])]
    return run_at(rfc3339(now), argv, stdin=stdin).json


def test_no_step_of_a_year_breaks_a_rule(
    program: Path, figures: Figures, request: pytest.FixtureRequest
) -> None:
    full = request.config.getoption("--all-faults")
    begun = time.monotonic()
    for seed in range(3 if full else 1):
        runner = now_and_then_the_program(program, every=25)
        shop = lived(runner, 20261129 + seed, *(YEAR if full else MONTH))
        for what in ("killed runs", "full disks", "accidents", "clock steps"):
            assert shop.figures[what] > 0, f"no {what}: nothing was proved"
        told = ", ".join(f"{count:,} {what}" for what, count in shop.figures.items())
        passed = time.monotonic() - begun
        figures.tell(f"soak, seed {seed}", f"{told}; 0 violations; {passed:.0f} s")


def forgetful(
    verb: str, config: Path, state: Path, now: int, request: dict[str, Any]
) -> dict[str, Any]:
    """Broken on purpose: what is recorded is not done when a window ends."""
    said = in_process(verb, config, state, now, request)
    if said["ok"] and said["transition"] == "off":
        (state / "MAINTENANCE_MODE").touch()
    return said


@pytest.mark.parametrize("broken", [unlock_that_ignores_the_window, forgetful])
def test_a_year_with_a_rule_broken_on_purpose_does_not_pass(broken: Callable[..., Any]) -> None:
    with pytest.raises(AssertionError):
        lived(broken, 1, *MONTH)
