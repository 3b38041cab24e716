"""What a command is answered with, before it is sent."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from adapters.base import IncomingMessage
from bot.buttons import Choice
from bot.commands import (
    Command,
    Help,
    History,
    Lock,
    Schedule,
    Status,
    Unlock,
    Verb,
    WhoAmI,
)
from bot.messages import Voice
from bot.probe import ProbeResult
from bot.roster import Person, Place
from bot.text import Text


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that is allowed: by whom, where, when, and whether it was begun before.

    `request_id` is the same whenever this message is handled, and no other message's. `may_lock`
    tells what buttons to offer.
    """

    message: IncomingMessage
    person: Person | None
    place: Place
    voice: Voice
    now: datetime
    request_id: str
    again: bool = False
    may_lock: bool = False

    @property
    def actor(self) -> str:
        """Who asks, as the journal names people."""
        return f"{self.message.destination.adapter}:{self.message.sender_id}"


class Loudness(enum.Enum):
    """Who is to notice an answer."""

    ALL = enum.auto()
    QUIET = enum.auto()  # all may read it, nobody is notified
    ASKER = enum.auto()  # for the asker alone, where the platform can


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say, given the shop's own answer when it is there in time.

    `check` tells whether the shop is worth asking, and `closed` what it must answer then (None:
    nobody knows).
    """

    say: Callable[[ProbeResult | None], Text]
    choices: tuple[Choice, ...] = ()
    check: bool = False
    closed: bool | None = None
    loudness: Loudness = Loudness.ALL


def plain(text: Text, *choices: Choice, loudness: Loudness = Loudness.QUIET) -> Answer:
    """Answer without asking the shop."""
    return Answer(lambda _: text, choices, loudness=loudness)


def button(asked: Asked, verb: Verb) -> Choice:
    """Offer a verb; those that change something are marked so."""
    dangerous = verb in {Verb.LOCK, Verb.UNLOCK}
    return Choice(asked.voice.button(verb), _COMMANDS[verb], dangerous)


_COMMANDS: dict[Verb, Command] = {
    Verb.LOCK: Lock(),
    Verb.UNLOCK: Unlock(),
    Verb.STATUS: Status(),
    Verb.HISTORY: History(),
    Verb.SCHEDULE: Schedule(),
    Verb.WHOAMI: WhoAmI(),
    Verb.HELP: Help(),
}
