"""A real nginx, private to the demo."""

import http.client
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.demo import nginx
from bot.demo.nginx import NginxFailed, NginxShop, end_leftover
from bot.probe import Verdict, judge

PROGRAM = nginx.find()
needs_nginx = pytest.mark.skipif(PROGRAM is None, reason="nginx is not installed")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    # nginx reads none of these letters as its own, wherever the demo is.
    made = tmp_path / 'a $place; with "odd" {letters} ü'
    (made / "state").mkdir(parents=True)
    (made / "nginx").mkdir()
    return made


@pytest.fixture
def shop(root: Path) -> Iterator[NginxShop]:
    made = NginxShop(str(PROGRAM), root / "nginx")
    yield made
    made.stop()


def fetch(url: str, method: str = "GET") -> tuple[http.client.HTTPResponse, str]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    connection.request(method, "/any/page")
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer, body


def refused(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as knocking:
        return knocking.connect_ex((parts.hostname or "", parts.port or 0)) != 0


def processes_in(folder: Path) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it has ended meanwhile
                if (entry / "cwd").readlink() == folder:
                    found.append(entry.name)
    return found


@needs_nginx
def test_it_follows_the_marker(shop: NginxShop, root: Path) -> None:
    url = shop.start()
    marker = root / "state" / "MAINTENANCE_MODE"
    for exists, verdict in ((False, Verdict.OPEN), (True, Verdict.CLOSED), (False, Verdict.OPEN)):
        marker.touch() if exists else marker.unlink(missing_ok=True)
        answer, body = fetch(url)
        assert judge(url, answer.status, dict(answer.headers), body) is verdict


@needs_nginx
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_closed_is_a_503_for_every_method(shop: NginxShop, root: Path, method: str) -> None:
    (root / "state" / "MAINTENANCE_MODE").touch()
    answer, _ = fetch(shop.start(), method)
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["Cache-Control"] == "no-store"


@needs_nginx
def test_open_takes_orders(shop: NginxShop) -> None:
    assert fetch(shop.start(), "POST")[0].status == 200


@needs_nginx
def test_its_pages_alone_cannot_be_asked_for(shop: NginxShop) -> None:
    url = shop.start()
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    connection.request("GET", "/closed.html")
    assert connection.getresponse().status == 404
    connection.close()


@needs_nginx
def test_it_leaves_no_process_and_no_port(shop: NginxShop, root: Path) -> None:
    url = shop.start()
    assert processes_in(root / "nginx") != []
    shop.stop()
    shop.stop()
    assert processes_in(root / "nginx") == []
    assert refused(url)


@needs_nginx
def test_it_writes_nothing_outside_its_folder(shop: NginxShop, root: Path) -> None:
    before = set(root.parent.iterdir())
    fetch(shop.start(), "POST")
    shop.stop()
    assert set(root.parent.iterdir()) == before
    assert {path.name for path in root.iterdir()} == {"state", "nginx"}


@needs_nginx
def test_one_that_a_killed_demo_left_is_ended(shop: NginxShop, root: Path) -> None:
    url = shop.start()
    assert not refused(url)
    end_leftover(root / "nginx")
    assert shop._process is not None
    assert shop._process.wait(10) == 0
    assert refused(url)


def test_nothing_left_is_nothing_to_end(root: Path) -> None:
    end_leftover(root / "nginx")


def test_a_number_that_is_another_programs_by_now_is_let_alone(root: Path) -> None:
    with subprocess.Popen([str(shutil.which("sleep")), "600"]) as other:
        (root / "nginx" / "nginx.pid").write_text(f"{other.pid}\n")
        end_leftover(root / "nginx")
        assert other.poll() is None
        other.send_signal(signal.SIGKILL)


def script(folder: Path, body: str) -> str:
    program = folder / "nginx"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return str(program)


def test_one_that_does_not_start_says_why(root: Path, tmp_path: Path) -> None:
    program = script(tmp_path, 'echo "nginx: no such module" >&2; exit 1')
    with pytest.raises(NginxFailed, match="no such module"):
        NginxShop(program, root / "nginx").start()


def test_one_that_dies_without_a_word_is_noticed(root: Path, tmp_path: Path) -> None:
    with pytest.raises(NginxFailed, match="did not say why"):
        NginxShop(script(tmp_path, "exit 1"), root / "nginx").start()


def test_one_that_does_not_answer_is_ended(root: Path, tmp_path: Path) -> None:
    shop = NginxShop(script(tmp_path, "exec sleep 600"), root / "nginx", patience=0.1)
    with pytest.raises(NginxFailed):
        shop.start()
    assert shop._process is None
