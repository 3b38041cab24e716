"""Keep every adapter running, each for itself: one that cannot be made or falls harms no other."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence

from adapters.base import (
    Adapter,
    Factory,
    Host,
    OutgoingMessage,
    Pressable,
    Receipt,
    Settings,
    SettingsError,
    Temporary,
    Trouble,
)
from adapters.registry import RegistryError

log = logging.getLogger(__name__)

LONGEST_REST = 300.0
"""Seconds between two starts of an adapter that does not come up."""

NOT_RUNNING = "not-running"
"""The problem of a message for an adapter that has not been made, perhaps not yet."""

Jitter = Callable[[float, float], float]
HostFor = Callable[[str], Host]


class Connections:
    """The adapters of the configuration; messages are sent through them."""

    def __init__(
        self,
        settings: Sequence[Settings],
        load: Callable[[str], Factory],
        host_for: HostFor,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Jitter = random.uniform,
    ) -> None:
        """`load` finds the factory of an adapter's name; `host_for` is what that one talks to."""
        self._settings = tuple(settings)
        self._load = load
        self._host_for = host_for
        self._sleep = sleep
        self._jitter = jitter
        self._adapters: dict[str, Adapter] = {}

    @property
    def adapters(self) -> Mapping[str, Adapter]:
        """Those that could be made."""
        return self._adapters

    def has_buttons(self, name: str) -> bool:
        """Tell whether people can press buttons there; an adapter that does not say has none."""
        adapter: object = self._adapters.get(name)
        return isinstance(adapter, Pressable) and adapter.has_buttons

    async def run(self) -> None:
        """Run all until cancelled; end when each has nothing more to hear."""
        async with asyncio.TaskGroup() as group:
            for settings in self._settings:
                group.create_task(self._keep(settings), name=f"adapter {settings.name}")

    async def send(self, message: OutgoingMessage) -> Receipt:
        """Send through the adapter of the message's destination.

        Raises:
            AdapterError: as `adapters.base.Adapter.send`; `Temporary` while there is no adapter.
        """
        name = message.destination.adapter
        if name not in self._adapters:
            raise Temporary(NOT_RUNNING, f"the adapter {name} is not running")
        return await self._adapters[name].send(message)

    async def _keep(self, settings: Settings) -> None:
        host, falls = self._host_for(settings.name), 0
        while True:
            try:
                adapter = self._made(settings)
                await adapter.run(host)
            except (RegistryError, SettingsError) as error:
                host.report(Trouble("settings", str(error), alarm=True))
            # The top level of one adapter, which may be anybody's code: its fall is its own.
            except Exception as error:
                log.exception("the adapter %s fell", settings.name)
                host.report(Trouble("fell", f"{type(error).__name__}: {error}", alarm=True))
            else:
                log.info("the adapter %s has nothing more to hear", settings.name)
                return
            falls += 1
            await self._sleep(rest_after(falls, self._jitter))

    def _made(self, settings: Settings) -> Adapter:
        if settings.name not in self._adapters:
            self._adapters[settings.name] = self._load(settings.name)(settings)
        return self._adapters[settings.name]


def rest_after(falls: int, jitter: Jitter) -> float:
    """Give the seconds before the next start: doubled each time up to the longest, half random."""
    longest = min(LONGEST_REST, 2.0 ** min(falls, 10))
    return longest / 2 + jitter(0, longest / 2)
