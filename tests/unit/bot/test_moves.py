from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.base import Destination
from bot.database import Database, open_database
from bot.moves import Moves
from tests.unit.bot.telling import MATTERMOST, START, TELEGRAM

SECOND = Destination("telegram", "-200")
THIRD = Destination("telegram", "-300")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database, _ = open_database(tmp_path / "bot.sqlite3", START)
    yield database
    database.close()


@pytest.fixture
def moves(database: Database) -> Moves:
    return Moves(database, [TELEGRAM, MATTERMOST])


def test_what_never_moved_is_where_it_was(moves: Moves) -> None:
    assert moves.current(TELEGRAM) == TELEGRAM
    assert moves.configured(TELEGRAM) == TELEGRAM
    assert moves.configured(SECOND) == SECOND


def test_a_move_leads_there_and_back_also_after_a_restart(moves: Moves, database: Database) -> None:
    moves.store(TELEGRAM, SECOND)
    for each in (moves, Moves(database, [TELEGRAM])):
        assert each.current(TELEGRAM) == SECOND
        assert each.configured(SECOND) == TELEGRAM
        assert each.current(MATTERMOST) == MATTERMOST


def test_a_chain_is_followed_to_its_end(moves: Moves, database: Database) -> None:
    moves.store(TELEGRAM, SECOND)
    moves.store(SECOND, THIRD)
    for each in (moves, Moves(database, [TELEGRAM])):
        assert each.current(TELEGRAM) == THIRD
        assert each.configured(THIRD) == TELEGRAM


def test_a_channel_that_moves_back_is_at_home(moves: Moves, database: Database) -> None:
    moves.store(TELEGRAM, SECOND)
    moves.store(SECOND, TELEGRAM)
    for each in (moves, Moves(database, [TELEGRAM])):
        assert each.current(TELEGRAM) == TELEGRAM
        assert each.configured(TELEGRAM) == TELEGRAM


def test_threads_move_with_their_channel(moves: Moves) -> None:
    moves.store(TELEGRAM, SECOND)
    assert moves.current(Destination("telegram", "-100", "7")) == Destination(
        "telegram", "-200", "7"
    )
    assert moves.configured(Destination("telegram", "-200", "7")) == Destination(
        "telegram", "-100", "7"
    )


def test_the_same_id_with_another_adapter_did_not_move(moves: Moves) -> None:
    moves.store(TELEGRAM, SECOND)
    other = Destination("mattermost", "-100")
    assert moves.current(other) == other
    assert moves.configured(Destination("mattermost", "-200")).channel == "-200"


def test_a_configuration_that_names_the_new_id_is_obeyed(database: Database) -> None:
    Moves(database, [TELEGRAM]).store(TELEGRAM, SECOND)
    moves = Moves(database, [SECOND])
    assert moves.current(SECOND) == SECOND
    assert moves.configured(SECOND) == SECOND


def test_a_channel_that_nobody_configured_is_not_let_in_by_a_move(moves: Moves) -> None:
    moves.store(SECOND, THIRD)
    assert moves.configured(THIRD) == THIRD


def test_the_same_move_told_twice_is_stored_once(moves: Moves, database: Database) -> None:
    moves.store(TELEGRAM, SECOND)
    moves.store(TELEGRAM, SECOND)
    moves.store(TELEGRAM, TELEGRAM)
    assert moves.current(TELEGRAM) == TELEGRAM
    assert database.rows("SELECT * FROM move") == []
