"""Figures that tests have to show, printed in one block when all have run.

figures.count("sudo misuse", effects=0)         one case of many; sums are added up
figures.tell("flood", "10,000 refused, …")      one sentence, as measured
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, cast

import pytest

COUNT, SENTENCE = "figure-count", "figure-sentence"


class Figures:
    """What one test shows; it travels with the test's report, also from another process."""

    def __init__(self, item: pytest.Item) -> None:
        self._shown = item.user_properties

    def count(self, what: str, cases: int = 1, **sums: int) -> None:
        """Add cases, and what they brought about, to those of other tests."""
        self._shown.append((COUNT, [what, cases, sums]))

    def tell(self, what: str, sentence: str) -> None:
        """Show one sentence."""
        self._shown.append((SENTENCE, [what, sentence]))


def lines(reports: Iterable[pytest.TestReport]) -> Iterator[str]:
    """What to print of all tests that have run."""
    told, cases, sums = _gathered(reports)
    for what, number in sorted(cases.items()):
        brought = ", ".join(f"{count} {name}" for name, count in sums[what].items())
        yield f"{what}: {number:,} cases, {brought}" if brought else f"{what}: {number:,} cases"
    yield from sorted(f"{what}: {sentence}" for what, sentence in told)


def _gathered(
    reports: Iterable[pytest.TestReport],
) -> tuple[list[tuple[str, str]], Counter[str], dict[str, Counter[str]]]:
    told: list[tuple[str, str]] = []
    cases: Counter[str] = Counter()
    sums: dict[str, Counter[str]] = {}
    for report in reports:
        for key, value in cast("list[tuple[str, Any]]", report.user_properties):
            if key == SENTENCE:
                told.append((value[0], value[1]))
            elif key == COUNT:
                cases[value[0]] += value[1]
                # `update` keeps a sum of nothing, which is the figure that matters.
                sums.setdefault(value[0], Counter()).update(value[2])
    return told, cases, sums
