"""What became of `lock` and `unlock`."""

from datetime import datetime

from adapters.base import Tone
from bot.commands import Command, Lock, Verb
from bot.messages.checked import agrees, checked
from bot.messages.phrases import Phrases
from bot.messages.state import doubtful, ending, lock, signed, state, tone, unrecorded, window
from bot.probe import ProbeResult
from bot.roster import Person
from bot.text import Piece, Text, lines, sentences
from core.protocol import LockInfo, Report


def waiting(phrases: Phrases, verb: Verb) -> Text:
    """Say that it is being done."""
    if verb is Verb.LOCK:
        return phrases.say("⏳ Closing the shop…")
    return phrases.say("⏳ Removing the lock…")


def lock_done(  # noqa: PLR0913 - what is known after a lock
    phrases: Phrases,
    report: Report,
    probe: ProbeResult | None,
    now: datetime,
    *,
    actor: str,
    asked: Command | None,
    error_id: str,
) -> Text:
    """Locked now, or already locked by you or by another."""
    held = report.lock
    if held is None or report.maintenance != report.desired or doubtful(report):
        missing = "" if held else phrases.say("⚠️ There is no lock.")
        return _odd(phrases, missing, report, probe, now, error_id=error_id)
    if report.changed and held.actor == actor:
        head = _locked(phrases, report, held, now)
    else:
        head = _already(phrases, report, held, now, mine=held.actor == actor, asked=asked)
    return _proved(phrases, report, probe, error_id, head)


def _locked(phrases: Phrases, report: Report, held: LockInfo, now: datetime) -> Text:
    reason = phrases.reason(held.reason)
    if report.window:
        return sentences(
            phrases.say("🔒 Locked{reason}.", reason=reason),
            phrases.say(
                "The shop was closed already: {window}.",
                window=window(phrases, report.window, now),
            ),
            ending(phrases, report, now),
        )
    return sentences(
        phrases.say("🔒 Locked{reason}. The shop is closed.", reason=reason),
        ending(phrases, report, now),
    )


def _already(  # noqa: PLR0913 - what is known of the other lock
    phrases: Phrases,
    report: Report,
    held: LockInfo,
    now: datetime,
    *,
    mine: bool,
    asked: Command | None,
) -> Text:
    if mine and held.since is not None:
        head = phrases.say(
            "🔒 Already locked by you, since {since}{age}{reason}.",
            since=phrases.when(held.since, now),
            age=phrases.lasting(held.since, now),
            reason=phrases.reason(held.reason),
        )
    else:
        head = phrases.say("🔒 Already {lock}.", lock=lock(phrases, held, now))
    return sentences(
        head,
        phrases.say("The shop is closed."),
        ending(phrases, report, now),
        _not_taken_over(phrases, held, asked),
    )


def _not_taken_over(phrases: Phrases, held: LockInfo, asked: Command | None) -> Piece:
    """Say it when a second lock wished another reason or end than the first one has."""
    if not isinstance(asked, Lock):
        return ""
    until = None if asked.until is None else int(asked.until.timestamp())
    if asked.reason in {None, held.reason} and until in {None, held.until}:
        return ""
    return phrases.say(
        "Your new reason or end was not taken over:"
        " send `/maintenance unlock` first, then lock again."
    )


def unlock_done(  # noqa: PLR0913 - what is known after an unlock
    phrases: Phrases,
    report: Report,
    probe: ProbeResult | None,
    now: datetime,
    *,
    removed: bool,
    former: LockInfo | None,
    actor: str,
    error_id: str,
) -> Text:
    """Open now, still closed by a window, or not locked at all."""
    if report.lock is not None or report.maintenance != report.desired or doubtful(report):
        left = phrases.say("⚠️ The lock is still there.") if report.lock else ""
        return _odd(phrases, left, report, probe, now, error_id=error_id)
    if not removed:
        head = sentences(phrases.say("Not locked."), state(phrases, report, now))
    elif report.window:
        head = sentences(
            phrases.say(
                "🔓 Lock removed. **The shop stays closed**: {window}.",
                window=window(phrases, report.window, now),
            ),
            ending(phrases, report, now),
        )
    else:
        head = sentences(phrases.say("🔓 Lock removed."), state(phrases, report, now))
    whose = _whose(phrases, former, now) if former and former.actor != actor else ""
    undo = phrases.say("To close it again: `/maintenance lock`.") if _opened(report) else ""
    return _proved(phrases, report, probe, error_id, sentences(head, whose, undo))


def _opened(report: Report) -> bool:
    return report.changed and not report.maintenance


def _whose(phrases: Phrases, former: LockInfo, now: datetime) -> Text:
    return phrases.say("It was {lock}.", lock=lock(phrases, former, now))


