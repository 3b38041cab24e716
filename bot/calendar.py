"""The windows as an iCalendar file (RFC 5545), to be subscribed to or imported.

Instants are UTC, which every calendar shows in its reader's own zone, and each occurrence is an
event of its own: a rule of recurrence could not say what a clock change does to a window.
"""

import os
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from icalendar import Calendar, Event

from bot.corestate import moment
from bot.messages import Voice
from core import __version__
from core.protocol import Occurrence

REFRESH = timedelta(hours=12)
"""How often a subscriber may look again."""

MODE = 0o644


def calendar(occurrences: Iterable[Occurrence], voice: Voice, now: datetime) -> bytes:
    """Return the file; the same occurrence has the same UID whenever it is made."""
    made = Calendar()
    made.add("VERSION", "2.0")
    made.add("PRODID", f"-//pretix-maintenance//bot {__version__}//EN")
    made.add("CALSCALE", "GREGORIAN")
    made.add("METHOD", "PUBLISH")
    made.add("X-WR-CALNAME", voice.calendar_name())
    made.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    for one in occurrences:
        made.add_component(_event(one, voice, now))
    content: bytes = made.to_ical()
    return content


def _event(one: Occurrence, voice: Voice, now: datetime) -> Event:
    event = Event()
    event.add("UID", f"{one.start}-{one.end}@pretix-maintenance")
    event.add("DTSTAMP", now)
    event.add("DTSTART", moment(one.start))
    event.add("DTEND", moment(one.end))
    event.add("SUMMARY", voice.calendar_title(one))
    # Nobody is busy because a shop is closed.
    event.add("TRANSP", "TRANSPARENT")
    return event


def write(path: Path, content: bytes) -> None:
    """Put the file in place at once, so that no server ever hands out half of it.

    Raises:
        OSError: it cannot be written.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), MODE)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
