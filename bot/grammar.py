"""From the text of a chat message to a command.

    /maintenance lock audit until Fri 18:00      /maintenance@OurBot status
    @maintenance unlock                          @our_bot: lock
    lock                                         (in a conversation of two)

Only the exact verbs (`verbs.VERBS`) do anything; everything that is nearly one is explained.
"""

from datetime import datetime, tzinfo
from difflib import get_close_matches

from bot import endtime, verbs
from bot.commands import (
    BadEnd,
    Command,
    Help,
    History,
    Leftover,
    Lock,
    Nothing,
    Schedule,
    Status,
    Synonym,
    TooLong,
    Typo,
    Unlock,
    Verb,
    WhoAmI,
)
from bot.reading import LONGEST, Word, joined, unquoted, words

__all__ = ["Command", "Nothing", "parse"]

_NAME = "maintenance"
_QUOTED = 80
"""Characters of somebody's words that are kept to be quoted back."""
_REASON = 300
"""Characters of a reason that are kept; the core's own limit is higher."""
_COMPARED = 20
"""Characters of a word that are compared with the verbs."""

_WITHOUT_TEXT: dict[Verb, Command] = {
    Verb.UNLOCK: Unlock(),
    Verb.STATUS: Status(),
    Verb.HISTORY: History(),
    Verb.SCHEDULE: Schedule(),
    Verb.WHOAMI: WhoAmI(),
    Verb.HELP: Help(),
}


def parse(
    text: str, *, bot_name: str, private: bool, now: datetime, zone: tzinfo
) -> Command | Nothing:
    """Read a message; never raises, whatever it is.

    `bot_name` is what people call the bot there, without `@`. In a `private` conversation the verb
    may stand alone. `now` (aware) and `zone` give a meaning to ends such as "until Fri 18:00".
    """
    # Too much text is only looked at as far as is needed to tell whether it is for us.
    read = words(text[:LONGEST])
    said = _said_to_us(read, bot_name, private=private)
    if said is None:
        return Nothing()
    if len(text) > LONGEST:
        return TooLong(LONGEST)
    if not said:
        return Status(overview=True)
    return _command(said[0], said[1:], now, zone)


def _said_to_us(read: tuple[Word, ...], bot_name: str, *, private: bool) -> tuple[Word, ...] | None:
    """Return the words after our name, or None if somebody else is meant."""
    if not read:
        return None
    name, at, bot = read[0].key.rstrip(",:;").partition("@")
    ours = bot_name.removeprefix("@").casefold()
    if name == f"/{_NAME}" and (not at or bot == ours != ""):
        return read[1:]
    if not name and bot and bot in {_NAME, ours}:
        return read[1:]
    return _in_private(read) if private and not at else None


def _in_private(read: tuple[Word, ...]) -> tuple[Word, ...]:
    """There everything is meant for us; Telegram's clients begin with "/start"."""
    first = read[0]
    if first.key == "/start":
        return (Word("help", "help"),)
    return (Word(first.raw.removeprefix("/"), first.key.removeprefix("/")), *read[1:])


def _command(verb: Word, rest: tuple[Word, ...], now: datetime, zone: tzinfo) -> Command:
    known = verbs.VERBS.get(verb.key) or verbs.HARMLESS.get(verb.key.rstrip(".,:;!?"))
    if known is None:
        return _unknown(verb)
    if known is Verb.LOCK:
        return _lock(rest, now, zone)
    if rest:
        return Leftover(joined(rest)[:_QUOTED], known)
    return _WITHOUT_TEXT[known]


def _lock(rest: tuple[Word, ...], now: datetime, zone: tzinfo) -> Command:
    flags = tuple(word for word in rest if word.key.startswith("--") and word.key.strip("-"))
    if flags:
        return Leftover(joined(flags)[:_QUOTED], Verb.LOCK)
    found = endtime.find(rest, now, zone)
    if isinstance(found, endtime.Faulty):
        return BadEnd(joined(found.words)[:_QUOTED], found.fault)
    before = found.before
    while before and not before[0].key.strip("-:"):
        before = before[1:]
    return Lock(unquoted(joined(before))[:_REASON] or None, found.until)


def _unknown(verb: Word) -> Command:
    word = verb.key.strip(".,:;!?'\"/")
    meant = verbs.SYNONYMS.get(word)
    if meant:
        return Synonym(word, meant)
    near = get_close_matches(word[:_COMPARED], verbs.VERBS, n=1)
    return Typo(verb.raw[:_QUOTED], verbs.VERBS[near[0]] if near else None)
