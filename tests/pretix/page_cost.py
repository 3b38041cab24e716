"""What the snippet costs a page of a real pretix: `python -m tests.pretix.page_cost`.

One nginx before one pretix, with and without the snippet, in turn and in random order. A page takes
a tenth of a second or more, and no two take the same, so the times alone cannot show microseconds:
beside them stands what nginx itself worked for a page, which is where the snippet's cost must be.
Ends with 1 if that is more than its share of a page.
"""

import argparse
import http.client
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.pretix.shop import RealShop, real_shop, why_not

SHARE = 0.001
"""Of the time that a page takes, at most: a thousandth is far below what can be felt or seen."""

PAGE = "/demo/party/"


@dataclass(frozen=True)
class Cost:
    """One page: seconds until it was there, and seconds of work of nginx."""

    page: float
    work: float


@dataclass(frozen=True)
class Comparison:
    """What was measured, round by round."""

    bare: list[Cost]
    guarded: list[Cost]

    @property
    def page(self) -> float:
        """Seconds that a page takes, the median."""
        return statistics.median(cost.page for cost in self.bare)

    @property
    def ratios(self) -> list[float]:
        """How much longer the page with the snippet took, for each round."""
        return [
            after.page / before.page for before, after in zip(self.bare, self.guarded, strict=True)
        ]

    @property
    def more_work(self) -> float:
        """Seconds that nginx works more for a page, the mean of all rounds."""
        rounds = zip(self.bare, self.guarded, strict=True)
        return statistics.fmean(after.work - before.work for before, after in rounds)

    @property
    def share(self) -> float:
        """That, as a part of a page."""
        return self.more_work / self.page

    def __str__(self) -> str:
        """Say it all."""
        low, high = interval(self.ratios)
        seen = "no difference can be seen" if low <= 1 <= high else "a difference can be seen"
        with_it = statistics.median(cost.page for cost in self.guarded)
        return (
            f"a page of pretix, marker absent, {len(self.bare)} rounds: "
            f"{self.page * 1000:.1f} ms without the snippet, {with_it * 1000:.1f} ms with it; "
            f"ratio {statistics.median(self.ratios):.3f}, with 95 % confidence {low:.3f} to "
            f"{high:.3f}: {seen}; nginx works {self.more_work * 1e6:+.1f} us more, "
            f"{self.share:+.4%} of a page"
        )


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Give the 95 % confidence interval of the median, by the ranks; no shape is assumed."""
    ranked = sorted(values)
    reach = round(0.98 * len(ranked) ** 0.5)
    low, high = (len(ranked) - 1) // 2 - reach, len(ranked) // 2 + reach
    return ranked[max(0, low)], ranked[min(len(ranked) - 1, high)]


def compare(shop: RealShop, rounds: int) -> Comparison:
    """Ask for the same page in both ways, in turn."""
    bare: list[Cost] = []
    guarded: list[Cost] = []
    pairs = [(bare, shop.bare_port), (guarded, shop.port)]
    worker = _worker(shop.folder)
    for _, port in pairs:
        for _ in range(5):
            _measure(port, worker)  # warms up, does not count
    for _ in range(rounds):
        random.shuffle(pairs)
        for costs, port in pairs:
            costs.append(_measure(port, worker))
    return Comparison(bare, guarded)


def _measure(port: int, worker: Path) -> Cost:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    worked, began = _worked(worker), time.perf_counter()
    connection.request("GET", PAGE)
    answer = connection.getresponse()
    answer.read()
    took = time.perf_counter() - began
    connection.close()
    assert answer.status == 200, answer.status
    return Cost(took, _worked(worker) - worked)


def _worker(folder: Path) -> Path:
    master = (folder / "nginx.pid").read_text().strip()
    (child,) = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return Path(f"/proc/{child}/schedstat")


def _worked(worker: Path) -> float:
    """Return seconds on a processor; proc(5), schedstat."""
    return int(worker.read_text().split()[0]) / 1e9


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.pretix.page_cost")
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args(arguments)
    if reason := why_not():
        print(reason, file=sys.stderr)
        return 1
    with real_shop() as shop:
        compared = compare(shop, options.rounds)
    print(compared)
    return 0 if compared.share <= SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
