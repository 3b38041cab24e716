"""The journal for people and programs."""

import os

from core import journal
from core.instants import text_of
from core.journal import Cursor
from core.places import JOURNAL
from core.protocol import Event
from core.timetable import settle


def events(
    config_path: str,
    state_dir: str | None,
    count: int | None,
    after: int | None,
) -> list[Event]:
    """Return the newest `count` events, or the first `count` (None: all) after seq `after`.

    The oldest comes first in both cases.

    Raises:
        StateError: the journal cannot be read.
    """
    home, _ = settle(config_path, state_dir)
    with home:
        if home.look(JOURNAL) is None:
            return []
        path = os.path.join(home.path, JOURNAL)
        try:
            if after is None:
                return journal.last_events(path, count or 0)
            return _after(path, after, count)
        except OSError as error:
            raise home.unreadable(JOURNAL, error) from error


def _after(path: str, after: int, count: int | None) -> list[Event]:
    found: list[Event] = []
    cursor = Cursor()
    while count is None or len(found) < count:
        batch = journal.read_after(path, cursor)
        if batch.cursor == cursor:
            break
        found += [event for event in batch.events if event.seq > after]
        cursor = batch.cursor
    return found[:count]


def text(found: list[Event]) -> str:
    """Return one line for each."""
    if not found:
        return "Nothing is recorded."
    return "\n".join(_line(event) for event in found)


def _line(event: Event) -> str:
    shop = "closed" if event.state == "on" else "open"
    changed = "" if event.transition else "stays "
    why = event.window.name if event.window else ""
    who = event.name or event.actor
    parts = [part for part in (event.kind, f"by {who}", event.reason or "", why) if part]
    return f"#{event.seq} {text_of(event.at)} {changed}{shop}: {', '.join(parts)}"
