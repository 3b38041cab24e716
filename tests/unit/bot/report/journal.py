"""Journals made for tests."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.protocol import Event, Occurrence

SUNDAY = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)
NAME = "Mollie week"


def epoch(at: datetime) -> int:
    return int(at.timestamp())


WINDOW = Occurrence(epoch(SUNDAY), epoch(MONDAY), NAME)


class Journal:
    """Writes down what happened, as the core does."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def note(self, kind: str, at: datetime, state: str, **other: object) -> None:
        seq = len(self.events) + 1
        facts: dict[str, object] = {"actor": "systemd:timer", **other}
        self.events.append(Event(seq=seq, at=epoch(at), state=state, kind=kind, **facts))  # type: ignore[arg-type]  # by name

    def week(self, start: datetime = SUNDAY, end: datetime = MONDAY, late: int = 1) -> None:
        """Record a window with both its edges, `late` seconds after they were planned."""
        window, pause = Occurrence(epoch(start), epoch(end), NAME), timedelta(seconds=late)
        self.note("transition", start + pause, "on", planned=window.start, window=window)
        self.note("transition", end + pause, "off", planned=window.end)

    def lock(self, at: datetime, identity: str = "a", **other: object) -> None:
        anna = {"actor": "telegram:1", "name": "Anna", "reason": "audit", "lock": identity}
        self.note("locked", at, "on", **{**anna, **other})

    def unlock(
        self, at: datetime, identity: str = "a", state: str = "off", **other: object
    ) -> None:
        self.note("unlocked", at, state, **{"name": "Anna", "ended": identity, **other})

    def write(self, folder: Path) -> Path:
        path = folder / "journal.jsonl"
        path.write_text("".join(event.to_json() + "\n" for event in self.events))
        return path
