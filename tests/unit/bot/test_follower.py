import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.announcer import Announcer
from bot.database import Database, open_database
from bot.follower import Follower
from bot.moves import Moves
from bot.outbox import Outbox
from tests.unit.bot.telling import START, TELEGRAM, Clock, event, settle, write_journal


class Scene:
    """A journal, its follower, and what was written for one destination."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.database = database
        self.journal = folder / "journal.jsonl"
        self.outbox = Outbox(database)
        self.clock = Clock()
        self.heard: list[int] = []
        self.follower = self.another()

    def another(self) -> Follower:
        """A follower as after a restart."""
        moves = Moves(self.database, [TELEGRAM])
        announcer = Announcer(
            self.outbox,
            moves,
            [TELEGRAM],
            wake=lambda: None,
            on_events=lambda events: self.heard.extend(one.seq for one in events),
        )
        return Follower(
            self.journal, self.outbox, announcer, now=self.clock.now, sleep=self.clock.sleep
        )

    def read(self) -> None:
        while self.follower.look():
            pass

    def problem(self) -> str | None:
        return self.follower.problem

    def told(self) -> list[int]:
        """What was announced; rows and listeners must agree on it."""
        rows = self.database.rows("SELECT seq FROM delivery ORDER BY id")
        assert [row["seq"] for row in rows] == self.heard
        return self.heard

    def write(self, *seqs: int, minutes: int = 0) -> None:
        at = START + timedelta(minutes=minutes)
        write_journal(self.journal, *(event(seq, at + timedelta(seconds=seq)) for seq in seqs))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    database, _ = open_database(tmp_path / "bot.sqlite3", START)
    yield Scene(tmp_path, database)
    database.close()


def test_history_before_the_first_start_is_no_news(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    scene.write(1, 2, 3)
    scene.read()
    assert scene.told() == []
    assert "the 3 events before the first start are not announced" in caplog.text
    scene.write(4)
    scene.read()
    assert scene.told() == [4]


def test_a_journal_that_begins_after_the_first_start_is_all_news(scene: Scene) -> None:
    scene.read()
    scene.write(1, 2)
    scene.read()
    assert scene.told() == [1, 2]


def test_each_event_is_told_once_also_over_restarts(scene: Scene) -> None:
    scene.read()
    for seq in range(1, 6):
        scene.write(seq)
        scene.read()
        scene.follower = scene.another()
        scene.read()
    assert scene.told() == [1, 2, 3, 4, 5]


def test_what_happened_while_the_bot_was_off_is_told(scene: Scene) -> None:
    scene.write(1)
    scene.read()
    scene.write(2, 3)
    scene.follower = scene.another()
    scene.read()
    assert scene.told() == [2, 3]


def test_a_line_that_is_not_finished_is_told_when_it_is(scene: Scene) -> None:
    scene.read()
    line = event(1).to_json()
    scene.journal.write_text(line[:40], encoding="utf-8")
    scene.read()
    assert scene.told() == []
    scene.journal.write_text(line + "\n", encoding="utf-8")
    scene.read()
    assert scene.told() == [1]


def test_unreadable_lines_are_passed_over_and_said(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.read()
    scene.write(1)
    with scene.journal.open("a", encoding="utf-8") as journal:
        journal.write("garbage\n")
    scene.write(2)
    scene.read()
    assert scene.told() == [1, 2]
    assert caplog.text.count("passed over 1 unreadable") == 1


def test_a_long_absence_is_read_to_the_end(scene: Scene) -> None:
    scene.read()
    write_journal(scene.journal, *(event(seq, reason="x" * 490) for seq in range(1, 1601)))
    scene.read()
    assert scene.told() == list(range(1, 1601))


def test_a_long_history_before_the_first_start_is_no_news_either(scene: Scene) -> None:
    write_journal(scene.journal, *(event(seq, reason="x" * 490) for seq in range(1, 1601)))
    scene.read()
    assert scene.told() == []


def test_a_journal_begun_anew_is_warned_of_once_and_told_from_its_first_event(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.read()
    scene.write(1, 2, 3)
    scene.read()
    scene.journal.unlink()
    scene.write(1, 2, minutes=5)
    scene.read()
    scene.write(3, minutes=5)
    scene.read()
    assert scene.told() == [1, 2, 3, 1, 2, 3]
    assert caplog.text.count("is not the one that was read before") == 1


def test_a_journal_begun_anew_is_told_whole_also_if_it_is_longer_by_now(scene: Scene) -> None:
    scene.read()
    scene.write(1, 2)
    scene.read()
    scene.journal.unlink()
    scene.write(1, 2, 3, minutes=5)
    scene.read()
    assert scene.told() == [1, 2, 1, 2, 3]


def test_a_deleted_journal_tells_nothing_and_is_followed_when_it_is_there_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.read()
    scene.write(1, 2, 3)
    scene.read()
    scene.journal.unlink()
    scene.read()
    scene.read()
    assert caplog.text.count("is not the one that was read before") == 1
    scene.write(1, minutes=5)
    scene.read()
    assert scene.told() == [1, 2, 3, 1]


def test_an_old_copy_of_the_journal_is_not_told_again(scene: Scene) -> None:
    scene.read()
    scene.write(*range(1, 6))
    scene.read()
    scene.journal.unlink()
    scene.write(1, 2, 3)
    scene.read()
    assert scene.told() == [1, 2, 3, 4, 5]
    scene.write(4, minutes=5)
    scene.read()
    assert scene.told() == [1, 2, 3, 4, 5, 4]


def test_an_old_copy_put_back_after_a_while_is_not_told_again(scene: Scene) -> None:
    scene.read()
    scene.write(*range(1, 6))
    scene.read()
    scene.journal.unlink()
    scene.read()
    scene.write(1, 2, 3)
    scene.read()
    assert scene.told() == [1, 2, 3, 4, 5]


def test_a_journal_that_was_rewritten_but_counts_on_tells_only_what_is_new(scene: Scene) -> None:
    scene.read()
    scene.write(1, 2, 3)
    scene.read()
    scene.journal.unlink()
    scene.write(3, 4, 5)
    scene.read()
    assert scene.told() == [1, 2, 3, 4, 5]


def test_a_journal_that_did_not_change_is_not_read(scene: Scene) -> None:
    scene.read()
    scene.write(1)
    scene.read()
    scene.journal.chmod(0o000)
    assert scene.follower.look() == 0


async def test_it_looks_once_a_second(scene: Scene) -> None:
    task = asyncio.create_task(scene.follower.run())
    await settle()
    scene.write(1)
    await scene.clock.advance(0.9)
    assert scene.told() == []
    await scene.clock.advance(0.2)
    assert scene.told() == [1]
    task.cancel()
    await settle()
    assert task.cancelled()


async def test_a_journal_that_cannot_be_read_is_said_once_and_read_later(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.read()
    scene.journal.symlink_to(scene.journal)
    task = asyncio.create_task(scene.follower.run())
    await scene.clock.advance(5)
    assert caplog.text.count("cannot be followed") == 1
    assert str(scene.problem()).endswith("cannot be followed: Too many levels of symbolic links")
    scene.journal.unlink()
    scene.write(1)
    await scene.clock.advance(2)
    assert scene.told() == [1]
    assert scene.problem() is None
    task.cancel()
    await settle()


async def test_what_could_not_be_written_down_is_written_later(scene: Scene) -> None:
    scene.read()
    task = asyncio.create_task(scene.follower.run())
    await settle()
    with scene.database.transaction() as connection:
        connection.execute("PRAGMA max_page_count = 1")
    scene.write(*range(1, 400))
    await scene.clock.advance(2)
    assert scene.told() == []
    assert "database or disk is full" in str(scene.problem())
    with scene.database.transaction() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    await scene.clock.advance(2)
    assert scene.told() == list(range(1, 400))
    task.cancel()
    await settle()


def test_an_event_and_the_position_are_never_apart(scene: Scene) -> None:
    """The bot may die between any two statements; here the second of them fails."""
    scene.read()
    scene.write(1)
    with scene.database.transaction() as connection:
        connection.execute(
            "CREATE TRIGGER torn BEFORE INSERT ON position BEGIN SELECT raise(ABORT, 'died'); END"
        )
    with pytest.raises(sqlite3.IntegrityError):
        scene.follower.look()
    assert scene.told() == []
    with scene.database.transaction() as connection:
        connection.execute("DROP TRIGGER torn")
    scene.read()
    assert scene.told() == [1]
