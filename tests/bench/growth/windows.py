"""One to a thousand windows in the configuration: what `status` costs."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.helper import Timer, settle
from tests.bench.part import Curve, interleaved
from tests.installed import install

SIZES = (1, 10, 1_000)
LIMIT = 2.0

WINDOW = """\
[[window]]
name = "window {number}"
start = "{start:%a %H:%M}"
duration = "5m"
timezone = "Europe/Amsterdam"
"""
MONDAY = datetime(2026, 11, 30, tzinfo=UTC)


def configuration(count: int) -> str:
    """So many weekly windows, spread evenly over the week."""
    apart = timedelta(weeks=1) / count
    return "".join(
        WINDOW.format(number=number, start=MONDAY + number * apart) for number in range(count)
    )


def measure(folder: Path, sizes: Sequence[int], rounds: int, *, broken: bool) -> list[Curve]:
    """Ask each for its status in turn; broken on purpose, the windows must be worked out anew."""
    timer = Timer()
    try:
        status = {size: _status(timer, folder / str(size), size, broken=broken) for size in sizes}
        costs = interleaved(status, rounds)
    finally:
        timer.close()
    return [Curve("windows, helper `status`", costs, LIMIT)]


def _status(timer: Timer, folder: Path, size: int, *, broken: bool) -> Callable[[], float]:
    folder.mkdir(mode=0o755)
    config = folder / "core.toml"
    config.write_text(configuration(size))
    (folder / "state").mkdir(mode=0o755)
    launcher = install(folder, "--config", str(config), "--state-dir", f"{folder}/state")
    settle(launcher)

    def ask() -> float:
        if broken:
            config.touch()
        return timer.seconds([([str(launcher), "status", "--json"], "")])

    return ask
