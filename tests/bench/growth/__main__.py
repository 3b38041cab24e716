"""What grows with use must not grow in cost: `python -m tests.bench.growth`.

Each size is measured in turn, in another order each round, and the worst ratio of a larger size's
median to a smaller one's is judged. `--broken` is the negative control: `journal` reads without a
cursor and has a tail that nobody can read, `outbox` lacks the index of open rows, couriers of
`destinations` look at everybody's rows and have no patience, `windows` are worked out at every
call. Each must fail.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.growth import destinations, journal, outbox, windows
from tests.bench.part import Curve, Limit, Part
from tests.bench.telling import as_text

NOTE = (
    "Destinations: processor time of the bot for one announcement in one chat, its rests"
    " shortened; the far side answers one in ten with “wait 30 s”, takes one message a second in"
    " each chat, and counts what comes earlier."
)

WHAT = ("journal", "outbox", "destinations", "windows")


def bench(*, quick: bool, only: Sequence[str] = WHAT, broken: Sequence[str] = ()) -> Part:
    """Measure all of `only`; broken ones in fewer rounds and sizes, as they are slow."""
    curves: list[Curve] = []
    limits: list[Limit] = []
    rounds = 2 if broken else 8 if quick else 30
    with tempfile.TemporaryDirectory(prefix="growth-") as made:
        for name in only:
            folder = Path(made, name)
            Path(made).chmod(0o755)
            folder.mkdir(mode=0o755)
            found, early = _measured(name, folder, rounds, broken=name in broken)
            curves += found
            if early is not None:
                limits.append(Limit("messages sent before they might be", early, 0, unit=""))
    return _part(curves, limits)


def _measured(
    name: str, folder: Path, rounds: int, *, broken: bool
) -> tuple[list[Curve], int | None]:
    """One of `WHAT`; also how many messages came too early, where any are sent."""
    if name == "journal":
        kept = journal.SIZES[:3] if broken else journal.SIZES
        return journal.measure(folder, kept, rounds, broken=broken), None
    if name == "outbox":
        rows = (0, 100_000) if broken else outbox.SIZES
        return outbox.measure(folder, rows, rounds, broken=broken), None
    if name == "windows":
        return windows.measure(folder, windows.SIZES, rounds, broken=broken), None
    towns = destinations.SIZES[:3] if broken else destinations.SIZES
    turns = max(2, rounds // 6)  # the largest takes ten times as long as all the others
    return destinations.measure(folder, towns, turns, broken=broken)


def _part(curves: Sequence[Curve], limits: Sequence[Limit]) -> Part:
    rows = [
        (curve.name, f"{size:,}", f"{cost * 1000:.3f}", f"{cost / first:.2f}")
        for curve in curves
        for first in [curve.costs[min(curve.costs)]]
        for size, cost in sorted(curve.costs.items())
    ]
    return Part(
        "growth",
        "Growth: a million of everything",
        ("what", "size", "ms", "to the smallest"),
        rows,
        [*(curve.judged() for curve in curves), *limits],
        (NOTE,),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--only", nargs="+", choices=WHAT, default=WHAT)
    parser.add_argument("--broken", nargs="+", choices=WHAT, default=())
    options = parser.parse_args(argv)
    part = bench(quick=options.quick, only=options.only, broken=options.broken)
    print(as_text(part))
    return 0 if part.kept else 1


if __name__ == "__main__":
    sys.exit(main())
