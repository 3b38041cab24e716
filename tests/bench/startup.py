"""How long the bot takes until it hears, beside others: `python -m tests.bench.startup`.

From the start of the process to the first poll of Telegram, the websocket of Mattermost, or what
the others have that is alike, in another order each round. Ends with 1 if a limit is exceeded.
`--broken` is the negative control: ours sleeps first.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.ours import ALL, OURS, bots
from tests.bench.part import Bars, Limit, Part, turns
from tests.bench.rivals import Running
from tests.bench.telling import as_text

LIMIT, AIM = 2.0, 1.0
"""Times mmpy_bot's, which is the quickest of the bots in Python."""

MEASURE = "mmpy_bot"


async def measure(
    folder: Path, rounds: int, *, broken: bool
) -> tuple[Mapping[str, list[float]], Sequence[str]]:
    """Start each in turn; the first round does not count."""
    async with bots(folder, broken=broken) as (known, missing):
        found: dict[str, list[float]] = {name: [] for name in known}
        for name, turn in turns(list(known), rounds + 1):
            spent = await _started(known[name])
            if turn:
                found[name].append(spent)
        return found, missing


async def _started(running: Running) -> float:
    begun = time.monotonic()
    async with running():
        return time.monotonic() - begun


def bench(*, quick: bool, broken: bool = False) -> Part:
    """Measure, and judge."""
    with tempfile.TemporaryDirectory() as made:
        measured = measure(Path(made), 2 if quick else 10, broken=broken)
        found, missing = asyncio.run(measured)
    medians = {name: statistics.median(spent) for name, spent in found.items()}
    rows = [
        (name, f"{medians[name]:.2f}", f"{min(spent):.2f}", f"{max(spent):.2f}")
        for name, spent in found.items()
    ]
    limits = [
        Limit(f"start-up: {name} / {MEASURE}", medians[name] / medians[MEASURE], LIMIT, AIM)
        for name in OURS
        if MEASURE in medians
    ]
    plot = Bars("Start-up, until it hears", "s", medians, frozenset({*OURS, ALL}))
    header = ("bot", "median s", "least", "most")
    return Part("startup", "Start-up beside others", header, rows, limits, (), [plot], missing)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.startup", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--broken", action="store_true")
    options = parser.parse_args(argv)
    part = bench(quick=options.quick, broken=options.broken)
    print(as_text(part))
    return 0 if part.kept else 1


if __name__ == "__main__":
    sys.exit(main())
