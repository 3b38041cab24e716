"""What the terminal tells of the shop."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.answer import ChangeTeller, ask
from bot.shop import StandInShop


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "MAINTENANCE_MODE"


@pytest.fixture
def shop(marker: Path) -> Iterator[StandInShop]:
    made = StandInShop(marker)
    yield made
    made.stop()


def test_an_open_shop(shop: StandInShop) -> None:
    assert ask(shop.start()) == "the shop answers: 200 OK"


def test_a_closed_shop(shop: StandInShop, marker: Path) -> None:
    marker.touch()
    expected = "the shop answers: 503 Service Unavailable, come back in 60 s"
    assert ask(shop.start()) == expected


def test_a_shop_that_is_gone(shop: StandInShop) -> None:
    url = shop.start()
    shop.stop()
    assert ask(url).startswith("the shop does not answer: ")


def test_only_a_change_is_news(shop: StandInShop, marker: Path) -> None:
    teller = ChangeTeller(shop.start(), marker)
    assert teller.news() is None
    marker.touch()
    assert "503" in (teller.news() or "")
    assert teller.news() is None
    marker.unlink()
    assert "200" in (teller.news() or "")
