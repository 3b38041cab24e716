"""A notice ahead of a window, and a reminder of a lock that nobody ended: each once."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.database import Database, open_database
from bot.foresight import BEAT, Foresight, Reminded
from bot.helper import run_process
from bot.notices import Kind
from tests.servers.small_bot import Clock, CoreFolder, one_window

HALF_AN_HOUR = timedelta(minutes=30)


@dataclass
class Scene:
    """A core, a clock that the test moves, and what was told."""

    core: CoreFolder
    database: Database
    ahead: timedelta | None = HALF_AN_HOUR
    clock: Clock = field(default_factory=Clock)
    told: list[tuple[Kind, Mapping[str, str]]] = field(default_factory=list)

    def foresight(self) -> Foresight:
        return Foresight(
            self.core.seen(),
            Reminded(self.database),
            lambda kind, facts: self.told.append((kind, facts)),
            now=self.clock,
            ahead=self.ahead,
            lock_after=timedelta(hours=24),
        )

    def looks_at(self, **later: float) -> list[Kind]:
        """Look so much later than now, and by a bot that was started in between."""
        self.clock.ahead = timedelta(**later)
        self.foresight().look()
        return [kind for kind, _ in self.told]

    def order(self, verb: str) -> None:
        assert run_process([*self.core.command, verb], b"").code == 0


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    now = datetime.now(UTC)
    database, _ = open_database(tmp_path / "bot.sqlite3", now)
    core = CoreFolder(tmp_path)
    core.configure(one_window(now + timedelta(hours=2), now + timedelta(hours=4)))
    yield Scene(core, database)
    database.close()


def test_a_window_is_announced_once_so_long_ahead(scene: Scene) -> None:
    assert scene.looks_at(minutes=89) == []
    assert scene.looks_at(minutes=91) == [Kind.AHEAD]
    assert scene.looks_at(minutes=100) == [Kind.AHEAD]
    assert scene.told[0][1]["name"] == "Year end"


def test_without_the_wish_no_window_is_announced(scene: Scene) -> None:
    scene.ahead = None
    assert scene.looks_at(minutes=91) == []


def test_a_window_that_was_moved_is_announced_again(scene: Scene) -> None:
    scene.looks_at(minutes=91)
    now = datetime.now(UTC)
    scene.core.configure(one_window(now + timedelta(hours=3), now + timedelta(hours=4)))
    assert scene.looks_at(minutes=151) == [Kind.AHEAD, Kind.AHEAD]


def test_while_the_shop_is_closed_no_closing_is_announced(scene: Scene) -> None:
    scene.order("lock")
    assert scene.looks_at(minutes=91) == []


def test_a_lock_is_brought_to_mind_after_a_day_and_daily(scene: Scene) -> None:
    scene.order("lock")
    assert scene.looks_at(hours=23.9) == []
    assert scene.looks_at(hours=24.1) == [Kind.LONG_LOCK]
    assert scene.looks_at(hours=47.9) == [Kind.LONG_LOCK]
    assert scene.looks_at(hours=48.2) == [Kind.LONG_LOCK] * 2


def test_the_next_lock_has_a_day_of_its_own(scene: Scene) -> None:
    scene.order("lock")
    scene.looks_at(hours=24.1)
    scene.order("unlock")
    assert scene.looks_at(hours=48.2) == [Kind.LONG_LOCK]


def test_a_core_that_cannot_be_read_is_no_end_of_looking(scene: Scene) -> None:
    scene.core.configure("nonsense")
    assert scene.looks_at(minutes=91) == []


async def test_it_goes_on_looking(scene: Scene) -> None:
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 2:
            raise asyncio.CancelledError

    foresight = scene.foresight()
    foresight._sleep = nap
    with pytest.raises(asyncio.CancelledError):
        await foresight.run()
    assert naps == [BEAT, BEAT]