def _odd(  # noqa: PLR0913 - what is known after an order
    phrases: Phrases,
    present: Piece,
    report: Report,
    probe: ProbeResult | None,
    now: datetime,
    *,
    error_id: str,
) -> Text:
    """Say how things are when they are not as was ordered."""
    return sentences(
        present,
        signed(phrases, report, now),
        number(phrases, error_id),
        checked(phrases, probe, closed=report.maintenance),
    ).toned(Tone.WARNING)


def _proved(
    phrases: Phrases, report: Report, probe: ProbeResult | None, error_id: str, head: Text
) -> Text:
    """Add what the shop answers; an answer that is not as it must be warns."""
    proof = checked(phrases, probe, closed=report.maintenance)
    wrong = probe is not None and not agrees(probe, closed=report.maintenance)
    text = lines(
        sentences(head, "" if wrong else proof),
        sentences(proof, number(phrases, error_id)) if wrong else "",
        "" if report.recorded else unrecorded(phrases),
    )
    return text.toned(Tone.WARNING if wrong else tone(report))


def number(phrases: Phrases, error_id: str) -> Piece:
    """Give the number under which the log tells more."""
    return phrases.say("(id {id})", id=error_id) if error_id else ""


def unlock_anyway(phrases: Phrases, former: LockInfo, now: datetime) -> Text:
    """The lock is another person's."""
    return phrases.say(
        "🔒 The shop is {lock}. Remove this lock all the same?",
        lock=lock(phrases, former, now),
    ).toned(Tone.CLOSED)


def your_lock_removed(phrases: Phrases, report: Report, name: str | None, now: datetime) -> Text:
    """Somebody else removed the reader's lock."""
    head = phrases.say("🔓 {who} removed your lock.", who=phrases.who(name))
    return sentences(head, state(phrases, report, now)).toned(tone(report))


def kept(phrases: Phrases, person: Person | None) -> Text:
    """Somebody said that a lock is still needed."""
    return phrases.say(
        "👍 {who} keeps the lock; the shop stays closed. To end it: `/maintenance unlock`.",
        who=phrases.who(person.name if person else None),
    ).toned(Tone.CLOSED)


def failed(  # noqa: PLR0913 - what is known after a failure
    phrases: Phrases,
    verb: Verb,
    present: Report | None,
    probe: ProbeResult | None,
    now: datetime,
    *,
    error_id: str,
) -> Text:
    """The order was not carried out."""
    if verb is Verb.LOCK:
        head = phrases.say("⚠️ The shop could not be locked.")
    elif verb is Verb.UNLOCK:
        head = phrases.say("⚠️ The lock could not be removed.")
    else:
        head = phrases.say("⚠️ I could not answer that.")
    whom = phrases.say("Ask {contact} (id {id}).", id=error_id)
    return sentences(head, _now(phrases, present, probe, now), whom).toned(Tone.WARNING)


def busy(
    phrases: Phrases, verb: Verb, present: Report | None, now: datetime, *, error_id: str
) -> Text:
    """Another change was in the way for too long."""
    if verb is Verb.LOCK:
        head = phrases.say("⚠️ Not locked: another change was in the way.")
    else:
        head = phrases.say("⚠️ The lock was not removed: another change was in the way.")
    again = phrases.say(
        "Send it again in a minute; if it still does not work, ask {contact} (id {id}).",
        id=error_id,
    )
    return sentences(head, _now(phrases, present, None, now), again).toned(Tone.WARNING)


def lost_answer(  # noqa: PLR0913 - what is known when nothing was heard
    phrases: Phrases,
    verb: Verb,
    present: Report | None,
    probe: ProbeResult | None,
    now: datetime,
    *,
    actor: str,
    error_id: str,
) -> Text:
    """Nobody answered whether it was done; somebody looked since."""
    if present is None:
        head = phrases.say(
            "⚠️ I do not know whether that was done: there was no answer, and I cannot see how the"
            " shop is. Send `/maintenance status` in a minute, or ask {contact} (id {id}).",
            id=error_id,
        )
        return head.toned(Tone.WARNING)
    if _as_ordered(verb, present.lock, actor):
        head = phrases.say("⚠️ I got no answer, so I looked: it was done (id {id}).", id=error_id)
    else:
        head = phrases.say(
            "⚠️ I got no answer, so I looked: it was **not** done (id {id})."
            " Send it again, or ask {contact}.",
            id=error_id,
        )
    return sentences(head, _now(phrases, present, probe, now)).toned(Tone.WARNING)


def _as_ordered(verb: Verb, held: LockInfo | None, actor: str) -> bool:
    if verb is Verb.LOCK:
        return held is not None and actor in {"", held.actor}
    return held is None


def _now(
    phrases: Phrases, present: Report | None, probe: ProbeResult | None, now: datetime
) -> Text:
    if present is None:
        return phrases.say("I cannot see how the shop is now.")
    return sentences(
        state(phrases, present, now),
        checked(phrases, probe, closed=present.maintenance),
    )
