"""What the idle bot holds and does, beside four others: `python -m tests.bench.memory`.

Each bot runs in a process of its own, all in the same run and idle at the same time: ours with
Telegram, with Mattermost and with both, and the rivals (see `rivals`). Ends with 1 if a limit is
exceeded. `--broken` is the negative control: ours with 60 MiB of ballast and a thread that wakes
five hundred times a second.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.bench.ours import ALL, OURS, bots
from tests.bench.part import Bars, Limit, Part
from tests.bench.telling import as_text

SETTLING = 10.0
"""Seconds from the connections to the first figure."""

LIMITS = {"ours, Telegram": ("mmpy_bot", 1.2, 1.0), "ours, both": ("errbot", 1.0, 0.8)}
"""Resident memory of ours: against whose, at most, and the aim."""

LIMIT_CPU = 0.2
"""Percent of a core."""

LIMIT_WAKING = 240.0
"""Times a minute."""

TITLE = "The idle bot beside others"
NOTE = (
    "mmpy_bot and opsdroid are connected to the same fake Mattermost; Errbot has its Text backend"
    " and Hubot its Shell without a web server, so both hold less than with a platform."
)


@dataclass(frozen=True)
class Figures:
    """Of an idle process: memory in MiB, threads, percent of a core, wake-ups in a minute."""

    resident: float
    unshared: float
    threads: int
    cpu: float
    waking: float


async def idle(processes: Mapping[str, int], seconds: float) -> Mapping[str, Figures]:
    """Leave all alone, and look at what they hold and what they did meanwhile."""
    await asyncio.sleep(SETTLING)
    before = {name: (_ticks(pid), _wakings(pid)) for name, pid in processes.items()}
    begun = time.monotonic()
    await asyncio.sleep(seconds)
    spent = time.monotonic() - begun
    return {
        name: Figures(
            _kib(pid, "status", "VmRSS") / 1024,
            _kib(pid, "smaps_rollup", "Private_Clean", "Private_Dirty") / 1024,
            _kib(pid, "status", "Threads"),
            100 * (_ticks(pid) - before[name][0]) / (spent * os.sysconf("SC_CLK_TCK")),
            60 * (_wakings(pid) - before[name][1]) / spent,
        )
        for name, pid in processes.items()
    }


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _wakings(pid: int) -> int:
    """How often its threads have waited for something and were woken."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(_kib(pid, f"task/{one.name}/status", "voluntary_ctxt_switches") for one in tasks)


def _kib(pid: int, file: str, *keys: str) -> int:
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.partition(":")[0] in keys)


async def measure(
    folder: Path, seconds: float, *, broken: bool
) -> tuple[Mapping[str, Figures], Sequence[str]]:
    """All of them, at the same time."""
    async with bots(folder, broken=broken) as (known, missing), AsyncExitStack() as stack:
        processes = {
            name: await stack.enter_async_context(running()) for name, running in known.items()
        }
        return await idle(processes, seconds), missing


def bench(*, quick: bool, broken: bool = False, seconds: float = 0) -> Part:
    """Measure, and judge."""
    seconds = seconds or (20 if quick else 120)
    with tempfile.TemporaryDirectory() as made:
        figures, missing = asyncio.run(measure(Path(made), seconds, broken=broken))
    rows = [
        (
            name,
            f"{one.resident:.1f}",
            f"{one.unshared:.1f}",
            str(one.threads),
            f"{one.cpu:.2f}",
            f"{one.waking:.0f}",
        )
        for name, one in figures.items()
    ]
    header = ("bot", "RSS MiB", "USS MiB", "threads", "CPU %", "wake-ups / min")
    told = f"Idle for {seconds:.0f} s after {SETTLING:.0f} s of settling. {NOTE}"
    resident = {name: one.resident for name, one in figures.items()}
    plot = Bars("Resident memory, idle", "MiB", resident, frozenset({*OURS, ALL}))
    return Part("idle", TITLE, header, rows, list(_judged(figures)), [told], [plot], missing)


def _judged(figures: Mapping[str, Figures]) -> Iterator[Limit]:
    for name, (other, limit, aim) in LIMITS.items():
        if other in figures:
            ratio = figures[name].resident / figures[other].resident
            yield Limit(f"memory: {name} / {other}", ratio, limit, aim)
    for name in (*OURS, ALL):
        yield Limit(f"idle CPU: {name}", figures[name].cpu, LIMIT_CPU, unit="% of a core")
    for name in (*OURS, ALL):
        yield Limit(
            f"idle wake-ups: {name}", figures[name].waking, LIMIT_WAKING, unit="wake-ups a minute"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="for a shorter time")
    parser.add_argument("--seconds", type=float, default=0, help="of being idle")
    parser.add_argument("--broken", action="store_true")
    options = parser.parse_args(argv)
    part = bench(quick=options.quick, broken=options.broken, seconds=options.seconds)
    print(as_text(part))
    return 0 if part.kept else 1


if __name__ == "__main__":
    sys.exit(main())
