"""What happened inside the windows as CSV, one line each, for a spreadsheet or a program.

UTF-8 with a byte order mark (so that Excel reads it as such), commas, CRLF, amounts with a point.

    kind                 order, payment, refund; or missing: a line for what could not be read
    organizer, event     as in pretix's addresses
    order                the order's code
    number               the order's code, for payments and refunds with -P-1 or -R-1
    time_utc             RFC 3339; pretix's time of making, confirmation or execution
    time_local           the same in the zone for people
    time_event           the same in the event's own zone
    event_timezone       that zone's name
    amount               of the order (its total as it is now), the payment, the refund (negative)
    currency             ISO 4217
    provider             of the payment or refund, as pretix calls it
    provider_id          its id at the provider (Mollie: tr_… and re_…), to join with its export
    state                in pretix when the note was made
    started_utc          when the payment was begun
    started_before       yes: begun before the window and landed inside; no; empty for others
    window_start_utc, window_end_utc
                         the window as planned, or up to the note's making if it was still open
    remark               why something is missing

Foreign text that a spreadsheet would take for a formula gets an apostrophe in front.
"""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from adapters.base import Attachment
from bot.report.model import Kind, Missing, Movement, Note
from bot.text import foreign

COLUMNS = (
    "kind",
    "organizer",
    "event",
    "order",
    "number",
    "time_utc",
    "time_local",
    "time_event",
    "event_timezone",
    "amount",
    "currency",
    "provider",
    "provider_id",
    "state",
    "started_utc",
    "started_before",
    "window_start_utc",
    "window_end_utc",
    "remark",
)

_FORMULA = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
"""What begins a formula in some spreadsheet, the wide forms of Asian keyboards included."""

_LONGEST = 500


def csv_of(note: Note, zone: tzinfo) -> str:
    """Return the table, without the byte order mark; `zone` is that for people."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(_rows(note, zone))
    return text.getvalue()


def attachment(note: Note, zone: tzinfo) -> Attachment | None:
    """Return the table as a file; None where there is nothing in it."""
    if not (note.lacks or (note.books and note.books.movements)):
        return None
    content = csv_of(note, zone).encode("utf-8-sig")
    return Attachment(f"closing-{note.week}.csv", "text/csv; charset=utf-8", content)


def _rows(note: Note, zone: tzinfo) -> Iterator[dict[str, str]]:
    for movement in note.books.movements if note.books else ():
        yield _row(movement, zone)
    for missing in note.lacks:
        yield _absent(missing)


def _row(one: Movement, zone: tzinfo) -> dict[str, str]:
    before = "" if one.kind is not Kind.PAYMENT else "yes" if one.started_before else "no"
    return {
        "kind": one.kind.value,
        "organizer": cell(one.event.organizer),
        "event": cell(one.event.slug),
        "order": cell(one.order),
        "number": cell(one.number),
        "time_utc": utc(one.at),
        "time_local": local(one.at, zone),
        "time_event": local(one.at, one.event.zone or UTC),
        "event_timezone": cell(one.event.zone_name),
        "amount": format(one.amount, "f"),
        "currency": cell(one.event.currency),
        "provider": cell(one.provider),
        "provider_id": cell(one.provider_id),
        "state": cell(one.state),
        "started_utc": "" if one.started is None else utc(one.started),
        "started_before": before,
        "window_start_utc": utc(one.window.start),
        "window_end_utc": utc(one.window.end),
    }


def _absent(missing: Missing) -> dict[str, str]:
    organizer, _, event = missing.subject.partition("/")
    return {
        "kind": "missing",
        "organizer": cell(organizer),
        "event": cell(event),
        "state": cell(missing.problem),
        "remark": cell(missing.sentence),
    }


def cell(text: str) -> str:
    """Return foreign text as a cell that no spreadsheet calculates; on one line."""
    shown = foreign(text, _LONGEST)
    return f"'{shown}" if shown[:1] in _FORMULA else shown


def utc(at: datetime) -> str:
    """Show an instant to the second: "2026-11-29T22:00:00Z"."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(at: datetime, zone: tzinfo) -> str:
    """Show an instant in a zone, with its offset: "2026-11-29 23:00:00+01:00"."""
    return at.astimezone(zone).isoformat(" ", "seconds")
