"""The command side of the bot on a real core and a real database, with a chat in memory."""

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from adapters.base import Destination, IncomingMessage, OutgoingMessage
from bot.buttons import Buttons
from bot.corestate import CoreState
from bot.database import open_database
from bot.desk import Desk
from bot.dispatcher import Dispatcher
from bot.health import Health
from bot.helper import Helper
from bot.inbox import Inbox
from bot.messages import Voice
from bot.orders import Orders
from bot.outbox import Outbox
from bot.owners import Owners
from bot.policy import Policy
from bot.probe import Asks, NoProbe
from bot.questions import Questions
from bot.replies import Replies
from bot.roster import Person, Place, Role
from bot.voices import Voices
from tests.servers.memory_adapter import MemoryAdapter

CORE = str(Path(__file__).with_name("core_program.py"))
ZONE = ZoneInfo("Europe/Amsterdam")
BOARD = Destination("chat", "board")
DUTCH = Destination("chat", "bestuur")
ELSEWHERE = Destination("chat", "elsewhere")
ANNA, BRAM, MIA, EVE = "anna", "bram", "mia", "eve"


def one_window(start: datetime, end: datetime) -> str:
    """Configure one window, in whole seconds."""
    edges = f"start = {start:%Y-%m-%dT%H:%M:%SZ}\nend = {end:%Y-%m-%dT%H:%M:%SZ}\n"
    return '[[extra_window]]\nname = "Year end"\n' + edges


def open_window(now: datetime) -> str:
    """Configure a window that is open now."""
    return one_window(now - timedelta(hours=1), now + timedelta(hours=2))


def far_window(now: datetime) -> str:
    """Configure a window that no test sees begin."""
    return one_window(now + timedelta(days=90), now + timedelta(days=90, hours=2))


@dataclass
class CoreFolder:
    """A core that needs no root: its configuration, its state, and the command that runs it."""

    folder: Path
    config: Path = field(init=False)
    state: Path = field(init=False)
    command: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.config, self.state = self.folder / "core.toml", self.folder / "state"
        self.state.mkdir(mode=0o755)
        self.configure(far_window(datetime.now(UTC)))
        where = ["--config", str(self.config), "--state-dir", str(self.state)]
        self.command = [sys.executable, "-IS", CORE, *where]

    def configure(self, text: str) -> None:
        self.config.write_text(text)

    @property
    def marker(self) -> Path:
        return self.state / "MAINTENANCE_MODE"

    def seen(self) -> CoreState:
        return CoreState(self.config, self.state)


@dataclass
class SmallBot:
    """The bot's parts that a test touches, and what people in the chats do."""

    core: CoreFolder
    adapter: MemoryAdapter
    inbox: Inbox
    outbox: Outbox
    health: Health
    dispatcher: Dispatcher
    buttons: Buttons
    clock: "Clock"
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def message(self, text: str, by: str = ANNA, where: Destination = BOARD) -> IncomingMessage:
        return IncomingMessage(where, f"m{next(self.numbers)}", by, by, text, self.clock())

    def says(self, text: str, by: str = ANNA, where: Destination = BOARD) -> IncomingMessage:
        message = self.message(text, by, where)
        self.dispatcher.deliver(message)
        return message

    def presses(self, token: str, by: str = ANNA, where: Destination = BOARD) -> IncomingMessage:
        message = replace(self.message("", by, where), action=token)
        self.dispatcher.deliver(message)
        return message

    async def hears(self) -> OutgoingMessage:
        async with asyncio.timeout(60):
            return await self.adapter.heard.get()

    async def answer(
        self, text: str, by: str = ANNA, where: Destination = BOARD
    ) -> OutgoingMessage:
        self.says(text, by, where)
        return await self.hears()

    async def is_idle(self) -> None:
        async with asyncio.timeout(60):
            await self.dispatcher.idle()


class Clock:
    """The real instant, which the helper sees too, plus what the test adds."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def roster() -> tuple[tuple[Person, ...], tuple[Place, ...]]:
    people = (
        Person("Anna", Role.TREASURER, {"chat": ANNA}),
        Person("Bram", Role.BOARD, {"chat": BRAM}),
        Person("Mia", Role.MEMBER, {"chat": MIA}),
    )
    places = (Place(BOARD, "board chat"), Place(DUTCH, "bestuur", language="nl"))
    return people, places


def voices(places: Sequence[Place]) -> Voices:
    return Voices(lambda language: Voice(language, ZONE, "IT", "shop"), places, "en")


@asynccontextmanager
async def small_bot(
    core: CoreFolder,
    *,
    helper: Helper | None = None,
    probe: Asks | None = None,
    adapter: MemoryAdapter | None = None,
    sleep: Callable[[float], Awaitable[None]] | None = None,
    grace: float = 60,
    asks: bool = False,
) -> AsyncIterator[SmallBot]:
    """Run the command side; the database stays in the core's folder for the next one.

    With `asks` the chat counts as one that has buttons.
    """
    clock, adapter = Clock(), adapter or MemoryAdapter()
    people, places = roster()
    database, _ = open_database(core.folder / "bot.sqlite3", clock())
    inbox, outbox, health = Inbox(database), Outbox(database), Health(now=clock)
    seen, helper = core.seen(), helper or Helper(core.command, patience=60)
    error_id, buttons, spoken = (lambda: "7f3a"), Buttons(clock=clock), voices(places)
    questions = Questions(
        seen,
        voices=spoken,
        health=health,
        outbox=outbox,
        audience=[place.destination for place in places],
        error_id=error_id,
    )
    replies = Replies(adapter.send, sleep=_no_time)
    desk = Desk(
        Policy(people, places, ZONE),
        voices=spoken,
        orders=Orders(
            helper,
            seen,
            now=clock,
            error_id=error_id,
            can_ask=lambda _: asks,
            tell_owner=Owners(seen, replies, spoken, [place.destination for place in places]).tell,
        ),
        questions=questions,
        buttons=buttons,
        core=seen,
        configured=lambda destination: destination,
        zone=ZONE,
        now=clock,
    )
    dispatcher = Dispatcher(
        inbox,
        desk,
        replies,
        buttons=buttons,
        probe=probe or NoProbe(),
        now=clock,
        error_id=error_id,
        sleep=sleep or _no_time,
        grace=grace,
    )
    running = asyncio.create_task(dispatcher.run())
    try:
        yield SmallBot(core, adapter, inbox, outbox, health, dispatcher, buttons, clock)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        database.close()


async def _no_time(_: float) -> None:
    await asyncio.sleep(0)
