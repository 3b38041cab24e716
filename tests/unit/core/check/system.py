"""Stands in for the system's programs: what each command line prints."""

from collections.abc import Iterable
from pathlib import Path

from core.check import OK, Finding, Scene
from core.check.programs import Ended
from tests.unit.core.conftest import Shop

MISSING = "is not installed"


class System:
    """Answers by the longest beginning of the command line that it knows; the rest is missing."""

    def __init__(self, answers: dict[str, str | Ended] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[tuple[str, str]] = []

    def __call__(self, *words: str, stdin: str = "") -> Ended:
        line = " ".join(words)
        self.asked.append((line, stdin))
        for known in sorted(self.answers, key=len, reverse=True):
            if line.startswith(known):
                answer = self.answers[known]
                return Ended(0, answer) if isinstance(answer, str) else answer
        return Ended(None, fault=f"{words[0]} {MISSING}")


def scene(shop: Shop, system: System | None = None, *, installed: bool = True) -> Scene:
    """The shop as the installed one."""
    return Scene(
        str(shop.config), str(shop.state), shop.at, system or System(), installed=installed
    )


def told(found: Iterable[Finding]) -> list[tuple[str, str]]:
    """Problems and severities, in their order."""
    return [(one.problem, one.severity) for one in found]


def bad(found: Iterable[Finding]) -> list[str]:
    """The sentences of all that is not ok."""
    return [one.sentence for one in found if one.severity != OK]


def samples(name: str) -> str:
    """Read a recorded output."""
    return (Path(__file__).parent / "samples" / name).read_text()
