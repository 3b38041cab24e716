"""Read JSON at the door: types, limits and characters are checked once, here."""

import json

from core.errors import RequestError
from core.instants import instant
from core.jsontext import CONTROLS
from core.protocol import (
    LIMITS,
    OFF,
    ON,
    REQUEST_BYTES,
    VERSION,
    Event,
    Failure,
    LockInfo,
    Occurrence,
    Report,
    Request,
    Transition,
)

# A lone surrogate cannot be written at all.
_REFUSED = frozenset((*CONTROLS, *range(0xD800, 0xE000)))

PROTOCOL = "protocol"
_LARGEST = (1 << 53) - 1  # what every JSON reader takes for the same number


def check_text(key: str, text: str | None, limit: int, problem: str = "request") -> None:
    """Refuse text that is longer than `limit` characters or holds a control character.

    Raises:
        RequestError: saying which `key`.
    """
    if text is None:
        return
    if len(text) > limit:
        raise RequestError(f"{key} has more than {limit} characters", problem)
    if not _REFUSED.isdisjoint(map(ord, text)):
        raise RequestError(f"{key} holds a control character", problem)


class Fields:
    """A JSON object's values, taken by name and type."""

    def __init__(self, data: object, what: str, problem: str = PROTOCOL) -> None:
        """Take an object that JSON gave; `what` names it in sentences."""
        if not isinstance(data, dict):
            raise RequestError(f"{what} is not a JSON object", problem)
        self._data = data
        self._what = what
        self._problem = problem

    @classmethod
    def parse(cls, text: str | bytes, what: str, problem: str = PROTOCOL) -> "Fields":
        """Parse `text`; a key that stands twice is refused.

        Raises:
            RequestError: it is not one JSON object.
        """
        try:
            data = json.loads(text, object_pairs_hook=_without_repeats)
        except (ValueError, RecursionError) as error:
            raise RequestError(f"{what} is not JSON: {error}", problem) from None
        return cls(data, what, problem)

    def wrong(self, key: str, expected: str) -> RequestError:
        """Return the error that says what `key` should have been."""
        return RequestError(f"{self._what}: {key} is not {expected}", self._problem)

    def refuse_unknown(self, known: tuple[str, ...]) -> None:
        """Refuse every key that is not `known`."""
        unknown = sorted(set(self._data) - set(known))
        if unknown:
            raise RequestError(f"{self._what}: unknown {', '.join(unknown)}", self._problem)

    def text(self, key: str, limit: int = 0) -> str:
        """Return the text at `key`, at most `limit` characters (0: any length)."""
        value = self._data.get(key)
        if not isinstance(value, str) or not value:
            raise self.wrong(key, "text")
        check_text(key, value, limit or len(value), self._problem)
        return value

    def text_or_none(self, key: str, limit: int = 0) -> str | None:
        """Return the text at `key`, None where it is missing, null or empty."""
        return self.text(key, limit) if self._data.get(key) not in (None, "") else None

    def flag(self, key: str, *, missing: bool | None = None) -> bool:
        """Return the truth value at `key`, `missing` where it is not there."""
        value = self._data.get(key, missing)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def number(self, key: str) -> int:
        """Return the whole number at `key`, not below zero and such as a database can keep."""
        value = self._data.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST:
            raise self.wrong(key, "a whole number")
        return value

    def number_or_none(self, key: str) -> int | None:
        """Return the whole number at `key`, None where it is missing or null."""
        return None if self._data.get(key) is None else self.number(key)

    def instant(self, key: str) -> int:
        """Return the instant at `key` as epoch seconds."""
        try:
            return instant(self.text(key))
        except RequestError:
            raise self.wrong(key, "an instant such as 2026-11-29T22:00:00Z") from None

    def instant_or_none(self, key: str) -> int | None:
        """Return the instant at `key`, None where it is missing or null."""
        return None if self._data.get(key) is None else self.instant(key)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts at `key`, empty where it is missing."""
        value = self._data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, "a list of texts")
        return tuple(value)

    def word(self, key: str, words: tuple[str, ...]) -> str:
        """Return the text at `key`, one of `words`."""
        value = self.text(key)
        if value not in words:
            raise self.wrong(key, f"one of {', '.join(words)}")
        return value

    def word_or_none(self, key: str, words: tuple[str, ...]) -> str | None:
        """Return the text at `key`, one of `words`; None where it is missing or null."""
        return None if self._data.get(key) is None else self.word(key, words)

    def fields_or_none(self, key: str) -> "Fields | None":
        """Return the object at `key`, None where it is missing or null."""
        value = self._data.get(key)
        return None if value is None else Fields(value, f"{self._what}: {key}", self._problem)

    def check_version(self) -> None:
        """Refuse another version of the protocol."""
        if self.number("version") != VERSION:
            raise self.wrong("version", str(VERSION))


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key stands twice")
    return data


def request(text: str | bytes) -> Request:
    """Read a request: `Request.from_json`."""
    if len(text) > REQUEST_BYTES:
        raise RequestError(f"the request has more than {REQUEST_BYTES} bytes")
    fields = Fields.parse(text, "the request", "request")
    fields.refuse_unknown(("version", "until", *LIMITS))
    fields.check_version()
    return Request(
        fields.text("actor", LIMITS["actor"]),
        name=fields.text_or_none("name", LIMITS["name"]),
        reason=fields.text_or_none("reason", LIMITS["reason"]),
        until=fields.instant_or_none("until"),
        origin=fields.text_or_none("origin", LIMITS["origin"]),
        request_id=fields.text_or_none("request_id", LIMITS["request_id"]),
    )


def locked_order(content: bytes) -> tuple[Request, int | None]:
    """Read the lock file: the order in it and since when; unknown keys are left alone."""
    fields = Fields.parse(content, "the lock")
    info = held_lock(fields)
    order = Request(
        info.actor,
        name=info.name,
        reason=info.reason,
        until=info.until,
        origin=fields.text_or_none("origin", LIMITS["origin"]),
        request_id=fields.text_or_none("request_id", LIMITS["request_id"]),
    )
    return order, info.since


def held_lock(fields: Fields) -> LockInfo:
    """Read a lock: the report's object, or the lock file's content."""
    return LockInfo(
        fields.text("actor", LIMITS["actor"]),
        fields.text_or_none("name", LIMITS["name"]),
        fields.text_or_none("reason", LIMITS["reason"]),
        fields.instant_or_none("since"),
        fields.instant_or_none("until"),
    )


def _occurrence(fields: Fields) -> Occurrence:
    return Occurrence(fields.instant("start"), fields.instant("end"), fields.text("name"))


def _transition(fields: Fields) -> Transition:
    return Transition(fields.instant("at"), maintenance=fields.flag("maintenance"))


def report(text: str | bytes) -> Report:
    """Read a report: `Report.from_json`."""
    return _report(Fields.parse(text, "the answer"))


def _report(fields: Fields) -> Report:
    fields.check_version()
    if not fields.flag("ok"):
        raise fields.wrong("ok", "true")
    window, lock = fields.fields_or_none("window"), fields.fields_or_none("lock")
    coming = fields.fields_or_none("next_transition")
    return Report(
        at=fields.instant("at"),
        maintenance=fields.flag("maintenance"),
        desired=fields.flag("desired"),
        reasons=fields.texts("reasons"),
        window=_occurrence(window) if window else None,
        lock=held_lock(lock) if lock else None,
        next_transition=_transition(coming) if coming else None,
        changed=fields.flag("changed"),
        transition=fields.word_or_none("transition", (ON, OFF)),
        seq=fields.number_or_none("seq"),
        recorded=fields.flag("recorded", missing=True),
        notes=fields.texts("notes"),
    )


def failure(text: str | bytes) -> Failure:
    """Read a failure: `Failure.from_json`."""
    return _failure(Fields.parse(text, "the answer"))


def _failure(fields: Fields) -> Failure:
    fields.check_version()
    if fields.flag("ok"):
        raise fields.wrong("ok", "false")
    return Failure(fields.text("problem"), fields.text("message"))


def answer(text: str | bytes) -> Report | Failure:
    """Read either: `parse_answer`."""
    fields = Fields.parse(text, "the answer")
    return _report(fields) if fields.flag("ok") else _failure(fields)


def event(text: str | bytes) -> Event:
    """Read a line of the journal: `Event.from_json`."""
    fields = Fields.parse(text, "the event")
    window = fields.fields_or_none("window")
    coming = fields.fields_or_none("next_transition")
    return Event(
        seq=fields.number("seq"),
        at=fields.instant("at"),
        state=fields.word("state", (ON, OFF)),
        kind=fields.text("kind"),
        transition=fields.word_or_none("transition", (ON, OFF)),
        planned=fields.instant_or_none("planned"),
        reasons=fields.texts("reasons"),
        actor=fields.text("actor"),
        name=fields.text_or_none("name"),
        reason=fields.text_or_none("reason"),
        request_id=fields.text_or_none("request_id"),
        origin=fields.text_or_none("origin"),
        window=_occurrence(window) if window else None,
        until=fields.instant_or_none("until"),
        next_transition=_transition(coming) if coming else None,
        lock=fields.text_or_none("lock"),
        ended=fields.text_or_none("ended"),
    )
