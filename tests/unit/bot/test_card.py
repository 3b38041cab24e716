"""The status card: one message in each chat, edited when it is no longer true."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.base import Destination, Moved, OutgoingMessage, Permanent, Receipt, Temporary
from bot.card import AGAIN, BEAT, Card, Facts, Shown
from bot.connections import NOT_RUNNING
from bot.database import Database, open_database
from bot.health import Health
from bot.helper import run_process
from bot.moves import Moves
from bot.outbox import Outbox
from bot.parcel import Notice
from bot.probe import Asks, NoProbe, Probe
from tests.servers.loopback_shop import CLOSED, OPEN, loopback_shop
from tests.servers.memory_adapter import MemoryAdapter
from tests.servers.small_bot import BOARD, DUTCH, Clock, CoreFolder, roster, voices


@dataclass
class Scene:
    """A chat that wants a card, over a real core and a real database."""

    core: CoreFolder
    database: Database
    probe: Asks = field(default_factory=NoProbe)
    clock: Clock = field(default_factory=Clock)
    naps: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.outbox, self.health = Outbox(self.database), Health(now=self.clock)
        self.moves = Moves(self.database, [BOARD])
        self.chat = MemoryAdapter()

    def card(self, destination: Destination = BOARD) -> Card:
        """Make the card as a bot that has just been started does."""
        facts = Facts(
            self.core.seen(),
            voices=voices(roster()[1]),
            health=self.health,
            outbox=self.outbox,
            audience=[BOARD],
            probe=self.probe,
        )
        return Card(
            destination,
            facts,
            Shown(self.database),
            send=self.chat.send,
            moves=self.moves,
            now=self.clock,
            sleep=self.nap,
        )

    async def nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        if len(self.naps) == 3:
            raise asyncio.CancelledError

    def order(self, verb: str) -> None:
        assert run_process([*self.core.command, verb], b"").code == 0

    @property
    def sent(self) -> list[OutgoingMessage]:
        return self.chat.sent


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened, _ = open_database(tmp_path / "bot.sqlite3", datetime.now(UTC))
    yield opened
    opened.close()


@pytest.fixture
async def scene(tmp_path: Path, database: Database) -> Scene:
    return Scene(CoreFolder(tmp_path), database)


async def test_it_is_sent_once_pinned_and_silently(scene: Scene) -> None:
    for _ in range(3):
        assert await scene.card().look() == BEAT
    (message,) = scene.sent
    assert (message.pinned, message.silent, message.replaces) == (True, True, None)
    assert "The shop is open." in message.text


async def test_a_change_edits_the_same_message_also_after_a_restart(scene: Scene) -> None:
    await scene.card().look()
    scene.order("lock")
    await scene.card().look()
    scene.order("unlock")
    await scene.card().look()
    assert [one.replaces for one in scene.sent] == [
        None,
        Receipt(BOARD, "sent-1"),
        Receipt(BOARD, "sent-2"),
    ]
    assert "locked by" in scene.sent[1].text


async def test_time_alone_changes_nothing(scene: Scene) -> None:
    scene.order("lock")
    await scene.card().look()
    scene.clock.ahead += timedelta(hours=5)
    await scene.card().look()
    assert len(scene.sent) == 1


async def test_it_shows_what_the_shop_answers_to_the_present_state(
    tmp_path: Path, database: Database
) -> None:
    async with loopback_shop() as shop:
        probe = Probe(shop.url, clock=lambda: datetime.now(UTC), timeout=60)
        scene = Scene(CoreFolder(tmp_path), database, probe)
        shop.answer = OPEN
        await probe.ask(expected=False)
        await scene.card().look()
        scene.order("lock")
        await scene.card().look()
        shop.answer = CLOSED
        await probe.ask(expected=True)
        await scene.card().look()
    answers = ["answers 200" in one.text for one in scene.sent]
    assert answers == [True, False, False]
    assert "answers 503" in scene.sent[2].text


async def test_what_waits_for_a_minute_and_what_does_not_work_is_shown(scene: Scene) -> None:
    scene.outbox.put_notice(Notice("x", scene.clock(), {}), [BOARD])
    await scene.card().look()
    assert "waiting" not in scene.sent[0].text
    scene.clock.ahead += timedelta(minutes=2)
    scene.health.trouble("chat", "no network", alarm=False)
    await scene.card().look()
    assert "board chat: 1 announcement is waiting" in scene.sent[1].text
    assert "no network" in scene.sent[1].text


async def test_a_state_that_cannot_be_read_is_said(scene: Scene) -> None:
    scene.core.configure("nonsense")
    await scene.card().look()
    assert "I cannot see how the shop is now" in scene.sent[0].text


async def test_it_speaks_the_language_of_its_chat(scene: Scene) -> None:
    await scene.card(DUTCH).look()
    assert "De winkel is open." in scene.sent[0].text


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (Temporary("network", "no network"), AGAIN.total_seconds()),
        (Temporary(NOT_RUNNING, "not yet"), BEAT),
        (Temporary("flood", "too many", retry_after=900), 900),
        (Permanent("gone", "the chat is gone"), AGAIN.total_seconds()),
    ],
)
async def test_a_chat_that_does_not_take_it_is_tried_again_later(
    scene: Scene, error: Temporary | Permanent, pause: float
) -> None:
    scene.chat.failures.append(error)
    assert await scene.card().look() == pause
    assert await scene.card().look() == BEAT
    assert len(scene.sent) == 1


async def test_a_chat_that_moved_gets_a_new_one(scene: Scene) -> None:
    await scene.card().look()
    new = Destination("chat", "new-board")
    scene.chat.failures.append(Moved("moved", "moved", destination=new))
    scene.order("lock")
    await scene.card().look()
    await scene.card().look()
    assert [(one.destination, one.replaces) for one in scene.sent] == [(BOARD, None), (new, None)]


async def test_it_looks_every_few_seconds(scene: Scene) -> None:
    with pytest.raises(asyncio.CancelledError):
        await scene.card().run()
    assert scene.naps == [BEAT] * 3
