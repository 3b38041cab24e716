"""Flow B, dying at the border of every transaction in turn: nothing lost, copies marked."""

import asyncio
import contextlib
import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.announcer import Announcer
from bot.database import Database, open_database
from bot.delivery import Delivery, Round
from bot.follower import Follower
from bot.moves import Moves
from bot.outbox import Outbox
from tests.unit.bot.telling import (
    START,
    TELEGRAM,
    Chat,
    Clock,
    Words,
    event,
    write_journal,
)


class Died(BaseException):
    """The process is no more."""


class DyingDatabase(Database):
    """Dies at the n-th border of a transaction; a dead process does nothing any more."""

    def __init__(self, path: Path, borders: int) -> None:
        super().__init__(path)
        self.left = borders

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        self._border()
        with super().transaction() as connection:
            yield connection
        self._border()

    def _border(self) -> None:
        if self.left <= 1:
            self.left = 0
            raise Died
        self.left -= 1


async def live(folder: Path, chat: Chat, clock: Clock, borders: int) -> bool:
    """Run until everything is told or the process dies; return whether it survived."""
    database = DyingDatabase(folder / "bot.sqlite3", borders)
    outbox, moves = Outbox(database), Moves(database, [TELEGRAM])
    delivery = Delivery(
        [TELEGRAM], Round(outbox, moves, Words(), chat.send, clock.now, clock.sleep)
    )
    announcer = Announcer(outbox, moves, [TELEGRAM], wake=delivery.wake)
    journal = folder / "journal.jsonl"
    follower = Follower(journal, outbox, announcer, now=clock.now, sleep=clock.sleep)
    running = asyncio.gather(follower.run(), delivery.run(), return_exceptions=True)
    await clock.advance(5)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    database.close()
    return database.left > 0


def prepare(folder: Path) -> None:
    folder.mkdir()
    (folder / "journal.jsonl").touch()
    open_database(folder / "bot.sqlite3", START)[0].close()


async def one_death(folder: Path, borders: int) -> tuple[Chat, bool]:
    prepare(folder)
    chat, clock = Chat(), Clock()
    assert await live(folder, chat, clock, borders=1000)
    write_journal(folder / "journal.jsonl", event(1), event(2, transition=None))
    survived = await live(folder, chat, clock, borders)
    assert await live(folder, chat, clock, borders=1000)
    return chat, survived


async def test_dying_at_any_border_loses_nothing_and_marks_every_copy(tmp_path: Path) -> None:
    for borders in itertools.count(1):
        chat, survived = await one_death(tmp_path / str(borders), borders)
        numbers = [one.text[0] for one in chat.shown]
        assert list(dict.fromkeys(numbers)) == ["1", "2"], f"border {borders}"
        told: set[str] = set()
        for one, number in zip(chat.shown, numbers, strict=True):
            assert number not in told or one.repeat_note, f"border {borders}"
            told.add(number)
        if survived:
            break
    writings = 6  # retiring; the position with its rows; before and after each of two messages
    assert borders == 2 * writings + 1
