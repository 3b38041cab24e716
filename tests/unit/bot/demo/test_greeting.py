"""What somebody sees first."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.demo import greeting
from bot.timefmt import Times

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def welcome(kind: str = greeting.NGINX) -> str:
    return greeting.welcome(
        shop="http://127.0.0.1:54321/",
        kind=kind,
        answer="answers: 200 OK",
        start=NOON + timedelta(seconds=20),
        end=NOON + timedelta(seconds=40),
        now=NOON - timedelta(milliseconds=300),
        folder=".demo",
        show=Times("en", ZoneInfo("Europe/Amsterdam")).instant,
    )


@pytest.mark.parametrize("kind", [greeting.NGINX, greeting.NO_NGINX, greeting.STAND_IN])
def test_it_fits_an_ordinary_terminal(kind: str) -> None:
    assert max(len(line) for line in welcome(kind).splitlines()) < 80
    assert len(welcome(kind).splitlines()) < 24


def test_it_says_where_one_is_who_one_is_what_to_try_what_comes_and_how_to_leave() -> None:
    text = welcome()
    for needed in (
        "http://127.0.0.1:54321/ (answers: 200 OK)",
        "a real nginx",
        "Anna, treasurer",
        "Bram of the board",
        "Eve, is a stranger",
        "/maintenance lock audit",
        "/maintenance unlock",
        "as eve: /maintenance lock",
        "in 20 s, at Wed 13:00:20 (12:00:20 UTC)",
        "20 s later",
        "Ctrl-D",
        ".demo",
    ):
        assert needed in text


def test_it_uses_no_word_of_the_machine_room() -> None:
    for word in ("marker", "reconcile", "systemd", "stdin"):
        assert word not in welcome()
