"""Adapters stand and fall each for itself."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from adapters.base import (
    Adapter,
    Destination,
    Factory,
    Fault,
    Host,
    IncomingMessage,
    Notice,
    OutgoingMessage,
    Settings,
    SettingsError,
    Temporary,
    Trouble,
)
from adapters.registry import UnknownAdapter
from bot.connections import LONGEST_REST, Connections, rest_after
from tests.servers.memory_adapter import MemoryAdapter


class Ear:
    """A host that keeps what it is told."""

    def __init__(self) -> None:
        self.reports: asyncio.Queue[Notice] = asyncio.Queue()

    def deliver(self, message: IncomingMessage) -> None:
        raise NotImplementedError

    def report(self, notice: Notice) -> None:
        self.reports.put_nowait(notice)


class Falling(MemoryAdapter):
    """Falls so many times before it runs."""

    falls = 1

    async def run(self, host: Host) -> None:
        if self.falls:
            self.falls -= 1
            raise ZeroDivisionError("oops")
        await super().run(host)


def connections(
    made: dict[str, Adapter],
    ears: dict[str, Ear],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    load: Callable[[str], Factory] | None = None,
) -> Connections:
    return Connections(
        [Settings(name, {}) for name in ears],
        load or (lambda name: lambda _: made[name]),
        lambda name: ears[name],
        sleep=sleep,
        jitter=lambda low, _: low,
    )


class Naps:
    """Counts naps; from a number on they last."""

    def __init__(self, quick: int) -> None:
        self.quick = quick
        self.taken: list[float] = []
        self.long = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        if len(self.taken) > self.quick:
            self.long.set()
            await asyncio.Event().wait()


async def test_it_ends_when_every_adapter_has_nothing_more_to_hear() -> None:
    one, two = MemoryAdapter(), MemoryAdapter()
    running = asyncio.create_task(
        connections({"one": one, "two": two}, {"one": Ear(), "two": Ear()}).run()
    )
    await asyncio.gather(one.host, two.host)
    one.ended.set()
    await asyncio.sleep(0)
    assert not running.done()
    two.ended.set()
    await running


async def test_an_adapter_that_falls_is_told_and_started_again() -> None:
    falling, ear, naps = Falling(), Ear(), Naps(quick=1)
    running = asyncio.create_task(connections({"chat": falling}, {"chat": ear}, naps).run())
    await falling.host
    falling.ended.set()
    await running
    assert await ear.reports.get() == Trouble("fell", "ZeroDivisionError: oops", alarm=True)
    assert naps.taken == [1]


async def test_a_fallen_adapter_does_not_stop_the_others() -> None:
    falling, well, naps = Falling(), MemoryAdapter(), Naps(quick=0)
    both = connections({"bad": falling, "good": well}, {"bad": Ear(), "good": Ear()}, naps)
    running = asyncio.create_task(both.run())
    await naps.long.wait()
    await well.host
    assert await both.send(OutgoingMessage(Destination("good", "1"), "hello"))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    "error",
    [SettingsError([Fault("token", "is missing")]), UnknownAdapter("there is no adapter 'x'")],
)
async def test_an_adapter_that_cannot_be_made_is_told_and_tried_again(error: Exception) -> None:
    adapter, ear, naps = MemoryAdapter(), Ear(), Naps(quick=1)
    failures = [error]

    def load(_: str) -> Factory:
        if failures:
            raise failures.pop()
        return lambda _: adapter

    running = asyncio.create_task(connections({}, {"x": ear}, naps, load).run())
    await adapter.host
    adapter.ended.set()
    await running
    assert await ear.reports.get() == Trouble("settings", str(error), alarm=True)


async def test_sending_where_no_adapter_runs_may_be_tried_again() -> None:
    with pytest.raises(Temporary, match="telegram"):
        await connections({}, {}).send(OutgoingMessage(Destination("telegram", "1"), "hello"))


async def test_the_terminals_end_does_not_take_its_voice() -> None:
    adapter = MemoryAdapter()
    only = connections({"chat": adapter}, {"chat": Ear()})
    adapter.ended.set()
    await only.run()
    assert await only.send(OutgoingMessage(Destination("chat", "1"), "hello"))


def test_rests_grow_to_the_longest_and_are_partly_random() -> None:
    shortest = [rest_after(falls, lambda low, _: low) for falls in (1, 2, 3, 50)]
    longest = [rest_after(falls, lambda _, high: high) for falls in (1, 2, 3, 50)]
    assert shortest == [1, 2, 4, LONGEST_REST / 2]
    assert longest == [2, 4, 8, LONGEST_REST]
