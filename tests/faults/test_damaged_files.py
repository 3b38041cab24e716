"""The bot's database and the core's journal, damaged under the bot's process: told, not invented.

Each test lets a real bot speak to a fake Telegram and Mattermost, breaks a file, and goes on.
"""

import asyncio
import os
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.test_adapter_chaos import NEVER_MERGE, NOTE, SPEED, numbers_in
from tests.figures import Figures
from tests.judge import JOURNAL
from tests.servers.small_bot import open_window
from tests.servers.two_platforms import TwoPlatforms, two_platforms, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CASE = "damaged files under a running bot"


class Scene:
    """The stage, and the events that happened on it."""

    def __init__(self, stage: TwoPlatforms) -> None:
        self.stage = stage
        self.journal = stage.core.state / JOURNAL
        self.database = stage.core.folder / "bot" / "bot.sqlite3"
        self.happened = 0

    async def happen(self, count: int = 1) -> None:
        """Somebody locks, or unlocks; in a window that opens and closes nothing."""
        for _ in range(count):
            self.happened += 1
            verb = "lock" if self.happened % 2 else "unlock"
            await self.stage.pretix(verb, "--name", f"E{self.happened:04}")

    async def told(self, *but: int) -> None:
        """Every event, each once and in order, in every chat; `but` those that nobody can know."""
        right = [number for number in range(1, self.happened + 1) if number not in but]
        await until(lambda: all(right[-1:] == told[-1:] for told in self.numbers()), str(right))
        assert self.numbers() == [right] * 3

    def is_told(self) -> bool:
        """Whether the last event stands in every chat."""
        return all(told[-1:] == [self.happened] for told in self.numbers())

    def numbers(self) -> list[list[int]]:
        """What stands in each chat, but for copies that are marked as such."""
        return [list(_first_told(texts)) for texts in self.stage.everywhere()]

    @property
    def log(self) -> str:
        """What the bot has logged."""
        return self.stage.log.read_text()

    async def tells(self, word: str) -> None:
        """Wait until it stands in every chat."""
        everywhere = self.stage.everywhere
        await until(
            lambda: all(any(word in text for text in texts) for texts in everywhere()),
            f"{word!r} was not told: {everywhere()}",
        )

    async def logs(self, word: str) -> None:
        """Wait until the bot says it."""
        await until(lambda: word in self.log, f"{word!r} was not said")


def _first_told(texts: Sequence[str]) -> Iterator[int]:
    told: set[int] = set()
    for text in texts:
        for number in numbers_in([text]):
            if number not in told or NOTE not in text:
                yield number
            told.add(number)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with two_platforms(tmp_path) as stage:
        stage.core.configure(open_window(datetime.now(UTC)))
        stage.configure(more=NEVER_MERGE)
        module = [sys.executable, "-m", "tests.faults.hasty_bot"]
        stage.command = [*module, str(stage.config), str(SPEED), "0"]
        await stage.pretix("reconcile")
        await stage.start()
        made = Scene(stage)
        await made.happen(2)
        await made.told()
        yield made


Damage = Callable[[Scene, Path], None]


def torn(scene: Scene, _: Path) -> None:
    os.truncate(scene.journal, scene.journal.stat().st_size - 20)


def an_old_copy(scene: Scene, copy: Path) -> None:
    copy.replace(scene.journal)


def deleted(scene: Scene, _: Path) -> None:
    scene.journal.unlink()


def garbage(scene: Scene, _: Path) -> None:
    with scene.journal.open("ab") as journal:
        journal.write(b'garbage\n\0\0\n{"seq":7}\n[]\n')


SAID: dict[Damage, str] = {
    torn: "not the one that was read before",
    an_old_copy: "not the one that was read before",
    deleted: "not the one that was read before",
    garbage: "unreadable lines of the journal",
}


