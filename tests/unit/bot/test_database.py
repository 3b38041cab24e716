import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from bot.database import NewerDatabase, open_database
from bot.schema import STEPS
from tests.unit.bot.telling import START


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.sqlite3"


def fill(path: Path, rows: int = 1) -> None:
    database, _ = open_database(path, START)
    with database.transaction() as connection:
        for row in range(rows):
            connection.execute("INSERT INTO move VALUES ('telegram', ?, 'b')", (f"{row:0100}",))
    database.close()


def test_a_commit_is_on_disk_and_readers_do_not_wait(path: Path) -> None:
    database, moved = open_database(path, START)
    assert moved is None
    assert [tuple(row) for row in database.rows("PRAGMA journal_mode")] == [("wal",)]
    full = 2
    assert [tuple(row) for row in database.rows("PRAGMA synchronous")] == [(full,)]
    assert [tuple(row) for row in database.rows("PRAGMA foreign_keys")] == [(1,)]
    assert [tuple(row) for row in database.rows("PRAGMA busy_timeout")] == [(5000,)]
    database.close()


def test_nobody_else_may_read_it(path: Path) -> None:
    path.touch(mode=0o644)
    database, _ = open_database(path, START)
    with database.transaction() as connection:
        connection.execute("INSERT INTO move VALUES ('telegram', 'a', 'b')")
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert modes == {
        "bot.sqlite3": 0o600,
        "bot.sqlite3-wal": 0o600,
        "bot.sqlite3-shm": 0o600,
    }
    database.close()


def test_a_failed_transaction_leaves_nothing(path: Path) -> None:
    database, _ = open_database(path, START)
    statements = ("INSERT INTO move VALUES ('telegram', 'a', 'b')", "no statement")
    with pytest.raises(sqlite3.OperationalError), database.transaction() as connection:
        list(map(connection.execute, statements))
    assert database.rows("SELECT * FROM move") == []
    with database.transaction() as connection:
        connection.execute("INSERT INTO move VALUES ('telegram', 'a', 'b')")
    assert len(database.rows("SELECT * FROM move")) == 1
    database.close()


def test_what_was_stored_is_there_after_opening_again(path: Path) -> None:
    fill(path)
    database, moved = open_database(path, START)
    assert (moved, len(database.rows("SELECT * FROM move"))) == (None, 1)
    assert database.rows("PRAGMA user_version")[0][0] == len(STEPS)
    database.close()


def test_tables_take_only_the_type_they_name(path: Path) -> None:
    database, _ = open_database(path, START)
    with pytest.raises(sqlite3.IntegrityError), database.transaction() as connection:
        connection.execute("INSERT INTO position VALUES (1, 'text', 0, '', 0, 0)")
    database.close()


def test_every_thread_has_its_own_connection(path: Path) -> None:
    database, _ = open_database(path, START)
    seen: list[int] = []

    def write() -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO move VALUES ('telegram', 'a', 'b')")
            seen.append(id(connection))

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    with database.transaction() as connection:
        assert seen != [id(connection)]
    assert len(database.rows("SELECT * FROM move")) == 1
    database.close()


def test_a_file_that_is_no_database_is_moved_aside_and_kept(path: Path) -> None:
    path.write_bytes(b"this was a database once" * 100)
    database, moved = open_database(path, START)
    assert moved is not None
    assert moved.path.name == "bot.sqlite3.corrupt-20261129T220000Z"
    assert moved.path.read_bytes().startswith(b"this was")
    assert database.rows("SELECT * FROM move") == []
    database.close()


def test_a_database_with_a_broken_page_is_moved_aside_with_its_log(path: Path) -> None:
    fill(path, rows=500)
    content = bytearray(path.read_bytes())
    for offset in range(4096, len(content)):
        content[offset] = 0x5A
    path.write_bytes(content)
    database, moved = open_database(path, START)
    assert moved is not None
    assert moved.path.exists()
    assert database.rows("SELECT * FROM move") == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    database.close()


def test_an_old_log_does_not_enter_the_new_database(path: Path) -> None:
    fill(path)
    killed = sqlite3.connect(path, isolation_level=None)
    killed.execute("INSERT INTO move VALUES ('telegram', 'z', 'b')")
    log = path.with_name("bot.sqlite3-wal").read_bytes()
    killed.close()
    path.write_bytes(b"rubbish" * 1000)
    path.with_name("bot.sqlite3-wal").write_bytes(log)
    database, moved = open_database(path, START)
    assert moved is not None
    assert database.rows("SELECT * FROM move") == []
    database.close()


def test_a_newer_database_is_left_alone(path: Path) -> None:
    fill(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NewerDatabase, match="version 99"):
        open_database(path, START)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM move").fetchone() == (1,)
    connection.close()


def test_a_folder_that_is_not_there_is_no_corruption(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_database(tmp_path / "none" / "bot.sqlite3", START)


def test_a_database_in_use_by_another_is_no_corruption(path: Path) -> None:
    fill(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError):
        open_database(path, START, patience=0.01)
    other.close()
    database, moved = open_database(path, START)
    assert (moved, len(database.rows("SELECT * FROM move"))) == (None, 1)
    database.close()
