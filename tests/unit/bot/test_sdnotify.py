"""What systemd hears from the service."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sdnotify import Notifier


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """Stand in for systemd's end of the socket, in both kinds of addresses."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.settimeout(5)
        if request.param == "path":
            address = str(tmp_path / "notify")
            end.bind(address)
        else:
            name = f"pretix-maintenance-test-{tmp_path.name}-{id(end)}"
            address = "@" + name
            end.bind("\0" + name)
        yield address, end


def test_ready_status_alive_and_stopping_arrive(manager: tuple[str, socket.socket]) -> None:
    address, end = manager
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": address}, pid=7)
    notifier.ready("up")
    notifier.status("shop closed")
    notifier.alive()
    notifier.stopping()
    heard = [end.recv(200) for _ in range(4)]
    assert heard == [b"READY=1\nSTATUS=up", b"STATUS=shop closed", b"WATCHDOG=1", b"STOPPING=1"]


def test_a_status_cannot_smuggle_another_assignment(manager: tuple[str, socket.socket]) -> None:
    address, end = manager
    Notifier(address).status("closed\nMAINPID=1")
    assert end.recv(200) == b"STATUS=closed MAINPID=1"


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_longest_silence_is_read_only_when_meant_for_this_process(
    environ: dict[str, str], seconds: float | None
) -> None:
    assert Notifier.from_environment(environ, pid=7).watchdog == seconds


def test_without_systemd_nothing_happens() -> None:
    Notifier.from_environment({}, pid=7).ready("up")


def test_a_deaf_systemd_does_not_stop_the_service(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Notifier(str(tmp_path / "nobody")).alive()
    assert "systemd was not told WATCHDOG=1" in caplog.text
