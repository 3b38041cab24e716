from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from adapters.base import Destination
from bot.announcer import Announcer
from bot.database import Database, open_database
from bot.moves import Moves
from bot.outbox import Outbox, Position
from bot.parcel import Notice
from core.journal import Cursor
from core.protocol import Event
from tests.unit.bot.telling import MATTERMOST, START, TELEGRAM, event

POSITION = Position(Cursor(10, 1, "line"), 1, 1)


class Scene:
    """An announcer with what it writes to."""

    def __init__(self, database: Database) -> None:
        audience = [TELEGRAM, MATTERMOST]
        self.outbox = Outbox(database)
        self.moves = Moves(database, audience)
        self.heard: list[str] = []
        self.announcer = Announcer(
            self.outbox,
            self.moves,
            audience,
            wake=lambda: self.heard.append("wake"),
            on_events=self.hear,
        )

    def hear(self, events: Sequence[Event]) -> None:
        assert self.outbox.position() == POSITION
        self.heard.extend(str(one.seq) for one in events)

    def told(self, destination: Destination) -> list[Event | Notice]:
        return [row.told() for row in self.outbox.open_rows(destination)]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    database, _ = open_database(tmp_path / "bot.sqlite3", START)
    yield Scene(database)
    database.close()


def test_an_automatic_transition_is_told_everywhere(scene: Scene) -> None:
    scene.announcer.announce([event(1)], POSITION, START)
    assert scene.told(TELEGRAM) == scene.told(MATTERMOST) == [event(1)]
    assert scene.outbox.position() == POSITION


def test_a_command_is_not_told_where_it_was_typed(scene: Scene) -> None:
    locked = event(1, kind="locked", origin="telegram:-100")
    scene.announcer.announce([locked], POSITION, START)
    assert scene.told(TELEGRAM) == []
    assert scene.told(MATTERMOST) == [locked]


def test_a_command_is_not_told_where_it_was_typed_also_after_a_move(scene: Scene) -> None:
    scene.moves.store(TELEGRAM, Destination("telegram", "-200"))
    locked = event(1, kind="locked", origin="telegram:-200")
    scene.announcer.announce([locked], POSITION, START)
    assert scene.told(TELEGRAM) == []
    assert scene.told(MATTERMOST) == [locked]


def test_a_command_from_a_place_that_is_not_told_is_told_everywhere(scene: Scene) -> None:
    locked = event(1, kind="locked", origin="telegram:-999")
    scene.announcer.announce([locked], POSITION, START)
    assert scene.told(TELEGRAM) == scene.told(MATTERMOST) == [locked]


def test_the_end_of_a_lock_is_told_where_the_lock_was_placed_too(scene: Scene) -> None:
    expired = event(1, kind="lock-expired", origin="telegram:-100")
    scene.announcer.announce([expired], POSITION, START)
    assert scene.told(TELEGRAM) == scene.told(MATTERMOST) == [expired]


def test_who_listens_hears_events_after_they_are_written(scene: Scene) -> None:
    scene.announcer.announce([event(1), event(2)], POSITION, START)
    assert scene.heard == ["wake", "1", "2"]


def test_a_position_without_events_wakes_nobody(scene: Scene) -> None:
    scene.announcer.announce([], POSITION, START)
    assert scene.heard == []
    assert scene.outbox.position() == POSITION


def test_a_notice_goes_to_all_but_those_left_out(scene: Scene) -> None:
    scene.announcer.notice("shop", {"status": "200"}, START, but=[TELEGRAM])
    assert scene.told(TELEGRAM) == []
    assert scene.told(MATTERMOST) == [Notice("shop", START, {"status": "200"})]
    assert scene.heard == ["wake"]


def test_what_nobody_saw_where_it_was_typed_is_told_there_too_and_once(scene: Scene) -> None:
    locked = event(1, kind="locked", origin="telegram:-100")
    scene.announcer.announce([locked], POSITION, START)
    for _ in range(2):
        scene.announcer.tell_there_too(locked, START)
    assert scene.told(TELEGRAM) == scene.told(MATTERMOST) == [locked]
    assert scene.heard[-1] == "wake"
