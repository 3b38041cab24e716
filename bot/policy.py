"""Who may do what, where: deny by default.

`Policy.judge` looks at a message and the command in it and returns one of three verdicts:

    Allowed   do it, or answer it
    Refused   do nothing, and say why
    Ignored   do nothing, and say nothing: programs (two of them would never stop answering each
              other) and chats that are not configured, but for what people of the roster say to
              the bot in private

A verdict whose `once` is not None is answered only if `OncePerHour.first(once, now)`.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from adapters.base import Destination, IncomingMessage, Mark
from bot.commands import Command, Help, Keep, Lock, Unlock, WhoAmI
from bot.roster import MAY_LOCK, Person, Place, Role

__all__ = [
    "MAY_LOCK",
    "Allowed",
    "Ignored",
    "OncePerHour",
    "Person",
    "Place",
    "Policy",
    "Refusal",
    "Refused",
    "Role",
    "Verdict",
]


class Refusal(enum.StrEnum):
    """Why a command is refused."""

    STRANGER = "stranger"  # not in the roster
    EXPIRED = "expired"  # in the roster, but no longer
    ROLE = "role"  # may ask, but not lock or unlock
    STALE = "stale"  # written too long ago
    CLOCK = "clock"  # written in the future
    EDITED = "edited"  # changed after it was sent
    FORWARDED = "forwarded"  # somebody else's words
    ANONYMOUS = "anonymous"  # the platform hides who wrote it
    OUTSIDER = "outsider"  # guest, deactivated or foreign account


@dataclass(frozen=True, slots=True)
class Allowed:
    """Do it. `person` is None for somebody unknown who may have this answer all the same."""

    person: Person | None
    place: Place
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Do nothing and say why."""

    reason: Refusal
    message: IncomingMessage
    command: Command
    place: Place
    person: Person | None = None
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Do nothing and say nothing; `why` is for the log."""

    why: str


Verdict = Allowed | Refused | Ignored

# In this order: whose words they are comes before what they are worth.
_MARKS = (
    (Mark.ANONYMOUS, Refusal.ANONYMOUS),
    (Mark.OUTSIDER, Refusal.OUTSIDER),
    (Mark.FORWARDED, Refusal.FORWARDED),
    (Mark.EDITED, Refusal.EDITED),
)
_ALWAYS_ANSWERED = frozenset({Refusal.STALE, Refusal.CLOCK})
"""Refusals to people of the roster who must know each time that nothing was done."""


class Policy:
    """The roster, the places and the greatest age of a command."""

    def __init__(
        self,
        people: Iterable[Person],
        places: Iterable[Place],
        zone: tzinfo,
        max_age: timedelta = timedelta(seconds=120),
    ) -> None:
        """Index roster and places; `zone` gives a person's last day its end.

        Raises:
            ValueError: two people share an id, so it is not known who it is.
        """
        self._people: dict[tuple[str, str], Person] = {}
        for person in people:
            for identity in person.ids.items():
                if identity in self._people:
                    raise ValueError(f"{identity[0]}:{identity[1]} is two people")
                self._people[identity] = person
        self._places = {place.destination: place for place in places}
        self._zone = zone
        self._max_age = max_age

    def place_of(self, destination: Destination) -> Place | None:
        """Return the place that covers a destination: its thread's before its whole channel's."""
        channel = Destination(destination.adapter, destination.channel)
        return self._places.get(destination) or self._places.get(channel)

    def person_of(self, adapter: str, sender_id: str) -> Person | None:
        """Return who this is in the roster, expired or not."""
        return self._people.get((adapter, sender_id))

    def expired(self, person: Person, now: datetime) -> bool:
        """Tell whether a person's last day, in the display zone, is over."""
        return person.expires is not None and now.astimezone(self._zone).date() > person.expires

    def judge(self, message: IncomingMessage, command: Command, now: datetime) -> Verdict:
        """Decide; changes nothing. `now` is aware."""
        if message.marks & {Mark.OWN, Mark.BOT}:
            return Ignored("written by a program")
        person = self.person_of(message.destination.adapter, message.sender_id)
        place = self.place_of(message.destination)
        if place is None and person is not None and message.private:
            # What is changed in private is announced in the chats like everything else.
            place = Place(message.destination)
        if place is None or not place.commands:
            return Ignored("commands are not taken in this chat")
        reason = self._refusal(message, command, person, now)
        if reason is None:
            return Allowed(person, place)
        if reason in {Refusal.STRANGER, Refusal.EXPIRED} and isinstance(command, WhoAmI | Help):
            return Allowed(person, place, _once(message, "answer"))
        known = person is not None and reason in _ALWAYS_ANSWERED
        once = None if known else _once(message, reason if person else "stranger")
        return Refused(reason, message, command, place, person, once)

    def _refusal(
        self, message: IncomingMessage, command: Command, person: Person | None, now: datetime
    ) -> Refusal | None:
        for mark, reason in _MARKS:
            if mark in message.marks:
                return reason
        if person is None:
            return Refusal.STRANGER
        if self.expired(person, now):
            return Refusal.EXPIRED
        age = now - message.sent_at
        if abs(age) > self._max_age:
            return Refusal.STALE if age > timedelta(0) else Refusal.CLOCK
        if isinstance(command, Lock | Unlock | Keep) and person.role not in MAY_LOCK:
            return Refusal.ROLE
        return None


def _once(message: IncomingMessage, what: str) -> str:
    # Whoever is anonymous shares one id with all the others: there the chat counts.
    if Mark.ANONYMOUS in message.marks:
        return f"{message.destination.adapter}:{message.destination.channel}:anonymous"
    return f"{message.destination.adapter}:{message.sender_id}:{what}"


class OncePerHour:
    """Which answers were already given within the hour; of bounded size."""

    def __init__(self, size: int = 1000) -> None:
        """Remember at most `size`; while it is full, nobody new is answered."""
        self._size = size
        self._said: dict[str, datetime] = {}

    def first(self, key: str, now: datetime) -> bool:
        """Tell whether this is the first within the hour, and remember it. `now` is aware."""
        self._forget(now)
        if key in self._said or len(self._said) >= self._size:
            return False
        self._said[key] = now
        return True

    def _forget(self, now: datetime) -> None:
        # In the order of being said; a clock that went back must not silence us for longer.
        hour = timedelta(hours=1)
        while self._said and abs(now - self._said[first := next(iter(self._said))]) >= hour:
            del self._said[first]
