"""All of a note together; what cannot be had is said instead of hiding the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Protocol

from bot.corestate import moment
from bot.report.access import Access
from bot.report.books import collect
from bot.report.closings import closing, planned
from bot.report.errors import PretixError
from bot.report.locks import locks
from bot.report.model import Books, Closing, Missing, Note, ProbeRecord, Span
from bot.report.pretix import Pretix
from bot.report.proof import prove
from bot.report.week import Week
from core import config
from core.errors import ConfigurationError
from core.journal import Cursor, read_after
from core.protocol import Event, Occurrence
from core.windows import occurrences

_LONGEST = timedelta(days=8)
"""No window is longer; so far outside its week one may begin or end."""


class Probes(Protocol):
    """Where the probes' answers are kept."""

    def __call__(self, span: Span) -> Sequence[ProbeRecord]:
        """Give the answers inside `span`."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a note comes from; without `probes` there is no proof, without `access` no books.

    `lacking` is what the notes have to do without from the beginning.
    """

    core_config: Path
    journal: Path
    zone: tzinfo
    probes: Probes | None = None
    access: Access | None = None
    lacking: tuple[Missing, ...] = ()
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What this machine's files say."""

    configured: Sequence[Occurrence]
    events: Sequence[Event]
    missing: tuple[Missing, ...]


async def make_note(
    week: Week, sources: Sources, now: datetime, only: Occurrence | None = None
) -> Note:
    """Make the note of `week`, or of its one window `only`, as far as it is at `now`.

    Windows that have not begun are left out; of one that is open, what happened up to `now` counts.
    Never raises for what the core's files, the probes or pretix do.
    """
    span = week.span(sources.zone)
    known = await asyncio.to_thread(_read, sources, span)
    told = [only] if only else planned(known.configured, known.events)
    closings = tuple(
        _proven(closing(one, known.events, now), sources.probes, now)
        for one in told
        if week.closed_by(moment(one.start), sources.zone) and moment(one.start) <= now
    )
    end = max([span.end, *(one.planned.end for one in closings)])
    return Note(
        week=str(week),
        span=span,
        made_at=now,
        closings=closings,
        locks=locks(known.events, Span(span.start, end)),
        books=await _books(sources, [_so_far(one.planned, now) for one in closings]),
        missing=(*sources.lacking, *known.missing),
    )


def _so_far(span: Span, now: datetime) -> Span:
    return replace(span, end=min(span.end, now))


def _proven(one: Closing, probes: Probes | None, now: datetime) -> Closing:
    if probes is None:
        return one
    span = _so_far(one.planned, now)
    return replace(one, proof=prove(probes(span), span))


def windows(sources: Sources, span: Span) -> list[Occurrence]:
    """Return the windows, recorded or configured, that touch `span`; reads files."""
    known = _read(sources, span)
    return [
        one
        for one in planned(known.configured, known.events)
        if moment(one.start) < span.end and moment(one.end) > span.start
    ]


def _read(sources: Sources, span: Span) -> _Known:
    missing: list[Missing] = []
    configured: Sequence[Occurrence] = ()
    events: Sequence[Event] = ()
    try:
        rules = config.load(str(sources.core_config)).windows
        first, last = (int(edge.timestamp()) for edge in (span.start, span.end + _LONGEST))
        configured = occurrences(rules, first, last)
    except ConfigurationError as error:
        missing.append(Missing("windows", "configuration", str(error)))
    try:
        events = _journal(sources.journal)
    except OSError as error:
        sentence = f"the history cannot be read: {error.strerror}"
        missing.append(Missing("history", "journal", sentence))
    return _Known(configured, events, tuple(missing))


def _journal(path: Path) -> list[Event]:
    events: list[Event] = []
    batch = read_after(str(path), Cursor())
    while batch.events or batch.skipped:
        events += batch.events
        batch = read_after(str(path), batch.cursor)
    return events


async def _books(sources: Sources, spans: Sequence[Span]) -> Books | None:
    if sources.access is None:
        return None
    monotonic = sources.monotonic or asyncio.get_running_loop().time
    try:
        async with Pretix(sources.access, sleep=sources.sleep, monotonic=monotonic) as pretix:
            return await collect(pretix, spans)
    except PretixError as error:
        return Books(missing=(Missing("pretix", error.problem, str(error)),))
