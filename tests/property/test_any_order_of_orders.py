"""No order of commands, clocks and accidents opens the shop inside a window; nothing is lost."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from core import operations
from core.errors import CoreError
from core.operations import House
from core.protocol import Failure, Request
from tests.installed import run_at
from tests.judge import JOURNAL, LOCK, MARKER, rfc3339
from tests.property.shop_machine import Runner, ShopMachine

VERBS = {
    "lock": operations.lock,
    "unlock": operations.unlock,
    "reconcile": operations.reconcile,
}
QUICK = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def parsed(text: str) -> dict[str, Any]:
    """An answer's JSON object."""
    answer = json.loads(text)
    assert isinstance(answer, dict)
    return answer


def in_process(
    verb: str, config: Path, state: Path, now: int, request: dict[str, Any]
) -> dict[str, Any]:
    """The same functions that the command line calls."""
    house = House(str(config), str(state), lambda: now)
    try:
        report = VERBS[verb](house, Request.from_json(json.dumps(request)))
    except CoreError as error:
        return parsed(Failure(error.problem, str(error)).to_json())
    return parsed(report.to_json())


def machine(runner: Runner) -> type[ShopMachine]:
    """The machine with a way to run a verb."""
    return type("Machine", (ShopMachine,), {"runner": staticmethod(runner)})


def test_any_order_of_orders_clocks_and_accidents_keeps_every_rule() -> None:
    run_state_machine_as_test(machine(in_process), settings=QUICK)


def unlock_that_ignores_the_window(
    verb: str, config: Path, state: Path, now: int, request: dict[str, Any]
) -> dict[str, Any]:
    """Breaks the one rule on purpose."""
    said = in_process(verb, config, state, now, request)
    if verb == "unlock":
        (state / MARKER).unlink(missing_ok=True)
        said.update(maintenance=False, desired=False, reasons=[])
    return said


def reconcile_that_is_blind_to_the_lock(
    verb: str, config: Path, state: Path, now: int, request: dict[str, Any]
) -> dict[str, Any]:
    """Opens at the end of a window although somebody locked."""
    hidden = state.parent / "hidden"
    if verb != "reconcile" or not (state / LOCK).exists():
        return in_process(verb, config, state, now, request)
    (state / LOCK).rename(hidden)
    try:
        return in_process(verb, config, state, now, request)
    finally:
        hidden.rename(state / LOCK)


def journal_that_forgets(
    verb: str, config: Path, state: Path, now: int, request: dict[str, Any]
) -> dict[str, Any]:
    """Loses the newest line now and then."""
    said = in_process(verb, config, state, now, request)
    lines = (state / JOURNAL).read_bytes().splitlines(keepends=True) if said["seq"] else []
    if len(lines) == 3:
        (state / JOURNAL).write_bytes(b"".join(lines[:-1]))
    return said


def journal_that_tells_twice(
    verb: str, config: Path, state: Path, now: int, request: dict[str, Any]
) -> dict[str, Any]:
    """Repeats the newest line under the next number."""
    said = in_process(verb, config, state, now, request)
    if said["seq"] == 2:
        newest = json.loads((state / JOURNAL).read_bytes().splitlines()[-1])
        with (state / JOURNAL).open("a") as journal:
            journal.write(json.dumps({**newest, "seq": 3}, separators=(",", ":")) + "\n")
        said["seq"] = 3
    return said


def report_that_promises_the_wrong_instant(
    verb: str, config: Path, state: Path, now: int, request: dict[str, Any]
) -> dict[str, Any]:
    """A second too late."""
    said = in_process(verb, config, state, now, request)
    if said["ok"] and said["next_transition"]:
        said["next_transition"]["at"] = said["next_transition"]["at"][:-3] + "01Z"
    return said


@pytest.mark.parametrize(
    "broken",
    [
        unlock_that_ignores_the_window,
        reconcile_that_is_blind_to_the_lock,
        journal_that_forgets,
        journal_that_tells_twice,
        report_that_promises_the_wrong_instant,
    ],
)
def test_a_rule_that_is_broken_on_purpose_is_noticed(broken: Runner) -> None:
    quick = settings(
        QUICK,
        max_examples=200,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        report_multiple_bugs=False,
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine(broken), settings=quick)


def test_the_real_program_keeps_the_same_rules(program: Path) -> None:
    if shutil.which("faketime") is None:
        pytest.skip("needs faketime: apt install faketime")

    def by_command_line(
        verb: str, config: Path, state: Path, now: int, request: dict[str, Any]
    ) -> dict[str, Any]:
        options = ["--config", str(config), "--state-dir", str(state), verb, "--json", "--stdin"]
        return run_at(rfc3339(now), [program, *options], stdin=json.dumps(request)).json

    few = settings(QUICK, max_examples=6, stateful_step_count=12)
    run_state_machine_as_test(machine(by_command_line), settings=few)
