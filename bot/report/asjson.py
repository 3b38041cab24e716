"""A note as JSON, for programs. Amounts are text, so that nobody reads them as binary floats.

version, week, from, to, made_at
windows   [{name, planned: {start, end}, closed_at, opened_at, opened_between, repairs,
            recorded, over, proof: {asked, first_closed, last_closed,
                                    gaps: [{start, end, verdict}]} | null}]
locks     [{actor, name, origin, reason, start, until, end, ended, ended_by}]
books     null without a pretix, or
          {events: [{organizer, event, currency, timezone, orders: {count, amount},
                     providers: [{provider, payments, refunds, started_before}]}],
           movements: [{kind, organizer, event, order, number, at, at_event, amount, currency,
                        state, provider, provider_id, started, started_before, window}],
           test_orders}
missing   [{subject, problem, sentence}]
complete  whether nothing is missing
"""

import json
from datetime import UTC, datetime
from typing import Any

from bot.report.model import Books, Closing, ManualLock, Movement, Note, Proof, Span
from bot.report.table import utc
from bot.report.totals import EventTotals, Total, by_event

VERSION = 1


def json_of(note: Note) -> str:
    """Return the note as JSON on one line."""
    return json.dumps(data_of(note), ensure_ascii=False)


def data_of(note: Note) -> dict[str, Any]:
    """Return what JSON shows."""
    return {
        "version": VERSION,
        "week": note.week,
        "from": utc(note.span.start),
        "to": utc(note.span.end),
        "made_at": utc(note.made_at),
        "windows": [_closing(one) for one in note.closings],
        "locks": [_lock(one) for one in note.locks],
        "books": None if note.books is None else _books(note.books),
        "missing": [
            {"subject": one.subject, "problem": one.problem, "sentence": one.sentence}
            for one in note.lacks
        ],
        "complete": not note.lacks,
    }


def _closing(one: Closing) -> dict[str, Any]:
    return {
        "name": one.name,
        "planned": _span(one.planned),
        "closed_at": _utc(one.closed_at),
        "opened_at": _utc(one.opened_at),
        "opened_between": [_span(span) for span in one.opened_between],
        "repairs": [utc(at) for at in one.repairs],
        "recorded": one.recorded,
        "over": one.over,
        "proof": None if one.proof is None else _proof(one.proof),
    }


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "asked": proof.asked,
        "first_closed": _utc(proof.first),
        "last_closed": _utc(proof.last),
        "gaps": [{**_span(gap.span), "verdict": gap.verdict} for gap in proof.gaps],
    }


def _lock(one: ManualLock) -> dict[str, Any]:
    return {
        "actor": one.actor,
        "name": one.name,
        "origin": one.origin,
        "reason": one.reason,
        "start": utc(one.start),
        "until": _utc(one.until),
        "end": _utc(one.end),
        "ended": one.ended,
        "ended_by": one.ended_by,
    }


def _books(books: Books) -> dict[str, Any]:
    return {
        "events": [_event(one) for one in by_event(books.movements)],
        "movements": [_movement(one) for one in books.movements],
        "test_orders": books.test_orders,
    }


def _event(one: EventTotals) -> dict[str, Any]:
    return {
        "organizer": one.event.organizer,
        "event": one.event.slug,
        "currency": one.event.currency,
        "timezone": one.event.zone_name,
        "orders": _total(one.orders),
        "providers": [
            {
                "provider": each.provider,
                "payments": _total(each.payments),
                "refunds": _total(each.refunds),
                "started_before": _total(each.started_before),
            }
            for each in one.providers
        ],
    }


def _movement(one: Movement) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "organizer": one.event.organizer,
        "event": one.event.slug,
        "order": one.order,
        "number": one.number,
        "at": utc(one.at),
        "at_event": one.at.astimezone(one.event.zone or UTC).isoformat(timespec="seconds"),
        "amount": format(one.amount, "f"),
        "currency": one.event.currency,
        "state": one.state,
        "provider": one.provider,
        "provider_id": one.provider_id,
        "started": _utc(one.started),
        "started_before": one.started_before,
        "window": _span(one.window),
    }


def _total(total: Total) -> dict[str, Any]:
    return {"count": total.count, "amount": format(total.amount, "f")}


def _span(span: Span) -> dict[str, str]:
    return {"start": utc(span.start), "end": utc(span.end)}


def _utc(at: datetime | None) -> str | None:
    return None if at is None else utc(at)
