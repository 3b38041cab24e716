"""What the core says of itself, read in this process: nothing here changes anything."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core import config, status, windows
from core.errors import ConfigurationError
from core.journal import last_events
from core.places import DEFAULT_STATE_DIR, JOURNAL
from core.protocol import Event, LockInfo, Occurrence, Report

LOOK_BACK = 200
"""Events among which a request is looked for: a command is handled again within minutes."""

_HORIZONS = (timedelta(days=35), timedelta(days=400))
"""How far ahead occurrences are looked for: first as far as a weekly window needs."""


class CoreState:
    """The core's configuration and state directory."""

    def __init__(self, config_path: Path, state_dir: Path | None = None) -> None:
        """`state_dir` stands in for the one that the core's configuration names."""
        self._config_path = config_path
        self._state_dir = state_dir

    @property
    def state_dir(self) -> Path:
        """The state directory, also while the core's configuration is wrong: events go on."""
        if self._state_dir is not None:
            return self._state_dir
        try:
            return Path(config.load(str(self._config_path)).state_dir)
        except ConfigurationError as error:
            return Path(error.state_dir or DEFAULT_STATE_DIR)

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.state_dir / JOURNAL

    def report(self, now: datetime) -> Report:
        """Say what is true now.

        Raises:
            ConfigurationError, StateError: see `core.status.read_report`.
        """
        state_dir = str(self._state_dir) if self._state_dir else None
        return status.read_report(str(self._config_path), state_dir, int(now.timestamp()))

    def recent(self, count: int) -> list[Event]:
        """Give the last `count` events, oldest first; what cannot be read is left out.

        Raises:
            OSError: the journal is there and cannot be read.
        """
        try:
            return last_events(str(self.journal), count)
        except FileNotFoundError:
            return []

    def done(self, request_id: str) -> Event | None:
        """Find what was done for a request, if anything; raises as `recent`."""
        return next(
            (event for event in self.recent(LOOK_BACK) if event.request_id == request_id), None
        )

    def occurrences(self, now: datetime, count: int) -> list[Occurrence]:
        """Give the window that is open now, if any, and the next ones: `count` in all.

        Raises:
            ConfigurationError: the core's configuration is wrong.
        """
        configured = config.load(str(self._config_path)).windows
        start = int(now.timestamp())
        found: list[Occurrence] = []
        for horizon in _HORIZONS:
            end = int((now + horizon).timestamp())
            found = windows.occurrences(configured, start, end)
            if len(found) >= count:
                break
        return found[:count]


def lock_name(lock: LockInfo) -> str:
    """Tell one lock from every other, also from a later one of the same person."""
    return f"{lock.since or 0} {lock.actor}"


def moment(instant: int) -> datetime:
    """Turn the core's epoch seconds into an aware instant."""
    return datetime.fromtimestamp(instant, UTC)
