"""The note as people read it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from adapters.base import SpanKind, Tone
from bot.messages.note import LONGEST, treasurers_note
from bot.messages.phrases import Phrases
from bot.probe import Verdict
from bot.report.closings import closing
from bot.report.locks import locks
from bot.report.model import (
    Books,
    Closing,
    Event,
    Gap,
    Kind,
    Missing,
    Movement,
    Note,
    Proof,
    Span,
)
from bot.report.week import parse
from bot.text import Text
from tests.unit.bot.report.journal import MONDAY, NAME, SUNDAY, WINDOW, Journal

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOW = MONDAY + 5 * MINUTE
INSIDE = Span(SUNDAY, MONDAY)
GALA = Event("club", "gala", "EUR", "Europe/Amsterdam", AMSTERDAM)
TRIP = Event("club", "trip", "EUR", "America/New_York", ZoneInfo("America/New_York"))
PROVEN = Proof(84, SUNDAY + MINUTE, MONDAY - MINUTE, ())


def closed(journal: Journal | None = None) -> Closing:
    if journal is None:
        journal = Journal()
        journal.week()
    return replace(closing(WINDOW, journal.events, NOW), proof=PROVEN)


def note(*closings: Closing, books: Books | None = None, **other: object) -> Note:
    span = parse("2026-W48").span(AMSTERDAM)
    made = Note("2026-W48", span, NOW, closings or (closed(),), (), books)
    return replace(made, **other)  # type: ignore[arg-type]  # by name


def said(made: Note, language: str = "en") -> Text:
    phrases = Phrases(language, AMSTERDAM, "IT", "tickets.example", {"telegram:-1": "board chat"})
    return treasurers_note(phrases, made, NOW)


def moved(kind: Kind, amount: str, event: Event = GALA, **other: object) -> Movement:
    provider = "" if kind is Kind.ORDER else "mollie"
    one = Movement(kind, event, INSIDE, "ABC", "ABC-P-1", SUNDAY, Decimal(amount), "p", provider)
    return replace(one, **other)  # type: ignore[arg-type]  # by name


def test_a_good_week_is_told_in_a_few_calm_lines() -> None:
    text = said(note(books=Books()))
    assert text.text.splitlines() == [
        "📒 For the books: week 48 of 2026.",
        (
            "“Mollie week” was planned from Sun 23:00 (22:00 UTC) to Mon 06:00 (05:00 UTC)."
            " Really closed from Sun 23:00 (22:00 UTC) to Mon 06:00 (05:00 UTC)."
        ),
        "Proof: asked 84 times; first 503 at Sun 23:01 (22:01 UTC), last at Mon 05:59 (04:59 UTC).",
        "No lock this week.",
        "During the closing nothing was ordered, paid or paid back.",
    ]
    assert text.tone is Tone.NEUTRAL


def test_instants_are_spans_that_a_platform_may_show_its_own_way() -> None:
    text = said(note())
    shown = {text.text[span.start : span.end]: span.instant for span in text.spans}
    assert shown["Mon 05:59 (04:59 UTC)"] == MONDAY - MINUTE
    assert {span.kind for span in text.spans} == {SpanKind.TIME}


def test_the_same_facts_are_told_in_dutch() -> None:
    books = Books((moved(Kind.PAYMENT, "1234.50", started=SUNDAY - HOUR),))
    text = said(note(books=books), "nl").text
    assert "“Mollie week” was gepland van zo 23:00 (22:00 UTC) tot ma 06:00 (05:00 UTC)." in text
    assert "1 betaling, €\xa01.234,50." in text
    assert "Daarvan is 1 betaling (€\xa01.234,50) vóór de sluiting begonnen." in text


def test_what_the_closing_did_not_stop_is_told_per_event_and_provider() -> None:
    books = Books(
        (
            moved(Kind.ORDER, "10.10"),
            moved(Kind.ORDER, "20.20"),
            moved(Kind.PAYMENT, "30.30", started=SUNDAY - MINUTE),
            moved(Kind.PAYMENT, "0.10", started=SUNDAY),
            moved(Kind.REFUND, "-5.00", provider="banktransfer"),
            moved(Kind.PAYMENT, "7.00", TRIP),
        ),
        test_orders=2,
    )
    assert said(note(books=books)).text.splitlines()[4:] == [
        "What the closing did not stop:",
        "• club/gala: 2 orders made, €30.30.",
        "  ◦ banktransfer: 1 refund, -€5.00.",
        (
            "  ◦ mollie: 2 payments, €30.40."
            " 1 payment of these (€30.30) was started before the closing."
        ),
        "• club/trip (its time zone is America/New_York)",
        "  ◦ mollie: 1 payment, €7.00.",
        "In all: 2 orders made, €30.30. 3 payments, €37.40. 1 refund, -€5.00.",
        "2 orders in test mode are left out.",
    ]


def test_currencies_are_never_added_up() -> None:
    abroad = replace(TRIP, currency="USD")
    books = Books((moved(Kind.PAYMENT, "1.00"), moved(Kind.PAYMENT, "2.00", abroad)))
    text = said(note(books=books)).text
    assert "€1.00" in text
    assert "$2.00" in text
    assert "In all" not in text


def test_a_failing_pretix_hides_nothing_and_is_told_with_its_reason() -> None:
    books = Books(missing=(Missing("pretix", "busy", "pretix answers 503"),))
    text = said(note(books=books))
    assert "Really closed from" in text.text
    assert text.text.endswith("⚠️ Not complete: pretix: pretix answers 503.")
    assert "nothing was ordered" not in text.text
    assert text.tone is Tone.WARNING


def test_without_a_pretix_nothing_is_claimed_of_sales() -> None:
    assert "ordered" not in said(note(books=None)).text


def test_a_closing_that_never_came_is_the_loudest() -> None:
    journal = Journal()
    journal.lock(SUNDAY - 99 * HOUR)
    journal.unlock(SUNDAY - 98 * HOUR)
    text = said(note(closed(journal)))
    assert "⚠️ The shop was never closed." in text.text
    assert text.tone is Tone.WARNING


def test_before_the_history_nothing_is_claimed() -> None:
    assert "The history does not reach back that far." in said(note(closed(Journal()))).text


def test_a_late_closing_says_how_late() -> None:
    journal = Journal()
    journal.week(late=600)
    text = said(note(closed(journal)))
    assert "⚠️ It was closed 10 minutes late." in text.text
    assert text.tone is Tone.WARNING
    in_time = Journal()
    in_time.week(late=60)
    assert "late" not in said(note(closed(in_time))).text


def test_times_open_in_between_and_repairs_are_told() -> None:
    spoilt = replace(
        closed(), opened_between=(Span(SUNDAY + HOUR, SUNDAY + 2 * HOUR),), repairs=(MONDAY,)
    )
    text = said(note(spoilt))
    assert "⚠️ In between it was open from Mon 00:00 (Sun 23:00 UTC) to Mon 01:00" in text.text
    assert "⚠️ At Mon 06:00 (05:00 UTC) it was found open and closed again." in text.text
    assert text.tone is Tone.WARNING


def test_a_shop_that_is_still_closed_is_told_as_such() -> None:
    text = said(note(replace(closed(), opened_at=None))).text
    assert "Really closed since Sun 23:00 (22:00 UTC), and it still is." in text


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (None, "nobody asked."),
        (Verdict.OPEN, "the shop was open."),
        (Verdict.UNREACHABLE, "the shop could not be reached."),
        (Verdict.CERTIFICATE, "the shop could not be reached."),
        (Verdict.FOREIGN, "something else answered."),
        (Verdict.PAGE_WITH_200, "something else answered."),
    ],
)
def test_a_gap_says_what_was_instead(verdict: Verdict | None, words: str) -> None:
    gap = Gap(Span(SUNDAY + HOUR, SUNDAY + 2 * HOUR), verdict)
    text = said(note(replace(closed(), proof=replace(PROVEN, gaps=(gap,)))))
    assert f"⚠️ From Mon 00:00 (Sun 23:00 UTC) to Mon 01:00 (00:00 UTC) {words}" in text.text
    assert text.tone is Tone.WARNING


def test_no_answer_at_all_is_no_proof() -> None:
    text = said(note(replace(closed(), proof=Proof(0, None, None, ()))))
    assert "⚠️ Nobody asked the shop in that time, so there is no proof." in text.text
    assert text.tone is Tone.WARNING
    never = said(note(replace(closed(), proof=Proof(3, None, None, ()))))
    assert "⚠️ It never answered that it was closed." in never.text


def test_locks_tell_who_when_and_why() -> None:
    journal = Journal()
    journal.lock(SUNDAY - 30 * HOUR, "a", origin="telegram:-1")
    journal.unlock(SUNDAY - 29 * HOUR, "a", name="Bob")
    journal.lock(SUNDAY - 20 * HOUR, "b", name=None, actor="unix:root", reason=None)
    journal.unlock(SUNDAY - 19 * HOUR, "b", name="Bob")
    journal.lock(SUNDAY - 10 * HOUR, "c")
    journal.unlock(SUNDAY - 9 * HOUR, "c")
    journal.lock(SUNDAY - 8 * HOUR, "d", reason="=cmd()")
    found = locks(journal.events, Span(SUNDAY - 100 * HOUR, MONDAY))
    told = [one for one in said(note(locks=found)).text.splitlines() if one.startswith("🔒")]
    assert told == [
        (
            "🔒 Locked by Anna (board chat) from Sat 17:00 (16:00 UTC) to Sat 18:00 (17:00 UTC),"
            " when Bob unlocked, reason: “audit”."
        ),
        (
            "🔒 Locked by somebody (on the server) from Sun 03:00 (02:00 UTC) to Sun 04:00"
            " (03:00 UTC), when Bob unlocked."
        ),
        (
            "🔒 Locked by Anna (Telegram) from Sun 13:00 (12:00 UTC) to Sun 14:00 (13:00 UTC),"
            " reason: “audit”."
        ),
        "🔒 Locked by Anna (Telegram) since Sun 15:00 (14:00 UTC), reason: “=cmd()”.",
    ]


def test_a_history_that_cannot_be_read_does_not_say_that_there_was_no_lock() -> None:
    lacking = (Missing("history", "journal", "the history cannot be read"),)
    assert "No lock" not in said(note(missing=lacking)).text


def test_a_week_without_a_closing_says_so() -> None:
    text = said(replace(note(books=Books()), closings=())).text
    assert "No closing was planned." in text
    assert "ordered" not in text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_however_much_happened_the_note_fits_in_a_message(language: str) -> None:
    events = [replace(TRIP, slug=f"event{n:03}" + "x" * 80) for n in range(200)]
    gap = Gap(INSIDE, Verdict.UNREACHABLE)
    bad = replace(
        closed(),
        name="n" * 300,
        proof=replace(PROVEN, gaps=(gap,) * 50),
        opened_between=(INSIDE,) * 50,
        repairs=(MONDAY,) * 50,
    )
    lacks = tuple(Missing("s" * 300, "x", "w" * 900) for _ in range(50))
    movements = tuple(moved(Kind.PAYMENT, "1.00", event) for event in events)
    full = note(*(bad,) * 20, books=Books(movements, lacks))
    text = said(full, language)
    assert LONGEST / 2 < len(text.text) <= LONGEST
    assert text.text.startswith("📒")
    assert "left out here" in text.text or "weggelaten" in text.text
    assert all(span.end <= len(text.text) for span in text.spans)


def test_only_as_many_lines_are_left_out_as_it_takes() -> None:
    events = [replace(TRIP, slug=f"event{n:03}") for n in range(100)]
    movements = tuple(moved(Kind.PAYMENT, "1.00", event) for event in events)
    text = said(note(books=Books(movements))).text
    left_out = int(text.splitlines()[-1].split()[2])
    whole = 4 + 1 + 2 * 100 + 1
    assert len(text.splitlines()) - 1 + left_out == whole
    assert len(text) > LONGEST - 200


def test_names_of_others_cannot_break_out_of_their_line() -> None:
    text = said(note(replace(closed(), name=f"{NAME}\n**x** {{week}}"))).text
    assert "“Mollie week **x** {week}” was planned" in text
