"""Listens to Mattermost for ever: connects, keeps its place in the stream, connects again."""

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Final

import aiohttp

from adapters.base import (
    AdapterError,
    Connected,
    Host,
    Permanent,
    Temporary,
    Trouble,
)
from adapters.mattermost.authorship import People
from adapters.mattermost.backoff import Backoff
from adapters.mattermost.directs import Directs
from adapters.mattermost.errors import Garbled, translate
from adapters.mattermost.membership import Membership
from adapters.mattermost.pace import Effects, Pace
from adapters.mattermost.reception import Reception
from adapters.mattermost.records import User, clean, post_of
from adapters.mattermost.stream import Connection, Event, Position, Stream, TooLarge, open_session

NEEDS_A_PERSON: Final = {"certificate", "websocket"}
"""Problems of a connection that no waiting cures, besides refusals."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a connection ended or did not come about, and what to wait at least (seconds)."""

    notice: Trouble
    wait: float = 0.0


class Listener:
    """The websocket's side of the adapter."""

    def __init__(  # noqa: PLR0913, PLR0917 -- its parts, each of its own
        self,
        stream: Stream,
        reception: Reception,
        people: People,
        directs: Directs,
        membership: Membership,
        pace: Pace,
        effects: Effects,
    ) -> None:
        """Use these; nothing is connected yet."""
        self._stream = stream
        self._reception = reception
        self._people = people
        self._directs = directs
        self._membership = membership
        self._pace = pace
        self._effects = effects
        self._position: Position | None = None
        self._connection: Connection | None = None

    async def run(self, host: Host) -> None:
        """Listen until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._reception.run(host))
            tasks.create_task(self._watch_the_token())
            tasks.create_task(self._connect_for_ever(host))

    async def _connect_for_ever(self, host: Host) -> None:
        backoff = Backoff(self._pace, self._effects.chance)
        async with open_session() as session:
            while True:
                began = self._effects.monotonic()
                ended = await self._connect(session, host)
                if self._effects.monotonic() - began > self._pace.heartbeat:
                    backoff.reset()
                host.report(ended.notice)
                await self._effects.sleep(backoff.next(ended.wait))

    async def _connect(self, session: aiohttp.ClientSession, host: Host) -> Ended:
        """Connect once, listen as long as it lasts, and tell why it ended."""
        try:
            # A rejected token shows nowhere else: the server closes such a socket without a word.
            me = await self._people.me(fresh=True)
            async with self._stream.connect(session, self._position) as self._connection:
                return await self._read(self._connection, me, host)
        except aiohttp.WSServerHandshakeError as error:
            self._position = None
            return _no_websocket(error.status)
        except AdapterError as error:
            return self._ended(error)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return self._ended(translate(error, writing=False))
        finally:
            self._connection = None

    async def _read(self, connection: Connection, me: User, host: Host) -> Ended:
        silent = self._position is not None
        if not silent:
            async with asyncio.timeout(self._pace.read):
                self._hear(await connection.next(), me, host)
        # Where a stream is taken up there is no hello, and perhaps nothing to hear for hours.
        host.report(Connected())
        while True:
            try:
                event = await connection.next()
            except Temporary as error:
                if silent or isinstance(error, TooLarge):
                    # To be taken up there again would end the same.
                    self._position = None
                return self._ended(error)
            silent = False
            self._hear(event, me, host)

    def _hear(self, event: Event | None, me: User, host: Host) -> None:
        if event is None or not self._is_next(event):
            return
        if event.kind == "posted":
            self._posted(event, me)
        else:
            self._membership.hear(event, me.id, host)

    def _is_next(self, event: Event) -> bool:
        """Keep the place in the stream; tell whether this event is new."""
        if event.kind == "hello":
            # The first one, or one in spite of our wish to go on: something may be missing.
            connection_id = event.data.get("connection_id")
            known = isinstance(connection_id, str) and connection_id != ""
            self._position = Position(str(connection_id), event.seq + 1) if known else None
            self._reception.look_back()
            return False
        if self._position is None:
            return True
        if event.seq < self._position.expected:
            return False
        if event.seq > self._position.expected:
            self._reception.look_back()
        self._position.expected = event.seq + 1
        return True

    def _posted(self, event: Event, me: User) -> None:
        try:
            post = post_of(json.loads(str(event.data.get("post"))))
        except (ValueError, RecursionError, Garbled):
            return
        if event.data.get("channel_type") == "D":
            self._directs.add(post.channel_id)
        name = clean(str(event.data.get("sender_name", ""))).removeprefix("@")
        self._reception.add(replace(post, sender_name=name), me)

    def _ended(self, error: AdapterError) -> Ended:
        alarm = isinstance(error, Permanent) or error.problem in NEEDS_A_PERSON
        wait = getattr(error, "retry_after", None) or 0.0
        if isinstance(error, Permanent):
            # It will be the same in a minute; asking all the time would look like an attack.
            wait = self._pace.token_wait
        return Ended(Trouble(error.problem, str(error), alarm=alarm), wait)

    async def _watch_the_token(self) -> None:
        """Look now and then: a token that is taken away does not end an open connection."""
        while True:
            await self._effects.sleep(self._pace.token_check)
            try:
                await self._people.me(fresh=True)
            except Permanent:
                if self._connection is not None:
                    await self._connection.close()
            except AdapterError:
                continue


def _no_websocket(status: int) -> Ended:
    sentence = (
        f"Mattermost answers HTTP {status} instead of a websocket; "
        "if there is a proxy in front of it, it must pass on Upgrade"
    )
    return Ended(Trouble("websocket", sentence, alarm=status < 500))  # noqa: PLR2004 -- HTTP's own
