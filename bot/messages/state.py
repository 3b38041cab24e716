"""How the shop is, why, and what comes next: the four rows of the truth table in words.

window  lock   told
no      no     open; when it next closes
yes     no     closed by the window; opens by itself at ...
no      yes    closed by ... since ..., because ...; opens when somebody unlocks
yes     yes    both; it does not open when the window ends
"""

from datetime import datetime

from adapters.base import Tone
from bot.messages.phrases import Phrases
from bot.text import Text, foreign, joined, sentences
from core.protocol import LockInfo, Occurrence, Report

_WINDOW_NAME = 80


def tone(report: Report) -> Tone:
    """Say what the report says of the shop."""
    if report.maintenance != report.desired or doubtful(report):
        return Tone.WARNING
    return Tone.CLOSED if report.maintenance else Tone.OPEN


def doubtful(report: Report) -> bool:
    """Tell whether the shop is closed because something could not be read."""
    return any(reason not in {"window", "lock"} for reason in report.reasons)


def icon(report: Report) -> str:
    """Return the sign that begins a text about this state; the words say it too."""
    if tone(report) is Tone.WARNING:
        return "⚠️"
    if not report.maintenance:
        return "🟢"
    return "🔒" if report.lock else "🌙"


def state(phrases: Phrases, report: Report, now: datetime) -> Text:
    """Say the whole state, without a sign before it."""
    return sentences(
        _present(phrases, report, now),
        "" if report.recorded else unrecorded(phrases),
    ).toned(tone(report))


def signed(phrases: Phrases, report: Report, now: datetime) -> Text:
    """Say the whole state, its sign first."""
    return sentences(icon(report), state(phrases, report, now)).toned(tone(report))


def _present(phrases: Phrases, report: Report, now: datetime) -> Text:
    if report.maintenance != report.desired:
        return _disagreement(phrases, report, now)
    if doubtful(report):
        return in_doubt(phrases, report)
    if not report.maintenance:
        return sentences(phrases.say("The shop is open."), following(phrases, report, now))
    return sentences(_closed(phrases, report, now), ending(phrases, report, now))


def _closed(phrases: Phrases, report: Report, now: datetime) -> Text:
    if report.lock and report.window:
        return phrases.say(
            "The shop is closed for two reasons: {window}, and {lock}.",
            window=window(phrases, report.window, now),
            lock=lock(phrases, report.lock, now),
        )
    return phrases.say("The shop is closed: {why}.", why=_why(phrases, report, now))


def _why(phrases: Phrases, report: Report, now: datetime) -> Text:
    return joined(
        (
            window(phrases, report.window, now) if report.window else "",
            lock(phrases, report.lock, now) if report.lock else "",
        ),
        "; ",
    )


def _disagreement(phrases: Phrases, report: Report, now: datetime) -> Text:
    """Say that the shop is not as it must be; the watch is at it, but nothing is sure."""
    soon = phrases.say("It is put right within a minute; if it is not, ask {contact}.")
    if report.maintenance:
        return sentences(phrases.say("**The shop should be open, but it is still closed.**"), soon)
    if doubtful(report):
        shall = phrases.say("**The shop should be closed to be safe, but it is still open.**")
        return sentences(shall, soon)
    shall = phrases.say(
        "**The shop should be closed, but it is still open.** Reason to be closed: {why}.",
        why=_why(phrases, report, now),
    )
    return sentences(shall, soon)


def in_doubt(phrases: Phrases, report: Report) -> Text:
    """Say why nobody can tell whether the shop may be open."""
    if "unreadable-lock" in report.reasons:
        return phrases.say(
            "The shop is closed to be safe: there is a lock, but it cannot be read."
            " `/maintenance unlock` removes it; if that does not help, ask {contact}."
        )
    if "implausible-clock" in report.reasons:
        return phrases.say(
            "The shop is closed to be safe: the server's clock shows a time before the last thing"
            " that happened. It stays closed until the clock is right: ask {contact}."
        )
    return phrases.say(
        "The shop is closed to be safe: the server cannot tell whether it may be open."
        " It stays closed until that is repaired: ask {contact}."
    )


def window(phrases: Phrases, occurrence: Occurrence, now: datetime) -> Text:
    """Name an open window and its end."""
    return phrases.say(
        "window “{name}” until {end}",
        name=window_name(occurrence),
        end=phrases.when(occurrence.end, now),
    )


def window_name(occurrence: Occurrence) -> str:
    """Return a window's name, fit to be shown."""
    return foreign(occurrence.name, _WINDOW_NAME)


def lock(phrases: Phrases, held: LockInfo, now: datetime) -> Text:
    """Say who locked, since when and why."""
    who = phrases.who(held.name) if held.name else phrases.someone(held.actor, None)
    if held.since is None:
        by = phrases.say("locked by {who}", who=who)
    else:
        by = phrases.say(
            "locked by {who} since {since}{age}",
            who=who,
            since=phrases.when(held.since, now),
            age=phrases.lasting(held.since, now),
        )
    return joined((by, phrases.reason(held.reason)))


def following(phrases: Phrases, report: Report, now: datetime) -> Text:
    """Say when an open shop next closes."""
    coming = report.next_transition
    if coming is None:
        return phrases.say("No closing is planned.")
    return phrases.say(
        "Next closing: {start}{wait}.",
        start=phrases.when(coming.at, now),
        wait=phrases.coming(coming.at, now),
    )


def ending(phrases: Phrases, report: Report, now: datetime) -> Text:
    """Say how a closed shop opens again, and how to undo a lock."""
    held = report.lock
    if held is None:
        return _window_ending(phrases, report, now)
    if held.until is None:
        if report.window:
            return phrases.say(
                "**It does not open when the window ends**:"
                " someone must also send `/maintenance unlock`."
            )
        return phrases.say("It opens when someone sends `/maintenance unlock`.")
    return _lock_ending(phrases, report, held.until, now)


def _window_ending(phrases: Phrases, report: Report, now: datetime) -> Text:
    if report.next_transition is None:
        return Text("")
    wait = phrases.coming(report.next_transition.at, now)
    return phrases.say("It opens by itself then{wait}.", wait=wait)


def _lock_ending(phrases: Phrases, report: Report, until: int, now: datetime) -> Text:
    """Tell of a lock that ends by itself, which need not be when the shop opens."""
    opens = report.next_transition.at if report.next_transition else until
    if report.window is None and opens == until:
        return phrases.say(
            "The lock ends by itself: {until}{wait}. The shop opens then;"
            " `/maintenance unlock` opens it earlier.",
            until=phrases.when(until, now),
            wait=phrases.coming(until, now),
        )
    if report.window and opens <= report.window.end:
        return phrases.say(
            "The lock ends by itself: {until}. The shop opens when the window ends{wait}.",
            until=phrases.when(until, now),
            wait=phrases.coming(opens, now),
        )
    if report.window and opens == until:
        return phrases.say(
            "**It does not open when the window ends**, but when the lock ends: {until}."
            " `/maintenance unlock` ends the lock earlier.",
            until=phrases.when(until, now),
        )
    return phrases.say(
        "The lock ends by itself: {until}. A window holds then, so the shop opens {opens}.",
        until=phrases.when(until, now),
        opens=phrases.when(opens, now),
    )


def unrecorded(phrases: Phrases) -> Text:
    """Say that the history lacks this."""
    return phrases.say("⚠️ This could not be written into the history: ask {contact}.")
