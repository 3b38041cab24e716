"""What is announced without standing in the journal: its kinds, and its facts as text.

Facts are written when it happens and worded when it is told, perhaps hours later.
"""

import enum
from collections.abc import Callable, Mapping
from datetime import datetime

from bot.health import Difficulty
from bot.probe import ProbeResult, Verdict


class Kind(enum.StrEnum):
    """What happened."""

    REPAIRED = "repaired"  # the watch found the shop not as it must be, and had it put right
    NOT_REPAIRED = "not-repaired"  # it could not
    SHOP_WRONG = "shop-wrong"  # the public shop does not answer as it must
    SHOP_RIGHT = "shop-right"  # it does again
    DIFFICULTY = "difficulty"  # an adapter or a chat does not work
    DIFFICULTY_OVER = "difficulty-over"


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


def of_probe(result: ProbeResult, since: datetime) -> dict[str, str]:
    """Write down what the shop answered, and since when it is so."""
    return {
        "at": result.at.isoformat(),
        "host": result.host,
        "status": "" if result.status is None else str(result.status),
        "verdict": result.verdict.value,
        "expected": {True: "on", False: "off", None: ""}[result.expected],
        "since": since.isoformat(),
    }


def probe_of(facts: Mapping[str, str]) -> ProbeResult:
    """Read it back."""
    return ProbeResult(
        at=datetime.fromisoformat(facts["at"]),
        host=facts["host"],
        status=int(facts["status"]) if facts["status"] else None,
        verdict=Verdict(facts["verdict"]),
        expected={"on": True, "off": False}.get(facts["expected"]),
    )


def since_of(facts: Mapping[str, str]) -> datetime:
    """Read since when it is so."""
    return datetime.fromisoformat(facts["since"])
