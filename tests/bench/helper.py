"""What the helper costs, as ratios in one interleaved run: `python -m tests.bench.helper`.

Medians over the rounds, each command once a round, in another order each time. Milliseconds depend
on the machine and on what else it does; the ratios of one run are the result. Ends with 1 if
`status` costs more than its limit, or loads more modules than it may. The bash script does the
date arithmetic, the test and touch or rm; see equivalent.sh for what it does not do.
"""

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.part import Limit, Part
from tests.e2e.sudo_host import REQUEST, RULE, SudoHost, sudo_host, why_not
from tests.installed import install, interpreter

LIMIT_DIRECT = 4.0
LIMIT_SUDO = 2.0
LIMIT_MODULES = 40
"""For status and an idle reconcile, the two that run all the time."""
LIMIT_MODULES_WRITING = 60
"""For a run with a request: reading JSON and guarding against signals take half of them."""
AIM = {"direct": 1.8, "sudo": 1.3}
BARE = ("-IS", "-c", "import os; os._exit(0)")
NOTE = (
    "The bash script does the date arithmetic, the test and touch or rm: no journal, no fsync, no"
    " mutex, no answer for programs. Lock and unlock of ours have all their fsyncs."
)
SCRIPT = Path(__file__).with_name("equivalent.sh")

_WINDOW = """\
[[window]]
name = "Mollie week"
start = "Sun 22:00"
end = "Mon 05:00"
timezone = "{zone}"
"""

# Starts a program and waits for it, as whoever runs it; a few system calls and no thread.
_TIMER = """\
import json, os, sys, time
nowhere = os.open("/dev/null", os.O_RDWR)
for line in sys.stdin:
    commands = json.loads(line)
    spent = 0.0
    for argv, text in commands:
        reading, writing = os.pipe()
        os.write(writing, text.encode())
        os.close(writing)
        files = [(os.POSIX_SPAWN_DUP2, reading, 0), (os.POSIX_SPAWN_DUP2, nowhere, 1)]
        begun = time.perf_counter()
        pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=files)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        spent += time.perf_counter() - begun
        os.close(reading)
        if code:
            sys.exit(f"{argv} ended with {code}")
    print(spent, flush=True)
"""

Call = tuple[list[str], str]


@dataclass(frozen=True)
class Row:
    """One thing that is timed: its place in the table, and the commands."""

    way: str
    name: str
    calls: list[Call]
    against: str | None = None


