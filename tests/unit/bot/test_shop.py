"""The built-in shop."""

import http.client
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.probe import Verdict, judge
from bot.shop import StandInShop


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "MAINTENANCE_MODE"


@pytest.fixture
def shop(marker: Path) -> Iterator[str]:
    made = StandInShop(marker)
    yield made.start()
    made.stop()


def fetch(url: str, method: str = "GET") -> tuple[http.client.HTTPResponse, str]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    connection.request(method, "/")
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer, body


def leave_without_listening(url: str) -> None:
    """Ask, and reset the connection at once."""
    address = urlsplit(url)
    assert address.hostname is not None
    assert address.port is not None
    with socket.create_connection((address.hostname, address.port), timeout=5) as visitor:
        visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        visitor.sendall(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")


def verdict(url: str) -> Verdict:
    answer, body = fetch(url)
    return judge(url, answer.status, dict(answer.headers), body)


def test_it_is_open_without_the_marker(shop: str) -> None:
    assert verdict(shop) is Verdict.OPEN


def test_it_follows_the_marker_at_every_request(shop: str, marker: Path) -> None:
    marker.touch()
    assert verdict(shop) is Verdict.CLOSED
    marker.unlink()
    assert verdict(shop) is Verdict.OPEN


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_closed_is_a_503_that_is_not_kept_and_tells_when_to_come_back(
    shop: str, marker: Path, method: str
) -> None:
    marker.touch()
    answer, body = fetch(shop, method)
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (body == "") is (method == "HEAD")


def test_only_a_closed_shop_says_when_to_come_back(shop: str) -> None:
    assert "Retry-After" not in fetch(shop)[0].headers


def test_after_its_end_nobody_answers(marker: Path) -> None:
    made = StandInShop(marker)
    url = made.start()
    made.stop()
    made.stop()
    with pytest.raises(ConnectionRefusedError):
        fetch(url)


def test_it_is_for_this_machine_alone(shop: str) -> None:
    assert urlsplit(shop).hostname == "127.0.0.1"


def test_a_visitor_who_leaves_is_not_told_in_the_terminal(
    shop: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(50):
        leave_without_listening(shop)
    assert fetch(shop)[0].status == 200
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(5)
    assert capfd.readouterr().err == ""
