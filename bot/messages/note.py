"""The treasurer's note: how the closings of a week went, and what they did not stop.

Totals stand in the text, details in the table that goes with it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency

from adapters.base import Tone
from bot.messages.phrases import Phrases
from bot.probe import Verdict
from bot.report.model import Books, Closing, Ended, Gap, Kind, ManualLock, Missing, Note, Proof
from bot.report.totals import EventTotals, ProviderTotals, Total, by_event, total
from bot.text import Piece, Text, foreign, joined, lines, sentences

LONGEST = 3000
"""Characters; some platforms take little more than 4,000."""

_NAME, _SENTENCE = 80, 200
_MOST_EACH = 6
"""Windows, locks, gaps or faults that are told one by one."""


def treasurers_note(phrases: Phrases, note: Note, now: datetime) -> Text:
    """Tell a week; never longer than `LONGEST`."""
    told = [
        phrases.say("📒 For the books: {week}.", week=_week(phrases, note)),
        *_closings(phrases, note, now),
        *_locks(phrases, note, now),
    ]
    books = list(_books(phrases, note.books)) if note.books and note.closings else []
    lacking = list(_some(phrases, [_missing(phrases, one) for one in note.lacks]))
    text = _fitted(phrases, told, books, lacking)
    return text.toned(Tone.WARNING if _is_wrong(note) else Tone.NEUTRAL)


def _fitted(
    phrases: Phrases, told: Sequence[Text], books: Sequence[Text], lacking: Sequence[Text]
) -> Text:
    """Leave out as many lines as it takes: the books' last first, as the table has them too."""
    kept, left_out = [*told, *books], 0
    more = Text("")
    length = sum(len(one.text) + 1 for one in (*kept, *lacking)) - 1
    while length + len(more.text) + 1 > LONGEST and len(kept) > 1:
        length -= len(kept.pop().text) + 1
        left_out += 1
        more = _more(phrases, left_out)
    return lines(*kept, more, *lacking)


def _more(phrases: Phrases, left_out: int) -> Text:
    return phrases.count(
        "… and {number} line more, left out here.",
        "… and {number} lines more, left out here.",
        left_out,
    )


def _week(phrases: Phrases, note: Note) -> Text:
    year, _, number = note.week.partition("-W")
    return phrases.say("week {week} of {year}", week=str(int(number)), year=year)


def _is_wrong(note: Note) -> bool:
    return bool(note.lacks) or any(
        (one.closed_at is None and one.recorded)
        or _is_late(one)
        or one.opened_between
        or one.repairs
        or (one.proof is not None and (one.proof.gaps or not one.proof.asked))
        for one in note.closings
    )


def _is_late(one: Closing) -> bool:
    return one.closed_at is not None and (one.closed_at - one.planned.start).total_seconds() > _SOON


_SOON = 60
"""Seconds after the planned start in which a closing is on time."""


# How the closings went.


def _closings(phrases: Phrases, note: Note, now: datetime) -> Iterator[Text]:
    if not note.closings:
        yield phrases.say("No closing was planned.")
    for one in note.closings[:_MOST_EACH]:
        yield sentences(_planned(phrases, one, now), _real(phrases, one, now))
        yield from _doubts(phrases, one, now)
        if one.proof is not None:
            yield from _proof(phrases, one.proof, now)
    yield from _rest(phrases, len(note.closings))


def _planned(phrases: Phrases, one: Closing, now: datetime) -> Text:
    return phrases.say(
        "“{name}” was planned from {start} to {end}.",
        name=foreign(one.name, _NAME),
        start=phrases.when(one.planned.start, now),
        end=phrases.when(one.planned.end, now),
    )


