"""Follows the core's journal and has written down for telling what is new.

The journal is the only meeting point with the core, which never calls the bot: the follower looks
once a second whether the file changed, and reads after the position that the outbox keeps.
"""

import logging
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from bot.announcer import Announcer
from bot.outbox import Outbox, Position
from core.journal import Batch, Cursor, read_after
from core.protocol import Event

LOOK = 1.0
"""Seconds between two looks at the journal; one look is one `stat`."""

log = logging.getLogger(__name__)

Signature = tuple[int, int, int]
NEVER_SEEN: Signature = (-1, -1, -1)


class Follower:
    """Reads after the stored position whenever the journal changed."""

    def __init__(
        self,
        journal: Path,
        outbox: Outbox,
        announcer: Announcer,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Follow `journal`."""
        self._journal = journal
        self._outbox = outbox
        self._announcer = announcer
        self._now = now
        self._sleep = sleep
        self._seen: Signature | None = NEVER_SEEN
        self.problem: str | None = None
        """Why the journal cannot be followed at present (English); None while it can."""

    async def run(self) -> NoReturn:
        """Look every second until cancelled."""
        while True:
            await self._sleep(0 if self._look_and_report() else LOOK)

    def look(self) -> int:
        """Read on if the journal changed; return how many events were read, 0 at its end.

        Raises:
            OSError: the journal cannot be read.
            sqlite3.OperationalError: what was read could not be written down; nothing is lost.
        """
        signature = self._signature()
        if signature == self._seen:
            return 0
        found = self._read_on(self._outbox.position())
        if not found:
            self._seen = signature
        return found

    def _look_and_report(self) -> int:
        try:
            found = self.look()
        except OSError as error:
            self._tell(f"the journal {self._journal} cannot be followed: {error.strerror}")
            return 0
        except sqlite3.OperationalError as error:
            self._tell(f"the journal {self._journal} cannot be followed: {error}")
            return 0
        self.problem = None
        return found

    def _read_on(self, position: Position | None) -> int:
        """Have what is new written down together with the new position."""
        if position is None:
            return self._begin()
        batch = read_after(str(self._journal), position.cursor)
        events: Sequence[Event] = batch.events
        if batch.regressed:
            log.warning("the journal %s is not the one that was read before", self._journal)
            if not batch.cursor.offset:
                return 0  # gone or empty; what comes next is compared with the old position
            events = _unknown(batch.events, position)
        if batch.skipped:
            log.warning("passed over %d unreadable lines of the journal", batch.skipped)
        if batch.cursor != position.cursor:
            self._announcer.announce(events, _moved(position, batch), self._now())
        return len(batch.events)

    def _begin(self) -> int:
        """Start at the journal's end: what happened before the bot came is no news."""
        count, position = 0, Position(Cursor(), 0, 0)
        while True:
            batch = read_after(str(self._journal), position.cursor)
            if batch.cursor == position.cursor:
                break
            count, position = count + len(batch.events), _moved(position, batch)
        if count:
            log.info("the %d events before the first start are not announced", count)
        self._announcer.announce((), position, self._now())
        return count

    def _tell(self, problem: str) -> None:
        if problem != self.problem:
            log.error("%s", problem)
        self.problem = problem

    def _signature(self) -> Signature | None:
        try:
            found = self._journal.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns


def _moved(position: Position, batch: Batch) -> Position:
    """Return the position after a batch; the last event stays known when the journal is gone."""
    if not batch.events:
        return Position(batch.cursor, position.last_seq, position.last_at)
    last = batch.events[-1]
    return Position(batch.cursor, last.seq, max(last.at, position.last_at))


def _unknown(events: Sequence[Event], position: Position) -> list[Event]:
    """Return what was not yet announced of another journal than the one read before.

    If it goes on counting, that is whatever has a higher number; if it counts from the beginning
    again or is an old copy, whatever is younger than all that was announced.
    """
    return [
        event for event in events if event.seq > position.last_seq or event.at > position.last_at
    ]
