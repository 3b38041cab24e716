"""The words that the core and its callers exchange: the `vocabulary`, and a line of the journal.

Callers import from here. A status run needs no `Event`, so the core takes the values themselves
from `core.vocabulary`.
"""

# ruff: noqa: PLC0415 - parsing needs json, which costs as much as a whole status run

from core.instants import instant, text_of
from core.jsontext import dumps
from core.vocabulary import (
    LIMITS,
    OFF,
    ON,
    REQUEST_BYTES,
    VERSION,
    Failure,
    LockInfo,
    Occurrence,
    Report,
    Request,
    Transition,
    Value,
    data_or_none,
    state_word,
    text_or_none,
)

__all__ = [
    "LIMITS",
    "OFF",
    "ON",
    "REQUEST_BYTES",
    "VERSION",
    "Event",
    "Failure",
    "LockInfo",
    "Occurrence",
    "Report",
    "Request",
    "Transition",
    "Value",
    "instant",
    "parse_answer",
    "state_word",
    "text_of",
]


def parse_answer(text: str | bytes) -> Report | Failure:
    """Read what a command printed with `--json`.

    Raises:
        RequestError: it is neither a report nor a failure (problem `protocol`).
    """
    from core.reading import answer

    return answer(text)


class Event(Value):
    """One thing that happened: a line of the journal.

    `at` is when it was recorded, `planned` the window's edge that it belongs to. `state` is the
    state after it, `transition` whether it changed the state. `lock` is the identity of the lock
    in force after it, `ended` that of the lock which ended with it.
    """

    __slots__ = (
        "actor",
        "at",
        "ended",
        "kind",
        "lock",
        "name",
        "next_transition",
        "origin",
        "planned",
        "reason",
        "reasons",
        "request_id",
        "seq",
        "state",
        "transition",
        "until",
        "window",
    )

    def __init__(  # noqa: PLR0913 - one name for each key of the contract
        self,
        *,
        seq: int,
        at: int,
        state: str,
        kind: str,
        actor: str,
        transition: str | None = None,
        planned: int | None = None,
        reasons: tuple[str, ...] = (),
        name: str | None = None,
        reason: str | None = None,
        request_id: str | None = None,
        origin: str | None = None,
        window: Occurrence | None = None,
        until: int | None = None,
        next_transition: Transition | None = None,
        lock: str | None = None,
        ended: str | None = None,
    ) -> None:
        """Keep what the contract names."""
        self.seq = seq
        self.at = at
        self.state = state
        self.kind = kind
        self.transition = transition
        self.planned = planned
        self.reasons = reasons
        self.actor = actor
        self.name = name
        self.reason = reason
        self.request_id = request_id
        self.origin = origin
        self.window = window
        self.until = until
        self.next_transition = next_transition
        self.lock = lock
        self.ended = ended

    def to_data(self) -> dict[str, object]:
        """Return what JSON shows; the first three keys stand first, so a tail needs no parser."""
        return {
            "seq": self.seq,
            "at": text_of(self.at),
            "state": self.state,
            "kind": self.kind,
            "transition": self.transition,
            "planned": text_or_none(self.planned),
            "reasons": self.reasons,
            "actor": self.actor,
            "name": self.name,
            "reason": self.reason,
            "request_id": self.request_id,
            "origin": self.origin,
            "window": data_or_none(self.window),
            "until": text_or_none(self.until),
            "next_transition": data_or_none(self.next_transition),
            "lock": self.lock,
            "ended": self.ended,
        }

    def to_json(self) -> str:
        """Return the event as JSON on one line, without the line's end."""
        return dumps(self.to_data())

    @staticmethod
    def from_json(text: str | bytes) -> "Event":
        """Read a line of the journal.

        Raises:
            RequestError: it is not one (problem `protocol`).
        """
        from core.reading import event

        return event(text)
