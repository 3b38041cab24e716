"""The timer of the demo calls the helper at the edges, as systemd would."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.demo.timer import call_at
from bot.helper import Finished, Helper
from core.protocol import Failure, Report

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
EDGES = [NOON + timedelta(seconds=20), NOON + timedelta(seconds=40)]


class Scene:
    """A clock that only moves when somebody sleeps, and a helper that notes when it is called."""

    def __init__(self, answer: str, *, oversleeps: float = 0.0) -> None:
        self.now = NOON
        self.calls: list[tuple[float, Sequence[str]]] = []
        self.oversleeps = oversleeps
        self._answer = answer

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=max(seconds + self.oversleeps, 0.001))

    def run(self, command: Sequence[str], request: bytes) -> Finished:
        self.calls.append(((self.now - NOON).total_seconds(), command))
        return Finished(0, self._answer.encode(), b"")

    async def play(self, edges: Sequence[datetime]) -> None:
        helper = Helper(["helper"], runner=self.run)
        await call_at(edges, helper, clock=self.clock, sleep=self.sleep)


DONE = Report(at=0, maintenance=False, desired=False).to_json()


async def test_the_helper_is_called_at_every_edge() -> None:
    scene = Scene(DONE)
    await scene.play(EDGES)
    assert [at for at, _ in scene.calls] == [20, 40]
    assert {command[1] for _, command in scene.calls} == {"reconcile"}


async def test_a_sleep_that_ends_early_does_not_make_it_early() -> None:
    scene = Scene(DONE, oversleeps=-0.5)
    await scene.play(EDGES)
    assert [at >= due for (at, _), due in zip(scene.calls, (20, 40), strict=True)] == [True, True]


async def test_edges_in_the_past_are_made_up_for_at_once() -> None:
    scene = Scene(DONE)
    await scene.play([NOON - timedelta(seconds=5)])
    assert [at for at, _ in scene.calls] == [0]


async def test_a_call_that_fails_does_not_end_the_timer() -> None:
    scene = Scene(Failure("state", "no").to_json())
    await scene.play(EDGES)
    assert len(scene.calls) == 2
