"""Planned and real edges of windows, from what the core recorded. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from bot.corestate import moment
from bot.report.model import Closing, Span
from core.protocol import Event, Occurrence

_ON = "on"
_HEALED = "healed"


@dataclass(frozen=True, slots=True)
class _Closed:
    """A time recorded as closed; `end` is None while it lasts."""

    start: datetime
    end: datetime | None

    def touches(self, span: Span) -> bool:
        return self.start < span.end and (self.end is None or self.end > span.start)


def planned(configured: Sequence[Occurrence], events: Sequence[Event]) -> list[Occurrence]:
    """Return the windows there were, in order.

    What was recorded counts: the configuration may have changed since, so it only fills in the
    windows that nothing recorded overlaps. Of two recorded ones that overlap the newer counts.
    """
    kept: list[Occurrence] = []
    recorded = [event.window for event in reversed(events) if event.window is not None]
    for one in (*recorded, *configured):
        if not any(_overlap(one, other) for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def _overlap(one: Occurrence, other: Occurrence) -> bool:
    return one.start < other.end and other.start < one.end


def closing(window: Occurrence, events: Sequence[Event], now: datetime) -> Closing:
    """Say what became of a window that has begun; `events` is the whole journal, oldest first."""
    span = Span(moment(window.start), moment(window.end))
    closed = [one for one in _closed(events) if one.touches(span)]
    return Closing(
        name=window.name,
        planned=span,
        closed_at=closed[0].start if closed else None,
        opened_at=closed[-1].end if closed else None,
        opened_between=tuple(
            Span(before.end, after.start)
            for before, after in pairwise(closed)
            if before.end is not None
        ),
        repairs=tuple(
            moment(event.at)
            for event in events
            if event.kind == _HEALED and event.state == _ON and moment(event.at) in span
        ),
        recorded=bool(events) and events[0].at < window.end,
        over=span.end <= now,
    )


def _closed(events: Sequence[Event]) -> list[_Closed]:
    found: list[_Closed] = []
    since: datetime | None = None
    for event in events:
        if event.state == _ON and since is None:
            since = moment(event.at)
        elif event.state != _ON and since is not None:
            found.append(_Closed(since, moment(event.at)))
            since = None
    return [*found, _Closed(since, None)] if since is not None else found
