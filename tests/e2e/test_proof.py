"""The bot says the truth about a real shop behind a real nginx, whatever was done to either."""

import asyncio
import itertools
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.base import IncomingMessage, OutgoingMessage
from bot import addresses
from bot.app import App, Outside
from bot.config import ProbeSettings, load
from bot.config.shape import Url
from bot.database import Database, open_database
from bot.helper import Helper, run_process
from bot.notices import Kind
from bot.parcel import Notice
from bot.probe import Verdict
from bot.proofs import Proofs, Recording
from bot.renderer import AnnouncementRenderer
from bot.sdnotify import Notifier
from bot.shopwatch import ShopWatch
from bot.watchdog import Watch
from tests.servers.loopback_shop import LoopbackShop, loopback_shop
from tests.servers.memory_adapter import MemoryAdapter
from tests.servers.ports import free_port
from tests.servers.small_bot import (
    BOARD,
    Clock,
    CoreFolder,
    far_window,
    one_window,
    open_window,
    roster,
    voices,
)
from tests.web.nginx_process import why_not
from tests.web.rendering import snippet
from tests.web.site import Site, site

pytestmark = pytest.mark.skipif(why_not() is not None, reason=why_not() or "")


class Truth:
    """A core and an nginx that share a marker, and the bot's eyes on both."""

    def __init__(self, web: Site, core: CoreFolder, database: Database) -> None:
        self.web = web
        self.core = core
        self.clock = Clock()
        self.told: list[tuple[Kind, Mapping[str, str]]] = []
        settings = ProbeSettings(Url(f"http://127.0.0.1:{web.port}/"))
        probe = addresses.shop(settings, self.clock)
        self.probe = Recording(probe, Proofs(database), core.seen())
        self.shop_watch = ShopWatch(core.seen(), self.probe, self.tell, now=self.clock)
        self.watch = self.watching(core.command)

    def watching(self, command: list[str]) -> Watch:
        return Watch(
            self.core.seen(),
            Helper(command, patience=60),
            self.tell,
            now=self.clock,
            error_id=lambda: "7f3a",
        )

    def tell(self, kind: Kind, facts: Mapping[str, str]) -> None:
        self.told.append((kind, facts))

    def order(self, verb: str) -> None:
        assert run_process([*self.core.command, verb], b"").code == 0

    def conf(self) -> Path:
        return self.web.folder / "pretix-maintenance.conf"

    def reload(self, reached: Callable[[], bool]) -> None:
        """Have nginx read its configuration again, and wait until all its workers have."""
        os.kill(int((self.web.folder / "nginx.pid").read_text()), signal.SIGHUP)
        end = time.monotonic() + 60
        while not all(reached() for _ in range(20)):
            assert time.monotonic() < end, "nginx goes on as before"
            time.sleep(0.02)

    async def beat(self) -> list[str]:
        """Let one interval of the watch over the shop pass: a question, and one more if wrong."""
        for _ in range(2):
            await self.shop_watch.ask()
        return await self.said()

    async def settle(self) -> list[str]:
        """Let the watch over the marker look, and look again after its time to settle."""
        await self.watch.look()
        self.clock.ahead += timedelta(seconds=11)
        await self.watch.look()
        return await self.said()

    async def said(self) -> list[str]:
        """Word what was told since the last time, as the chats get it."""
        renderer = AnnouncementRenderer(voices(roster()[1]), self.core.seen(), self.probe)
        now = self.clock()
        told, self.told = self.told, []
        texts = [
            await renderer.notice(BOARD, Notice(kind, now, facts), now) for kind, facts in told
        ]
        return [text.text for text in texts if text]


@pytest.fixture(scope="module")
def web() -> Iterator[Site]:
    with site() as one:
        yield one


