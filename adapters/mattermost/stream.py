"""One websocket connection to Mattermost, and the place in its stream of events.

Every event has a number. A connection that ended can be taken up again by its id and the number
that comes next, for about five minutes; Mattermost then sends what was missed and no new `hello`.
This works only when the log-in is in the header of the request.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from adapters.base import Temporary
from adapters.mattermost.options import Options
from adapters.mattermost.pace import Pace

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of a frame; a post with everything that the server allows can be some MB."""

CLOSING: Final = 0.3
"""Seconds for saying goodbye; a server that does not answer has no more."""


class TooLarge(Temporary):
    """A frame is larger than we take: to ask for it again would end the same."""


@dataclass(frozen=True, slots=True)
class Event:
    """A frame that tells something; `seq` is its place in the stream."""

    kind: str
    seq: int
    data: Mapping[str, Any] = field(default_factory=dict)
    broadcast: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Position:
    """Where in which stream we are: `expected` is the number that comes next."""

    connection_id: str
    expected: int


def open_session() -> aiohttp.ClientSession:
    """Make a session that keeps no cookies and obeys no proxy variables."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)


def event_of(text: str) -> Event | None:
    """Read a frame; None for answers to requests, and for what is none of Mattermost's."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("event"), str):
        return None
    seq, data, broadcast = value.get("seq"), value.get("data"), value.get("broadcast")
    return Event(
        kind=value["event"],
        seq=seq if isinstance(seq, int) else 0,
        data=data if isinstance(data, dict) else {},
        broadcast=broadcast if isinstance(broadcast, dict) else {},
    )


class Stream:
    """Makes connections."""

    def __init__(self, options: Options, pace: Pace, authorization: Mapping[str, str]) -> None:
        """Connect as the one whom `authorization` logs in."""
        base = options.base
        self._url = f"{base.url}/api/v4/websocket".replace("http", "ws", 1)
        self._ssl: ssl.SSLContext | bool = True
        if base.scheme == "https":
            self._ssl = ssl.create_default_context(cafile=options.ca_file)
        self._proxy = options.proxy
        self._pace = pace
        self._authorization = authorization

    @asynccontextmanager
    async def connect(
        self, session: aiohttp.ClientSession, position: Position | None
    ) -> AsyncIterator["Connection"]:
        """Connect, at a place of an earlier stream if there is one.

        Raises:
            aiohttp.ClientError, TimeoutError: it cannot be done.
        """
        query = {}
        if position is not None:
            query["connection_id"] = position.connection_id
            query["sequence_number"] = str(position.expected)
        async with asyncio.timeout(self._pace.connect + self._pace.read):
            socket = await session.ws_connect(
                self._url,
                params=query,
                headers=self._authorization,
                heartbeat=self._pace.heartbeat,
                max_msg_size=LARGEST,
                proxy=self._proxy,
                ssl=self._ssl,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSING),
            )
        try:
            yield Connection(socket)
        finally:
            await socket.close()


class Connection:
    """An open connection."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Wrap aiohttp's."""
        self._socket = socket

    async def next(self) -> Event | None:
        """Wait for a frame; None if it told nothing.

        Raises:
            Temporary: the connection has ended.
            TooLarge: because of a frame beyond all limits.
        """
        frame = await self._socket.receive()
        if frame.type is aiohttp.WSMsgType.TEXT:
            return event_of(frame.data)
        if frame.type is aiohttp.WSMsgType.BINARY:
            return None
        if self._socket.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
            raise TooLarge("too-large", "Mattermost sent more at once than the bot takes")
        raise Temporary("cut", "The connection to Mattermost ended")

    async def close(self) -> None:
        """End it; whoever waits for a frame is told."""
        await self._socket.close()
