"""People's locks, from what the core recorded. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bot.corestate import moment
from bot.report.model import Ended, ManualLock, Span
from core.protocol import Event

_LOCKED = "locked"
_ENDINGS = {"unlocked": Ended.UNLOCKED, "lock-expired": Ended.EXPIRED, _LOCKED: Ended.REPLACED}


def locks(events: Sequence[Event], span: Span) -> tuple[ManualLock, ...]:
    """Return the locks that held at some time of `span`; `events` is the whole journal."""
    found: dict[str, ManualLock] = {}
    for event in events:
        ended = _ENDINGS.get(event.kind)
        if event.ended in found and ended is not None:
            found[event.ended] = _over(found[event.ended], event, ended)
        if event.kind == _LOCKED and event.lock is not None and event.lock not in found:
            found[event.lock] = _placed(event)
    return tuple(lock for lock in found.values() if _held_in(lock, span))


def _placed(event: Event) -> ManualLock:
    return ManualLock(
        actor=event.actor,
        name=event.name,
        origin=event.origin,
        reason=event.reason,
        start=moment(event.at),
        until=None if event.until is None else moment(event.until),
    )


def _over(lock: ManualLock, event: Event, ended: Ended) -> ManualLock:
    # An expiry is recorded under the name of whoever had placed the lock.
    by = None if ended is Ended.EXPIRED else event.name
    return replace(lock, end=moment(event.at), ended=ended, ended_by=by)


def _held_in(lock: ManualLock, span: Span) -> bool:
    return lock.start < span.end and (lock.end is None or lock.end > span.start)