@pytest.fixture
def core(web: Site, tmp_path: Path) -> Iterator[CoreFolder]:
    web.restore()
    core = CoreFolder(tmp_path)
    for name in ("MAINTENANCE_MODE", "MAINTENANCE_MODE_LOCK", "journal.jsonl"):
        (web.state / name).unlink(missing_ok=True)
    core.state = web.state
    core.command[-1] = str(web.state)
    assert run_process([*core.command, "reconcile"], b"").code == 0
    yield core
    (web.folder / "pretix-maintenance.conf").write_text(snippet(web.state, web.folder / "pages"))
    web.restore()


@pytest.fixture
def truth(web: Site, core: CoreFolder, tmp_path: Path) -> Iterator[Truth]:
    database, _ = open_database(tmp_path / "proofs.sqlite3", datetime.now(UTC))
    it = Truth(web, core, database)
    yield it
    if it.conf().read_text() != snippet(web.state, web.folder / "pages"):
        it.conf().write_text(snippet(web.state, web.folder / "pages"))
        web.close()
        it.reload(lambda: web.ask().closed)
    database.close()


async def test_a_shop_that_is_as_it_must_be_is_not_worth_a_word(truth: Truth) -> None:
    assert await truth.beat() == []
    truth.order("lock")
    assert await truth.beat() == []
    assert await truth.settle() == []


async def test_what_machines_get_in_the_pages_place_is_known_as_ours(truth: Truth) -> None:
    widget = f"http://127.0.0.1:{truth.web.port}/demo/party/widget/product_list"
    asked = addresses.shop(ProbeSettings(Url(widget)), truth.clock)
    truth.order("lock")
    closed = await asked.ask(expected=True)
    assert closed is not None
    assert (closed.verdict, closed.status) == (Verdict.CLOSED, 503)


async def test_an_include_line_that_was_removed(truth: Truth) -> None:
    truth.order("lock")
    truth.conf().write_text("")
    truth.reload(lambda: truth.web.ask().status == 200)
    (said,) = await truth.beat()
    assert "still answers 200: the shop may be open." in said
    truth.conf().write_text(snippet(truth.web.state, truth.web.folder / "pages"))
    truth.reload(lambda: truth.web.ask().closed)
    (over,) = await truth.beat()
    assert "answers as it must again" in over


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's nginx has workers of another user")
async def test_a_directory_that_nginx_may_not_enter(truth: Truth) -> None:
    truth.order("lock")
    truth.web.state.chmod(0o700)
    (said,) = await truth.beat()
    assert "still answers 200: the shop may be open." in said


async def test_a_configuration_that_sends_the_page_as_200(truth: Truth) -> None:
    truth.order("lock")
    truth.conf().write_text(
        truth.conf().read_text().replace("error_page 463 =503", "error_page 463 =200")
    )
    truth.reload(lambda: truth.web.ask().status == 200)
    (said,) = await truth.beat()
    assert "as if all were well (200 instead of 503)" in said


async def test_a_closed_page_that_stays_although_the_shop_is_open(truth: Truth) -> None:
    truth.conf().write_text(truth.conf().read_text().replace("if (!-f", "if (-f"))
    truth.reload(lambda: truth.web.ask().status == 503)
    (said,) = await truth.beat()
    assert "still shows the closed page (503): buyers cannot buy there." in said


async def test_an_nginx_that_is_stopped(core: CoreFolder, tmp_path: Path) -> None:
    database, _ = open_database(tmp_path / "proofs.sqlite3", datetime.now(UTC))
    with site() as stopped:
        truth = Truth(stopped, core, database)
        truth.order("lock")
    (said,) = await truth.beat()
    database.close()
    assert "it does not answer" in said


async def test_a_timer_that_was_disabled_over_an_edge(truth: Truth) -> None:
    truth.core.configure(open_window(datetime.now(UTC)))
    assert truth.web.ask().status == 200
    (said,) = await truth.settle()
    assert "should have been closed" in said
    assert truth.web.ask().closed
    assert await truth.beat() == []
    truth.core.configure(far_window(datetime.now(UTC)))
    (said,) = await truth.settle()
    assert "should have been open" in said
    assert truth.web.ask().status == 200


