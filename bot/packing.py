"""What one message tells: one announcement, or all of them to who is behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.parcel import Parcel, Row
from core.protocol import Event

LATE = timedelta(minutes=1)
"""Told longer after it happened than this, a message must say so."""


@dataclass(frozen=True, slots=True)
class Merging:
    """When waiting events become one summary: so many, or the first so long ago."""

    more_than: int = 3
    older_than: timedelta = timedelta(minutes=15)


def pack(rows: Sequence[Row], now: datetime, merging: Merging, *, coming_back: bool) -> Parcel:
    """Choose from the open rows, oldest first, what the next message tells.

    A parcel that may have been told stays as it was, or a copy could not be recognised. A
    destination that comes back gets one summary of all events instead of stale news; notices are
    told one by one.
    """
    head = rows[0]
    if head.state == "inflight":
        return Parcel(tuple(rows))
    if head.seq is None:
        return Parcel((head,))
    events = tuple(row for row in rows if row.seq is not None)
    if coming_back or len(events) > merging.more_than or _is_stale(events, now, merging):
        return Parcel(events)
    return Parcel((head,))


def is_late(parcel: Parcel, now: datetime) -> bool:
    """Whether the parcel tells of something that happened notably before now."""
    return _age(parcel.head, now) > LATE


def _is_stale(events: Sequence[Row], now: datetime, merging: Merging) -> bool:
    age = _age(events[0], now)
    return age > merging.older_than or (age > LATE and _there_and_back(events))


def _there_and_back(events: Sequence[Row]) -> bool:
    """Whether the shop was closed and opened again, or the reverse, before anybody was told."""
    told = (row.told() for row in events)
    return len({one.transition for one in told if isinstance(one, Event) and one.transition}) > 1


def _age(row: Row, now: datetime) -> timedelta:
    return timedelta(seconds=now.timestamp() - row.happened_at)
