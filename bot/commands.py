"""What a chat message can ask for, after reading it and before asking whether its sender may."""

import enum
from dataclasses import dataclass
from datetime import datetime


class Verb(enum.StrEnum):
    """The words that do something, as they are typed after `/maintenance`."""

    LOCK = "lock"
    UNLOCK = "unlock"
    STATUS = "status"
    HISTORY = "history"
    SCHEDULE = "schedule"
    WHOAMI = "whoami"
    HELP = "help"


class EndFault(enum.StrEnum):
    """Why the wished end of a lock was not taken."""

    UNKNOWN = "unknown"  # not an end that we read
    NO_TIME = "no-time"  # a day, but no time of that day
    NO_WORD = "no-word"  # looks like an end, but neither "for" nor "until" stands before it
    PAST = "past"  # not after now
    TOO_FAR = "too-far"  # further away than the longest lock with an end
    CONTRADICTION = "contradiction"  # "Fri 1 Dec", but that day is a Tuesday


@dataclass(frozen=True, slots=True)
class Lock:
    """Close the shop; `until` is the wished end, aware and in UTC, or None for "until unlocked"."""

    reason: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unlock:
    """Remove the lock.

    `confirmed` names the lock (`bot.corestate.lock_name`) of which the sender has read whose it is.
    """

    confirmed: str | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """Leave the lock as it is: a button's answer to a question of ours, never typed."""


@dataclass(frozen=True, slots=True)
class Status:
    """Say how things are; `overview` (nothing typed but our name): with the two commands."""

    overview: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """Say what happened."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Say when the next windows are."""


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """Say who the sender is to us."""


@dataclass(frozen=True, slots=True)
class Help:
    """Say what the sender may ask."""


@dataclass(frozen=True, slots=True)
class Synonym:
    """A natural word that is explained and never run: `close`, `off`, `aan`."""

    word: str
    meant: Verb


@dataclass(frozen=True, slots=True)
class Typo:
    """A word that is no verb, and the verb that it resembles."""

    word: str
    suggestion: Verb | None


@dataclass(frozen=True, slots=True)
class Leftover:
    """Words after a verb that takes none (or a `--flag`): nothing is done, they are quoted."""

    text: str
    verb: Verb


@dataclass(frozen=True, slots=True)
class BadEnd:
    """A wished end that cannot be taken: nothing is done, it is quoted."""

    text: str
    fault: EndFault


@dataclass(frozen=True, slots=True)
class TooLong:
    """More text than anybody types: nothing is done; `limit` is in characters."""

    limit: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """Not meant for us: no answer."""


Command = (
    Lock
    | Unlock
    | Keep
    | Status
    | History
    | Schedule
    | WhoAmI
    | Help
    | Synonym
    | Typo
    | Leftover
    | BadEnd
    | TooLong
)
