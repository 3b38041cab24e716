"""The outbox under kills and a chat server that lies: nothing lost, nothing out of order."""

import asyncio
import contextlib
import itertools
import json
import os
import random
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.announcer import Announcer
from bot.database import open_database
from bot.follower import Follower
from bot.moves import Moves
from bot.outbox import Outbox
from core.protocol import Event
from tests.faults.announcing import AUDIENCE, FastTime
from tests.figures import Figures

SPEED = 200.0
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Shown:
    """A message that stands in a chat; `answered` if the bot was told so."""

    destination: str
    event_id: str
    numbers: tuple[int, ...]
    repeat: bool
    answered: bool


KILLED = "killed"


class LyingServer:
    """Shows messages; refuses some, loses the answer to some, kills some senders before it."""

    def __init__(self, dice: random.Random) -> None:
        self.log: list[Shown | str] = []
        self.refused = 0
        self.victim: Callable[[int], None] = lambda _: None
        self._dice = dice

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if line.endswith(b"\n"):
            answer = self._answer(json.loads(line))
            writer.write(json.dumps(answer).encode() + b"\n" if answer else b"")
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    def _answer(self, request: dict[str, str]) -> dict[str, str] | None:
        fate = self._dice.random()
        if fate < 0.05:
            self.refused += 1
            return {"status": "429"}
        if fate < 0.10:
            self.refused += 1
            return {"status": "502"}
        if request["destination"].startswith("looking") and request["repeat"]:
            for one in self.shown(request["destination"]):
                if one.event_id == request["event_id"]:
                    return {"id": "found"}
        answered = fate >= 0.20
        self.log.append(
            Shown(
                request["destination"],
                request["event_id"],
                tuple(int(number) for number in request["text"].split()),
                bool(request["repeat"]),
                answered,
            )
        )
        if 0.20 <= fate < 0.25:
            self.victim(int(request["pid"]))
        return {"id": str(len(self.log))} if answered else None

    def shown(self, destination: str) -> list[Shown]:
        return [
            one for one in self.log if isinstance(one, Shown) and one.destination == destination
        ]

    def numbers(self, destination: str) -> list[int]:
        return [number for one in self.shown(destination) for number in one.numbers]


