"""What holds for the connection: it comes back, it ends when asked, it tells no secret."""
# ruff: noqa: D102, S101 -- a suite: names are sentences, asserts and odd letters its trade

import asyncio
import logging
import traceback
from contextlib import suppress

import pytest

from adapters.base import Adapter, AdapterError
from adapters.contract.base import ContractPart
from adapters.contract.far_side import Ability, SendFault
from adapters.contract.host import RecordingHost
from adapters.contract.world import World

PROMPTLY = 5.0
"""Seconds that an adapter may take to end, even on a busy machine; less than it waits for its
platform, if its far side is patient."""


class LivingContract(ContractPart):
    """The connection outlives its faults and ends when it is told to."""

    async def test_it_is_an_adapter(self, live: World) -> None:
        assert isinstance(live.adapter, Adapter)

    async def test_what_is_written_after_a_cut_arrives_once(self, live: World) -> None:
        self.needs(live, Ability.CUT)
        await live.far.write("before the cut")
        await live.host.heard("before the cut")
        await live.far.cut()
        await live.far.write("after the cut")
        await live.far.write("and one more")
        await live.host.heard("and one more")
        for text in ("before the cut", "after the cut"):
            ids = {message.message_id for message in live.host.all_of(text)}
            assert len(ids) == 1, text

    async def test_it_sends_after_a_cut(self, live: World) -> None:
        self.needs(live, Ability.CUT)
        await live.far.cut()
        with suppress(AdapterError):  # the one that met the cut may fail
            await live.send("perhaps")
        receipt = await live.send("for certain")
        assert live.far.knows(receipt).text == "for certain"

    async def test_it_ends_promptly_when_cancelled(self, live: World) -> None:
        await self._ends(live)

    async def test_it_ends_promptly_while_its_platform_is_away(self, live: World) -> None:
        self.needs(live, Ability.AWAY)
        await live.far.go_away()
        await live.host.until(lambda: len(live.host.notices) > 1)
        await self._ends(live)

    async def test_it_starts_while_its_platform_is_away_and_tells_so(self, live: World) -> None:
        self.needs(live, Ability.AWAY)
        await live.far.go_away()
        other = World(live.far, live.far.adapter(), RecordingHost())
        other.running = asyncio.create_task(other.adapter.run(other.host))
        await other.host.until(lambda: other.host.notices != [])
        assert not other.running.done()
        await self._ends(other)

    async def test_it_leaves_no_task_behind(self, live: World) -> None:
        before = asyncio.all_tasks()
        other = World(live.far, live.far.adapter(), RecordingHost())
        await other.run()
        await other.halt()
        # What a closed connection still has to do may take a turn or two of the loop.
        for _ in range(20):
            await asyncio.sleep(0)
        left = {task for task in asyncio.all_tasks() - before if "adapters" in repr(task)}
        assert left == set()

    async def test_the_secret_is_in_no_log_error_or_description(
        self, live: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        self.needs(live, Ability.SECRET)
        secret = live.far.secret
        assert secret, "the far side has a secret unless it lacks Ability.SECRET"
        caplog.set_level(logging.DEBUG)
        told = [repr(live.adapter), str(live.adapter)]
        await live.far.write("/maintenance status")
        await live.host.heard("/maintenance status")
        for fault in SendFault:
            if Ability(fault.value) in live.far.lacks:
                continue
            await live.far.fail(fault, retry_after=1)
            told += traceback.format_exception(await live.refused("not today"))
        if Ability.AWAY not in live.far.lacks:
            known = len(live.host.notices)
            await live.far.go_away()
            await live.host.until(lambda: len(live.host.notices) > known)
            told += traceback.format_exception(await live.refused("nobody hears"))
        told += [repr(notice) for notice in live.host.notices]
        told += [repr(message) for message in live.host.messages]
        assert secret not in "\n".join([*told, caplog.text])

    async def _ends(self, live: World) -> None:
        assert live.running is not None
        live.running.cancel()
        patience = min(PROMPTLY, live.host.patience)
        done, _ = await asyncio.wait({live.running}, timeout=patience)
        assert done, f"still running {patience} s after it was cancelled"
        with suppress(asyncio.CancelledError):
            await live.running