@pytest.mark.parametrize("damage", SAID, ids=lambda one: str(one.__name__))
async def test_a_damaged_journal_is_told_of_and_nothing_in_it_twice_or_not_at_all(
    scene: Scene, damage: Damage, tmp_path: Path, figures: Figures
) -> None:
    copy = tmp_path / "copy"
    shutil.copyfile(scene.journal, copy)
    # No lock stands there now: one that the journal forgot is rightly recorded, and told, again.
    await scene.happen(2)
    await scene.told()
    # The journal counts in seconds; in the same one nobody could tell old from new.
    second = int(time.time())
    await until(lambda: int(time.time()) > second)
    damage(scene, copy)
    await scene.happen(3)
    await scene.logs(SAID[damage])
    await scene.told()
    figures.count(CASE, invented=0, lost=0)


async def test_a_locked_database_delays_and_loses_nothing(scene: Scene, figures: Figures) -> None:
    with closing(sqlite3.connect(scene.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await scene.happen(2)
        await scene.logs("database is locked")
    await scene.told()
    figures.count(CASE, invented=0, lost=0)


async def test_a_deleted_database_is_begun_anew_and_repeats_nothing(
    scene: Scene, figures: Figures
) -> None:
    for path in scene.database.parent.glob("bot.sqlite3*"):
        path.unlink()
    await scene.happen()
    await scene.told()
    await scene.stage.stop()
    await scene.stage.start()
    await scene.happen()
    await scene.told()
    figures.count(CASE, invented=0, lost=0)


async def test_a_corrupt_database_is_kept_and_told_and_repeats_nothing(
    scene: Scene, figures: Figures
) -> None:
    await scene.stage.stop(signal.SIGKILL)
    scene.database.write_bytes(b"no database" * 1000)
    # Else SQLite has all of it in its log, and nothing was lost.
    scene.database.with_name("bot.sqlite3-wal").unlink()
    await scene.happen()
    await scene.stage.start()
    await scene.tells("my own notes are gone")
    assert list(scene.database.parent.glob("*.corrupt-*"))
    await scene.happen()
    # What was on its way when the database went is history to the new one, and is not invented.
    await scene.told(scene.happened - 1)
    figures.count(CASE, invented=0)


async def test_a_database_that_is_spoilt_under_the_bot_repeats_nothing(
    scene: Scene, figures: Figures
) -> None:
    with scene.database.open("r+b") as file:
        file.write(os.urandom(scene.database.stat().st_size))
    scene.database.with_name("bot.sqlite3-wal").write_bytes(b"")
    await scene.happen()
    assert scene.stage.bot is not None
    bot = scene.stage.bot
    await until(lambda: bot.returncode is not None or scene.numbers() == [[1, 2, 3]] * 3)
    if bot.returncode is None:
        await scene.stage.stop()
    # Which chats it reached with the third is chance; what it did not tell is lost to them.
    before = scene.numbers()
    assert all(told in ([1, 2], [1, 2, 3]) for told in before), before
    await scene.stage.start()
    await scene.tells("my own notes are gone")
    await scene.happen()
    await until(scene.is_told, f"the fourth was not told: {scene.numbers()}")
    assert scene.numbers() == [[*told, 4] for told in before]
    figures.count(CASE, invented=0)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts a file system")
async def test_a_full_disk_delays_and_loses_nothing(scene: Scene, figures: Figures) -> None:
    await scene.stage.stop()
    folder, aside = scene.database.parent, scene.database.parent.with_name("aside")
    folder.rename(aside)
    folder.mkdir(mode=0o700)
    await _run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder))
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        await scene.stage.start()
        await _full_for_a_while(scene)
        await scene.told()
        await scene.stage.stop()
    finally:
        await _run("umount", "-l", str(folder))
    figures.count(CASE, invented=0, lost=0)


async def _run(*words: str) -> None:
    process = await asyncio.create_subprocess_exec(*words)
    assert await process.wait() == 0


async def _full_for_a_while(scene: Scene) -> None:
    filler = scene.database.with_name("filler")
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)) == 4096:
                pass
        except OSError:
            pass
    await scene.happen(2)
    await scene.logs("full")
    filler.unlink()
    # A bot that cannot even note its trouble ends, and systemd starts it again.
    bot = scene.stage.bot
    assert bot is not None
    await until(lambda: bot.returncode is not None or scene.is_told())
    if bot.returncode is not None:
        await scene.stage.start()
