"""What the snippet costs nginx while the shop is open: `python -m tests.bench.nginx`.

One nginx, one static file of 1 kB, with and without the snippet, in turn and in random order.
Requests per second depend on the machine and on what else it does; the median ratio of the two
halves of a round is the result. Beside it stands what nginx itself worked for a request, which
neighbours on the machine disturb less. Ends with 1 if the snippet takes more than its share.
`--always-match` is the negative control: every pattern is tried on every request, which shows in
the work for a request.
"""

import argparse
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.part import Limit, Part
from tests.web import nginx_process
from tests.web.rendering import page, snippet

SHARE = 0.15
"""Of the requests per second of a 1 kB file, at most."""

_RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")
_ASKED = re.compile(r"(\d+) requests in")
_EARLY_END = re.compile(r"^if \(!-f .*\{ break; \}$", re.MULTILINE)

_HTTP = """\
    server {{
        listen 127.0.0.1:{plain};
        access_log off;
        location / {{ root {folder}/files; }}
    }}
    server {{
        listen 127.0.0.1:{guarded};
        access_log off;
        location / {{ root {folder}/files; }}
        include {folder}/pretix-maintenance.conf;
    }}
"""


@dataclass(frozen=True)
class Bench:
    """Where the two servers listen, and the process that does their work."""

    plain: int
    guarded: int
    worker: int


@dataclass(frozen=True)
class Cost:
    """One measurement: requests per second, and processor time of nginx for a request."""

    rate: float
    work: float
    """Microseconds."""


@contextmanager
def servers(*, always_match: bool) -> Iterator[Bench]:
    """Run one nginx with both servers until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="nginx-bench-"))
    try:
        folder.chmod(0o755)
        for name in ("files", "state", "pages"):
            (folder / name).mkdir()
        (folder / "files/index.html").write_bytes(b"x" * 1000)
        (folder / "pages/pretix-maintenance.html").write_text(page())
        text = snippet(folder / "state", folder / "pages")
        if always_match:
            text = _EARLY_END.sub("", text).replace("return 463;", "set $pretix_shut 1;")
        (folder / "pretix-maintenance.conf").write_text(text)
        plain, guarded = nginx_process.free_port(), nginx_process.free_port()
        http = _HTTP.format(folder=folder, plain=plain, guarded=guarded)
        nginx_process.configure(folder, http)
        with nginx_process.running(folder, guarded) as master:
            children = Path(f"/proc/{master.pid}/task/{master.pid}/children").read_text()
            yield Bench(plain, guarded, int(children.split()[0]))
    finally:
        shutil.rmtree(folder)


def measure(port: int, worker: int, seconds: int) -> Cost:
    """Ask as fast as wrk can."""
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", f"http://127.0.0.1:{port}/"]
    before = _worked(worker)
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    worked = _worked(worker) - before
    rate, asked = _RATE.search(said), _ASKED.search(said)
    assert rate, said
    assert asked, said
    assert "Non-2xx" not in said, said
    return Cost(float(rate[1]), worked / 1000 / int(asked[1]))


def _worked(process: int) -> int:
    """Return nanoseconds on a processor; proc(5), schedstat."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0])


def compare(bench: Bench, rounds: int, seconds: int) -> tuple[list[Cost], list[Cost]]:
    """Measure both in turn; returns the costs without and with the snippet, round by round."""
    plain: list[Cost] = []
    guarded: list[Cost] = []
    pairs = [(plain, bench.plain), (guarded, bench.guarded)]
    for _, port in pairs:
        measure(port, bench.worker, 1)  # warms up, does not count
    for _ in range(rounds):
        random.shuffle(pairs)
        for costs, port in pairs:
            costs.append(measure(port, bench.worker, seconds))
    return plain, guarded


def why_not() -> str | None:
    """What is missing, as a sentence; None if nothing is."""
    if not shutil.which("wrk") or nginx_process.why_not():
        return "needs nginx and wrk (Debian: nginx-light, wrk)"
    return None


def bench(*, quick: bool) -> Part:
    """Measure, and judge: the same as `main`, for the whole bench."""
    rounds = 4 if quick else 30
    with servers(always_match=False) as place:
        plain, guarded = compare(place, rounds, 1)
    halves = list(zip(plain, guarded, strict=True))
    rate = statistics.median(after.rate / before.rate for before, after in halves)
    rows = [
        (
            name,
            f"{statistics.median(cost.rate for cost in costs):.0f}",
            f"{statistics.median(cost.work for cost in costs):.1f}",
        )
        for name, costs in (("without the snippet", plain), ("with the snippet", guarded))
    ]
    limit = Limit("nginx, rate with / without the snippet", rate, 1 - SHARE, 1.0, least=True)
    header = ("nginx, shop open, a file of 1 kB", "requests / s", "us of nginx for each")
    title = "nginx with and without the snippet"
    return Part("nginx", title, header, rows, [limit])


def _told(name: str, costs: list[Cost]) -> str:
    low, middle, high = statistics.quantiles([cost.rate for cost in costs], n=4)
    work = statistics.median(cost.work for cost in costs)
    return (
        f"  {name:20} {middle:8.0f} requests/s (quartiles {low:.0f} to {high:.0f}), "
        f"{work:.1f} us of nginx for each"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.nginx")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--always-match", action="store_true")
    options = parser.parse_args(arguments)
    reason = why_not()
    if reason:
        print(reason, file=sys.stderr)
        return 1
    with servers(always_match=options.always_match) as bench:
        plain, guarded = compare(bench, options.rounds, options.seconds)
    halves = list(zip(plain, guarded, strict=True))
    rate = statistics.median(after.rate / before.rate for before, after in halves)
    work = statistics.median(after.work - before.work for before, after in halves)
    print(f"1 kB static file, marker absent, {options.rounds} rounds of {options.seconds} s each")
    print(_told("without the snippet", plain))
    print(_told("with the snippet", guarded))
    within = rate >= 1 - SHARE
    print(f"  ratio {rate:.3f}, {work:+.1f} us: {'within' if within else 'MORE THAN'} {SHARE:.0%}")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