async def test_a_marker_that_was_deleted_by_hand(truth: Truth) -> None:
    truth.order("lock")
    truth.core.marker.unlink()
    assert truth.web.ask().status == 200
    (said,) = await truth.settle()
    assert "should have been closed" in said
    assert truth.web.ask().closed


async def test_a_marker_that_was_made_by_hand(truth: Truth) -> None:
    truth.core.marker.touch()
    assert truth.web.ask().closed
    (said,) = await truth.settle()
    assert "should have been open" in said
    assert truth.web.ask().status == 200


@pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is not installed")
async def test_a_clock_that_jumped_into_a_window_and_back(truth: Truth) -> None:
    now = datetime.now(UTC)
    truth.core.configure(one_window(now + timedelta(hours=4), now + timedelta(hours=6)))
    truth.clock.ahead = timedelta(hours=5)
    truth.watch = truth.watching(["faketime", "-f", "+5h", *truth.core.command])
    (said,) = await truth.settle()
    assert "should have been closed" in said
    assert truth.web.ask().closed
    truth.clock.ahead = timedelta()
    truth.watch = truth.watching(truth.core.command)
    (said,) = await truth.settle()
    assert "closed to be safe: the server's clock shows a time before" in said
    assert truth.web.ask().closed
    truth.clock.ahead = timedelta(hours=7)
    truth.watch = truth.watching(["faketime", "-f", "+7h", *truth.core.command])
    (said,) = await truth.settle()
    assert "should have been open" in said
    assert truth.web.ask().status == 200


BOT = """
language = "en"
state_dir = "{folder}/bot"
core_config = "{folder}/core.toml"
core_state_dir = "{state}"
helper = {helper}
[[person]]
name = "Anna"
role = "treasurer"
ids = {{ chat = "anna" }}
[[destination]]
adapter = "chat"
channel = "board"
card = true
[probe]
url = "{shop}"
timeout = 30
[monitoring]
listen = "127.0.0.1:{port}"
ping_url = "{ping}"
[adapters.chat]
"""


NUMBERS = itertools.count(1)
"""Of messages: a bot that is started again knows the former ones."""


