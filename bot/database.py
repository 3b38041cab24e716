"""The bot's database: one SQLite file that survives kills, power cuts and its own corruption.

Write-ahead log with `synchronous = FULL`: what is committed is still there after a power cut
(https://www.sqlite.org/pragma.html#pragma_synchronous). It costs about a millisecond a commit.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.schema import STEPS

BUSY_TIMEOUT = 5.0
"""Seconds that another connection's transaction is waited for."""

COMPANIONS = ("", "-wal", "-shm")
"""Endings of the files that SQLite keeps for one database."""

CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class NewerDatabase(Exception):
    """The file was written by a newer version of this program, which a person must install."""


@dataclass(frozen=True, slots=True)
class MovedAside:
    """The old file was corrupt and is kept as `path`; a new one was begun, without history."""

    path: Path


class Database:
    """Connections to the file, one for each thread that asks."""

    def __init__(self, path: Path, patience: float = BUSY_TIMEOUT) -> None:
        """Use the file, which `open_database` has made and checked."""
        self._path = path
        self._patience = patience
        self._mine = threading.local()
        self._all: list[sqlite3.Connection] = []

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside happens, durably, or nothing of it."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def rows(self, sql: str, parameters: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        """Read; every row there is at this moment."""
        return self._connection().execute(sql, parameters).fetchall()

    def close(self) -> None:
        """Close the connections of all threads."""
        while self._all:
            self._all.pop().close()
        self._mine = threading.local()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = _connect(self._path, self._patience)
            self._all.append(connection)
        return connection


def open_database(
    path: Path, now: datetime, *, patience: float = BUSY_TIMEOUT
) -> tuple[Database, MovedAside | None]:
    """Open or make the file (mode 0600); one that is corrupt is moved aside and kept.

    `patience` is how many seconds another connection's transaction is waited for.

    Raises:
        NewerDatabase: the file is of a newer version.
        sqlite3.OperationalError, OSError: the file cannot be used for now (rights, full disk).
    """
    _make_private(path)
    moved = None
    if _is_corrupt(path, patience):
        moved = _move_aside(path, now)
        _make_private(path)
    database = Database(path, patience)
    try:
        _migrate(database)
    except BaseException:
        database.close()
        raise
    return database, moved


def _connect(path: Path, patience: float) -> sqlite3.Connection:
    # Statements begin no transactions of their own (isolation_level=None); closing may happen on
    # another thread than the one that uses the connection.
    connection = sqlite3.connect(
        path, timeout=patience, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _make_private(path: Path) -> None:
    """Make the file with its mode, which SQLite gives to the log beside it too."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _is_corrupt(path: Path, patience: float) -> bool:
    try:
        connection = _connect(path, patience)
    except sqlite3.DatabaseError as error:
        return _says_corrupt(error)
    try:
        return [tuple(row) for row in connection.execute("PRAGMA quick_check(1)")] != [("ok",)]
    except sqlite3.DatabaseError as error:
        return _says_corrupt(error)
    finally:
        connection.close()


def _says_corrupt(error: sqlite3.DatabaseError) -> bool:
    """Tell a broken file from one that cannot be used for now, which is raised again."""
    if error.sqlite_errorcode & 0xFF not in CORRUPT:
        raise error
    return True


def _move_aside(path: Path, now: datetime) -> MovedAside:
    kept = path.with_name(f"{path.name}.corrupt-{now:%Y%m%dT%H%M%SZ}")
    for ending in COMPANIONS:
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(kept.with_name(kept.name + ending))
    return MovedAside(kept)


def _migrate(database: Database) -> None:
    with database.transaction() as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(STEPS):
            raise NewerDatabase(
                f"the database is of version {version}, this program knows {len(STEPS)}"
            )
        for step in STEPS[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")
