"""The treasurer's note of each window comes by itself, once, whatever kills the bot meanwhile."""

import asyncio
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.servers.pretix import (
    TOKEN,
    FakeEvent,
    FakeOrder,
    FakePayment,
    FakePretix,
    Fault,
    fake_pretix,
)
from tests.servers.small_bot import one_window
from tests.servers.two_platforms import TELEGRAM, TwoPlatforms, two_platforms, until

pytestmark = pytest.mark.slow

LATER = [sys.executable, "-m", "tests.e2e.later_bot"]
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BOOKS = """
[pretix]
url = "{pretix}"
token = "env:PRETIX_TOKEN"
"""


@pytest.fixture
async def pretix() -> AsyncIterator[FakePretix]:
    now = datetime.now(UTC)
    paid = FakePayment(1, "confirmed", Decimal("12.50"), now, now, details={"id": "tr_1"})
    order = FakeOrder("ABCDE", now, Decimal("12.50"), payments=[paid])
    async with fake_pretix(FakePretix({"club": [FakeEvent("gala", orders=[order])]})) as made:
        yield made


@pytest.fixture
async def stage(tmp_path: Path, pretix: FakePretix) -> AsyncIterator[TwoPlatforms]:
    async with two_platforms(tmp_path) as made:
        readers = TELEGRAM.replace('label = "board chat"', 'label = "board"\ntreasurer = true')
        made.configure(readers, more=BOOKS.replace("{pretix}", pretix.url))
        made.environ["PRETIX_TOKEN"] = TOKEN
        now = datetime.now(UTC).replace(microsecond=0)
        made.core.configure(
            named("Before", now - 9 * HOUR, now - 8 * HOUR)
            + named("First", now - HOUR, now + 10 * MINUTE)
            + named("Second", now + 20 * MINUTE, now + 30 * MINUTE)
        )
        yield made


def named(name: str, start: datetime, end: datetime) -> str:
    return one_window(start, end).replace("Year end", name)


async def begin(stage: TwoPlatforms, ahead: timedelta) -> None:
    """Start the bot with a clock that is `ahead`."""
    seconds = str(ahead.total_seconds())
    stage.command = [*LATER, str(stage.config), seconds]
    await stage.begin()


async def kill(stage: TwoPlatforms) -> None:
    await stage.stop(signal.SIGKILL)


def rows(stage: TwoPlatforms, sql: str) -> list[tuple[object, ...]]:
    path = stage.core.folder / "bot" / "bot.sqlite3"
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            return database.execute(sql).fetchall()
        except sqlite3.Error:
            return []


def notes(stage: TwoPlatforms) -> Iterator[str]:
    """The notes in the treasurer's chat."""
    for one in stage.telegram.posts(stage.board):
        text = str(one.get("text") or one.get("caption") or "")
        if "For the books" in text:
            yield text


async def test_a_window_that_ended_gets_one_note_also_over_kills(
    stage: TwoPlatforms, pretix: FakePretix
) -> None:
    await begin(stage, timedelta())
    await until(lambda: rows(stage, "SELECT until FROM noted"), "the bot never looked")
    await kill(stage)

    await stage.telegram.go_away()
    await begin(stage, 15 * MINUTE)
    waiting = "SELECT state FROM delivery WHERE lasting"
    await until(lambda: rows(stage, waiting), "no note was made")
    await kill(stage)
    assert list(notes(stage)) == []

    await stage.telegram.come_back()
    await begin(stage, 16 * MINUTE)
    await until(lambda: list(notes(stage)), "the note did not come")
    await until(lambda: rows(stage, waiting) == [("sent",)], "it is not known as told")
    await kill(stage)

    pretix.faults.append(Fault(status=403))
    await begin(stage, 40 * MINUTE)
    await until(
        lambda: any("“Second”" in one for one in notes(stage)), "the second note did not come"
    )
    # The bot makes the oldest first: what it made twice would stand before the second.
    first, second = notes(stage)
    assert "“First”" in first
    assert "1 payment, €12.50." in first
    assert "Not complete: pretix: pretix does not let the token see this (403)." in second
    files = [one["document"] for one in stage.telegram.posts(stage.board) if "document" in one]
    assert [str(one["file_name"])[:8] for one in files] == ["closing-", "closing-"]
    assert list(stage.telegram.posts(stage.club)) == []


async def test_a_pretix_that_hangs_delays_neither_commands_nor_announcements(
    stage: TwoPlatforms, pretix: FakePretix
) -> None:
    await begin(stage, timedelta())
    await until(lambda: rows(stage, "SELECT until FROM noted"), "the bot never looked")
    await kill(stage)
    pretix.faults.append(Fault())
    # The platform's clock is the real one: an order of now must not look too old.
    stage.config.write_text("max_command_age = 100000\n" + stage.config.read_text())
    await begin(stage, 15 * MINUTE)
    async with asyncio.timeout(60):
        await pretix.asked.wait()
    stage.anna.says(stage.board, "/maintenance lock audit")
    await until(lambda: stage.in_telegram(stage.board), "the order was not answered")
    await until(lambda: stage.in_telegram(stage.club), "it was not announced")
    assert "audit" in stage.in_telegram(stage.club)[0]
    assert rows(stage, "SELECT state FROM delivery WHERE lasting") == []
