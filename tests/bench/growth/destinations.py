"""One to a thousand destinations: what telling each of them costs, and whether limits are obeyed.

The couriers, the outbox and its database are the real ones. Time is made: whoever sleeps is woken
at once, at the instant until which it wanted to sleep. So the figure is work, not waiting, and the
far side can judge every rest to the second.
"""

import asyncio
import gc
import logging
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.base import Destination, OutgoingMessage, Receipt, Temporary
from bot.courier import Round
from bot.database import Database, open_database
from bot.delivery import Delivery
from bot.moves import Moves
from bot.outbox import Outbox, Position, Row
from core.journal import Cursor
from core.protocol import OFF, ON, Event
from tests.bench.part import Curve, interleaved
from tests.servers.memory_adapter import MemoryAdapter
from tests.unit.bot.telling import Clock, Words

SIZES = (1, 10, 100, 1_000)
LIMIT = 1.5
EVENTS = 2
"""Announcements to each destination in one measurement: the second must wait for the first."""

IN_MEMORY = Path("/dev/shm")
"""The processor's work is the figure; what the disk adds is measured with the outbox."""

SPACING = timedelta(seconds=1)
REST = timedelta(seconds=30)
SHARE_REFUSED = 10
"""One destination in so many is first told to wait."""


class StrictPlatform(MemoryAdapter):
    """Takes a message a second in each channel, tells one in ten to rest, and counts who does not.

    What it refuses comes again, so a bot that does not wait is not faster for it.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.too_early = 0
        self._clock = clock
        self._free_at: dict[str, datetime] = {}
        self._met: set[str] = set()

    async def send(self, message: OutgoingMessage) -> Receipt:
        channel, now = message.destination.channel, self._clock.now()
        known = channel in self._met
        self._met.add(channel)
        if now < self._free_at.get(channel, now):
            self.too_early += 1
        if not known and int(channel) % SHARE_REFUSED == 0:
            self._free_at[channel] = now + REST
            raise Temporary("flood", "too many requests", retry_after=REST.total_seconds())
        self._free_at[channel] = now + SPACING
        return await super().send(message)


class Impatient(Clock):
    """Broken on purpose: nobody who wants to sleep does."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(min(seconds, 0.01))


class Nosy(Outbox):
    """Broken on purpose: looks at all destinations for the sake of one."""

    audience: Sequence[Destination] = ()

    def open_rows(self, destination: Destination) -> list[Row]:
        self.overview(self.audience)
        return super().open_rows(destination)


class Town:
    """A bot with so many destinations, which is told things."""

    def __init__(self, path: Path, size: int, *, broken: bool) -> None:
        """Make it; broken on purpose, it is nosy and has no patience."""
        self.too_early = 0
        self._database: Database = open_database(path, datetime.now(UTC))[0]
        self._outbox = Nosy(self._database) if broken else Outbox(self._database)
        self._audience = [Destination("memory", str(number)) for number in range(size)]
        if isinstance(self._outbox, Nosy):
            self._outbox.audience = self._audience[:100]
        self._clock_kind = Impatient if broken else Clock
        self._seq = 0

    def tell(self) -> float:
        """Seconds of processor time for each destination and announcement."""
        return asyncio.run(self._told())

    async def _told(self) -> float:
        clock = self._clock_kind(datetime.now(UTC))
        platform = StrictPlatform(clock)
        moves = Moves(self._database, self._audience)
        shared = Round(self._outbox, moves, Words(), platform.send, clock.now, clock.sleep)
        delivery = Delivery(self._audience, shared)
        running = asyncio.create_task(delivery.run())
        gc.collect()
        begun = time.process_time()
        for _ in range(EVENTS):
            self._happen(clock)
        delivery.wake()
        await clock.advance(3 * REST.total_seconds())
        spent = time.process_time() - begun
        running.cancel()
        await asyncio.wait([running])
        self.too_early += platform.too_early
        assert len(platform.sent) == EVENTS * len(self._audience), len(platform.sent)
        return spent / len(platform.sent)

    def _happen(self, clock: Clock) -> None:
        self._seq += 1
        state = ON if self._seq % 2 else OFF
        event = Event(
            seq=self._seq,
            at=int(clock.now().timestamp()),
            state=state,
            kind="transition",
            transition=state,
            actor="systemd:timer",
        )
        position = Position(Cursor(self._seq, self._seq, "1-0"), self._seq, event.at)
        self._outbox.record([(event, self._audience)], position, clock.now())

    def close(self) -> None:
        """Close the database."""
        self._database.close()


def measure(
    folder: Path, sizes: Sequence[int], rounds: int, *, broken: bool
) -> tuple[list[Curve], int]:
    """Tell every town in turn; returns also how many messages came before they might."""
    with ExitStack() as stack:
        if IN_MEMORY.is_dir():
            made = tempfile.TemporaryDirectory(prefix="growth-", dir=IN_MEMORY)
            folder = Path(stack.enter_context(made))
        towns = {size: Town(folder / f"{size}.sqlite3", size, broken=broken) for size in sizes}
        for one in towns.values():
            stack.callback(one.close)
        logging.disable(logging.WARNING)  # each rest that is asked for is a line
        stack.callback(logging.disable, logging.NOTSET)
        costs = interleaved({size: one.tell for size, one in towns.items()}, rounds, warm_up=1)
        early = sum(one.too_early for one in towns.values())
        return [Curve("destinations, for each one", costs, LIMIT)], early
