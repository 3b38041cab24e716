"""How the bot and the shop are, in figures: for those who watch from outside."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from adapters.base import Destination
from bot.corestate import CoreState
from bot.health import Health
from bot.outbox import Outbox, Pending
from bot.probe import Asks, ProbeResult
from core.errors import CoreError
from core.protocol import Report

STAMP = Path("/var/lib/systemd/timers/stamp-pretix-maintenance.timer")
"""A file that systemd touches whenever the timer starts the core."""

BROKEN = frozenset({"journal"})
"""Difficulties with which the bot cannot do its work."""


class Vitals:
    """Reads what is asked for; keeps nothing and raises nothing."""

    def __init__(  # noqa: PLR0913 - where the figures come from, each by name
        self,
        core: CoreState,
        *,
        outbox: Outbox,
        health: Health,
        probe: Asks,
        audience: Sequence[Destination],
        adapters: Callable[[], Mapping[str, bool]],
        now: Callable[[], datetime],
        stamp: Path = STAMP,
    ) -> None:
        """`adapters` tells of each whether it runs; `stamp` is systemd's."""
        self._core = core
        self._outbox = outbox
        self._health = health
        self._probe = probe
        self._audience = audience
        self._adapters = adapters
        self.now = now
        self._stamp = stamp

    def report(self) -> Report | None:
        """Say how the shop is; None if that cannot be read."""
        try:
            return self._core.report(self.now())
        except CoreError:
            return None

    def probe(self) -> ProbeResult | None:
        """Give the shop's last answer."""
        return self._probe.last

    def last_reconcile(self) -> float | None:
        """Say when the timer last ran or something last happened, in epoch seconds."""
        known = [_touched(self._stamp), _touched(self._core.journal)]
        return max((at for at in known if at is not None), default=None)

    def journal_lag(self) -> int | None:
        """Say how many bytes of the journal are not yet written down for telling."""
        position = self._outbox.position()
        try:
            size = self._core.journal.stat().st_size
        except OSError:
            return None
        # A journal that was begun again is shorter than what was read of the former one.
        return max(0, size - position.cursor.offset) if position else size

    def deliveries(self) -> list[Pending]:
        """Say how the announcements of each destination are."""
        return self._outbox.overview(self._audience)

    def adapters(self) -> dict[str, bool]:
        """Say of each adapter whether it hears its platform."""
        troubled = set(self.difficulties())
        return {
            name: running and name not in troubled for name, running in self._adapters().items()
        }

    def difficulties(self) -> list[str]:
        """Name what does not work."""
        return [one.subject for one in self._health.difficulties]

    def broken(self) -> list[str]:
        """Name what keeps the bot from its work."""
        state = [] if self.report() else ["state"]
        return state + [one for one in self.difficulties() if one in BROKEN]


def _touched(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None
