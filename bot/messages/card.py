"""The status card: a pinned message that is edited in place.

No durations and no instant of the last look are in it: they would change it all the time.
"""

from collections.abc import Sequence
from datetime import datetime

from adapters.base import Tone
from bot.messages.answers import Difficulty, Pending, difficulty_line, waiting_line
from bot.messages.checked import agrees, checked
from bot.messages.phrases import Phrases
from bot.messages.state import doubtful, icon, in_doubt, tone, window
from bot.probe import ProbeResult
from bot.text import Piece, Text, lines, sentences
from core.protocol import LockInfo, Report


def card(  # noqa: PLR0913 - all that a card tells
    phrases: Phrases,
    report: Report | None,
    probe: ProbeResult | None,
    now: datetime,
    *,
    pending: Sequence[Pending],
    difficulties: Sequence[Difficulty],
) -> Text:
    """How things are, the proof, and what does not work."""
    troubles = (
        *(waiting_line(phrases, each, now) for each in pending),
        *(difficulty_line(phrases, each, now) for each in difficulties),
    )
    if report is None:
        unknown = phrases.say("⚠️ I cannot see how the shop is now: ask {contact}.")
        return lines(unknown, *troubles).toned(Tone.WARNING)
    # An answer to another state than the present one says nothing of it.
    current = probe if probe and probe.expected == report.maintenance else None
    wrong = current is not None and not agrees(current, closed=report.maintenance)
    text = lines(
        sentences(icon(report), _state(phrases, report)),
        *_reasons(phrases, report, now),
        _next(phrases, report, now),
        checked(phrases, current, closed=report.maintenance),
        *troubles,
    )
    return text.toned(Tone.WARNING if wrong else tone(report))


def _state(phrases: Phrases, report: Report) -> Piece:
    if doubtful(report):
        return in_doubt(phrases, report)
    if report.maintenance != report.desired:
        if report.desired:
            return phrases.say("**The shop should be closed, but it is open.**")
        return phrases.say("**The shop should be open, but it is closed.**")
    if report.maintenance:
        return phrases.say("**The shop is closed.**")
    return phrases.say("**The shop is open.**")


def _reasons(phrases: Phrases, report: Report, now: datetime) -> list[Piece]:
    found: list[Piece] = []
    if report.window:
        found.append(phrases.say("• {window}", window=window(phrases, report.window, now)))
    if report.lock:
        found.append(_lock(phrases, report.lock, now))
    return found


def _lock(phrases: Phrases, held: LockInfo, now: datetime) -> Text:
    who = phrases.who(held.name) if held.name else phrases.someone(held.actor, None)
    reason = phrases.reason(held.reason)
    if held.since is None:
        return phrases.say("• locked by {who}{reason}", who=who, reason=reason)
    # The last seconds' news is told with its seconds, so these would soon be taken away again.
    since = phrases.when(held.since - held.since % 60, now)
    return phrases.say(
        "• locked by {who} since {since}{reason}", who=who, since=since, reason=reason
    )


def _next(phrases: Phrases, report: Report, now: datetime) -> Piece:
    coming = report.next_transition
    if coming is None:
        if report.lock and report.window:
            return phrases.say(
                "**It does not open when the window ends**:"
                " someone must also send `/maintenance unlock`."
            )
        if report.lock:
            return phrases.say("It opens when someone sends `/maintenance unlock`.")
        return ""
    at = phrases.when(coming.at, now)
    if coming.maintenance:
        return phrases.say("Next closing: {start}.", start=at)
    return phrases.say("Opens: {end}.", end=at)
