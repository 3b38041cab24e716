"""The wished end of a lock: "for 2h", "until Fri 18:00", "tot morgen 9:00".

Only the tail of the text can be an end. What looks like one and cannot be taken is a fault, never
part of the reason: a shop must not stay closed longer, or open earlier, than was meant. "until the
audit is done" does not look like one: it is a reason, and such a lock ends when somebody unlocks.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from bot import endwords
from bot.amount import end_after, is_amount
from bot.commands import EndFault
from bot.moment import end_at
from bot.notaken import NotTakenError
from bot.reading import Word

LONGEST = timedelta(days=90)
"""The furthest end that is taken; a longer lock is one without an end."""

_GLANCE = 4
"""So many words after "for" or "until" tell whether it looks like an end."""

_BARE_CLOCK = re.compile(r"[0-9]{1,2}[:.][0-9]{2}(?![0-9]).*|[0-9]{1,2}[ap]m")

_Reader = Callable[[Sequence[str], datetime, tzinfo], datetime]


@dataclass(frozen=True, slots=True)
class Found:
    """The words before the end, and the end in UTC (None: until somebody unlocks)."""

    before: tuple[Word, ...]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Faulty:
    """What looks like an end, and why it is not taken."""

    words: tuple[Word, ...]
    fault: EndFault


def find(words: tuple[Word, ...], now: datetime, zone: tzinfo) -> Found | Faulty:
    """Read the end of a lock's text; the last "for" or "until" before something like an end counts.

    `now` is aware. A text without an end is `Found` whole, until None.
    """
    keys = [word.key.strip(".,;!?") for word in words]
    for index in range(len(keys) - 1, -1, -1):
        tail = keys[index + 1 : index + 1 + _GLANCE]
        if keys[index] in endwords.UNTIL and tuple(tail) in endwords.ENDLESS:
            return Found(words[:index], None)
        reader = _reader(keys[index], tail)
        if reader:
            end = _end(reader, keys[index + 1 :], now, zone)
            if isinstance(end, EndFault):
                return Faulty(words[index:], end)
            return Found(words[:index], end)
    start = _bare_end(keys)
    return Found(words, None) if start is None else Faulty(words[start:], EndFault.NO_WORD)


def _end(reader: _Reader, tail: Sequence[str], now: datetime, zone: tzinfo) -> datetime | EndFault:
    try:
        end = reader(tail, now, zone)
    except NotTakenError as error:
        return error.fault
    if end <= now:
        return EndFault.PAST
    return EndFault.TOO_FAR if end > now + LONGEST else end


def _reader(word: str, tail: Sequence[str]) -> _Reader | None:
    """Return what reads the tail after `word`, if it looks like an end at all."""
    if word in endwords.FOR and tail and _looks_like_an_amount(tail):
        return end_after
    if word in endwords.UNTIL and any(_looks_like_a_time(key) for key in tail):
        return end_at
    return None


def _looks_like_an_amount(tail: Sequence[str]) -> bool:
    counted = tail[0] in endwords.ARTICLES or tail[0] in endwords.NUMBERS
    return tail[0][:1].isdigit() or (counted and any(key in endwords.UNITS for key in tail))


def _looks_like_a_time(key: str) -> bool:
    # Digits of every script look like a time; the readers then take only ASCII ones.
    return key.lstrip("(")[:1].isdigit() or key in endwords.TIMEY


def _bare_end(keys: Sequence[str]) -> int | None:
    """Return where something like an end begins that has no "for" or "until" before it.

    "lock 2h" and "lock tomorrow 9:00" would else become locks that begin now and never end.
    """
    if not keys:
        return None
    if all(_looks_like_a_time(key) for key in keys):
        return 0
    if _BARE_CLOCK.fullmatch(keys[-1]) or is_amount(keys[-1]):
        start = len(keys) - 1
    elif is_amount("".join(keys[-2:])):
        start = len(keys) - 2
    else:
        return None
    return None if keys[start - 1] in endwords.SINCE else start
