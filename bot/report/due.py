"""When the next note is to be made: once for each window, after its end. Pure.

A lock may hold past a window's end, and then no transition marks it; so the ends are watched, not
the journal.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.corestate import moment
from core.protocol import Occurrence

SETTLING = timedelta(minutes=2)
"""After the end, for requests that pretix was still answering."""

LATEST = timedelta(days=14)
"""A note about a window that ended longer ago is no news; `report --week` still makes it."""


def due(occurrences: Iterable[Occurrence], told: datetime, now: datetime) -> list[Occurrence]:
    """Return the windows that need a note now, oldest first; those up to `told` have theirs."""
    ended = (one for one in occurrences if told < moment(one.end) <= now - SETTLING)
    return sorted(
        (one for one in ended if now - moment(one.end) <= LATEST), key=lambda one: one.end
    )
