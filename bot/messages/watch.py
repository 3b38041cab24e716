"""What the bot finds by itself: a shop that is not as it must be, chats that do not work."""

from datetime import datetime

from adapters.base import Tone
from bot.messages import machine
from bot.messages.answers import Difficulty, difficulty_line
from bot.messages.checked import checked, mismatch
from bot.messages.phrases import Phrases, platform_name
from bot.messages.results import number
from bot.messages.state import signed, state, tone, window_name
from bot.probe import ProbeResult
from bot.text import Text, foreign, lines, sentences
from core.protocol import Occurrence, Report

_LABEL = 60


def repaired(  # noqa: PLR0913 - when and how, each by name
    phrases: Phrases, report: Report, since: datetime, at: datetime, now: datetime, *, closed: bool
) -> Text:
    """The shop was not as it must be, and `at` was made closed or open; `report` is of now."""
    if closed:
        head = phrases.say(
            "🛠 The shop should have been closed from {since} on and was not."
            " I had it closed, {late} late.",
            since=phrases.when(since, now),
            late=phrases.since(since, at),
        )
    else:
        head = phrases.say(
            "🛠 The shop should have been open from {since} on and was not."
            " I had it opened, {late} late.",
            since=phrases.when(since, now),
            late=phrases.since(since, at),
        )
    return sentences(head, state(phrases, report, now)).toned(tone(report))


def not_repaired(
    phrases: Phrases, report: Report | None, since: datetime, now: datetime, *, error_id: str
) -> Text:
    """The shop is not as it must be, and nothing helped."""
    at = phrases.when(since, now)
    if report is None:
        head = phrases.say("⚠️ Since {since} I cannot see how the shop is.", since=at)
    elif report.desired:
        head = phrases.say(
            "⚠️ The shop should have been closed since {since}, but it is not, and I could not close"
            " it. **It may be open.**",
            since=at,
        )
    else:
        head = phrases.say(
            "⚠️ The shop should have been open since {since}, but it is not, and I could not open"
            " it. **Buyers still see it closed.**",
            since=at,
        )
    help_needed = phrases.say("Ask {contact} now; I keep trying.")
    return sentences(head, help_needed, number(phrases, error_id)).toned(Tone.WARNING)


def ahead(phrases: Phrases, occurrence: Occurrence, now: datetime) -> Text:
    """A window begins soon."""
    return phrases.say(
        "⏰ The shop closes in {wait}: {start}, until {end}, window “{name}”.",
        wait=phrases.ahead(occurrence.start, now),
        start=phrases.when(occurrence.start, now),
        end=phrases.when(occurrence.end, now),
        name=window_name(occurrence),
    )


def long_lock(phrases: Phrases, report: Report, now: datetime) -> Text:
    """A lock has been on for long: it may have been forgotten."""
    head = phrases.say("⏰ Is this lock still needed?")
    return sentences(head, state(phrases, report, now)).toned(tone(report))


def doubt(phrases: Phrases, report: Report, since: datetime, now: datetime) -> Text:
    """Nobody can tell whether the shop may be open."""
    head = phrases.say("⚠️ Since {since} something is not in order.", since=phrases.when(since, now))
    return sentences(head, state(phrases, report, now)).toned(Tone.WARNING)


def doubt_over(phrases: Phrases, report: Report, since: datetime, now: datetime) -> Text:
    """It can be told again."""
    head = phrases.say(
        "✅ The server knows again whether the shop may be open, after {length}.",
        length=phrases.since(since, now),
    )
    return sentences(head, state(phrases, report, now)).toned(tone(report))


def shop_wrong(phrases: Phrases, report: Report, probe: ProbeResult, now: datetime) -> Text:
    """The shop does not answer as it must."""
    return lines(
        signed(phrases, report, now), mismatch(phrases, probe, closed=report.maintenance)
    ).toned(Tone.WARNING)


def shop_right(
    phrases: Phrases, report: Report, probe: ProbeResult, since: datetime, now: datetime
) -> Text:
    """The shop answers as it must again."""
    return sentences(
        phrases.say(
            "✅ The shop answers as it must again, after {length}.",
            length=phrases.since(since, now),
        ),
        checked(phrases, probe, closed=report.maintenance),
        state(phrases, report, now),
    ).toned(tone(report))


def difficulty(phrases: Phrases, what: Difficulty, now: datetime) -> Text:
    """A chat does not work, told in the others; or the machine itself."""
    if machine.wrong(phrases, what.label, ""):
        whom = phrases.say("Ask {contact}.")
        return sentences(difficulty_line(phrases, what, now), whom).toned(Tone.WARNING)
    return sentences(
        difficulty_line(phrases, what, now),
        phrases.say("Announcements for it wait until it works again. Ask {contact}."),
    ).toned(Tone.WARNING)


def difficulty_over(phrases: Phrases, what: Difficulty) -> Text:
    """A chat works again, or the machine."""
    known = machine.over(phrases, what.label)
    if known:
        return sentences(known)
    return phrases.say(
        "✅ {label} works again; what it missed is told there now.",
        label=foreign(platform_name(what.label), _LABEL),
    )
