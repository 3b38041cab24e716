"""The table for spreadsheets."""

import csv
import io
from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.report import table
from bot.report.model import Books, Event, Kind, Missing, Movement, Note, Span
from bot.report.table import COLUMNS, attachment, cell, csv_of
from tests.unit.bot.report.journal import MONDAY, SUNDAY

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
GALA = Event("club", "gala", "EUR", "Europe/Amsterdam", AMSTERDAM)
PAID = Movement(
    Kind.PAYMENT,
    GALA,
    Span(SUNDAY, MONDAY),
    "ABC",
    "ABC-P-1",
    SUNDAY + timedelta(hours=1),
    Decimal("20.00"),
    "confirmed",
    "mollie",
    "tr_7UhSN1zuXS",
    SUNDAY - timedelta(minutes=1),
)


def noted(*movements: Movement, missing: tuple[Missing, ...] = ()) -> Note:
    books = Books(movements, missing)
    return Note("2026-W48", Span(SUNDAY, MONDAY), MONDAY, (), (), books)


def rows(note: Note) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_of(note, AMSTERDAM))))


def test_a_payment_stands_in_its_row_with_the_providers_id() -> None:
    (row,) = rows(noted(PAID))
    assert row == {
        "kind": "payment",
        "organizer": "club",
        "event": "gala",
        "order": "ABC",
        "number": "ABC-P-1",
        "time_utc": "2026-11-29T23:00:00Z",
        "time_local": "2026-11-30 00:00:00+01:00",
        "time_event": "2026-11-30 00:00:00+01:00",
        "event_timezone": "Europe/Amsterdam",
        "amount": "20.00",
        "currency": "EUR",
        "provider": "mollie",
        "provider_id": "tr_7UhSN1zuXS",
        "state": "confirmed",
        "started_utc": "2026-11-29T21:59:00Z",
        "started_before": "yes",
        "window_start_utc": "2026-11-29T22:00:00Z",
        "window_end_utc": "2026-11-30T05:00:00Z",
        "remark": "",
    }


def test_a_payment_begun_at_the_windows_first_instant_was_not_begun_before_it() -> None:
    (row,) = rows(noted(replace(PAID, started=SUNDAY)))
    assert row["started_before"] == "no"


def test_refunds_are_negative_and_have_not_landed() -> None:
    (row,) = rows(noted(replace(PAID, kind=Kind.REFUND, amount=Decimal("-1E+2"))))
    assert (row["amount"], row["started_before"]) == ("-100", "")


def test_what_is_missing_has_its_own_row() -> None:
    missing = Missing("club/gala", "token", "pretix does not let the token see this (403)")
    assert [row["kind"] for row in rows(noted(PAID, missing=(missing,)))] == ["payment", "missing"]
    (row,) = rows(noted(missing=(missing,)))
    assert (row["organizer"], row["event"]) == ("club", "gala")
    assert (row["state"], row["remark"]) == ("token", missing.sentence)


@pytest.mark.parametrize("sign", [*"=+-@", "\t=", "\r=", " =", "\uff1d", "\u200b="])
def test_foreign_text_is_never_calculated(sign: str) -> None:
    text = f'{sign}HYPERLINK("http://evil.example")'
    (row,) = rows(noted(replace(PAID, provider_id=text, provider=text, state=text)))
    for column in ("provider_id", "provider", "state"):
        assert row[column].startswith("'")


def test_harmless_text_stays_as_it_is_and_on_one_line() -> None:
    assert cell("tr_1=2") == "tr_1=2"
    assert cell('a,"b"\r\nc') == 'a,"b" c'
    assert len(cell("x" * 9999)) == 500


def test_every_column_is_documented() -> None:
    assert table.__doc__ is not None
    for column in COLUMNS:
        assert column in table.__doc__


def test_the_attachment_opens_in_excel_with_its_accents() -> None:
    added = attachment(noted(replace(PAID, provider="café")), UTC)
    assert added is not None
    assert added.name == "closing-2026-W48.csv"
    assert added.media_type == "text/csv; charset=utf-8"
    assert added.content.startswith(b"\xef\xbb\xbfkind,")
    assert "café" in added.content.decode("utf-8-sig")


def test_an_empty_table_is_not_attached() -> None:
    assert attachment(noted(), UTC) is None
    assert attachment(replace(noted(), books=None), UTC) is None
    assert attachment(noted(missing=(Missing("pretix", "busy", "away"),)), UTC) is not None
