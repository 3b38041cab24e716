"""Findings for people: in groups, each with a mark, a word, and its cure below."""

from collections.abc import Iterable
from textwrap import fill

from core.check.finding import OK, WARNING, WRONG, Finding

_MARKS = {OK: "✔", WARNING: "!", WRONG: "✘"}
_WIDTH = 100
_INDENT = " " * 12


def text(found: Iterable[Finding]) -> str:
    """Return the groups in their order, and the sum of it all at the end."""
    listed = [*found]
    lines: list[str] = []
    for group in dict.fromkeys(one.group for one in listed):
        lines += [group, *(line for one in listed if one.group == group for line in _lines(one))]
    return "\n".join([*lines, "", _sum(listed)])


def _lines(one: Finding) -> Iterable[str]:
    yield _wrapped(f"  {_MARKS[one.severity]} {one.severity:8}", one.sentence)
    if one.cure:
        yield _wrapped(f"{_INDENT}→ ", one.cure)


def _wrapped(start: str, sentence: str) -> str:
    # A command or a path that is broken in two cannot be copied.
    return fill(
        f"{start}{sentence}",
        _WIDTH,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _sum(found: list[Finding]) -> str:
    counts = {severity: sum(one.severity == severity for one in found) for severity in _MARKS}
    return f"{counts[WRONG]} wrong, {counts[WARNING]} to look at, {counts[OK]} ok."