class Chat:
    """A whole bot with one chat."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead
        self.adapter = MemoryAdapter()
        self.numbers = NUMBERS

    async def says(self, text: str) -> None:
        host = await asyncio.shield(self.adapter.host)
        number, now = str(next(self.numbers)), datetime.now(UTC) + self.ahead
        host.deliver(IncomingMessage(BOARD, number, "anna", "Anna", text, now))

    async def presses(self, token: str) -> None:
        host = await asyncio.shield(self.adapter.host)
        number, now = str(next(self.numbers)), datetime.now(UTC) + self.ahead
        host.deliver(IncomingMessage(BOARD, number, "anna", "Anna", "", now, action=token))

    async def hears(self, part: str) -> OutgoingMessage:
        async with asyncio.timeout(60):
            while True:
                message = await self.adapter.heard.get()
                if part in message.text:
                    return message


@asynccontextmanager
async def whole_bot(
    core: CoreFolder, shop: str, port: int, ping: str, ahead: timedelta = timedelta()
) -> AsyncIterator[Chat]:
    path = core.folder / "bot.toml"
    path.write_text(
        BOT.format(
            folder=core.folder,
            state=core.state,
            helper=json.dumps(core.command),
            shop=shop,
            port=port,
            ping=ping,
        )
    )
    chat = Chat(ahead)
    outside = Outside(
        now=lambda: datetime.now(UTC) + ahead,
        error_id=lambda: "7f3a",
        load=lambda _: lambda _: chat.adapter,
        secret=lambda reference: reference,
        notifier=Notifier(),
    )
    stop = asyncio.Event()
    running = asyncio.create_task(App(load(path), outside).run(stop))
    try:
        yield chat
    finally:
        stop.set()
        await running


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not done():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.02)


async def test_every_transition_has_its_proof_in_the_history(web: Site, core: CoreFolder) -> None:
    shop = f"http://127.0.0.1:{web.port}/"
    async with whole_bot(core, shop, free_port(), "http://127.0.0.1:1/") as chat:
        await chat.says("/maintenance lock audit")
        assert "Locked" in (await chat.hears("answers 503")).text
        await chat.says("/maintenance unlock")
        assert "Lock removed" in (await chat.hears("answers 200")).text
        core.configure(open_window(datetime.now(UTC)))
        assert run_process([*core.command, "reconcile"], b"").code == 0
        await chat.hears("answers 503")
        await chat.says("/maintenance history")
        history = (await chat.hears("What happened")).text.splitlines()[1:]
    assert len(history) == 3
    assert all("; checked: " in line for line in history), history


async def test_changes_that_the_bot_missed_are_checked_when_it_is_back(
    web: Site, core: CoreFolder
) -> None:
    shop = f"http://127.0.0.1:{web.port}/"
    async with whole_bot(core, shop, free_port(), "http://127.0.0.1:1/") as chat:
        await chat.says("/maintenance status")
        await chat.hears("The shop is open")
    for verb in ("lock", "unlock", "lock"):
        assert run_process([*core.command, verb], b"").code == 0
    two_hours = timedelta(hours=2)
    async with whole_bot(core, shop, free_port(), "http://127.0.0.1:1/", two_hours) as chat:
        await chat.says("/maintenance history")
        history = (await chat.hears(": 503")).text.splitlines()[1:]
    assert len(history) == 3
    assert "checked later, " in history[0]
    assert "checked only after the next change, " in history[1]
    assert "checked later, " in history[2]
    assert not any("not checked" in line for line in history)


async def test_a_lock_of_yesterday_is_brought_to_mind_with_buttons_that_work(
    web: Site, core: CoreFolder
) -> None:
    assert run_process([*core.command, "lock"], b"").code == 0
    shop = f"http://127.0.0.1:{web.port}/"
    yesterday = timedelta(hours=25)
    async with whole_bot(core, shop, free_port(), "http://127.0.0.1:1/", yesterday) as chat:
        reminder = await chat.hears("Is this lock still needed?")
        unlock, keep = reminder.buttons
        assert keep.label == "👍 Keep"
        await chat.presses(unlock.token)
        result = await chat.hears("Lock removed")
    assert result.replaces is not None
    assert not core.marker.exists()


async def test_a_chat_that_wants_a_card_has_one_that_is_true(web: Site, core: CoreFolder) -> None:
    shop = f"http://127.0.0.1:{web.port}/"
    async with whole_bot(core, shop, free_port(), "http://127.0.0.1:1/") as chat:
        card = await chat.hears("Checked: 127.0.0.1 answers 200.")
        while not card.pinned:
            card = await chat.hears("The shop is open.")
        await chat.says("/maintenance lock audit")
        while not (card.pinned and "locked by Anna" in card.text):
            card = await chat.hears("The shop is closed.")
    assert card.replaces is not None


async def test_neither_probe_nor_port_nor_ping_can_hold_up_a_lock(core: CoreFolder) -> None:
    async with loopback_shop() as shop, loopback_shop() as far:
        shop.answer = far.answer = None
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            async with whole_bot(core, shop.url, port, far.url) as chat:
                await _everything_hangs(shop, far)
                begun = time.monotonic()
                await chat.says("/maintenance lock audit")
                await chat.hears("Locked")
                # A fraction of the 30 seconds for which the shop is asked.
                assert time.monotonic() - begun < 15
                assert core.marker.exists()
                await chat.says("/maintenance status")
                status = await chat.hears("The shop is closed")
                assert "monitoring cannot ask me" in status.text


async def _everything_hangs(*far_sides: LoopbackShop) -> None:
    for one in far_sides:
        await until(one.asked.is_set)