def _real(phrases: Phrases, one: Closing, now: datetime) -> Text:
    if one.closed_at is None:
        if not one.recorded:
            return phrases.say("The history does not reach back that far.")
        return phrases.say("⚠️ **The shop was never closed.**")
    start = phrases.when(one.closed_at, now)
    if one.opened_at is None:
        return phrases.say("Really closed since {start}, and it still is.", start=start)
    return phrases.say(
        "Really closed from {start} to {end}.", start=start, end=phrases.when(one.opened_at, now)
    )


def _doubts(phrases: Phrases, one: Closing, now: datetime) -> Iterator[Text]:
    if _is_late(one) and one.closed_at is not None:
        late = phrases.length(one.closed_at - one.planned.start)
        yield phrases.say("⚠️ It was closed {late} late.", late=late)
    for span in one.opened_between[:_MOST_EACH]:
        yield phrases.say(
            "⚠️ In between it was open from {start} to {end}.",
            start=phrases.when(span.start, now),
            end=phrases.when(span.end, now),
        )
    for at in one.repairs[:_MOST_EACH]:
        yield phrases.say("⚠️ At {at} it was found open and closed again.", at=phrases.when(at, now))


def _proof(phrases: Phrases, proof: Proof, now: datetime) -> Iterator[Text]:
    if not proof.asked:
        yield phrases.say("⚠️ Nobody asked the shop in that time, so there is no proof.")
        return
    if proof.first is None or proof.last is None:
        yield phrases.say("⚠️ It never answered that it was closed.")
    else:
        yield phrases.count(
            "Proof: asked {number} time; first 503 at {first}, last at {last}.",
            "Proof: asked {number} times; first 503 at {first}, last at {last}.",
            proof.asked,
            first=phrases.when(proof.first, now),
            last=phrases.when(proof.last, now),
        )
    yield from _some(phrases, [_gap(phrases, gap, now) for gap in proof.gaps])


def _gap(phrases: Phrases, gap: Gap, now: datetime) -> Text:
    start, end = phrases.when(gap.span.start, now), phrases.when(gap.span.end, now)
    match gap.verdict:
        case None:
            return phrases.say("⚠️ From {start} to {end} nobody asked.", start=start, end=end)
        case Verdict.OPEN:
            return phrases.say(
                "⚠️ From {start} to {end} the shop was **open**.", start=start, end=end
            )
        case Verdict.UNREACHABLE | Verdict.CERTIFICATE:
            return phrases.say(
                "⚠️ From {start} to {end} the shop could not be reached.", start=start, end=end
            )
        case _:
            return phrases.say(
                "⚠️ From {start} to {end} something else answered.", start=start, end=end
            )


# The locks.


def _locks(phrases: Phrases, note: Note, now: datetime) -> Iterator[Text]:
    if not note.locks and not any(one.subject == "history" for one in note.missing):
        yield phrases.say("No lock this week.")
    for lock in note.locks[:_MOST_EACH]:
        yield _lock(phrases, lock, now)
    yield from _rest(phrases, len(note.locks))


def _lock(phrases: Phrases, lock: ManualLock, now: datetime) -> Text:
    who = phrases.someone(lock.actor, lock.name, lock.origin)
    start, reason = phrases.when(lock.start, now), phrases.reason(lock.reason)
    if lock.end is None:
        return phrases.say(
            "🔒 Locked by {who} since {start}{reason}.", who=who, start=start, reason=reason
        )
    end = phrases.when(lock.end, now)
    if lock.ended is Ended.UNLOCKED and lock.ended_by and lock.ended_by != lock.name:
        return phrases.say(
            "🔒 Locked by {who} from {start} to {end}, when {other} unlocked{reason}.",
            who=who,
            start=start,
            end=end,
            other=phrases.who(lock.ended_by),
            reason=reason,
        )
    return phrases.say(
        "🔒 Locked by {who} from {start} to {end}{reason}.",
        who=who,
        start=start,
        end=end,
        reason=reason,
    )


# What pretix says.


