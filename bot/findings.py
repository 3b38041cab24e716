"""What the self-check found, for people and for machines."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import fill

from adapters.base import Finding, Severity

_MARKS = {Severity.OK: "✔", Severity.WARNING: "!", Severity.WRONG: "✘"}
_WIDTH = 100
_INDENT = " " * 12


@dataclass(frozen=True, slots=True)
class Looked:
    """A finding and what it is about: `config`, `core`, `helper`, `shop` or `adapter NAME`."""

    subject: str
    finding: Finding


def ok(sentence: str) -> Finding:
    """Say that something is as it must be."""
    return Finding("ok", Severity.OK, sentence)


def warning(problem: str, sentence: str, cure: str) -> Finding:
    """Say that something may harm, or that it could not be looked at."""
    return Finding(problem, Severity.WARNING, sentence, cure)


def wrong(problem: str, sentence: str, cure: str) -> Finding:
    """Say that the bot cannot do its work because of something."""
    return Finding(problem, Severity.WRONG, sentence, cure)


def is_wrong(looked: Iterable[Looked]) -> bool:
    """Tell whether anything is wrong; warnings are not."""
    return any(one.finding.severity is Severity.WRONG for one in looked)


def of_faults(faults: Iterable[str]) -> list[Looked]:
    """Make findings of a configuration's faults."""
    cure = "Correct it in bot.toml."
    return [Looked("config", wrong("fault", f"{fault}.", cure)) for fault in faults]


def as_text(looked: Iterable[Looked]) -> str:
    """Give the subjects in their order, each finding's cure below it, and the sum at the end."""
    listed = [*looked]
    lines: list[str] = []
    for subject in dict.fromkeys(one.subject for one in listed):
        lines.append(f"{subject[0].upper()}{subject[1:]}")
        for one in listed:
            if one.subject == subject:
                lines += _lines(one.finding)
    return "\n".join([*lines, "", _sum([one.finding.severity for one in listed])])


def _lines(finding: Finding) -> Iterable[str]:
    mark, word = _MARKS[finding.severity], finding.severity.value
    yield _wrapped(f"  {mark} {word:8}", finding.sentence)
    if finding.cure:
        yield _wrapped(f"{_INDENT}→ ", finding.cure)


def _wrapped(start: str, sentence: str) -> str:
    # A command or a path that is broken in two cannot be copied.
    return fill(
        f"{start}{sentence}",
        _WIDTH,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _sum(severities: list[Severity]) -> str:
    bad, odd, good = (
        severities.count(one) for one in (Severity.WRONG, Severity.WARNING, Severity.OK)
    )
    return f"{bad} wrong, {odd} to look at, {good} ok."


def as_json(looked: Iterable[Looked]) -> str:
    """Give the findings for machines."""
    return json.dumps(
        [
            {
                "subject": one.subject,
                "severity": one.finding.severity.value,
                "problem": one.finding.problem,
                "sentence": one.finding.sentence,
                "cure": one.finding.cure,
            }
            for one in looked
        ],
        indent=2,
    )