class Chaos:
    """Lets a bot live, kills it, and again, while the journal grows."""

    def __init__(self, folder: Path, server: LyingServer, port: int, dice: random.Random) -> None:
        self.deaths = 0
        self.clock = FastTime(SPEED, zero := time.time())
        self.merging = False
        self._folder = folder
        self._server = server
        self._fixed = (folder, port, SPEED, zero)
        self._dice = dice
        self._bot: asyncio.subprocess.Process | None = None
        self._written = 0
        server.victim = self._kill

    async def run(self, events: int, deaths: int) -> None:
        """Write the events while the bot dies so often, then let it finish."""
        try:
            for life in range(1, deaths + 1):
                await self._live_and_die(events * life // deaths)
            self._server.victim = lambda _: None
            await self._start(mortality=0.0)
            await self._until(lambda: self._has_ended() or self._is_told(events))
            assert not self._has_ended()
        finally:
            await self._bury()

    async def _live_and_die(self, events: int) -> None:
        """Write up to `events`, half of it while the bot lives, which is not for long."""
        self._write((self._written + events) // 2)
        before = len(self._server.log) + self._server.refused
        await self._start(mortality=0.03)
        await self._until(
            lambda: self._has_ended() or len(self._server.log) + self._server.refused > before
        )
        self._write(events)
        dies_at = time.monotonic() + self._dice.uniform(0, 0.2)
        await self._until(lambda: self._has_ended() or time.monotonic() > dies_at)
        await self._bury()

    async def _start(self, mortality: float) -> None:
        self._bot = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.faults.announcing",
            *map(str, (*self._fixed, mortality, int(self.merging))),
            cwd=ROOT,
        )

    async def _bury(self) -> None:
        if self._bot is None:
            return
        self._kill(self._bot.pid)
        assert await self._bot.wait() == -signal.SIGKILL, "the bot ended by itself"
        self._bot = None
        self.deaths += 1
        self._server.log.append(KILLED)

    def _kill(self, pid: int) -> None:
        # Not `Process.kill`: it reaps a bot that died by itself, so that asyncio cannot.
        if self._bot is not None and self._bot.pid == pid and not self._has_ended():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _has_ended(self) -> bool:
        return self._bot is None or self._bot.returncode is not None

    def _write(self, until: int) -> None:
        with (self._folder / "journal.jsonl").open("a", encoding="utf-8") as journal:
            for seq in range(self._written + 1, until + 1):
                journal.write(self._event(seq).to_json() + "\n")
        self._written = max(self._written, until)

    def _event(self, seq: int) -> Event:
        return Event(
            seq=seq,
            at=int(self.clock.now().timestamp()),
            state="on",
            kind="healed",
            actor="systemd:timer",
        )

    def _is_told(self, events: int) -> bool:
        return all(len(set(self._server.numbers(str(one)))) == events for one in AUDIENCE)

    @staticmethod
    async def _until(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(100):
            while not condition():  # noqa: ASYNC110 - other processes bring it about
                await asyncio.sleep(0.005)


Run = Callable[..., Awaitable[tuple[LyingServer, Chaos]]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    async def run(events: int, deaths: int, *, merging: bool) -> tuple[LyingServer, Chaos]:
        dice = random.Random(20261129)
        (tmp_path / "journal.jsonl").touch()
        lying = LyingServer(dice)
        server = await asyncio.start_server(lying.serve, "127.0.0.1", 0)
        chaos = Chaos(tmp_path, lying, server.sockets[0].getsockname()[1], dice)
        chaos.merging = merging
        try:
            first_start(tmp_path, chaos.clock)
            await chaos.run(events, deaths)
        finally:
            server.close()
            await server.wait_closed()
        return lying, chaos

    return run


def first_start(folder: Path, clock: FastTime) -> None:
    """History is not announced, so the position must be there before the first event."""
    database, _ = open_database(folder / "bot.sqlite3", clock.now())
    outbox = Outbox(database)
    announcer = Announcer(outbox, Moves(database, AUDIENCE), AUDIENCE, wake=lambda: None)
    journal = folder / "journal.jsonl"
    Follower(journal, outbox, announcer, now=clock.now, sleep=clock.sleep).look()
    database.close()


def unexcused(log: list[Shown | str], destination: str) -> list[Shown]:
    """Copies that are not marked, or of a message whose taking the bot cannot have missed."""
    wrong = []
    told: dict[int, bool] = {}
    for one in log:
        if one == KILLED:
            told = dict.fromkeys(told, True)
        elif isinstance(one, Shown) and one.destination == destination:
            copies = [number for number in one.numbers if number in told]
            if copies and not (one.repeat and all(told[number] for number in copies)):
                wrong.append(one)
            told.update(dict.fromkeys(one.numbers, not one.answered))
    return wrong


def misplaced(shown: list[Shown]) -> list[Shown]:
    """Copies of anything else than the message right before."""
    told: set[int] = set()
    wrong = []
    for before, one in itertools.pairwise([None, *shown]):
        assert one is not None
        if told & set(one.numbers) and (before is None or before.numbers != one.numbers):
            wrong.append(one)
        told.update(one.numbers)
    return wrong


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("merging", [False, True])
async def test_nothing_is_lost_or_out_of_order_and_copies_are_marked(
    run: Run,
    request: pytest.FixtureRequest,
    figures: Figures,
    merging: bool,  # noqa: FBT001 - a table's column
) -> None:
    full = request.config.getoption("--all-faults")
    events, deaths = (160, 65) if full else (30, 10)
    server, chaos = await run(events, deaths, merging=merging)
    copies = 0
    for destination in map(str, AUDIENCE):
        numbers = server.numbers(destination)
        assert set(numbers) == set(range(1, events + 1)), "lost"
        assert list(dict.fromkeys(numbers)) == sorted(set(numbers)), "out of order"
        assert misplaced(server.shown(destination)) == []
        assert unexcused(server.log, destination) == []
        copies += len(numbers) - len(set(numbers))
    looking = server.numbers("looking:three")
    assert looking == sorted(set(looking)), "a copy although the adapter looks back"
    figures.tell(
        f"outbox chaos, {'merging' if merging else 'one by one'}",
        f"{events} events, {len(AUDIENCE)} chats, {chaos.deaths} deaths, {server.refused} refused, "
        f"{copies} marked copies, 0 lost, 0 out of order",
    )
    assert chaos.deaths > deaths
    if not merging:  # else a slow bot tells everything in a few messages
        assert server.refused > 0
        assert copies > 0, "the server did not lie enough to prove anything"
