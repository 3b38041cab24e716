"""A bot reduced to flow B, for killing: journal → outbox → chat server on loopback.

    python -m tests.faults.announcing FOLDER PORT SPEED ZERO MORTALITY MERGING

Time runs SPEED times as fast, from ZERO (epoch seconds, real) on. With probability MORTALITY the
process kills itself before or after any transaction. MERGING is 1 or 0.
"""

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.base import Destination, OutcomeUnknown, OutgoingMessage, Receipt, Temporary
from bot.announcer import Announcer
from bot.database import Database, open_database
from bot.delivery import Delivery, Round
from bot.follower import Follower
from bot.moves import Moves
from bot.outbox import Outbox
from bot.packing import Merging
from bot.parcel import Notice
from bot.text import Text
from core.protocol import Event

AUDIENCE = (
    Destination("blind", "one"),
    Destination("blind", "two"),
    Destination("looking", "three"),
)
"""The adapter `looking` looks for its own message before it repeats one."""


class FastTime:
    """Real time, run faster; the same in all processes of one test."""

    def __init__(self, speed: float, zero: float) -> None:
        self._speed = speed
        self._zero = zero

    def now(self) -> datetime:
        moment = self._zero + (time.time() - self._zero) * self._speed
        return datetime.fromtimestamp(moment, UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)


class MortalDatabase(Database):
    """Kills the process at the border of a transaction, as a power cut would."""

    mortality = 0.0

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        self._die_perhaps()
        with super().transaction() as connection:
            yield connection
        self._die_perhaps()

    def _die_perhaps(self) -> None:
        if random.random() < self.mortality:
            os.kill(os.getpid(), signal.SIGKILL)


class Numbers:
    """Renders the events' numbers."""

    async def events(
        self, destination: Destination, events: Sequence[Event], now: datetime, *, late: bool
    ) -> Text:
        return Text(" ".join(str(event.seq) for event in events))

    async def notice(self, destination: Destination, notice: Notice, now: datetime) -> Text:
        return Text(notice.kind)

    def repeat_note(self, destination: Destination, event_id: str) -> str:
        return f"#{event_id} (repeat)"


class Client:
    """The adapter: one request a connection; translates what it gets at the border."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def send(self, message: OutgoingMessage) -> Receipt:
        request = {
            "pid": os.getpid(),
            "destination": str(message.destination),
            "event_id": message.event_id,
            "text": message.text,
            "repeat": message.repeat_note is not None,
        }
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError as error:
            raise Temporary("connect", "no connection") from error
        try:
            writer.write(json.dumps(request).encode() + b"\n")
            await writer.drain()
            answer = json.loads(await reader.readline() or "null")
        except (OSError, ValueError) as error:
            raise OutcomeUnknown("answer", "no answer") from error
        finally:
            writer.close()
        return self._receipt(message, answer)

    def _receipt(self, message: OutgoingMessage, answer: dict[str, str] | None) -> Receipt:
        match answer:
            case {"id": identity}:
                return Receipt(message.destination, identity)
            case {"status": "429"}:
                raise Temporary("flood", "too many requests", retry_after=3)
            case {"status": "502"}:
                raise OutcomeUnknown("gateway", "bad gateway")
            case _:
                raise OutcomeUnknown("answer", "no answer")


async def main(
    folder: Path, port: int, clock: FastTime, mortality: float, merging: Merging
) -> None:
    path = folder / "bot.sqlite3"
    open_database(path, clock.now())[0].close()
    database = MortalDatabase(path)
    database.mortality = mortality
    outbox, moves = Outbox(database), Moves(database, AUDIENCE)
    shared = Round(
        outbox, moves, Numbers(), Client(port).send, clock.now, clock.sleep, merging=merging
    )
    delivery = Delivery(AUDIENCE, shared)
    announcer = Announcer(outbox, moves, AUDIENCE, wake=delivery.wake)
    journal = folder / "journal.jsonl"
    follower = Follower(journal, outbox, announcer, now=clock.now, sleep=clock.sleep)
    async with asyncio.timeout(timedelta(minutes=5).total_seconds()):
        await asyncio.gather(follower.run(), delivery.run())


if __name__ == "__main__":
    asyncio.run(
        main(
            Path(sys.argv[1]),
            int(sys.argv[2]),
            FastTime(float(sys.argv[3]), float(sys.argv[4])),
            float(sys.argv[5]),
            Merging() if sys.argv[6] == "1" else Merging(10**6, timedelta(days=1000)),
        )
    )
