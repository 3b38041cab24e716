"""What is announced without standing in the journal: its kinds, and its facts as text.

Facts are written when it happens and worded when it is told, perhaps hours later.
"""

import enum
import json
from collections.abc import Callable, Mapping
from datetime import datetime

from adapters.base import Span, SpanKind, Tone
from bot.corestate import lock_name, moment
from bot.health import Difficulty
from bot.probe import ProbeResult, Verdict
from bot.text import Text
from core.protocol import LockInfo, Occurrence, Report


class Kind(enum.StrEnum):
    """What happened."""

    REPAIRED = "repaired"  # the watch found the shop not as it must be, and had it put right
    NOT_REPAIRED = "not-repaired"  # it could not
    DOUBT = "doubt"  # the shop is closed because nobody can tell whether it may be open
    DOUBT_OVER = "doubt-over"
    SHOP_WRONG = "shop-wrong"  # the public shop does not answer as it must
    SHOP_RIGHT = "shop-right"  # it does again
    AHEAD = "ahead"  # a window begins soon
    LONG_LOCK = "long-lock"  # a lock has been on for long
    DIFFICULTY = "difficulty"  # an adapter or a chat does not work
    DIFFICULTY_OVER = "difficulty-over"
    NOTE = "note"  # the treasurer's, of a window that has ended


Announce = Callable[[Kind, Mapping[str, str]], None]


def of_difficulty(difficulty: Difficulty) -> dict[str, str]:
    """Write down a difficulty."""
    return {
        "subject": difficulty.subject,
        "sentence": difficulty.sentence,
        "since": difficulty.since.isoformat(),
    }


def difficulty_of(facts: Mapping[str, str]) -> Difficulty:
    """Read it back."""
    return Difficulty(facts["subject"], facts["sentence"], since_of(facts))


def of_occurrence(one: Occurrence) -> dict[str, str]:
    """Write down a window that begins soon."""
    return {"start": str(one.start), "end": str(one.end), "name": one.name}


def occurrence_of(facts: Mapping[str, str]) -> Occurrence:
    """Read it back."""
    return Occurrence(int(facts["start"]), int(facts["end"]), facts["name"])


def of_lock(lock: LockInfo) -> dict[str, str]:
    """Write down which lock it is."""
    return {"since": moment(lock.since or 0).isoformat(), "actor": lock.actor}


def lock_of(facts: Mapping[str, str]) -> LockInfo:
    """Read back which lock it was."""
    return LockInfo(facts["actor"], since=int(since_of(facts).timestamp()))


def is_about(lock: LockInfo | None, facts: Mapping[str, str]) -> bool:
    """Tell whether it is this lock."""
    return lock is not None and lock_name(lock) == lock_name(lock_of(facts))


def of_probe(result: ProbeResult, since: datetime) -> dict[str, str]:
    """Write down what the shop answered, and since when it is so."""
    return {
        "at": result.at.isoformat(),
        "host": result.host,
        "status": "" if result.status is None else str(result.status),
        "verdict": result.verdict.value,
        "expected": {True: "on", False: "off", None: ""}[result.expected],
        "since": since.isoformat(),
        "others": json.dumps(
            [(one.host, one.status, one.verdict) for one in result.others if not one.agrees]
        ),
    }


def probe_of(facts: Mapping[str, str]) -> ProbeResult:
    """Read it back."""
    at = datetime.fromisoformat(facts["at"])
    expected = {"on": True, "off": False}.get(facts["expected"])
    return ProbeResult(
        at=at,
        host=facts["host"],
        status=int(facts["status"]) if facts["status"] else None,
        verdict=Verdict(facts["verdict"]),
        expected=expected,
        others=tuple(
            ProbeResult(at, host, status, Verdict(verdict), expected)
            for host, status, verdict in json.loads(facts.get("others", "[]"))
        ),
    )


def of_repair(since: datetime, report: Report) -> dict[str, str]:
    """Write down since when the shop was not as it must be, and what it was made by now."""
    return {"since": since.isoformat(), "state": "on" if report.maintenance else "off"}


def was_closed(facts: Mapping[str, str]) -> bool:
    """Read back whether it was closed."""
    return facts["state"] == "on"


def since_of(facts: Mapping[str, str]) -> datetime:
    """Read since when it is so."""
    return datetime.fromisoformat(facts["since"])


def of_text(text: Text) -> dict[str, str]:
    """Write down words that must not be found again: what they tell of is long over."""
    spans = [(*_edges(one), one.instant and one.instant.isoformat()) for one in text.spans]
    return {"text": text.text, "spans": json.dumps(spans), "tone": text.tone.value}


def _edges(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.kind.value


def text_of(facts: Mapping[str, str]) -> Text:
    """Read them back."""
    spans = [
        Span(start, end, SpanKind(kind), datetime.fromisoformat(at) if at else None)
        for start, end, kind, at in json.loads(facts["spans"])
    ]
    return Text(facts["text"], tuple(spans), Tone(facts["tone"]))
