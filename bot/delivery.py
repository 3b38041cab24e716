"""Delivery: a courier for every destination, each on its own, so that none delays another."""

import asyncio
import logging
from collections.abc import Sequence
from typing import NoReturn

from adapters.base import Destination, Permanent
from bot.courier import Courier, Renderer, Round, Sleep, Wording

__all__ = ["Delivery", "Renderer", "Round", "Wording"]

AFTER_A_FAULT = 60.0
"""Seconds that a courier rests when an adapter failed in a way that it may not."""

log = logging.getLogger(__name__)


class Delivery:
    """The couriers."""

    def __init__(self, audience: Sequence[Destination], shared: Round) -> None:
        """Serve every destination of the audience."""
        self._sleep: Sleep = shared.sleep
        self._outbox = shared.outbox
        self._moves = shared.moves
        self._couriers = {one: Courier(one, shared) for one in audience}

    async def run(self) -> NoReturn:
        """Deliver until cancelled; then everything ends at once and nothing is lost."""
        self._outbox.retire(self._couriers)
        running = {
            asyncio.create_task(courier.run()): courier for courier in self._couriers.values()
        }
        never = asyncio.create_task(asyncio.Event().wait())
        try:
            while True:
                await asyncio.wait([never, *running], return_when=asyncio.FIRST_COMPLETED)
                for ended in [task for task in running if task.done()]:
                    courier = running.pop(ended)
                    running[asyncio.create_task(self._begin_again(courier, ended))] = courier
        finally:
            tasks = [never, *running]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def wake(self) -> None:
        """There are new rows."""
        for courier in self._couriers.values():
            courier.wake()

    def lost(self, destination: Destination, problem: str, sentence: str) -> None:
        """The platform told that it takes nothing there any more (`ChannelLost`)."""
        for courier in self._at(destination):
            courier.lost(Permanent(problem, sentence))

    def back(self, destination: Destination) -> None:
        """The platform told that it takes messages there again (`ChannelBack`): try now."""
        for courier in self._at(destination):
            courier.back()

    def connected(self, adapter: str) -> None:
        """The adapter is connected again (`Connected`): try now what waits for it."""
        for destination, courier in self._couriers.items():
            if destination.adapter == adapter:
                courier.hurry()

    def _at(self, destination: Destination) -> list[Courier]:
        """Return whose channel this is, in any thread if the platform named none."""
        known = self._moves.configured(destination)
        return [
            courier
            for one, courier in self._couriers.items()
            if (one.adapter, one.channel) == (known.adapter, known.channel)
            and known.thread in (None, one.thread)
        ]

    async def _begin_again(self, courier: Courier, ended: asyncio.Task[None]) -> None:
        """An adapter's fault costs its own destination a minute and the others nothing."""
        log.error("delivery to %s failed", courier.destination, exc_info=ended.exception())
        await self._sleep(AFTER_A_FAULT)
        await courier.run()
