"""No bytes from outside make a parser do anything but give a value or its documented error."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from core import lockfile
from core.lockfile import Lock
from core.protocol import Request
from core.statedir import StateDir
from tests.figures import Figures
from tests.fuzz import adapter_targets, bot_targets, core_targets
from tests.fuzz.core_targets import LockFile
from tests.fuzz.harness import CPU, MEMORY, Campaign, Target, affordable, memory_of
from tests.fuzz.shapes import tampered

NAMES = (
    *("helper request", "helper answer", "lock file", "journal", "core.toml", "almanac"),
    *("bot.toml", "typed line", "pretix answer"),
    *("Telegram update", "Telegram refusal", "slash payload", "button press", "websocket frame"),
)
QUICK, BATCH, LONG = 10, 500, 60.0
"""Inputs of the short form; inputs of a batch and seconds of the long one."""

each = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def targets() -> Iterator[dict[str, Target]]:
    # Files in memory: what is measured is the parsers, and nothing needs to last.
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield from _targets(Path(folder))


def _targets(folder: Path) -> Iterator[dict[str, Target]]:
    every = (*core_targets.targets(folder), *bot_targets.targets(folder))
    loop = asyncio.new_event_loop()
    yield {one.name: one for one in (*every, *adapter_targets.targets(loop))}
    loop.close()


def test_every_target_is_tried(targets: dict[str, Target]) -> None:
    assert tuple(targets) == NAMES


@pytest.mark.slow
@pytest.mark.timeout(300)
@each
def test_a_parser_gives_a_value_or_its_documented_error(
    name: str, targets: dict[str, Target], figures: Figures, request: pytest.FixtureRequest
) -> None:
    campaign = Campaign()
    if request.config.getoption("--all-faults"):
        campaign.run(targets[name], batch=BATCH, until=time.monotonic() + LONG)
    else:
        campaign.run(targets[name], batch=QUICK)
    assert campaign.taken, "nothing valid was ever made: the inputs prove nothing"
    figures.tell(f"fuzzing, {name}", str(campaign))


@each
def test_an_input_made_to_cost_much_costs_little(name: str, targets: dict[str, Target]) -> None:
    target = targets[name]
    for bomb in target.bombs:
        affordable(target.check, bomb)
        spent = memory_of(target.check, bomb)
        assert spent < MEMORY, f"{bomb[:20]!r}… cost {spent:,} bytes"


def test_an_event_whose_number_no_database_keeps_is_passed_over(targets: dict[str, Target]) -> None:
    assert targets["journal"].check(core_targets.LINES[0] + b"\n")
    assert not targets["journal"].check(core_targets.BEYOND + b"\n")


def careless_look(home: StateDir) -> Lock | None:
    """Broken on purpose: what is not JSON is no lock."""
    found = lockfile.look(home)
    return None if found is None or found.unreadable else found


def lenient_request(content: bytes) -> bool:
    """Broken on purpose: takes the fields as they come."""
    try:
        raw = json.loads(content)
    except ValueError:
        return False
    return bool(Request(raw["actor"], until=raw["until"]))


def slow_parser(_: bytes) -> bool:
    """Broken on purpose: takes its time."""
    begun = time.thread_time()
    while time.thread_time() < begun + CPU:
        pass
    return True


def request_target(check: Callable[[bytes], bool]) -> Target:
    samples = [json.dumps(core_targets.ORDER).encode()]
    return Target("broken", tampered(samples), check)


def test_a_parser_that_is_broken_on_purpose_is_found_out() -> None:
    with pytest.raises((KeyError, TypeError)):
        Campaign().run(request_target(lenient_request), batch=200)


def test_a_parser_that_takes_its_time_is_found_out() -> None:
    with pytest.raises(AssertionError, match="cost"):
        affordable(slow_parser, b"")


def test_a_lock_that_garbage_opens_is_found_out(tmp_path: Path) -> None:
    broken = LockFile(tmp_path)
    broken.look = careless_look
    with pytest.raises((AssertionError, ValueError)):
        Campaign().run(broken.target(), batch=500)


def test_memory_without_measure_is_found_out() -> None:
    greedy = partial(bytes.__mul__, bytes(1 << 20))
    assert memory_of(lambda _: bool(greedy(64)), b"") > MEMORY
