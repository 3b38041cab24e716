"""What a bench found: a table, and the figures that are judged."""

import random
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True)
class Limit:
    """A figure that is judged: at most `limit`, or at least if `least`; `aim` is better still."""

    name: str
    value: float
    limit: float
    aim: float | None = None
    unit: str = "x"
    least: bool = False

    @property
    def kept(self) -> bool:
        """Whether the figure is within its limit; one that is no number is not."""
        return self.value >= self.limit if self.least else self.value <= self.limit

    @property
    def used(self) -> float:
        """How much of the limit is used up: 1 is all of it."""
        over, under = (self.limit, self.value) if self.least else (self.value, self.limit)
        return over / under if under else float("inf") if over else 0.0


@dataclass(frozen=True)
class Bars:
    """A plot: one bar for each name, ours in another colour."""

    title: str
    unit: str
    values: Mapping[str, float]
    ours: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Part:
    """One bench's table, what it is judged by, and what must be said beside it."""

    name: str
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    limits: Sequence[Limit] = ()
    notes: Sequence[str] = ()
    plots: Sequence[Bars] = ()
    missing: Sequence[str] = ()
    """What could not be measured here, each as a sentence."""

    @property
    def kept(self) -> bool:
        """Whether everything was measured, and every limit is."""
        return not self.missing and all(one.kept for one in self.limits)


@dataclass(frozen=True)
class Curve:
    """What something costs at each size, in seconds."""

    name: str
    costs: Mapping[int, float]
    limit: float

    @property
    def growth(self) -> float:
        """The worst ratio of a larger size's cost to a smaller one's."""
        sizes = sorted(self.costs)
        pairs = ((small, large) for small in sizes for large in sizes if small < large)
        return max(self.costs[large] / self.costs[small] for small, large in pairs)

    def judged(self) -> Limit:
        """The growth, as the figure that is judged."""
        return Limit(f"{self.name}: growth", self.growth, self.limit)


def interleaved(
    measured: Mapping[Key, Callable[[], float]], rounds: int, warm_up: int = 2
) -> Mapping[Key, float]:
    """Medians of what each gives, every one once a round, in another order each time."""
    taken: dict[Key, list[float]] = {key: [] for key in measured}
    for key, turn in turns(list(measured), rounds + warm_up):
        cost = measured[key]()
        if turn >= warm_up:
            taken[key].append(cost)
    return {key: statistics.median(costs) for key, costs in taken.items()}


def turns(keys: Sequence[Key], rounds: int) -> Iterator[tuple[Key, int]]:
    """Every key once a round, in another order each time, and the round's number."""
    dice = random.Random(0)
    for turn in range(rounds):
        for key in dice.sample(keys, len(keys)):
            yield key, turn


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share of all lies; the nearest one there is."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
