"""The whole bot in one process: two chat platforms in memory, a real core, a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.base import (
    ChannelBack,
    ChannelLost,
    ChannelMoved,
    Connected,
    Destination,
    Factory,
    Host,
    IncomingMessage,
    OutgoingMessage,
    Settings,
    Temporary,
    Trouble,
)
from adapters.registry import UnknownAdapter
from bot.app import App, Outside
from bot.config import load as load_config
from bot.helper import run_process
from bot.sdnotify import Notifier
from tests.servers.memory_adapter import MemoryAdapter
from tests.servers.small_bot import CoreFolder, one_window

PATIENCE = 120.0  # seconds; only a failure takes that long
BOT = """
language = "en"
state_dir = "{folder}/bot"
core_config = "{folder}/core.toml"
core_state_dir = "{folder}/state"
helper = {helper}
[[person]]
name = "Anna"
role = "treasurer"
ids = {{ one = "anna", two = "a" }}
[[destination]]
adapter = "one"
channel = "board"
label = "board chat"
[[destination]]
adapter = "two"
channel = "town"
label = "town square"
[adapters.one]
[adapters.two]
"""

ONE, TWO = Destination("one", "board"), Destination("two", "town")


@dataclass
class Bot:
    """A running bot, its two platforms and its core."""

    core: CoreFolder
    one: MemoryAdapter
    two: MemoryAdapter
    running: "asyncio.Task[None]"
    stop: asyncio.Event
    made_from: dict[str, Settings]

    async def says(self, text: str, number: str = "1") -> None:
        host = await self.host()
        host.deliver(IncomingMessage(ONE, number, "anna", "Anna", text, datetime.now(UTC)))

    async def host(self, adapter: MemoryAdapter | None = None) -> Host:
        return await asyncio.shield((adapter or self.one).host)


async def heard(adapter: MemoryAdapter, part: str) -> OutgoingMessage:
    """Wait for a message that says so; others are let pass."""
    async with asyncio.timeout(PATIENCE):
        while True:
            message = await adapter.heard.get()
            if part in message.text:
                return message


@pytest.fixture
def core(tmp_path: Path) -> CoreFolder:
    return CoreFolder(tmp_path)


@asynccontextmanager
async def bot(core: CoreFolder, *, broken: str = "") -> AsyncIterator[Bot]:
    helper = "[" + ", ".join(f"'{word}'" for word in core.command) + "]"
    path = core.folder / "bot.toml"
    path.write_text(BOT.format(folder=core.folder, helper=helper))
    made = {"one": MemoryAdapter(), "two": MemoryAdapter()}
    made_from: dict[str, Settings] = {}

    def load(name: str) -> Factory:
        if name == broken:
            raise UnknownAdapter(f"there is no adapter '{name}'")

        def make(settings: Settings) -> MemoryAdapter:
            made_from[name] = settings
            return made[name]

        return make

    outside = Outside(
        now=lambda: datetime.now(UTC),
        error_id=lambda: "7f3a",
        load=load,
        secret=lambda reference: reference,
        notifier=Notifier(),
    )
    stop = asyncio.Event()
    running = asyncio.create_task(App(load_config(path), outside).run(stop))
    try:
        yield Bot(core, made["one"], made["two"], running, stop, made_from)
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE):
            await running


async def test_a_lock_is_answered_here_and_announced_there(core: CoreFolder) -> None:
    async with bot(core) as it:
        await it.says("/maintenance lock audit")
        answer = await heard(it.one, "Locked")
        news = await heard(it.two, "Anna")
    assert answer.destination == ONE
    assert news.destination == TWO
    assert "audit" in news.text
    assert news.event_id
    assert all(message.event_id is None for message in it.one.sent)


async def test_a_window_that_begins_is_announced_everywhere_once(core: CoreFolder) -> None:
    async with bot(core) as it:
        await it.host()
        now = datetime.now(UTC)
        core.configure(one_window(now - timedelta(minutes=1), now + timedelta(hours=1)))
        # The timer's part.
        await asyncio.to_thread(run_process, [*core.command, "reconcile"], b"")
        for chat in (it.one, it.two):
            assert "Year end" in (await heard(chat, "closed")).text
    assert len(it.one.sent) == len(it.two.sent) == 1


async def test_what_happened_while_the_bot_was_off_is_told_when_it_is_back(
    core: CoreFolder,
) -> None:
    async with bot(core) as it:
        await it.says("/maintenance lock audit")
        await heard(it.two, "Anna")
    await asyncio.to_thread(run_process, [*core.command, "unlock", "--name", "Bram"], b"")
    async with bot(core) as again:
        for chat in (again.one, again.two):
            assert "open" in (await heard(chat, "Bram")).text


async def test_an_adapter_that_cannot_be_made_harms_no_other_and_is_told(
    core: CoreFolder,
) -> None:
    async with bot(core, broken="two") as it:
        told = await heard(it.one, "there is no adapter")
        await it.says("/maintenance status")
        status = await heard(it.one, "two")
    assert told.destination == ONE
    assert "there is no adapter" in status.text


async def test_trouble_of_a_platform_is_told_in_the_other_and_so_is_its_end(
    core: CoreFolder,
) -> None:
    async with bot(core) as it:
        host = await it.host(it.two)
        host.report(Trouble("token", "the token is refused", alarm=True))
        told = await heard(it.one, "the token is refused")
        host.report(Connected())
        over = await heard(it.one, "two")
    assert told.destination == over.destination == ONE
    assert it.two.sent == []


async def test_a_chat_that_is_lost_is_told_in_the_other_by_its_name(core: CoreFolder) -> None:
    async with bot(core) as it:
        host = await it.host(it.two)
        host.report(ChannelLost(TWO, "kicked", "the bot was removed"))
        await heard(it.one, "town square")


async def test_a_chat_that_moved_is_served_under_its_new_name(core: CoreFolder) -> None:
    new = Destination("one", "board-2")
    async with bot(core) as it:
        host = await it.host()
        host.report(ChannelMoved(ONE, new))
        now = datetime.now(UTC)
        host.deliver(IncomingMessage(new, "1", "anna", "Anna", "/maintenance lock", now))
        assert (await heard(it.one, "Locked")).destination == new
        await asyncio.to_thread(run_process, [*core.command, "unlock", "--name", "Bram"], b"")
        assert (await heard(it.one, "Bram")).destination == new


async def test_after_a_restart_an_adapter_is_made_for_where_its_chat_moved_to(
    core: CoreFolder,
) -> None:
    new = Destination("one", "board-2")
    async with bot(core) as it:
        (await it.host()).report(ChannelMoved(ONE, new))
    async with bot(core) as again:
        await again.host()
    assert again.made_from["one"].destinations == [new]
    assert again.made_from["two"].destinations == [TWO]


async def test_an_announcement_waits_for_a_platform_that_does_not_take_it(
    core: CoreFolder,
) -> None:
    async with bot(core) as it:
        it.two.failures = [Temporary("net", "no network")]
        await it.says("/maintenance lock audit")
        assert await heard(it.one, "Locked")
        assert await heard(it.two, "audit")


async def test_an_adapter_may_not_deliver_in_anothers_name(core: CoreFolder) -> None:
    async with bot(core) as it:
        host = await it.host(it.two)
        forged = IncomingMessage(ONE, "9", "anna", "A", "/maintenance lock", datetime.now(UTC))
        with pytest.raises(ValueError, match="two delivers for one"):
            host.deliver(forged)
    assert not core.marker.exists()


async def test_it_ends_when_nobody_has_more_to_say_and_all_is_told(core: CoreFolder) -> None:
    async with bot(core) as it:
        await it.says("/maintenance lock audit")
        it.one.ended.set()
        it.two.ended.set()
        async with asyncio.timeout(PATIENCE):
            await asyncio.shield(it.running)
    assert "Locked" in it.one.sent[-1].text
    assert "Anna" in it.two.sent[-1].text


async def test_a_corrupt_database_is_put_aside_and_that_is_told(core: CoreFolder) -> None:
    (core.folder / "bot").mkdir()
    (core.folder / "bot" / "bot.sqlite3").write_bytes(b"no database " * 1000)
    async with bot(core) as it:
        await heard(it.one, "my own notes are gone")
        await it.says("/maintenance status")
        await heard(it.one, "open")


async def test_a_chat_that_is_back_is_told_what_it_missed(core: CoreFolder) -> None:
    async with bot(core) as it:
        host = await it.host(it.two)
        host.report(ChannelLost(TWO, "kicked", "the bot was removed"))
        await heard(it.one, "town square")
        await it.says("/maintenance lock audit")
        await heard(it.one, "Locked")
        host.report(ChannelBack(TWO))
        assert await heard(it.two, "audit")
        assert await heard(it.one, "town square")
