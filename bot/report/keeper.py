"""Makes the note of each window that has ended, once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.corestate import moment
from bot.report.due import LATEST, due
from bot.report.gather import Sources, make_note, windows
from bot.report.model import Note, Span
from bot.report.week import week_of
from core.protocol import Occurrence

log = logging.getLogger(__name__)

BEAT = timedelta(minutes=1)
"""Between two looks at the calendar."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where told notes are remembered, durably.

    `told` gives the end of the newest window with a note, or when the bot first ran. `tell` sends a
    note on its way to the treasurer and remembers it, both or neither.
    """

    told: Callable[[], datetime]
    tell: Callable[[Note, Occurrence], None]


class Keeper:
    """Watches the ends of windows; a lock that holds on does not hide them."""

    def __init__(
        self,
        sources: Sources,
        shelf: Shelf,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Nothing is read yet."""
        self._sources = sources
        self._shelf = shelf
        self._now = now
        self._sleep = sleep

    async def run(self) -> None:
        """Make notes until cancelled; nobody waits for this."""
        while True:
            await self.look()
            await self._sleep(BEAT.total_seconds())

    async def look(self) -> None:
        """Make the notes that are due now, the oldest first."""
        now = self._now()
        ended = await asyncio.to_thread(windows, self._sources, Span(now - LATEST, now))
        for one in due(ended, self._shelf.told(), now):
            week = week_of(moment(one.start), self._sources.zone)
            note = await make_note(week, self._sources, now, only=one)
            for lack in note.lacks:
                log.warning("note of %s: %s: %s", week, lack.subject, lack.sentence)
            self._shelf.tell(note, one)
