"""What happened, each on a line with its instant: for history and for late news."""

from datetime import datetime, timedelta

from bot.messages.checked import agrees
from bot.messages.phrases import Phrases, aware
from bot.messages.state import window_name
from bot.probe import ProbeResult
from bot.text import Piece, Text, joined
from core.protocol import Event

_IN_TIME = timedelta(minutes=1)
"""A timer and a boot may take so long."""


def line(phrases: Phrases, event: Event, now: datetime, proof: Piece = "") -> Text:
    """Say it on a line, with the proof behind it."""
    at = phrases.when(event.at, now)
    return joined(("• ", at, ": ", _what(phrases, event, now), "; " if proof else "", proof))


def proof(phrases: Phrases, event: Event, result: ProbeResult | None, now: datetime) -> Piece:
    """Say what the shop answered after an event; of a change it is said when nobody asked."""
    if result is None:
        return phrases.say("⚠️ not checked") if event.transition else ""
    closed = event.state == "on" if result.expected is None else result.expected
    checked = _checked(phrases, event, result, now)
    if agrees(result, closed=closed):
        return phrases.say("{checked}: {status}", checked=checked, status=str(result.status))
    if result.status is None:
        return phrases.say("⚠️ {checked}: no answer", checked=checked)
    return phrases.say(
        "⚠️ {checked}: {status}, not as it must be", checked=checked, status=str(result.status)
    )


def _checked(phrases: Phrases, event: Event, result: ProbeResult, now: datetime) -> Text:
    """Say when it was checked, if that was not at once: it proves less then."""
    at = phrases.when(result.at, now)
    if result.expected is not None and result.expected is not (event.state == "on"):
        return phrases.say("checked only after the next change, {at}", at=at)
    if result.at - aware(event.at) > _IN_TIME:
        return phrases.say("checked later, {at}", at=at)
    return phrases.say("checked")


def _what(phrases: Phrases, event: Event, now: datetime) -> Text:
    if event.kind == "locked":
        return _locked(phrases, event, now)
    if event.kind == "unlocked":
        return _unlocked(phrases, event)
    if event.kind == "lock-expired":
        who = phrases.who(event.name)
        return (
            phrases.say("lock of {who} ended as planned, shop open", who=who)
            if event.state == "off"
            else phrases.say("lock of {who} ended as planned, shop still closed", who=who)
        )
    if event.kind == "healed":
        return (
            phrases.say("found open by mistake, closed again")
            if event.state == "on"
            else phrases.say("found closed by mistake, opened again")
        )
    return _edge(phrases, event)


def _locked(phrases: Phrases, event: Event, now: datetime) -> Text:
    return phrases.say(
        "locked by {who}{until}{reason}",
        who=phrases.someone(event.actor, event.name, event.origin),
        until=phrases.say(", until {until}", until=phrases.when(event.until, now))
        if event.until
        else "",
        reason=phrases.reason(event.reason),
    )


def _unlocked(phrases: Phrases, event: Event) -> Text:
    who = phrases.someone(event.actor, event.name, event.origin)
    if event.state == "off":
        return phrases.say("unlocked by {who}, shop open", who=who)
    return phrases.say("unlocked by {who}, shop still closed", who=who)


def _edge(phrases: Phrases, event: Event) -> Text:
    late = delay(event)
    delayed = phrases.say(", {late} late", late=phrases.length(late)) if late else ""
    return joined((_turn(phrases, event), delayed))


def _turn(phrases: Phrases, event: Event) -> Text:
    if event.state == "on" and event.window:
        return phrases.say("shop closed, window “{name}”", name=window_name(event.window))
    if event.state == "on":
        return phrases.say("shop closed")
    if event.planned is not None:
        return phrases.say("shop open, the window is over")
    return phrases.say("shop open")


def delay(event: Event) -> timedelta | None:
    """Return how long after its window's edge a transition came, if that is worth telling."""
    if event.planned is None:
        return None
    late = timedelta(seconds=event.at - event.planned)
    return late if late > _IN_TIME else None
