"""The status card: in each chat that wants one, one pinned message that is always true.

It is edited when its text changes and at no other time. Where the message is stands in the
database; an adapter that can no longer edit it sends a new one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from adapters.base import AdapterError, Destination, Moved, OutgoingMessage, Receipt, Temporary
from bot.connections import NOT_RUNNING
from bot.corestate import CoreState
from bot.database import Database
from bot.health import Health
from bot.messages import Difficulty, Pending
from bot.moves import Moves
from bot.outbox import Outbox
from bot.probe import Asks
from bot.text import Text
from bot.voices import Voices
from core.errors import CoreError

log = logging.getLogger(__name__)

BEAT = 5.0
"""Seconds between two looks, and so the least between two edits."""

AGAIN = timedelta(minutes=5)
"""Before a chat that did not take its card is tried again, unless it asks for longer."""

ATTEMPT = 20.0
"""Seconds after which one attempt counts as lost."""

NOTABLE = timedelta(minutes=1)
"""How long an announcement must have waited to be worth a line: most are told at once."""


class Shown:
    """Which card stands where, in the database."""

    def __init__(self, database: Database) -> None:
        """Use the database."""
        self._database = database

    def at(self, destination: Destination) -> tuple[Receipt, str] | None:
        """Give the card's message and its text."""
        rows = self._database.rows(
            "SELECT channel, thread, message_id, text FROM card WHERE destination = ?",
            (str(destination),),
        )
        for channel, thread, message_id, text in rows:
            there = Destination(destination.adapter, channel, thread)
            return Receipt(there, message_id), text
        return None

    def keep(self, destination: Destination, receipt: Receipt, text: str) -> None:
        """Keep where it stands and what it says."""
        there = receipt.destination
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO card (destination, channel, thread, message_id, text)"
                " VALUES (?, ?, ?, ?, ?)",
                (str(destination), there.channel, there.thread, receipt.message_id, text),
            )


class Facts:
    """What a card says, from all the parts that know."""

    def __init__(  # noqa: PLR0913 - who knows, each by name
        self,
        core: CoreState,
        *,
        voices: Voices,
        health: Health,
        outbox: Outbox,
        audience: Sequence[Destination],
        probe: Asks,
    ) -> None:
        """`audience` are the destinations that get announcements."""
        self._core = core
        self._voices = voices
        self._health = health
        self._outbox = outbox
        self._audience = audience
        self._probe = probe

    def worded(self, destination: Destination, now: datetime) -> Text:
        """Word the card of a destination; asks nobody, so it waits for nobody."""
        try:
            report = self._core.report(now)
        except CoreError as error:
            log.info("the cards cannot tell the state: %s", error)
            report = None
        label = self._voices.label
        return self._voices.at(destination).card(
            report,
            self._probe.last,
            now,
            pending=[
                Pending(label(str(one.destination)), one.waiting, _minute(one.oldest))
                for one in self._outbox.overview(self._audience)
                if one.oldest and now - one.oldest > NOTABLE
            ],
            difficulties=[
                Difficulty(label(one.subject), one.sentence, _minute(one.since))
                for one in self._health.difficulties
            ],
        )


class Card:
    """Keeps the card of one destination true."""

    def __init__(  # noqa: PLR0913 - effects, each by name
        self,
        destination: Destination,
        facts: Facts,
        shown: Shown,
        *,
        send: Callable[[OutgoingMessage], Awaitable[Receipt]],
        moves: Moves,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Serve `destination`, as it is configured."""
        self._destination = destination
        self._facts = facts
        self._shown = shown
        self._send = send
        self._moves = moves
        self._now = now
        self._sleep = sleep

    async def run(self) -> None:
        """Look and edit until cancelled."""
        while True:
            pause = await self.look()
            await self._sleep(pause)

    async def look(self) -> float:
        """Edit the card if its text changed; give the seconds until the next look."""
        text = self._facts.worded(self._destination, self._now())
        before = self._shown.at(self._destination)
        if before is not None and before[1] == text.text:
            return BEAT
        try:
            receipt = await self._once(text, before[0] if before else None)
        except Moved as error:
            self._moves.store(self._moves.current(self._destination), error.destination)
        except (AdapterError, TimeoutError) as error:
            log.info("the card of %s could not be edited: %s", self._destination, error)
            return _rest_after(error)
        else:
            self._shown.keep(self._destination, receipt, text.text)
        return BEAT

    async def _once(self, text: Text, replaces: Receipt | None) -> Receipt:
        where = self._moves.current(self._destination)
        # A chat that got a new id has got its messages with new ids, or none of them.
        if replaces and (replaces.destination.channel != where.channel):
            replaces = None
        message = OutgoingMessage(
            where,
            text.text,
            spans=text.spans,
            tone=text.tone,
            replaces=replaces,
            silent=True,
            pinned=True,
        )
        async with asyncio.timeout(ATTEMPT):
            return await self._send(message)


def _rest_after(error: AdapterError | TimeoutError) -> float:
    if not isinstance(error, Temporary):
        return AGAIN.total_seconds()
    if error.problem == NOT_RUNNING:
        return BEAT  # as at every start: nobody was asked, so nobody is bothered
    return max(AGAIN.total_seconds(), error.retry_after or 0)


def _minute(at: datetime) -> datetime:
    """Leave the seconds out, which a text shows for two minutes only."""
    return at.replace(second=0, microsecond=0)
