"""The slow beat: tell systemd that the bot lives, tell chats what lasts, forget what is old."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.health import Health
from bot.sdnotify import Notifier

log = logging.getLogger(__name__)

BEAT = 10.0
"""Seconds between two beats, unless systemd wants to hear more often."""

LASTING = 600.0
"""Seconds after which a difficulty that may pass by itself is told to people all the same."""

PRUNE_EVERY = 8640
"""Beats: about once a day."""

JOURNAL = "journal"


class Follows(Protocol):
    """Follows the journal, and says why it cannot (`bot.follower.Follower` does)."""

    problem: str | None


class Pulse:
    """Beats for as long as the event loop runs: that, and no more, is what systemd hears."""

    def __init__(
        self,
        notifier: Notifier,
        health: Health,
        follower: Follows,
        *,
        prune: Callable[[], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Tell `notifier` how `health` is; have old rows forgotten by `prune`."""
        self._notifier = notifier
        self._health = health
        self._follower = follower
        self._prune = prune
        self._sleep = sleep
        self._beats = 0

    async def run(self) -> None:
        """Beat until cancelled."""
        # Half of what systemd bears, so that one late beat is not the end.
        pause = min(BEAT, (self._notifier.watchdog or BEAT * 2) / 2)
        while True:
            self.beat()
            await self._sleep(pause)

    def beat(self) -> None:
        """Beat once."""
        if self._beats % PRUNE_EVERY == 0:
            self._forget()
        self._beats += 1
        self._notifier.alive()
        self._watch_the_journal()
        self._health.tell_lasting(LASTING)
        present = self._health.difficulties
        self._notifier.status(
            "; ".join(f"{one.subject}: {one.sentence}" for one in present) or "all is well"
        )

    def _forget(self) -> None:
        try:
            self._prune()
        except sqlite3.OperationalError as error:
            # A full disk cannot forget either; that is no reason to stop listening.
            log.warning("old rows stay for another day: %s", error)

    def _watch_the_journal(self) -> None:
        if self._follower.problem is None:
            self._health.over(JOURNAL)
        else:
            self._health.trouble(JOURNAL, self._follower.problem, alarm=True)
