"""Journals of ten to a million events: what reading on, answering and recording cost."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.journal import Cursor, digest, last_events, read_after
from core.protocol import OFF, Event
from tests.bench.helper import Timer, settle
from tests.bench.part import Curve, interleaved
from tests.e2e.sudo_host import REQUEST
from tests.installed import install

SIZES = (10, 1_000, 100_000, 1_000_000)
LIMIT = 1.5
CHUNK_FULL = 1_000
"""So many events are more than what a reader of the last ones reads at once."""

READS = 50
"""Reads in one measurement: a single one is a few hundredths of a millisecond."""

READS_BROKEN = 2

WINDOW = """\
[[window]]
name = "Mollie week"
start = "Sun 22:00"
end = "Mon 05:00"
timezone = "UTC"
"""
UNREADABLE = b'{"nobody":"can read this line, nor any other one from here to the end"}\n'


@dataclass(frozen=True)
class Kept:
    """An installed core with a journal of some size, and a reader's cursor one event before it."""

    launcher: Path
    cursor: Cursor
    reads: int

    @property
    def journal(self) -> str:
        """The journal's path."""
        return str(self.launcher.parent / "state" / "journal.jsonl")

    def read(self) -> float:
        """Seconds for reading on from the cursor."""
        return self._timed(lambda: read_after(self.journal, self.cursor).events)

    def last(self) -> float:
        """Seconds for reading the last ten events."""
        return self._timed(lambda: last_events(self.journal, 10))

    def _timed(self, read: Callable[[], list[Event]]) -> float:
        begun = time.perf_counter()
        for _ in range(self.reads):
            assert read()
        return (time.perf_counter() - begun) / self.reads


def lines(count: int) -> Iterator[bytes]:
    """Events 1 to `count` as the core writes them, the last a minute ago."""
    now = int(datetime.now(UTC).timestamp())
    event = Event(
        seq=0,
        at=now - 60,
        state=OFF,
        kind="unlock",
        actor="telegram:12345",
        name="Anna",
        reason="audit",
        request_id="r1",
        origin="telegram:-100",
    )
    head, rest = event.to_json().split(":0,", 1)
    after = f",{rest}\n"
    for seq in range(1, count + 1):
        yield f"{head}:{seq}{after}".encode()


def kept(folder: Path, size: int, *, broken: bool) -> Kept:
    """Install a core there with a journal of that size.

    Broken on purpose: the reader has no cursor, and all lines but the first are unreadable to the
    helper, which must look for its last record from the end.
    """
    folder.mkdir(mode=0o755)
    (folder / "core.toml").write_text(WINDOW)
    (folder / "state").mkdir(mode=0o755)
    where = ("--config", f"{folder}/core.toml", "--state-dir", f"{folder}/state")
    made = Kept(install(folder, *where), Cursor(), READS_BROKEN)
    settle(made.launcher)  # before there is anything to read, so that no journal is read
    with Path(made.journal).open("wb") as journal:
        journal.writelines(lines(size))
        if broken:
            journal.writelines(UNREADABLE for _ in range(size))
            return made
        (last,) = lines(1)
        end = journal.tell() - len(last) - len(str(size)) + 1
    return Kept(made.launcher, _before(made.journal, end, size), READS)


def _before(journal: str, offset: int, size: int) -> Cursor:
    """The cursor of a reader that has read all but the last event."""
    with Path(journal).open("rb") as file:
        file.seek(max(0, offset - 4096))
        line = file.read(min(offset, 4096)).splitlines(keepends=True)[-1]
    return Cursor(offset, size - 1, digest(line))


@contextmanager
def _timer() -> Iterator[Timer]:
    timer = Timer()
    try:
        yield timer
    finally:
        timer.close()


def measure(folder: Path, sizes: Sequence[int], rounds: int, *, broken: bool) -> list[Curve]:
    """Read, ask for the status, and lock and unlock, at every size in turn."""
    places = {size: kept(folder / str(size), size, broken=broken) for size in sizes}
    reading = interleaved({size: one.read for size, one in places.items()}, rounds)
    # A journal below one chunk is read whole, so the smallest is no measure for the others.
    tails = {size: one.last for size, one in places.items() if size >= CHUNK_FULL}
    newest = interleaved(tails, rounds) if len(tails) > 1 and not broken else {}
    with ExitStack() as stack:
        timer = stack.enter_context(_timer())

        def run(size: int, *verbs: str) -> Callable[[], float]:
            program = str(places[size].launcher)
            calls = [([program, verb, "--json", "--stdin"], REQUEST) for verb in verbs]
            asked = [([program, "status", "--json"], "")]
            return lambda: timer.seconds(calls or asked)

        status = interleaved({size: run(size) for size in sizes}, rounds)
        orders = interleaved({size: run(size, "lock", "unlock") for size in sizes}, rounds)
    curves = [Curve("journal, read on from a cursor", reading, LIMIT)]
    if newest:
        curves.append(Curve("journal, the last ten events", newest, LIMIT))
    return [
        *curves,
        Curve("journal, helper `status`", status, LIMIT),
        Curve("journal, helper `lock` + `unlock`", orders, LIMIT),
    ]