def _books(phrases: Phrases, books: Books) -> Iterator[Text]:
    events = by_event(books.movements)
    if events:
        yield phrases.say("What the closing did not stop:")
    elif not books.missing:
        yield phrases.say("During the closing nothing was ordered, paid or paid back.")
    for one in events:
        yield _event(phrases, one)
        for provider in one.providers:
            yield _provider(phrases, provider)
    if len({one.event.currency for one in events}) == 1 and len(events) > 1:
        yield _in_all(phrases, books, events[0].event.currency)
    if books.test_orders:
        yield phrases.count(
            "{number} order in test mode is left out.",
            "{number} orders in test mode are left out.",
            books.test_orders,
        )


def _event(phrases: Phrases, one: EventTotals) -> Text:
    zone = one.event.zone_name
    shown: Piece = foreign(str(one.event), _NAME)
    if zone != str(phrases.zone):
        zone = foreign(zone, _NAME)
        shown = phrases.say("{event} (its time zone is {zone})", event=shown, zone=zone)
    head = phrases.say("• {event}", event=shown)
    return joined((head, _orders(phrases, one.orders, one.event.currency)), ": ")


def _provider(phrases: Phrases, one: ProviderTotals) -> Text:
    currency = one.event.currency
    payments = _payments(phrases, one.payments, currency)
    moved = sentences(payments, _refunds(phrases, one.refunds, currency))
    return phrases.say(
        "  ◦ {provider}: {moved}{before}",
        provider=foreign(one.provider, _NAME) or phrases.say("without a provider"),
        moved=moved,
        before=_before(phrases, one.started_before, currency),
    )


def _before(phrases: Phrases, begun: Total, currency: str) -> Text:
    if not begun.count:
        return Text("")
    return phrases.count(
        " {number} payment of these ({amount}) was started before the closing.",
        " {number} payments of these ({amount}) were started before the closing.",
        begun.count,
        amount=_money(phrases, begun.amount, currency),
    )


def _in_all(phrases: Phrases, books: Books, currency: str) -> Text:
    moved = books.movements
    return phrases.say(
        "In all: {moved}",
        moved=sentences(
            _orders(phrases, total(moved, Kind.ORDER), currency),
            _payments(phrases, total(moved, Kind.PAYMENT), currency),
            _refunds(phrases, total(moved, Kind.REFUND), currency),
        ),
    )


def _orders(phrases: Phrases, made: Total, currency: str) -> Piece:
    if not made.count:
        return ""
    return phrases.count(
        "{number} order made, {amount}.",
        "{number} orders made, {amount}.",
        made.count,
        amount=_money(phrases, made.amount, currency),
    )


def _payments(phrases: Phrases, paid: Total, currency: str) -> Piece:
    if not paid.count:
        return ""
    return phrases.count(
        "{number} payment, {amount}.",
        "{number} payments, {amount}.",
        paid.count,
        amount=_money(phrases, paid.amount, currency),
    )


def _refunds(phrases: Phrases, repaid: Total, currency: str) -> Piece:
    if not repaid.count:
        return ""
    return phrases.count(
        "{number} refund, {amount}.",
        "{number} refunds, {amount}.",
        repaid.count,
        amount=_money(phrases, repaid.amount, currency),
    )


def _money(phrases: Phrases, amount: Decimal, currency: str) -> str:
    return format_currency(amount, currency, locale=Locale(phrases.times.language))


# What is missing.


def _missing(phrases: Phrases, one: Missing) -> Text:
    return phrases.say(
        "⚠️ Not complete: {subject}: {sentence}.",
        subject=foreign(one.subject, _NAME),
        sentence=foreign(one.sentence, _SENTENCE).rstrip("."),
    )


def _some(phrases: Phrases, told: Sequence[Text]) -> Iterator[Text]:
    yield from told[:_MOST_EACH]
    yield from _rest(phrases, len(told))


def _rest(phrases: Phrases, number: int) -> Iterator[Text]:
    if number > _MOST_EACH:
        yield phrases.count("… and {number} more.", "… and {number} more.", number - _MOST_EACH)
