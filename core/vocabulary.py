"""The values that the core and its callers exchange. JSON keys are spelled here and in `protocol`.

`Report` answers reconcile, lock, unlock, status and explain; `Failure` is every other outcome;
`Request` is what the bot writes on standard input. Instants are UTC epoch seconds inside and
RFC 3339 text in JSON.

Plain classes with `__slots__`: dataclasses, typing and json would double the helper's start-up.
"""

# ruff: noqa: PLC0415 - parsing needs json, which costs as much as a whole status run

from core.instants import text_of
from core.jsontext import dumps

VERSION = 1
REQUEST_BYTES = 4096
LIMITS = {"actor": 100, "name": 100, "reason": 500, "origin": 200, "request_id": 64}

ON, OFF = "on", "off"


def state_word(*, maintenance: bool) -> str:
    """Return the word for a state of maintenance, `on` or `off`."""
    return ON if maintenance else OFF


def text_or_none(moment: int | None) -> str | None:
    """Return the instant as JSON shows it."""
    return None if moment is None else text_of(moment)


class Value:
    """Compares and shows itself by its slots."""

    __slots__: tuple[str, ...] = ()

    def _values(self) -> tuple[object, ...]:
        return tuple([getattr(self, slot) for slot in self.__slots__])

    def __eq__(self, other: object) -> bool:
        """Compare type and every slot."""
        return isinstance(other, type(self)) and self._values() == other._values()

    def __hash__(self) -> int:
        """Hash every slot."""
        return hash(self._values())

    def __repr__(self) -> str:
        """Show every slot."""
        slots = ", ".join([f"{slot}={getattr(self, slot)!r}" for slot in self.__slots__])
        return f"{type(self).__name__}({slots})"


class Occurrence(Value):
    """One window on the calendar: `[start, end)` in epoch seconds."""

    __slots__ = ("end", "name", "start")

    def __init__(self, start: int, end: int, name: str) -> None:
        """Keep the edges and the window's name."""
        self.start = start
        self.end = end
        self.name = name

    def __contains__(self, moment: int) -> bool:
        """Tell whether `moment` is inside; the end is not."""
        return self.start <= moment < self.end

    def to_data(self) -> dict[str, object]:
        """Return what JSON shows."""
        return {"name": self.name, "start": text_of(self.start), "end": text_of(self.end)}


class LockInfo(Value):
    """A person's order to stay closed; `until` is when it ends by itself, None for never."""

    __slots__ = ("actor", "name", "reason", "since", "until")

    def __init__(
        self,
        actor: str,
        name: str | None = None,
        reason: str | None = None,
        since: int | None = None,
        until: int | None = None,
    ) -> None:
        """Keep who, why, since when and until when."""
        self.actor = actor
        self.name = name
        self.reason = reason
        self.since = since
        self.until = until

    def to_data(self) -> dict[str, object]:
        """Return what JSON shows."""
        return {
            "actor": self.actor,
            "name": self.name,
            "reason": self.reason,
            "since": text_or_none(self.since),
            "until": text_or_none(self.until),
        }


class Transition(Value):
    """A change of state that will happen: when, and maintenance from then on."""

    __slots__ = ("at", "maintenance")

    def __init__(self, at: int, *, maintenance: bool) -> None:
        """Keep the instant and the state after it."""
        self.at = at
        self.maintenance = maintenance

    def to_data(self) -> dict[str, object]:
        """Return what JSON shows."""
        return {"at": text_of(self.at), "maintenance": self.maintenance}


def data_or_none(value: "Occurrence | LockInfo | Transition | None") -> dict[str, object] | None:
    """Return the value as JSON shows it."""
    return None if value is None else value.to_data()


