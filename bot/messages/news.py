"""Announcements: what happened elsewhere or by itself, told in time or late."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from adapters.base import Tone
from bot.messages.checked import agrees, checked
from bot.messages.happened import delay, line
from bot.messages.phrases import Phrases, aware
from bot.messages.state import (
    doubtful,
    ending,
    following,
    in_doubt,
    lock,
    signed,
    tone,
    window,
    window_name,
)
from bot.probe import ProbeResult
from bot.text import Piece, Text, joined, lines, sentences
from core.protocol import Event, LockInfo, Report

LATE = timedelta(seconds=90)
"""Told later than this, news says when it happened, and how things are now."""

_LISTED = 5
"""Events that are listed one by one."""


def announcement(  # noqa: PLR0913 - what is known when news is told
    phrases: Phrases,
    events: Sequence[Event],
    now: datetime,
    *,
    late: bool | None,
    present: Report | None,
    probe: ProbeResult | None,
) -> Text:
    """Tell one event, or several as one."""
    if late is None:
        late = now - aware(events[0].at) > LATE
    if len(events) == 1 and not late and not _outdated(events[0], present):
        return _single(phrases, events[0], present, probe, now)
    now_true = _present(phrases, present, probe, now)
    return lines(_several(phrases, events, now, late=late), now_true).toned(now_true.tone)


def _outdated(event: Event, present: Report | None) -> bool:
    """Tell whether what the event left behind is true no longer."""
    if present is None:
        return False
    if present.maintenance != (event.state == "on"):
        return True
    ordered = {"locked": True, "unlocked": False}.get(event.kind)
    return ordered is not None and ordered != (present.lock is not None)


def _single(
    phrases: Phrases,
    event: Event,
    present: Report | None,
    probe: ProbeResult | None,
    now: datetime,
) -> Text:
    report = _after(event, present)
    return _proved(phrases, report, _told(phrases, event, report, now), probe)


def _proved(phrases: Phrases, report: Report, told: Text, probe: ProbeResult | None) -> Text:
    """Add what the shop answers, a warning on a line of its own."""
    proof = checked(phrases, probe, closed=report.maintenance)
    if probe is None or agrees(probe, closed=report.maintenance):
        return sentences(told, proof).toned(tone(report))
    return lines(told, proof).toned(Tone.WARNING)


def _after(event: Event, present: Report | None) -> Report:
    """Return what the event says of the shop as if it were a report.

    An event that is no order only says that there is a lock: whose it is says the present.
    """
    closed = event.state == "on"
    held = present.lock if present and closed else None
    if event.kind == "locked":
        held = LockInfo(event.actor, event.name, event.reason, event.at, event.until)
    return Report(
        at=event.at,
        maintenance=closed,
        desired=closed,
        reasons=event.reasons,
        window=event.window,
        lock=held,
        next_transition=event.next_transition,
    )


def _told(phrases: Phrases, event: Event, report: Report, now: datetime) -> Text:
    if event.kind == "locked":
        return _locked(phrases, event, report, now)
    if event.kind == "unlocked":
        by = phrases.someone(event.actor, event.name, event.origin)
        head = phrases.say("🔓 Lock removed by {who}.", who=by)
        return _lock_gone(phrases, head, event, report, now)
    if event.kind == "lock-expired":
        who = phrases.who(event.name)
        head = phrases.say("🔓 The lock of {who} has ended, as planned.", who=who)
        return _lock_gone(phrases, head, event, report, now)
    if event.kind == "healed":
        return _healed(phrases, event, report, now)
    return _edge(phrases, event, report, now)


def _locked(phrases: Phrases, event: Event, report: Report, now: datetime) -> Text:
    who = phrases.someone(event.actor, event.name, event.origin)
    reason = phrases.reason(event.reason)
    if report.window:
        head = phrases.say(
            "🔒 Locked by {who}{reason}. The shop was closed already: {window}.",
            who=who,
            reason=reason,
            window=window(phrases, report.window, now),
        )
    else:
        head = phrases.say("🔒 Shop closed, locked by {who}{reason}.", who=who, reason=reason)
    return sentences(head, ending(phrases, report, now))


def _lock_gone(phrases: Phrases, head: Text, event: Event, report: Report, now: datetime) -> Text:
    if not report.maintenance:
        return sentences(head, phrases.say("The shop is open."), following(phrases, report, now))
    return sentences(head, _stays_closed(phrases, event, report, now))


def _stays_closed(phrases: Phrases, event: Event, report: Report, now: datetime) -> Text:
    if doubtful(report):
        return sentences("⚠️", in_doubt(phrases, report))
    why = _why(phrases, event, report, now)
    if not why:
        return phrases.say("**The shop stays closed.**")
    return sentences(
        phrases.say("**The shop stays closed**: {why}.", why=why), _end(phrases, report, now)
    )


def _why(phrases: Phrases, event: Event, report: Report, now: datetime) -> Piece:
    causes = (
        window(phrases, report.window, now) if report.window else "",
        _lock_in_words(phrases, report, now) if _held(event, report) else "",
    )
    return joined(causes, "; ")


def _held(event: Event, report: Report) -> bool:
    return report.lock is not None or event.lock is not None or "lock" in event.reasons


def _lock_in_words(phrases: Phrases, report: Report, now: datetime) -> Text:
    if report.lock:
        return lock(phrases, report.lock, now)
    return phrases.say("it is locked (`/maintenance status` tells by whom)")


def _end(phrases: Phrases, report: Report, now: datetime) -> Piece:
    """Say how it ends, as far as that is known."""
    return ending(phrases, report, now) if report.lock or report.window else ""


def _healed(phrases: Phrases, event: Event, report: Report, now: datetime) -> Text:
    if not report.maintenance:
        head = phrases.say("🛠 The shop was closed by mistake and is open again.")
        return sentences(head, following(phrases, report, now))
    why = _why(phrases, event, report, now)
    if not why:
        return phrases.say("🛠 The shop was open by mistake and is closed again.")
    head = phrases.say("🛠 The shop was open by mistake and is closed again: {why}.", why=why)
    return sentences(head, _end(phrases, report, now))


def _edge(phrases: Phrases, event: Event, report: Report, now: datetime) -> Text:
    if not report.maintenance:
        return sentences(
            phrases.say("☀️ Shop open again: the window is over.")
            if event.planned is not None
            else phrases.say("☀️ Shop open again."),
            following(phrases, report, now),
            _delay(phrases, event, now),
        )
    if doubtful(report):
        return sentences("⚠️", in_doubt(phrases, report))
    why = _why(phrases, event, report, now)
    if not why:
        return phrases.say("🔒 Shop closed.")
    icon = "🌙" if report.window else "🔒"
    head = phrases.say("{icon} Shop closed: {why}.", icon=icon, why=why)
    return sentences(head, _end(phrases, report, now), _delay(phrases, event, now))


def _delay(phrases: Phrases, event: Event, now: datetime) -> Piece:
    """Say it when a window's edge was missed: until then the shop was not as was planned."""
    late = delay(event)
    if event.planned is None or late is None:
        return ""
    return phrases.say(
        "⚠️ That was {late} late: planned for {planned}.",
        late=phrases.length(late),
        planned=phrases.when(event.planned, now),
    )


