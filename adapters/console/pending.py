"""Which lines still wait for the bot's last word."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from adapters.base import OutgoingMessage, Receipt

HOURGLASS = "⏳"
"""How a note begins that only says that something is under way: another message replaces it."""

LONGEST = 30.0
"""Seconds after which what is under way is not waited for any more."""


class Unanswered(Exception):
    """The bot has not said anything to a line."""


def is_note(message: OutgoingMessage) -> bool:
    """Tell whether a message only says that something is under way."""
    return message.text.startswith(HOURGLASS)


class Pending:
    """Lines without an answer yet, and notes that have not become a result yet."""

    def __init__(self, patience: float) -> None:
        """Wait `patience` seconds for a first answer at most."""
        self._patience = patience
        self._lines: set[str] = set()
        self._notes: dict[str, OutgoingMessage] = {}
        self._news = asyncio.Condition()

    @property
    def notes(self) -> tuple[OutgoingMessage, ...]:
        """Give the notes that wait for their result, oldest first."""
        return tuple(self._notes.values())

    def asked(self, message_id: str) -> None:
        """Remember that a line wants an answer."""
        self._lines.add(message_id)

    async def answered(self, message: OutgoingMessage, receipt: Receipt) -> None:
        """Remember what the bot said."""
        if message.replaces is not None:
            self._notes.pop(message.replaces.message_id, None)
        if is_note(message):
            self._notes[receipt.message_id] = message
        self._lines.discard(message.reply_to or "")
        async with self._news:
            self._news.notify_all()

    def corrects(self, message: OutgoingMessage) -> bool:
        """Tell whether a message replaces one that was not only a note."""
        return message.replaces is not None and message.replaces.message_id not in self._notes

    async def settled(self, message_id: str) -> None:
        """Wait until a line has its answer, and its note, if it was one, the result.

        A note promises a result, so that is waited for longer; but nothing is for ever.

        Raises:
            Unanswered: nothing was said to it for as long as patience lasts.
        """
        try:
            async with asyncio.timeout(self._patience):
                await self._until(lambda: message_id not in self._lines)
        except TimeoutError as error:
            self._lines.discard(message_id)
            raise Unanswered(message_id) from error
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                await self._until(lambda: not self._under_way(message_id))

    def _under_way(self, message_id: str) -> bool:
        return any(note.reply_to == message_id for note in self._notes.values())

    async def _until(self, wish: Callable[[], bool]) -> None:
        async with self._news:
            await self._news.wait_for(wish)
