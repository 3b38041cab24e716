"""The watch, over a real core whose timer never came."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.helper import Finished, Helper, run_process
from bot.notices import Kind
from bot.watchdog import Watch
from tests.servers.lying_helper import LyingHelper, failure
from tests.servers.small_bot import Clock, CoreFolder, far_window, one_window, open_window

Told = list[tuple[Kind, Mapping[str, str]]]


class Scene:
    """A core, a watch over it, and what the watch told."""

    def __init__(self, core: CoreFolder, helper: Helper | None = None) -> None:
        self.core = core
        self.clock = Clock()
        self.told: Told = []
        self.naps: list[float] = []
        self.enough = 4
        self.watch = Watch(
            core.seen(),
            helper or Helper(core.command, patience=60),
            lambda kind, facts: self.told.append((kind, facts)),
            now=self.clock,
            error_id=lambda: "7f3a",
            sleep=self.sleep,
        )

    @property
    def kinds(self) -> list[Kind]:
        return [kind for kind, _ in self.told]

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.clock.ahead += timedelta(seconds=seconds)
        if len(self.naps) >= self.enough:
            raise asyncio.CancelledError

    async def look(self, *, later: int = 0) -> None:
        self.clock.ahead += timedelta(seconds=later)
        await self.watch.look()


@pytest.fixture
def core(tmp_path: Path) -> CoreFolder:
    folder = CoreFolder(tmp_path)
    reconcile(folder)
    return folder


@pytest.fixture
def liar(tmp_path: Path) -> LyingHelper:
    folder = tmp_path / "liar"
    folder.mkdir()
    return LyingHelper(folder)


def reconcile(core: CoreFolder) -> None:
    assert run_process([*core.command, "reconcile"], b"").code == 0


async def test_nothing_is_done_or_told_while_all_is_well(core: CoreFolder) -> None:
    scene = Scene(core)
    for _ in range(3):
        await scene.look(later=60)
    assert scene.told == []


async def test_a_missed_edge_is_put_right_after_it_settled_and_told(core: CoreFolder) -> None:
    core.configure(open_window(datetime.now(UTC)))
    scene = Scene(core)
    await scene.look()
    assert not core.marker.exists()
    await scene.look(later=9)
    assert not core.marker.exists()
    await scene.look(later=1)
    assert core.marker.exists()
    assert scene.kinds == [Kind.REPAIRED]
    assert scene.told[0][1]["state"] == "on"


async def test_a_timer_that_was_only_late_is_not_worth_a_word(core: CoreFolder) -> None:
    core.configure(open_window(datetime.now(UTC)))
    scene = Scene(core)
    await scene.look()
    reconcile(core)
    await scene.look(later=30)
    await scene.look(later=30)
    assert scene.told == []


async def test_a_marker_that_somebody_removed_comes_back(core: CoreFolder) -> None:
    core.configure(open_window(datetime.now(UTC)))
    reconcile(core)
    core.marker.unlink()
    scene = Scene(core)
    await scene.look()
    await scene.look(later=10)
    assert core.marker.exists()
    assert scene.kinds == [Kind.REPAIRED]


async def test_a_failing_helper_is_asked_three_times_and_the_failure_told_once(
    core: CoreFolder, liar: LyingHelper, caplog: pytest.LogCaptureFixture
) -> None:
    core.configure(open_window(datetime.now(UTC)))
    liar.plan(*[failure("apply")] * 9)
    scene = Scene(core, Helper(liar.command))
    scene.enough = 99
    await scene.look()
    for _ in range(2):
        await scene.look(later=60)
    assert len(liar.calls()) == 6
    assert scene.kinds == [Kind.NOT_REPAIRED]
    assert scene.told[0][1]["error_id"] == "7f3a"
    assert "it is apply" in caplog.text


async def test_it_tells_when_what_it_could_not_repair_is_over(
    core: CoreFolder, liar: LyingHelper
) -> None:
    core.configure(open_window(datetime.now(UTC)))
    liar.plan(*[failure("apply")] * 9)
    scene = Scene(core, Helper(liar.command))
    await scene.look()
    await scene.look(later=10)
    reconcile(core)
    await scene.look(later=60)
    await scene.look(later=60)
    assert scene.kinds == [Kind.NOT_REPAIRED, Kind.REPAIRED]


async def test_a_helper_that_says_done_but_did_nothing_is_not_believed(
    core: CoreFolder, liar: LyingHelper
) -> None:
    core.configure(open_window(datetime.now(UTC)))
    report = core.seen().report(datetime.now(UTC))
    liar.plan({"say": report.to_json()})
    scene = Scene(core, Helper(liar.command))
    await scene.look()
    await scene.look(later=10)
    assert scene.kinds == [Kind.NOT_REPAIRED]


async def test_an_unreadable_core_is_told_when_reconciling_does_not_help(
    core: CoreFolder,
) -> None:
    core.configure("[[window]]\nstart = 5\n")
    scene = Scene(core)
    scene.enough = 99
    assert await scene.watch.look() is None
    await scene.look(later=10)
    assert scene.kinds == [Kind.NOT_REPAIRED]
    core.configure(far_window(datetime.now(UTC)))
    await scene.look(later=60)
    assert scene.kinds == [Kind.NOT_REPAIRED, Kind.REPAIRED]


async def test_what_only_the_bot_cannot_read_is_told_once_and_called_no_repair(
    core: CoreFolder, liar: LyingHelper
) -> None:
    well = core.seen().report(datetime.now(UTC))
    core.configure("[[window]]\nstart = 5\n")
    liar.plan(*[{"say": well.to_json()}] * 9)
    scene = Scene(core, Helper(liar.command))
    for _ in range(4):
        await scene.look(later=60)
    assert scene.kinds == [Kind.NOT_REPAIRED]
    core.configure(far_window(datetime.now(UTC)))
    await scene.look(later=60)
    assert scene.kinds == [Kind.NOT_REPAIRED, Kind.DOUBT_OVER]


async def test_it_looks_just_after_the_next_edge(core: CoreFolder) -> None:
    start = datetime.now(UTC) + timedelta(seconds=30)
    core.configure(one_window(start, start + timedelta(hours=1)))
    scene = Scene(core)
    scene.enough = 1
    with pytest.raises(asyncio.CancelledError):
        await scene.watch.run()
    assert 29 <= scene.naps[0] <= 31


async def test_it_looks_at_a_slow_beat_when_no_edge_is_near(core: CoreFolder) -> None:
    scene = Scene(core)
    scene.enough = 1
    with pytest.raises(asyncio.CancelledError):
        await scene.watch.run()
    assert scene.naps == [60]


async def test_a_difference_is_looked_at_again_when_it_must_have_settled(
    core: CoreFolder,
) -> None:
    core.configure(open_window(datetime.now(UTC)))
    scene = Scene(core)
    scene.enough = 2
    with pytest.raises(asyncio.CancelledError):
        await scene.watch.run()
    assert scene.naps == [10, 60]
    assert core.marker.exists()
    assert scene.kinds == [Kind.REPAIRED]


async def test_the_order_names_the_watch(core: CoreFolder) -> None:
    core.configure(open_window(datetime.now(UTC)))
    orders: list[bytes] = []

    def runner(command: object, order: bytes) -> Finished:
        orders.append(order)
        return run_process([*core.command, "reconcile", "--json", "--stdin"], order)

    scene = Scene(core, Helper(core.command, runner=runner))
    await scene.look()
    await scene.look(later=10)
    assert b'"actor":"bot:watch"' in orders[0].replace(b": ", b":")


async def test_a_shop_that_is_closed_to_be_safe_is_told_once_and_its_end_too(
    core: CoreFolder,
) -> None:
    scene = Scene(core)
    lock = core.state / "MAINTENANCE_MODE_LOCK"
    lock.mkdir()
    reconcile_somehow(core)
    await scene.look()
    await scene.look(later=9)
    assert scene.told == []
    for _ in range(3):
        await scene.look(later=1)
    assert scene.kinds == [Kind.DOUBT]
    lock.rmdir()
    reconcile(core)
    for _ in range(2):
        await scene.look(later=60)
    assert scene.kinds == [Kind.DOUBT, Kind.DOUBT_OVER]
    assert scene.told[0][1] == scene.told[1][1]


async def test_a_doubt_of_a_moment_is_not_worth_a_word(core: CoreFolder) -> None:
    scene = Scene(core)
    lock = core.state / "MAINTENANCE_MODE_LOCK"
    lock.mkdir()
    reconcile_somehow(core)
    await scene.look()
    lock.rmdir()
    reconcile(core)
    for _ in range(2):
        await scene.look(later=60)
    assert scene.told == []


def reconcile_somehow(core: CoreFolder) -> None:
    """Reconcile with a lock that cannot be read, which is closed and said by the exit code."""
    run_process([*core.command, "reconcile"], b"")
    assert core.marker.exists()
