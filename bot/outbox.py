"""The outbox: every announcement for every destination, kept on disk until it is really told.

A row is one announcement for one destination; a parcel is the row, or the rows, that one message
tells. The states:

    due ──► inflight ──► sent      the first row of a parcel; the others become `merged`
     ▲         │
     ├─────────┤   certainly not accepted: due again
     │         ▼
     └─────── dead                 given up; due again when the destination takes messages again

`inflight` is on disk before the request leaves. A row found inflight may therefore have been told:
its parcel is sent again as it was, marked as a repeat, before anything else.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.base import AdapterError, Destination, OutcomeUnknown, Receipt
from bot.database import Database
from bot.parcel import Notice, Parcel, Row
from core.journal import Cursor
from core.protocol import Event

MEMORY = timedelta(days=30)
"""How long told and given up rows are kept; what is dead for longer is not told any more."""

MOST_OPEN = 1000
"""Rows looked at for one message; a parcel of more would be no news to anybody."""

COLUMNS = "id, seq, happened_at, payload, state, created_at, next_try_at, obey, attempts, doubts"

__all__ = ["Notice", "Outbox", "Parcel", "Pending", "Position", "Row", "Trouble"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where the follower stands: the journal's cursor, and the last event that was written here."""

    cursor: Cursor
    last_seq: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a destination takes nothing, since when, and when it is tried next (epoch seconds)."""

    problem: str
    sentence: str
    since: int
    next_try_at: int


@dataclass(frozen=True, slots=True)
class Pending:
    """How the announcements of one destination are: for `status`.

    `waiting` are still tried and `oldest` is since when the first of them waits; `dead` were given
    up. `problem` and `sentence` (of the platform, English) say why it goes wrong, if it does, and
    `since` from when on the destination has taken nothing, if a person must act.
    """

    destination: Destination
    waiting: int
    oldest: datetime | None
    dead: int
    problem: str | None
    sentence: str | None
    since: datetime | None


class Outbox:
    """The rows, the follower's position and the destinations in trouble."""

    def __init__(self, database: Database) -> None:
        """Use the database."""
        self._database = database

    # Writing down what is to be told

    def position(self) -> Position | None:
        """Where the follower stands; None before it ever read."""
        found = self._database.rows("SELECT offset, seq, digest, last_seq, last_at FROM position")
        for offset, seq, digest, last_seq, last_at in found:
            return Position(Cursor(offset, seq, digest), last_seq, last_at)
        return None

    def record(
        self,
        addressed: Iterable[tuple[Event, Sequence[Destination]]],
        position: Position,
        now: datetime,
    ) -> None:
        """Write a row for every event and destination, and the position: all of it or nothing."""
        cursor = position.cursor
        with self._database.transaction() as connection:
            for event, destinations in addressed:
                _insert(connection, destinations, (event.seq, event.at, event.to_json()), now)
            connection.execute(
                "INSERT OR REPLACE INTO position (id, offset, seq, digest, last_seq, last_at)"
                " VALUES (1, ?, ?, ?, ?, ?)",
                (cursor.offset, cursor.seq, cursor.digest, position.last_seq, position.last_at),
            )

    def add(self, event: Event, destinations: Sequence[Destination], now: datetime) -> None:
        """Write a row for every destination that has none for this event."""
        with self._database.transaction() as connection:
            _insert(connection, destinations, (event.seq, event.at, event.to_json()), now)

    def put_notice(self, notice: Notice, destinations: Sequence[Destination]) -> None:
        """Write a row for every destination."""
        with self._database.transaction() as connection:
            _insert_notice(connection, destinations, notice)

    # The treasurer's notes

    def noted_until(self, now: datetime) -> datetime:
        """Up to when ended windows have their note; all that ended before the first call do."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO noted (id, until) VALUES (1, ?)", (int(now.timestamp()),)
            )
        (until,) = self._database.rows("SELECT until FROM noted")[0]
        return datetime.fromtimestamp(until, UTC)

    def put_notes(
        self, addressed: Iterable[tuple[Notice, Sequence[Destination]]], until: datetime
    ) -> None:
        """Write the notes of a window that ended at `until`, and that it has them, or nothing."""
        with self._database.transaction() as connection:
            for notice, destinations in addressed:
                _insert_notice(connection, destinations, notice)
            connection.execute(
                "INSERT OR REPLACE INTO noted (id, until) VALUES (1, ?)", (int(until.timestamp()),)
            )

    # Telling it

    def open_rows(self, destination: Destination) -> list[Row]:
        """Return what is to be told there, oldest first; if a parcel is inflight, only its rows."""
        rows = [
            Row(*row)
            for row in self._database.rows(
                f"SELECT {COLUMNS} FROM delivery WHERE destination = ?"  # noqa: S608 - constant
                " AND state IN ('due', 'inflight') ORDER BY id LIMIT ?",
                (str(destination), MOST_OPEN),
            )
        ]
        return [row for row in rows if row.state == "inflight"] or rows

    def begin(self, parcel: Parcel) -> None:
        """Note that the request is about to leave; on disk when this returns."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE delivery SET state = 'inflight', batch = ?, attempts = attempts + 1"
                " WHERE id = ?",
                [(parcel.head.id, row.id) for row in parcel.rows],
            )

    def sent(self, parcel: Parcel, destination: Destination, receipt: Receipt) -> None:
        """The platform took the message: the destination is well."""
        taken = receipt.destination
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE delivery SET state = 'merged' WHERE id = ?",
                [(row.id,) for row in parcel.rows[1:]],
            )
            connection.execute(
                "UPDATE delivery SET state = 'sent', batch = NULL, receipt_channel = ?,"
                " receipt_thread = ?, receipt_message = ? WHERE id = ?",
                (taken.channel, taken.thread, receipt.message_id, parcel.head.id),
            )
            connection.execute("DELETE FROM trouble WHERE destination = ?", (str(destination),))

    def put_off(
        self, parcel: Parcel, error: AdapterError, next_try: datetime, *, obey: bool
    ) -> None:
        """It is tried again, as it is if it may have been accepted now or before.

        `obey` means that the platform asked to wait until `next_try`.
        """
        doubt = isinstance(error, OutcomeUnknown)
        keep = doubt or parcel.head.state == "inflight"
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE delivery SET state = ?, batch = ?, doubts = doubts + ?, problem = ?,"
                " sentence = ?, next_try_at = ?, obey = ? WHERE id = ?",
                [
                    (
                        "inflight" if keep else "due",
                        parcel.head.id if keep else None,
                        doubt,
                        error.problem,
                        str(error),
                        int(next_try.timestamp()),
                        obey,
                        row.id,
                    )
                    for row in parcel.rows
                ],
            )

    def drop(self, parcel: Parcel) -> None:
        """It is no longer worth telling."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE delivery SET state = 'merged', batch = NULL WHERE id = ?",
                [(row.id,) for row in parcel.rows],
            )

    def give_up(self, parcel: Parcel, destination: Destination, trouble: Trouble) -> None:
        """It is not tried again until the destination, which is in trouble now, is revived."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE delivery SET state = 'dead', batch = NULL, problem = ?, sentence = ?"
                " WHERE id = ?",
                [(trouble.problem, trouble.sentence, row.id) for row in parcel.rows],
            )
            _note(connection, destination, trouble)

    # Destinations that take nothing

    def trouble(self, destination: Destination) -> Trouble | None:
        """Why the destination takes nothing; None if it does."""
        found = self._database.rows(
            "SELECT problem, sentence, since, next_try_at FROM trouble WHERE destination = ?",
            (str(destination),),
        )
        return Trouble(*found[0]) if found else None

    def in_trouble(self, destination: Destination, trouble: Trouble) -> None:
        """Note that the destination takes nothing; it stays so since when it was so first."""
        with self._database.transaction() as connection:
            _note(connection, destination, trouble)

    def well(self, destination: Destination) -> None:
        """The destination takes messages again."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM trouble WHERE destination = ?", (str(destination),))

    def revive(self, destination: Destination, now: datetime) -> None:
        """Events given up within the memory are due again; most notices are old news by then."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE delivery SET state = 'due', next_try_at = 0 WHERE destination = ?"
                " AND state = 'dead' AND (seq IS NOT NULL OR lasting) AND created_at >= ?",
                (str(destination), int((now - MEMORY).timestamp())),
            )

    # Looking after

    def overview(self, destinations: Sequence[Destination]) -> list[Pending]:
        """How each destination is."""
        return [self._pending(destination) for destination in destinations]

    def _pending(self, destination: Destination) -> Pending:
        waiting, oldest, problem, sentence = self._database.rows(
            "SELECT count(*), min(created_at), max(problem), max(sentence) FROM delivery"
            " WHERE destination = ? AND state IN ('due', 'inflight')",
            (str(destination),),
        )[0]
        (dead,) = self._database.rows(
            "SELECT count(*) FROM delivery WHERE destination = ? AND state = 'dead'",
            (str(destination),),
        )[0]
        trouble = self.trouble(destination)
        return Pending(
            destination,
            waiting,
            datetime.fromtimestamp(oldest, UTC) if oldest is not None else None,
            dead,
            trouble.problem if trouble else problem,
            trouble.sentence if trouble else sentence,
            datetime.fromtimestamp(trouble.since, UTC) if trouble else None,
        )

    def retire(self, audience: Iterable[Destination]) -> None:
        """Give up what waits for destinations that are configured no more."""
        kept = [str(destination) for destination in audience]
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE delivery SET state = 'dead', batch = NULL, problem = 'not-configured'"
                " WHERE state IN ('due', 'inflight')"
                " AND destination NOT IN (SELECT value FROM json_each(?))",
                (json.dumps(kept),),
            )

    def prune(self, now: datetime) -> None:
        """Forget what was told or given up before the memory."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM delivery WHERE created_at < ? AND state NOT IN ('due', 'inflight')",
                (int((now - MEMORY).timestamp()),),
            )


def _insert_notice(
    connection: sqlite3.Connection, destinations: Sequence[Destination], notice: Notice
) -> None:
    told = (None, int(notice.at.timestamp()), notice.to_json())
    _insert(connection, destinations, told, notice.at, lasting=notice.lasting)


def _insert(
    connection: sqlite3.Connection,
    destinations: Sequence[Destination],
    told: tuple[int | None, int, str],
    now: datetime,
    *,
    lasting: bool = False,
) -> None:
    # An event that is read again after the journal was replaced has its rows already.
    connection.executemany(
        "INSERT INTO delivery"
        " (destination, seq, happened_at, payload, created_at, next_try_at, lasting)"
        " VALUES (?, ?, ?, ?, ?, 0, ?) ON CONFLICT (destination, seq, happened_at) DO NOTHING",
        [(str(destination), *told, int(now.timestamp()), lasting) for destination in destinations],
    )


def _note(connection: sqlite3.Connection, destination: Destination, trouble: Trouble) -> None:
    connection.execute(
        "INSERT INTO trouble (destination, problem, sentence, since, next_try_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (destination) DO UPDATE SET"
        " problem = excluded.problem, sentence = excluded.sentence,"
        " next_try_at = excluded.next_try_at",
        (
            str(destination),
            trouble.problem,
            trouble.sentence,
            trouble.since,
            trouble.next_try_at,
        ),
    )
