"""Far sides for the tests of flow B: time that stands still until told, and a chat that can lie."""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from adapters.base import Destination, OutgoingMessage, Receipt, Temporary
from bot.courier import PATIENCE, Round
from bot.database import Database, open_database
from bot.delivery import Delivery
from bot.moves import Moves
from bot.outbox import Outbox, Position
from bot.packing import Merging
from bot.parcel import Notice
from bot.text import Text
from core.journal import Cursor
from core.protocol import Event

START = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)
TELEGRAM = Destination("telegram", "-100")
MATTERMOST = Destination("mattermost", "town")
CONSOLE = Destination("console", "room")


class Clock:
    """Time for the code under test: passes only in `advance`, and at once."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._order = itertools.count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        wakes = asyncio.get_running_loop().create_future()
        due = self._now + timedelta(seconds=seconds)
        heapq.heappush(self._sleepers, (due, next(self._order), wakes))
        await wakes

    async def advance(self, seconds: float = 0) -> None:
        """Let time pass; whoever wakes runs until everybody sleeps again."""
        end = self._now + timedelta(seconds=seconds)
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self._now, _, wakes = heapq.heappop(self._sleepers)
            if not wakes.done():
                wakes.set_result(None)
                await settle()
        self._now = end


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


Answer = Exception | None


class Chat:
    """All chat servers in one: takes messages, answers as scripted, and may lie about taking."""

    def __init__(self) -> None:
        self.shown: list[OutgoingMessage] = []
        self.asked: list[OutgoingMessage] = []
        self._script: dict[str, list[Answer]] = {}
        self._always: dict[str, Callable[[], Exception]] = {}
        self.accepts_before_failing = False
        self.refuses_files = False
        self.hangs: set[str] = set()

    def answer(self, channel: str, *answers: Answer) -> None:
        """Answer the next messages to `channel` so; after that all is well."""
        self._script.setdefault(channel, []).extend(answers)

    def always(self, channel: str, fault: Callable[[], Exception] | None) -> None:
        """Answer every message to `channel` so, until called with None."""
        self._always.pop(channel, None)
        if fault:
            self._always[channel] = fault

    async def send(self, message: OutgoingMessage) -> Receipt:
        channel = message.destination.channel
        self.asked.append(message)
        if channel in self.hangs:
            await asyncio.Event().wait()
        script = self._script.get(channel)
        fault = script.pop(0) if script else None
        if channel in self._always:
            fault = self._always[channel]()
        elif self.refuses_files and message.attachment:
            fault = Temporary("no-room", "no room for files")
        if fault is None or self.accepts_before_failing:
            self.shown.append(message)
        if fault is not None:
            raise fault
        return Receipt(message.destination, f"m{len(self.shown)}")

    def texts(self, channel: str) -> list[str]:
        return [one.text for one in self.shown if one.destination.channel == channel]


class Words:
    """Renders facts as `seq:transition`, so that tests read what was told."""

    def __init__(self) -> None:
        self.stale_notices = False

    async def events(
        self, destination: Destination, events: Sequence[Event], now: datetime, *, late: bool
    ) -> Text:
        told = " ".join(f"{event.seq}:{event.transition or event.kind}" for event in events)
        return Text(f"late {told}" if late else told)

    async def notice(self, destination: Destination, notice: Notice, now: datetime) -> Text | None:
        return None if self.stale_notices else Text(f"{notice.kind} {dict(notice.facts)}")

    def repeat_note(self, destination: Destination, event_id: str) -> str:
        return f"#{event_id} (repeat)"


class Stage:
    """The outbox, the delivery and their far sides."""

    def __init__(
        self,
        folder: Path,
        audience: Sequence[Destination],
        clock: Clock | None = None,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self.patience = patience
        self.clock = clock or Clock()
        self.chat = Chat()
        self.words = Words()
        self.audience = audience
        self.dead: list[tuple[str, str]] = []
        self.back: list[str] = []
        self.database: Database = open_database(folder / "bot.sqlite3", self.clock.now())[0]
        self.outbox = Outbox(self.database)
        self.moves = Moves(self.database, audience)
        self.delivery = Delivery(audience, self._round())
        self._task: asyncio.Task[None] | None = None

    def _round(self) -> Round:
        return Round(
            self.outbox,
            self.moves,
            self.words,
            self.chat.send,
            self.clock.now,
            self.clock.sleep,
            patience=self.patience,
            merging=Merging(),
            on_dead=lambda destination, problem, _: self.dead.append((str(destination), problem)),
            on_back=lambda destination: self.back.append(str(destination)),
        )

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.delivery.run())
        await settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait([self._task])
        self.database.close()

    def happen(self, *events: Event, to: Sequence[Destination] | None = None) -> None:
        """Write rows for the events, as the announcer does."""
        last = events[-1]
        position = Position(Cursor(last.seq, last.seq, ""), last.seq, last.at)
        audience = self.audience if to is None else to
        self.outbox.record([(event, audience) for event in events], position, self.clock.now())
        self.delivery.wake()

    def states(self, destination: Destination) -> list[str]:
        rows = self.database.rows(
            "SELECT state FROM delivery WHERE destination = ? ORDER BY id", (str(destination),)
        )
        return [row["state"] for row in rows]


def event(seq: int, at: datetime = START, transition: str | None = "on", **others: object) -> Event:
    """Make a journal's event."""
    facts: dict[str, object] = {"kind": "transition", "actor": "systemd:timer", **others}
    return Event(
        seq=seq,
        at=int(at.timestamp()),
        state=transition or "on",
        transition=transition,
        **facts,  # type: ignore[arg-type]  # the tests name what the contract names
    )


def write_journal(path: Path, *events: Event) -> None:
    """Append to a journal as the core does."""
    with path.open("a", encoding="utf-8") as journal:
        for one in events:
            journal.write(one.to_json() + "\n")
