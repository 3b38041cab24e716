"""A state directory, a configuration and a clock for the core's own tests."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import operations
from core.instants import instant
from core.operations import House
from core.protocol import Report, Request
from core.statedir import StateDir

CONFIG = """\
[[window]]
name = "Mollie week"
start = "Sun 22:00"
end = "Mon 05:00"
timezone = "UTC"
"""

BEFORE = "2026-11-29T21:00:00Z"
INSIDE = "2026-11-29T23:00:00Z"
AFTER = "2026-11-30T06:00:00Z"


class Shop:
    """One state directory, driven at chosen instants and looked at from outside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.config = folder / "core.toml"
        self.config.write_text(CONFIG)
        self.marker = self.state / "MAINTENANCE_MODE"
        self.lock_file = self.state / "MAINTENANCE_MODE_LOCK"
        self.journal = self.state / "journal.jsonl"
        self.page = self.state / "page" / "pretix-maintenance.json"
        self.at = instant(BEFORE)

    def age(self, path: Path, seconds: int = 3600) -> None:
        """Let the clock be that far after the last change of a file."""
        self.at = max(self.at, int(path.stat().st_ctime) + seconds)

    def let_a_tick_pass(self) -> None:
        """Wait until a change made now is later than the journal, by the file system's clock."""
        probe = self.folder / "probe"
        probe.touch()
        while probe.stat().st_mtime_ns <= self.journal.stat().st_mtime_ns:
            probe.touch()

    def house(self, at: str | int | None = None, patience: float = 0) -> House:
        if at is not None:
            self.at = instant(at) if isinstance(at, str) else at
        return House(str(self.config), str(self.state), lambda: self.at, patience)

    def reconcile(self, at: str | int | None = None) -> Report:
        return operations.reconcile(self.house(at), Request("systemd:timer"))

    def lock(self, at: str | int | None = None, **order: Any) -> Report:
        return operations.lock(self.house(at), Request("telegram:1", **order))

    def unlock(self, at: str | int | None = None) -> Report:
        return operations.unlock(self.house(at), Request("telegram:2", name="Bo"))

    def idle(self, at: str | int | None = None) -> Report | None:
        return operations.idle(self.house(at))

    @property
    def closed(self) -> bool:
        return self.marker.is_file()

    @property
    def events(self) -> list[dict[str, Any]]:
        if not self.journal.exists():
            return []
        return [json.loads(line) for line in self.journal.read_text().splitlines()]

    @property
    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.events]


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[StateDir]:
    with StateDir(str(tmp_path / "state"), create=True) as opened:
        yield opened