class Report(Value):
    """What is true now and what comes next.

    `maintenance` is the marker as it is, `desired` the decision; `changed` says that this call
    changed marker or lock; `recorded` is false when the journal could not take what happened;
    `notes` are sentences about what is missing or was put right.
    """

    __slots__ = (
        "at",
        "changed",
        "desired",
        "lock",
        "maintenance",
        "next_transition",
        "notes",
        "reasons",
        "recorded",
        "seq",
        "transition",
        "window",
    )

    def __init__(  # noqa: PLR0913 - one name for each key of the contract
        self,
        *,
        at: int,
        maintenance: bool,
        desired: bool,
        reasons: tuple[str, ...] = (),
        window: Occurrence | None = None,
        lock: LockInfo | None = None,
        next_transition: Transition | None = None,
        changed: bool = False,
        transition: str | None = None,
        seq: int | None = None,
        recorded: bool = True,
        notes: tuple[str, ...] = (),
    ) -> None:
        """Keep what the contract names."""
        self.at = at
        self.maintenance = maintenance
        self.desired = desired
        self.reasons = reasons
        self.window = window
        self.lock = lock
        self.next_transition = next_transition
        self.changed = changed
        self.transition = transition
        self.seq = seq
        self.recorded = recorded
        self.notes = notes

    def to_json(self) -> str:
        """Return the report as JSON on one line."""
        data: dict[str, object] = {
            "version": VERSION,
            "ok": True,
            "at": text_of(self.at),
            "maintenance": self.maintenance,
            "desired": self.desired,
            "reasons": self.reasons,
            "window": data_or_none(self.window),
            "lock": data_or_none(self.lock),
            "next_transition": data_or_none(self.next_transition),
            "changed": self.changed,
            "transition": self.transition,
            "seq": self.seq,
        }
        if not self.recorded:
            data["recorded"] = False
        if self.notes:
            data["notes"] = self.notes
        return dumps(data)

    @staticmethod
    def from_json(text: str | bytes) -> "Report":
        """Read a report.

        Raises:
            RequestError: it is not one (problem `protocol`).
        """
        from core.reading import report

        return report(text)


class Failure(Value):
    """The command did not do what it was asked; `problem` for machines, `message` for people."""

    __slots__ = ("message", "problem")

    def __init__(self, problem: str, message: str) -> None:
        """Keep the machine code and the sentence."""
        self.problem = problem
        self.message = message

    def to_json(self) -> str:
        """Return the failure as JSON on one line."""
        return dumps(
            {"version": VERSION, "ok": False, "problem": self.problem, "message": self.message},
        )

    @staticmethod
    def from_json(text: str | bytes) -> "Failure":
        """Read a failure.

        Raises:
            RequestError: it is not one (problem `protocol`).
        """
        from core.reading import failure

        return failure(text)


class Request(Value):
    """Who orders what and why: the bot's JSON on standard input, or the command line's options."""

    __slots__ = ("actor", "name", "origin", "reason", "request_id", "until")

    def __init__(  # noqa: PLR0913 - one name for each key of the contract
        self,
        actor: str,
        *,
        name: str | None = None,
        reason: str | None = None,
        until: int | None = None,
        origin: str | None = None,
        request_id: str | None = None,
    ) -> None:
        """Keep who, why, until when (epoch seconds) and where it came from."""
        self.actor = actor
        self.name = name
        self.reason = reason
        self.until = until
        self.origin = origin
        self.request_id = request_id

    def to_json(self) -> str:
        """Return the request as JSON on one line."""
        return dumps(
            {
                "version": VERSION,
                "actor": self.actor,
                "name": self.name,
                "reason": self.reason,
                "until": text_or_none(self.until),
                "origin": self.origin,
                "request_id": self.request_id,
            },
        )

    @staticmethod
    def from_json(text: str | bytes) -> "Request":
        """Read a request; nothing unknown, over-long or unprintable gets in.

        Raises:
            RequestError: it is not a request (problem `request`).
        """
        from core.reading import request

        return request(text)

    def checked(self) -> "Request":
        """Return itself if every text is printable and within its limit.

        Raises:
            RequestError: the first text that is not (problem `request`).
        """
        from core.reading import check_text

        for key, limit in LIMITS.items():
            check_text(key, getattr(self, key), limit)
        return self
