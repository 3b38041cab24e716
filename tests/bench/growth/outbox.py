"""An outbox with a million rows that were sent: what a step costs beside an empty one."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from adapters.base import Destination, Receipt
from bot.database import Database, open_database
from bot.outbox import Outbox, Position
from bot.parcel import Parcel
from core.journal import Cursor
from core.protocol import ON, Event
from tests.bench.part import Curve, interleaved

SIZES = (0, 1_000_000)
LIMIT = 1.5
STEPS = 10
"""Announcements in one measurement."""

BOARD = Destination("telegram", "-100")
AUDIENCE = (BOARD, Destination("telegram", "-200"), Destination("mattermost", "town"))

FILL = """
INSERT INTO delivery (destination, seq, happened_at, payload, state, created_at, next_try_at,
    attempts, receipt_channel, receipt_message)
WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
SELECT ?, n, ? + n, ?, 'sent', ?, 0, 1, '-100', 'm' || n FROM number
"""


class Step:
    """Announcements in a database with some history."""

    def __init__(self, path: Path, sent: int, *, broken: bool) -> None:
        """Fill it; broken on purpose, it has no index of the rows that are open."""
        self._now = datetime.now(UTC)
        self._database: Database = open_database(path, self._now)[0]
        self._outbox = Outbox(self._database)
        self._seq = 10_000_000
        payload, at = self._event().to_json(), int(self._now.timestamp())
        share, rest = divmod(sent, len(AUDIENCE))
        with self._database.transaction() as connection:
            if broken:
                connection.execute("DROP INDEX delivery_open")
            for number, one in enumerate(AUDIENCE):
                count = share + (number < rest)
                if count:
                    connection.execute(FILL, (count, str(one), at - count, payload, at - 60))
        self._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def _event(self) -> Event:
        return Event(
            seq=self._seq,
            at=int(self._now.timestamp()),
            state=ON,
            kind="transition",
            transition=ON,
            actor="systemd:timer",
        )

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def record(self) -> float:
        """Seconds for writing an event down for every destination, with the cursor."""
        begun = time.perf_counter()
        for _ in range(STEPS):
            self._seq += 1
            event = self._event()
            position = Position(Cursor(self._seq, self._seq, "1-0"), self._seq, event.at)
            self._outbox.record([(event, AUDIENCE)], position, self._now)
        return (time.perf_counter() - begun) / STEPS

    def tell(self) -> float:
        """Seconds for one announcement's way through the outbox: claimed, then noted as sent."""
        spent = 0.0
        for _ in range(STEPS):
            self._record_one()
            begun = time.perf_counter()
            for one in AUDIENCE:
                parcel = Parcel(tuple(self._outbox.open_rows(one)))
                self._outbox.begin(parcel)
                self._outbox.sent(parcel, one, Receipt(one, "m"))
            spent += time.perf_counter() - begun
        return spent / STEPS / len(AUDIENCE)

    def _record_one(self) -> None:
        """Write one event down, after telling whatever waits."""
        for one in AUDIENCE:
            while rows := self._outbox.open_rows(one):
                self._outbox.sent(Parcel(tuple(rows)), one, Receipt(one, "m"))
        self._seq += 1
        event = self._event()
        position = Position(Cursor(self._seq, self._seq, "1-0"), self._seq, event.at)
        self._outbox.record([(event, AUDIENCE)], position, self._now)

    def look(self) -> float:
        """Seconds for what `status` and a courier with nothing to do ask."""
        begun = time.perf_counter()
        for _ in range(STEPS):
            self._outbox.overview(AUDIENCE)
            self._outbox.position()
            self._outbox.open_rows(BOARD)
        return (time.perf_counter() - begun) / STEPS


def measure(folder: Path, sizes: Sequence[int], rounds: int, *, broken: bool) -> list[Curve]:
    """Write down, tell and look, in each outbox in turn."""
    steps = {size: Step(folder / f"{size}.sqlite3", size, broken=broken) for size in sizes}
    what: Mapping[str, Callable[[Step], float]] = {
        "outbox, claim the next and mark it sent": Step.tell,
        "outbox, write an event down for 3 chats": Step.record,
        "outbox, look for work and its overview": Step.look,
    }
    try:
        return [Curve(name, _costs(steps, do, rounds), LIMIT) for name, do in what.items()]
    finally:
        for one in steps.values():
            one.close()


def _costs(
    steps: Mapping[int, Step], do: Callable[[Step], float], rounds: int
) -> Mapping[int, float]:
    return interleaved({size: partial(do, one) for size, one in steps.items()}, rounds)
