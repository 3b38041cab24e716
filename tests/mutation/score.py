"""What the tests said of a module's mutants."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

WANTED = 90.0
"""Per cent of the mutants that the tests must notice."""

# pytest's: 1 a test failed or its module could not be imported, 3 an internal error.
_KILLED = frozenset({1, 3})
# mutmut's, and the signal that ends what takes too long.
_TIMEOUT = frozenset({24, 36, 152, 255, -24})


@dataclass(frozen=True)
class Score:
    """How many mutants a module has, and what became of them.

    A mutant that no test reaches survives. One that runs for ever is noticed. One with any other
    end, or with none yet, counts as not noticed.
    """

    source: str
    killed: int
    timeout: int
    survivors: tuple[str, ...]

    @classmethod
    def of(cls, source: str, codes: Mapping[str, int | None]) -> Self:
        """Read mutmut's exit codes, by the mutants' names; None is one not judged yet."""
        killed = sum(code in _KILLED for code in codes.values())
        timeout = sum(code in _TIMEOUT for code in codes.values())
        alive = (name for name, code in codes.items() if code not in _KILLED | _TIMEOUT)
        return cls(source, killed, timeout, tuple(alive))

    @property
    def mutants(self) -> int:
        """How many there are."""
        return self.killed + self.timeout + len(self.survivors)

    @property
    def percent(self) -> float:
        """How many of a hundred were noticed; 0 where nothing was tried."""
        return 100 * (self.killed + self.timeout) / self.mutants if self.mutants else 0.0

    @property
    def enough(self) -> bool:
        """Whether the wanted score is reached."""
        return self.percent >= WANTED

    def __str__(self) -> str:
        """One row of the table."""
        figures = f"{self.mutants:8d} {self.killed:7d} {len(self.survivors):9d} {self.timeout:8d}"
        return f"{self.source:20s} {figures} {self.percent:6.1f} %"


HEADING = f"{'module':20s} {'mutants':>8s} {'killed':>7s} {'survived':>9s} {'timeout':>8s}   score"
