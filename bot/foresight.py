"""What is told before it happens, or because nothing happens for long.

A notice ahead of a window, if it is wanted, and a reminder of a lock that has been on for a day,
and every day after. What was told is kept, so that a restart repeats nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.corestate import CoreState, lock_name, moment
from bot.database import Database
from bot.notices import Announce, Kind, of_lock, of_occurrence
from core.errors import CoreError
from core.protocol import LockInfo

log = logging.getLogger(__name__)

BEAT = 30.0
"""Seconds between two looks."""

DAILY = timedelta(days=1)
"""Between two reminders of one lock."""

MEMORY = timedelta(days=60)


class Reminded:
    """What was told, and when."""

    def __init__(self, database: Database) -> None:
        """Use the database."""
        self._database = database

    def last(self, kind: Kind, subject: str) -> int | None:
        """Say when it was last told (epoch seconds); None if never."""
        rows = self._database.rows(
            "SELECT told_at FROM reminder WHERE kind = ? AND subject = ?", (kind.value, subject)
        )
        return rows[0][0] if rows else None

    def told(self, kind: Kind, subject: str, now: datetime) -> None:
        """Keep that it is told now; forget what is old."""
        at = int(now.timestamp())
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO reminder (kind, subject, told_at) VALUES (?, ?, ?)",
                (kind.value, subject, at),
            )
            connection.execute(
                "DELETE FROM reminder WHERE told_at < ?", (at - int(MEMORY.total_seconds()),)
            )


class Foresight:
    """Looks at the next window and at the lock."""

    def __init__(  # noqa: PLR0913 - effects and spans, each by name
        self,
        core: CoreState,
        reminded: Reminded,
        announce: Announce,
        *,
        now: Callable[[], datetime],
        ahead: timedelta | None,
        lock_after: timedelta,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Tell of a window `ahead` of it (None: never), of a lock once it is `lock_after` old."""
        self._core = core
        self._reminded = reminded
        self._announce = announce
        self._now = now
        self._ahead = ahead
        self._lock_after = lock_after
        self._sleep = sleep

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self.look()
            await self._sleep(BEAT)

    def look(self) -> None:
        """Look once."""
        now = self._now()
        try:
            report = self._core.report(now)
            # A shop that is closed already has no closing to be warned of.
            if self._ahead and not report.maintenance:
                self._look_ahead(now, self._ahead)
            if report.lock:
                self._look_at(report.lock, now)
        except CoreError as error:
            log.info("what is coming cannot be seen: %s", error)

    def _look_ahead(self, now: datetime, ahead: timedelta) -> None:
        for one in self._core.occurrences(now, 1):
            subject = str(one.start)
            if not now < moment(one.start) <= now + ahead:
                continue
            if self._reminded.last(Kind.AHEAD, subject) is None:
                # In this order: after a crash in between, twice is better than never.
                self._announce(Kind.AHEAD, of_occurrence(one))
                self._reminded.told(Kind.AHEAD, subject, now)

    def _look_at(self, lock: LockInfo, now: datetime) -> None:
        if lock.since is None or now - moment(lock.since) < self._lock_after:
            return
        subject = lock_name(lock)
        last = self._reminded.last(Kind.LONG_LOCK, subject)
        if last is None or now - moment(last) >= DAILY:
            self._announce(Kind.LONG_LOCK, of_lock(lock))
            self._reminded.told(Kind.LONG_LOCK, subject, now)
