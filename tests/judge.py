"""Judges a state directory from outside, with no code of the core."""

import json
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MARKER = "MAINTENANCE_MODE"
LOCK = "MAINTENANCE_MODE_LOCK"
JOURNAL = "journal.jsonl"
PAGE = "page/pretix-maintenance.json"


def seconds(text: str) -> int:
    """RFC 3339 text as an epoch second."""
    return int(datetime.fromisoformat(text).timestamp())


def rfc3339(second: int) -> str:
    """The reverse."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Scene:
    """What stands in a state directory."""

    closed: bool
    lock: dict[str, Any] | None
    events: tuple[dict[str, Any], ...]
    torn: int

    def lock_holds(self, now: int) -> bool:
        """A lock without an end, with a later end, or that nobody can read."""
        if self.lock is None:
            return False
        until = self.lock.get("until")
        return until is None or now < seconds(until)


def look(folder: Path) -> Scene:
    """Read marker, lock and journal as nginx, a person and a JSON reader would."""
    marker = folder / MARKER
    closed = marker.is_file()
    assert not (marker.exists() and not closed), f"{marker} is not what nginx looks for"
    events, torn = _journal(folder / JOURNAL)
    return Scene(closed, _lock(folder / LOCK), events, torn)


def _lock(path: Path) -> dict[str, Any] | None:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return {}
        found = json.loads(path.read_bytes() or b"{}")
    except FileNotFoundError:
        return None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _journal(path: Path) -> tuple[tuple[dict[str, Any], ...], int]:
    events = []
    torn = 0
    raw = path.read_bytes() if path.is_file() else b""
    for line in raw.split(b"\n"):
        try:
            event = json.loads(line)
            known = isinstance(event, dict) and "seq" in event
        except ValueError:
            known = False
        if known:
            events.append(event)
        elif line:
            torn += 1
    return tuple(events), torn


def check_journal(events: tuple[dict[str, Any], ...]) -> tuple[str, str | None]:
    """Replay the events; returns the state and the identity of the lock that they end in."""
    state, lock = "off", None
    for number, event in enumerate(events, start=1):
        assert event["seq"] == number, f"seq {event['seq']} in place {number}"
        if number > 1:
            assert event["at"] >= events[number - 2]["at"], f"event {number} runs backwards"
        _check_transition(event, state)
        _check_lock(event, lock)
        state, lock = event["state"], event["lock"]
    return state, lock


def _check_transition(event: dict[str, Any], state: str) -> None:
    if event["kind"] == "healed":
        assert event["transition"] in {None, event["state"]}, event
    elif event["transition"] is None:
        assert event["state"] == state, event
    else:
        assert event["transition"] == event["state"] != state, event
    if event["kind"] == "transition":
        assert event["transition"] is not None, event


def _check_lock(event: dict[str, Any], lock: str | None) -> None:
    if event["kind"] == "locked":
        assert event["lock"] is not None, event
        assert event["ended"] in {None, lock}, event
    elif event["kind"] in {"unlocked", "lock-expired"}:
        assert lock is not None, f"a lock that never was ended: {event}"
        assert (event["ended"], event["lock"]) == (lock, None), event
    else:
        assert (event["lock"], event["ended"]) == (lock, None), event


def check_settled(folder: Path, now: int, *, window_open: bool) -> Scene:
    """After a command that went well: marker, lock, window, journal and page agree."""
    scene = look(folder)
    wanted = window_open or scene.lock_holds(now)
    assert scene.closed is wanted, f"window {window_open}, {scene}"
    state, lock = check_journal(scene.events)
    assert state == ("on" if wanted else "off"), scene
    assert (lock is not None) is scene.lock_holds(now), scene
    page = json.loads((folder / PAGE).read_bytes()) if (folder / PAGE).exists() else None
    assert page is None or page["code"] == "maintenance"
    return scene