def _present(
    phrases: Phrases, present: Report | None, probe: ProbeResult | None, now: datetime
) -> Text:
    if present is None:
        unknown = phrases.say("⚠️ I cannot see how the shop is now: ask {contact}.")
        return unknown.toned(Tone.WARNING)
    state = phrases.say("Now: {state}", state=signed(phrases, present, now))
    return _proved(phrases, present, state, probe)


def _several(phrases: Phrases, events: Sequence[Event], now: datetime, *, late: bool) -> Text:
    if late and _window_passed(events):
        return _passed(phrases, events, now)
    head = _late_head(phrases, events, now) if late else _head(phrases, len(events))
    return lines(head, *(line(phrases, event, now) for event in events[-_LISTED:]))


def _head(phrases: Phrases, number: int) -> Text:
    return phrases.count(
        "📋 This happened:", "📋 {number} things happened, one after another:", number
    )


def _late_head(phrases: Phrases, events: Sequence[Event], now: datetime) -> Text:
    if len(events) <= _LISTED:
        return phrases.say(
            "⏱ I could not tell you in time; it is {now} now. This happened:",
            now=_clock(phrases, now),
        )
    return phrases.say(
        "⏱ From {first} to {last} {count} things happened that I could not tell you in time."
        " `/maintenance history` shows more; the last ones:",
        first=phrases.when(events[0].at, now),
        last=phrases.when(events[-1].at, now),
        count=str(len(events)),
    )


def _clock(phrases: Phrases, now: datetime) -> Text:
    return phrases.when(now.replace(second=0, microsecond=0), now)


def _window_passed(events: Sequence[Event]) -> bool:
    """Tell whether these are exactly the start and the end of a window."""
    return [(event.kind, event.transition) for event in events] == [
        ("transition", "on"),
        ("transition", "off"),
    ]


def _passed(phrases: Phrases, events: Sequence[Event], now: datetime) -> Text:
    start, end = events
    name = window_name(start.window) if start.window else "—"
    return phrases.say(
        "⏱ Told late, at {now}: the shop was closed from {start} to {end}, window “{name}”.",
        now=_clock(phrases, now),
        start=phrases.when(start.at, now),
        end=phrases.when(end.at, now),
        name=name,
    )