class Timer:
    """Times commands as one user."""

    def __init__(self, user: int | None = None, group: int | None = None) -> None:
        """Start the process that does it."""
        self._process = subprocess.Popen(
            [interpreter(), "-IS", "-c", _TIMER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            cwd="/",
        )

    def seconds(self, calls: list[Call]) -> float:
        """Run the commands one after the other."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(calls) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit("a timed command failed; its message stands above")
        return float(answer)

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=30)


def modules_loaded(launcher: Path, *arguments: str, stdin: str = "") -> list[str]:
    """Names of the modules that a run loads and a bare interpreter does not."""
    python = interpreter()

    def imported(*words: str) -> set[str]:
        argv = [python, "-X", "importtime", *words]
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)
        lines = done.stderr.splitlines()
        return {line.rsplit("|", 1)[1].strip() for line in lines if line.startswith("import time:")}

    return sorted(imported("-IS", str(launcher), *arguments) - imported(*BARE))


def rows(way: str, before: list[str], place: "Measured") -> list[Row]:
    """The same comparisons, directly or behind `sudo -n`."""

    def ours(verb: str) -> Call:
        return [*before, str(place.launcher), verb, "--json", "--stdin"], REQUEST

    def alone(verb: str) -> Call:
        return [*before, str(place.launcher), verb, "--json"], ""

    def script(verb: str) -> Call:
        return [*before, str(place.script), verb, str(place.script_state)], ""

    return [
        Row(way, "bash script", [script("reconcile")]),
        Row(way, "bash script, status only", [script("status")]),
        Row(way, "status", [alone("status")], "bash script"),
        Row(way, "reconcile, idle", [alone("reconcile")], "bash script"),
        Row(way, "reconcile --stdin", [ours("reconcile")], "bash script"),
        Row(way, "bash lock + unlock", [script("lock"), script("unlock")]),
        Row(way, "lock + unlock", [ours("lock"), ours("unlock")], "bash lock + unlock"),
    ]


@dataclass(frozen=True)
class Measured:
    """The programs and directories that are measured."""

    launcher: Path
    script: Path
    script_state: Path


def settle(launcher: Path) -> None:
    """Reconcile until the coming windows are kept: a file just written is not yet trusted."""
    while not (launcher.parent / "state" / ".occurrences").exists():
        subprocess.run([launcher, "reconcile"], check=True, stdout=subprocess.DEVNULL)


def prepared(launcher: Path, zone: str) -> Measured:
    """Put the script beside the launcher, and both in a place where nothing is left to do."""
    folder = launcher.parent
    (folder / "core.toml").write_text(_WINDOW.format(zone=zone))
    script = folder / SCRIPT.name
    shutil.copy(SCRIPT, script)
    script_state = folder / "script-state"
    script_state.mkdir(exist_ok=True)
    settle(launcher)
    subprocess.run([script, "reconcile", script_state], check=True, stdout=subprocess.DEVNULL)
    return Measured(launcher, script, script_state)


def bench_rule(host: SudoHost, place: Measured) -> str:
    """The shipped rule's settings, for every line that is measured."""
    settings = [line for line in RULE.read_text().splitlines() if line.startswith("Defaults")]
    verbs = ("lock", "unlock", "reconcile")
    lines = [f"{place.launcher} {verb} --json --stdin" for verb in verbs]
    lines += [f"{place.launcher} {verb} --json" for verb in ("status", "reconcile")]
    lines += [f"{place.script} {verb} {place.script_state}" for verb in ("status", *verbs)]
    alias = "Cmnd_Alias BENCH = " + ", ".join(lines)
    named = [line.replace("PRETIX_MAINTENANCE", "BENCH") for line in settings]
    # Bash has to start `date`, so the script cannot have NOEXEC; the helper does.
    grant = f"{host.user} ALL=(root:root) NOPASSWD: NOSETENV: BENCH"
    return "\n".join([alias, *named, grant, ""])


@contextmanager
def measured_rows(zone: str) -> Iterator[tuple[list[Row], dict[str, Timer], Measured]]:
    """Everything in place, with sudo where that is possible."""
    with ExitStack() as stack:
        bare = Row("direct", "bare python3 -IS", [([interpreter(), *BARE], "")], "bash script")
        timers = {"direct": Timer()}
        stack.callback(timers["direct"].close)
        reason = why_not()
        if reason is None:
            host = stack.enter_context(sudo_host())
            place = prepared(host.launcher, zone)
            stack.enter_context(host.rule(bench_rule(host, place), "bench"))
            timers["sudo"] = Timer(host.uid, host.gid)
            stack.callback(timers["sudo"].close)
        else:
            print(f"without sudo: {reason}")
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            (folder / "state").mkdir()
            arguments = ("--config", f"{folder}/core.toml", "--state-dir", f"{folder}/state")
            place = prepared(install(folder, *arguments), zone)
        table = [bare, *rows("direct", [], place)]
        if "sudo" in timers:
            table += rows("sudo", ["sudo", "-n"], place)
        yield table, timers, place


def measure(table: Sequence[Row], timers: dict[str, Timer], rounds: int) -> list[float]:
    """Medians in seconds, one for each row."""
    taken: list[list[float]] = [[] for _ in table]
    order = list(range(len(table)))
    dice = random.Random(0)
    for turn in range(rounds + 2):
        dice.shuffle(order)
        for number in order:
            row = table[number]
            seconds = timers[row.way].seconds(row.calls)
            if turn >= 2:  # the first rounds warm the caches
                taken[number].append(seconds)
    return [statistics.median(one) for one in taken]


def ratios(table: Sequence[Row], medians: Sequence[float]) -> dict[tuple[str, str], float]:
    """Each row's median over that of the row it is measured against."""
    known = {(row.way, row.name): median for row, median in zip(table, medians, strict=True)}
    return {
        (row.way, row.name): known[row.way, row.name] / known[row.way, row.against]
        for row in table
        if row.against
    }


def bench(*, quick: bool) -> Part:
    """Measure, and judge: the same as `main`, for the whole bench."""
    rounds = 5 if quick else 40
    with measured_rows("UTC") as (table, timers, place):
        loaded = len(modules_loaded(place.launcher, "status", "--json"))
        order = ("lock", "--json", "--stdin")
        loaded_for_orders = len(modules_loaded(place.launcher, *order, stdin=REQUEST))
        medians = measure(table, timers, rounds)
    found = ratios(table, medians)
    known = {(row.way, row.name): median for row, median in zip(table, medians, strict=True)}
    floor = known["direct", "bare python3 -IS"]
    rows = [
        (
            row.way,
            row.name,
            f"{median * 1000:.1f}",
            f"{found[row.way, row.name]:.2f} x {row.against}" if row.against else "",
        )
        for row, median in zip(table, medians, strict=True)
    ]
    limits = [
        Limit(f"helper `status`, {way} / bash script", found[way, "status"], limit, AIM[way])
        for way, limit in (("direct", LIMIT_DIRECT), ("sudo", LIMIT_SUDO))
        if (way, "status") in found
    ]
    limits.append(Limit("helper, modules loaded", loaded, LIMIT_MODULES, unit=""))
    limits.append(
        Limit(
            "helper, modules loaded for an order",
            loaded_for_orders,
            LIMIT_MODULES_WRITING,
            LIMIT_MODULES,
            unit="",
        )
    )
    missing = [] if ("sudo", "status") in found else [f"the helper through sudo: {why_not()}"]
    note = f"{NOTE} `status` is {known['direct', 'status'] / floor:.2f} x a bare interpreter."
    title = "The helper, one call"
    return Part(
        "helper", title, ("way", "command", "ms", "ratio"), rows, limits, [note], (), missing
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--zone", default="UTC")
    options = parser.parse_args(argv)
    with measured_rows(options.zone) as (table, timers, place):
        loaded = modules_loaded(place.launcher, "status", "--json")
        medians = measure(table, timers, options.rounds)
    found = ratios(table, medians)
    print(f"window in {options.zone}, {options.rounds} rounds, medians")
    print(f"{'way':8}{'command':22}{'ms':>8}  {'ratio':>6}")
    for row, median in zip(table, medians, strict=True):
        ratio = f"{found[row.way, row.name]:6.2f} x {row.against}" if row.against else ""
        print(f"{row.way:8}{row.name:22}{median * 1000:8.1f}  {ratio}")
    print(f"modules over a bare interpreter: {len(loaded)} (at most {LIMIT_MODULES})")
    return verdict(found, len(loaded))


def verdict(found: dict[tuple[str, str], float], modules: int) -> int:
    """0 if every limit is kept; says which is not, and how far the aim is."""
    over = 0
    for way, limit in (("direct", LIMIT_DIRECT), ("sudo", LIMIT_SUDO)):
        ratio = found.get((way, "status"))
        if ratio is None:
            continue
        kept = "kept" if ratio <= limit else "EXCEEDED"
        print(f"status, {way}: {ratio:.2f} x, limit {limit:.1f} {kept}, aim {AIM[way]:.1f}")
        over += ratio > limit
    over += modules > LIMIT_MODULES
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
