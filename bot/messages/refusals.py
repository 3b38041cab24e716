"""Why nothing was done: who may not, what is not understood."""

from datetime import datetime

from adapters.base import SpanKind
from bot.commands import (
    BadEnd,
    Command,
    EndFault,
    Leftover,
    Lock,
    Synonym,
    TooLong,
    Typo,
    Unlock,
    Verb,
)
from bot.messages.answers import identity
from bot.messages.phrases import Phrases, platform_name, quoted
from bot.policy import Refusal, Refused
from bot.text import Text, sentences, spanned


def refused(phrases: Phrases, refusal: Refused, now: datetime) -> Text:
    """Say what is missing, the sender's own id where it helps, and whom to ask."""
    return sentences(_why(phrases, refusal, now), phrases.say("Nothing was changed."))


def _why(  # noqa: PLR0911 - one sentence per reason
    phrases: Phrases, refusal: Refused, now: datetime
) -> Text:
    message, person = refusal.message, refusal.person
    match refusal.reason:
        case Refusal.STALE:
            return phrases.say(
                "That is from {sent}, {age} ago: too long ago to act on."
                " If you still want it, send it again.",
                sent=phrases.when(message.sent_at, now),
                age=phrases.since(message.sent_at, now),
            )
        case Refusal.CLOCK:
            return phrases.say(
                "That is dated {sent}, in the future, so a clock is wrong: ask {contact}.",
                sent=phrases.when(message.sent_at, now),
            )
        case Refusal.EDITED:
            return phrases.say("I do not act on edited messages. Please send it as a new one.")
        case Refusal.FORWARDED:
            return phrases.say("I do not act on forwarded messages. Please type it yourself.")
        case Refusal.ANONYMOUS:
            return phrases.say(
                "I cannot see who you are: you write anonymously or as a channel."
                " Please send it under your own name."
            )
        case Refusal.OUTSIDER:
            return phrases.say(
                "Guests and accounts from elsewhere cannot command me. {id} If that is wrong,"
                " ask {contact}.",
                id=_your_id(phrases, refusal),
            )
        case Refusal.EXPIRED if person and person.expires:
            return phrases.say(
                "Your access ended after {date}. {id} Ask {contact} to extend it.",
                date=phrases.times.date(person.expires),
                id=_your_id(phrases, refusal),
            )
        case Refusal.ROLE:
            return phrases.say(
                "Only treasurer and board can lock and unlock; you may ask `/maintenance status`."
                " {id} If you need more, ask {contact}.",
                id=_your_id(phrases, refusal),
            )
    return _stranger(phrases, refusal)


def _stranger(phrases: Phrases, refusal: Refused) -> Text:
    if isinstance(refusal.command, Lock | Unlock):
        return phrases.say(
            "Only treasurer and board can lock and unlock, and I do not know you."
            " {id} Ask {contact} to add it.",
            id=_your_id(phrases, refusal),
        )
    return phrases.say(
        "I only answer people whom I know. {id} Ask {contact} to add it.",
        id=_your_id(phrases, refusal),
    )


def _your_id(phrases: Phrases, refusal: Refused) -> Text:
    return phrases.say(
        "Your {platform} id is {id}.",
        platform=platform_name(refusal.message.destination.adapter),
        id=identity(refusal.message),
    )


def not_done(phrases: Phrases, command: Command) -> Text:
    """Quote what is not understood, and say what to send instead."""
    return sentences(_unclear(phrases, command), phrases.say("Nothing was changed."))


def _unclear(  # noqa: PLR0911 - one sentence per command
    phrases: Phrases, command: Command
) -> Text:
    match command:
        case Synonym(word, _):
            return phrases.say(
                "“{word}” could mean the shop or the maintenance, so I ask."
                " To close the shop: `/maintenance lock`. To end a lock: `/maintenance unlock`.",
                word=quoted(word),
            )
        case Typo(word, None):
            return phrases.say(
                "I do not know “{word}”. `/maintenance help` shows what I understand.",
                word=quoted(word),
            )
        case Typo(word, Verb() as suggestion):
            return phrases.say(
                "I do not know “{word}”. Did you mean {command}?",
                word=quoted(word),
                command=_typed(suggestion),
            )
        case Leftover(text, verb):
            return phrases.say(
                "I do not understand “{text}”. Did you mean just {command}?",
                text=quoted(text),
                command=_typed(verb),
            )
        case BadEnd(text, fault):
            return _bad_end(phrases, quoted(text), fault)
        case TooLong(limit):
            return phrases.say(
                "That is too long: I read at most {limit} characters.", limit=str(limit)
            )
    return phrases.say("I cannot do that here.")


def _typed(verb: Verb) -> Text:
    return spanned(f"/maintenance {verb}", SpanKind.CODE)


def _bad_end(phrases: Phrases, text: str, fault: EndFault) -> Text:
    match fault:
        case EndFault.NO_TIME:
            why = phrases.say("“{text}” names a day, but no time.", text=text)
        case EndFault.NO_WORD:
            why = phrases.say(
                "“{text}” looks like an end, but has no “for” or “until” before it.", text=text
            )
        case EndFault.PAST:
            why = phrases.say("“{text}” has already passed.", text=text)
        case EndFault.TOO_FAR:
            return phrases.say(
                "“{text}” is more than 90 days away."
                " For longer, lock without an end and unlock when it is over.",
                text=text,
            )
        case EndFault.CONTRADICTION:
            why = phrases.say("In “{text}” the weekday and the date do not agree.", text=text)
        case _:
            why = phrases.say("I do not understand “{text}” as an end.", text=text)
    examples = phrases.say(
        "Put the end last, for example `for 2h`, `until 18:00`, `until Fri 18:00` or"
        " `until 2026-12-01 18:00`."
    )
    return sentences(why, examples)


def button_ended(phrases: Phrases) -> Text:
    """A press that comes too late or twice."""
    return phrases.say(
        "This button has expired. Send `/maintenance status` for new ones. Nothing was changed."
    )


def button_not_yours(phrases: Phrases) -> Text:
    """A press by somebody else."""
    return phrases.say(
        "This button belongs to the person who asked. Send `/maintenance status` for your own."
        " Nothing was changed."
    )


def button_keep(phrases: Phrases) -> str:
    """Label the button that leaves a lock as it is."""
    return phrases.say("👍 Keep").text


def button(phrases: Phrases, verb: Verb) -> str:
    """Label a button with a verb."""
    if verb is Verb.LOCK:
        return phrases.say("🔒 Lock").text
    if verb is Verb.UNLOCK:
        return phrases.say("🔓 Unlock").text
    return phrases.say("↻ Refresh").text
