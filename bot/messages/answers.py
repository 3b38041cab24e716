"""Answers to questions: status, history, schedule, whoami, help."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.base import IncomingMessage, SpanKind, Tone
from bot.messages import machine
from bot.messages.checked import agrees, host, seen
from bot.messages.happened import line, proof
from bot.messages.phrases import Phrases, aware, platform_name
from bot.messages.results import number
from bot.messages.state import signed, tone, window_name
from bot.probe import ProbeResult
from bot.roster import MAY_LOCK, Person, Role
from bot.text import Piece, Text, foreign, joined, lines, sentences, spanned
from core.protocol import Event, Occurrence, Report

_LABEL, _SENTENCE = 60, 200


@dataclass(frozen=True, slots=True)
class Pending:
    """Announcements that a destination (its label) has not got yet; the first since `since`."""

    label: str
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Difficulty:
    """Something that does not work: an adapter's name or a destination's label.

    `sentence` is the adapter's own, in English.
    """

    label: str
    sentence: str
    since: datetime | None = None


def status(  # noqa: PLR0913 - all that a status tells
    phrases: Phrases,
    report: Report,
    probe: ProbeResult | None,
    now: datetime,
    *,
    pending: Sequence[Pending],
    difficulties: Sequence[Difficulty],
    overview: bool,
    may_lock: bool,
) -> Text:
    """How things are, the proof, and what does not work."""
    wrong = probe is not None and not agrees(probe, closed=report.maintenance)
    text = lines(
        signed(phrases, report, now),
        seen(phrases, probe, now, closed=report.maintenance),
        *(waiting_line(phrases, each, now) for each in pending),
        *(difficulty_line(phrases, each, now) for each in difficulties),
        _commands(phrases, may_lock=may_lock) if overview else "",
    )
    return text.toned(Tone.WARNING if wrong else tone(report))


def _commands(phrases: Phrases, *, may_lock: bool) -> Text:
    if may_lock:
        return phrases.say(
            "To close: `/maintenance lock`. To end a lock: `/maintenance unlock`."
            " More: `/maintenance help`."
        )
    return phrases.say("More: `/maintenance help`.")


def waiting_line(phrases: Phrases, pending: Pending, now: datetime) -> Text:
    """Tell of a chat that does not know yet what happened."""
    return phrases.count(
        "⚠️ {label}: {number} announcement is waiting since {since}.",
        "⚠️ {label}: {number} announcements are waiting since {since}.",
        pending.count,
        label=foreign(pending.label, _LABEL),
        since=phrases.when(pending.since, now),
    )


def difficulty_line(phrases: Phrases, difficulty: Difficulty, now: datetime) -> Text:
    """Tell of something that does not work."""
    if difficulty.since is not None:
        since = phrases.when(difficulty.since, now)
        known = machine.wrong(phrases, difficulty.label, since)
        if known:
            return joined((known,))
    label = foreign(platform_name(difficulty.label), _LABEL)
    sentence = foreign(difficulty.sentence, _SENTENCE).rstrip(".")
    if difficulty.since is None:
        return phrases.say("⚠️ {label} does not work: {sentence}.", label=label, sentence=sentence)
    return phrases.say(
        "⚠️ {label} does not work since {since}: {sentence}.",
        label=label,
        sentence=sentence,
        since=phrases.when(difficulty.since, now),
    )


def status_unreadable(
    phrases: Phrases, probe: ProbeResult | None, now: datetime, *, error_id: str
) -> Text:
    """Nobody can tell how the shop is meant to be."""
    return sentences(
        phrases.say(
            "⚠️ I cannot see whether the shop is closed, or why. Nothing was changed:"
            " while this is uncertain a closed shop stays closed."
        ),
        _answered(phrases, probe, now),
        phrases.say("Ask {contact}."),
        number(phrases, error_id),
    ).toned(Tone.WARNING)


def _answered(phrases: Phrases, probe: ProbeResult | None, now: datetime) -> Piece:
    if probe is None:
        return ""
    if probe.status is None:
        return phrases.say("{host} does not answer.", host=host(probe))
    return phrases.say(
        "{host} answered {status} ({at}).",
        host=host(probe),
        status=str(probe.status),
        at=phrases.when(probe.at, now),
    )


def history(
    phrases: Phrases,
    events: Sequence[Event],
    now: datetime,
    proofs: Mapping[int, ProbeResult] | None = None,
) -> Text:
    """What happened, the newest last, with what the shop answered (None: it is never asked)."""
    if not events:
        return phrases.say("Nothing has happened yet: never closed, never locked.")
    return lines(
        phrases.say("🗓 What happened, the newest last:"),
        *(
            line(
                phrases,
                event,
                now,
                "" if proofs is None else proof(phrases, event, proofs.get(event.seq), now),
            )
            for event in events
        ),
    )


def schedule(phrases: Phrases, occurrences: Sequence[Occurrence], now: datetime) -> Text:
    """When the shop closes by itself."""
    if not occurrences:
        return phrases.say("No closing is planned. A lock closes the shop at any time.")
    return lines(
        phrases.say("🗓 The shop closes by itself:"),
        *(_occurrence(phrases, each, now) for each in occurrences),
    )


def _occurrence(phrases: Phrases, occurrence: Occurrence, now: datetime) -> Text:
    name, end = window_name(occurrence), phrases.when(occurrence.end, now)
    length = timedelta(seconds=occurrence.end - occurrence.start)
    if aware(occurrence.start) <= now:
        return phrases.say("• now, until {end}: “{name}”", end=end, name=name)
    return phrases.say(
        "• {start} to {end}, {length}: “{name}”",
        start=phrases.when(occurrence.start, now),
        end=end,
        name=name,
        length=phrases.length(length),
    )


def calendar_name(phrases: Phrases) -> str:
    """Name the calendar of all closings."""
    return phrases.say("Ticket shop closed").text


def calendar_title(phrases: Phrases, occurrence: Occurrence) -> str:
    """Name one closing in a calendar."""
    return phrases.say("Ticket shop closed: {name}", name=window_name(occurrence)).text


def whoami(
    phrases: Phrases, message: IncomingMessage, person: Person | None, now: datetime
) -> Text:
    """Who the sender is to us, and the id by which we know it."""
    your_id = phrases.say(
        "Your {platform} id is {id}.",
        platform=platform_name(message.destination.adapter),
        id=identity(message),
    )
    if person is None:
        ask = phrases.say("If you should be able to command me, ask {contact} to add it.")
        return sentences(phrases.say("I do not know you."), your_id, ask)
    return sentences(
        phrases.say(
            "You are {name}, {role}.",
            name=foreign(person.name, _LABEL),
            role=role(phrases, person.role),
        ),
        _rights(phrases, person, now),
        your_id,
    )


def _rights(phrases: Phrases, person: Person, now: datetime) -> Text:
    if person.expires is not None and expired(phrases, person, now):
        return phrases.say(
            "Your access ended after {date}; ask {contact} to extend it.",
            date=phrases.times.date(person.expires),
        )
    rights = (
        phrases.say("You may lock, unlock and ask.")
        if person.role in MAY_LOCK
        else phrases.say("You may ask, but not lock or unlock.")
    )
    if person.expires is None:
        return rights
    until = phrases.say(
        "That holds up to and including {date}.", date=phrases.times.date(person.expires)
    )
    return sentences(rights, until)


def expired(phrases: Phrases, person: Person, now: datetime) -> bool:
    """Tell whether a person's last day, in the display zone, is over."""
    return person.expires is not None and now.astimezone(phrases.zone).date() > person.expires


def identity(message: IncomingMessage) -> Text:
    """Show the sender's id, to be copied."""
    return spanned(foreign(message.sender_id, _LABEL) or "?", SpanKind.CODE)


def role(phrases: Phrases, role: Role) -> Text:
    """Name a role."""
    if role is Role.TREASURER:
        return phrases.say("treasurer")
    if role is Role.BOARD:
        return phrases.say("board member")
    return phrases.say("member")


def help_text(phrases: Phrases, person: Person | None, now: datetime) -> Text:
    """What the asker may do, in at most four lines."""
    if person is None or expired(phrases, person, now):
        return phrases.say(
            "I close and open {shop}, for people whom I know. `/maintenance whoami` shows"
            " your id; {contact} can add it.",
            shop=phrases.shop,
        )
    ask = phrases.say(
        "`/maintenance status`: how the shop is. Also: `history`, `schedule`, `whoami`."
    )
    if person.role not in MAY_LOCK:
        return ask
    return lines(
        phrases.say(
            "`/maintenance lock audit until Fri 18:00`: closes the shop."
            " Reason and end are optional; an end can also be `for 2h`."
        ),
        phrases.say(
            "`/maintenance unlock`: ends the lock. During a planned closing the shop stays closed."
        ),
        ask,
    )
