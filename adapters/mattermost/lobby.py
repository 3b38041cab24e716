"""Connections to our endpoint that have not yet proved to be Mattermost's.

Whoever reaches the address can open connections and say nothing on them. Each would cost memory
and a descriptor for as long as they like, and without descriptors the bot can do nothing at all.
So they have little time, there is room for a few only, and the one that has waited longest goes
first: real requests are whole within milliseconds.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

MOST: Final = 192
"""Connections that may wait at once; more than are accepted at a time, see `BACKLOG`."""

BACKLOG: Final = 64
"""Connections that the kernel keeps for us; so many at most are accepted before any is read."""


class Connection(Protocol):
    """What is known of a connection (aiohttp's `RequestHandler` is one)."""

    @property
    def transport(self) -> asyncio.BaseTransport | None:
        """Give what it travels on; None before and after its life."""


class Lobby:
    """Lets each in for so many seconds."""

    def __init__(self, seconds: float, most: int = MOST) -> None:
        """Keep at most so many, each for `seconds` at most."""
        self._seconds = seconds
        self._most = most
        self._waiting: OrderedDict[Connection, asyncio.TimerHandle] = OrderedDict()

    def entered(self, connection: Connection) -> None:
        """Begin the time of a new connection; the oldest makes room for it if need be."""
        later = asyncio.get_running_loop().call_later
        self._waiting[connection] = later(self._seconds, self._throw_out, connection)
        if len(self._waiting) > self._most:
            self._throw_out(next(iter(self._waiting)))

    def left(self, connection: Connection) -> None:
        """Let a connection live as long as it needs, or forget it: it has proved what it is."""
        timer = self._waiting.pop(connection, None)
        if timer is not None:
            timer.cancel()

    def watched(self, make: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        """Give a server's protocol factory that notes every connection."""

        def made() -> asyncio.Protocol:
            protocol = make()
            self.entered(protocol)  # type: ignore[arg-type]  # aiohttp's has a transport
            return protocol

        return made

    def _throw_out(self, connection: Connection) -> None:
        self.left(connection)
        if isinstance(connection.transport, asyncio.WriteTransport):
            connection.transport.abort()
