"""What a look at the host comes back with."""

from core.vocabulary import Value

OK, WARNING, WRONG = "ok", "warning", "wrong"


class Finding(Value):
    """One thing that was looked at: its code, how bad it is, a sentence, and what to do."""

    __slots__ = ("cure", "group", "problem", "sentence", "severity")

    def __init__(
        self,
        problem: str,
        severity: str,
        sentence: str,
        cure: str | None = None,
        group: str = "",
    ) -> None:
        """Keep it; what is ok has no cure. `group` is the part of the host that it is about."""
        self.problem = problem
        self.severity = severity
        self.sentence = sentence
        self.cure = cure
        self.group = group

    def to_data(self) -> dict[str, object]:
        """Return what JSON shows."""
        return {
            "group": self.group,
            "problem": self.problem,
            "severity": self.severity,
            "sentence": self.sentence,
            "cure": self.cure,
        }


def ok(problem: str, sentence: str) -> Finding:
    """Say that something is as it must be."""
    return Finding(problem, OK, sentence)


def warning(problem: str, sentence: str, cure: str) -> Finding:
    """Say that something may harm later, or that it could not be looked at."""
    return Finding(problem, WARNING, sentence, cure)


def wrong(problem: str, sentence: str, cure: str) -> Finding:
    """Say that something keeps the shop from being closed or opened as it must."""
    return Finding(problem, WRONG, sentence, cure)
