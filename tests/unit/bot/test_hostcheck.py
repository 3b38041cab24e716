"""The bot's user, folder and clock."""

import os
import sys
from pathlib import Path

import pytest

from adapters.base import Severity
from bot import hostcheck


def test_root_is_warned_and_others_are_not() -> None:
    assert [one.severity for one in hostcheck.user(0)] == [Severity.WARNING]
    assert list(hostcheck.user(1000)) == []


def test_a_folder_that_can_be_made_is_good(tmp_path: Path) -> None:
    assert list(hostcheck.folder(tmp_path / "not-yet")) == []


def test_a_folder_in_nowhere_is_wrong() -> None:
    (found,) = hostcheck.folder(Path("/proc/nowhere/bot"))
    assert (found.problem, found.severity) == ("state-dir", Severity.WRONG)


@pytest.mark.parametrize("name", ["bot.sqlite3", "bot.sqlite3-wal"])
def test_a_database_that_others_can_read_is_wrong(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch(mode=0o600)
    assert list(hostcheck.folder(tmp_path)) == []
    (tmp_path / name).chmod(0o640)
    (found,) = hostcheck.folder(tmp_path)
    assert name in found.cure


def test_a_journal_that_is_not_there_yet_is_no_fault(tmp_path: Path) -> None:
    assert list(hostcheck.journal(tmp_path / "journal.jsonl")) == []


def test_a_journal_that_may_not_be_read_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.touch(mode=0o640)
    assert list(hostcheck.journal(path)) == []
    path.chmod(0)
    assert bool(list(hostcheck.journal(path))) is (os.geteuid() != 0)


def test_secrets_are_looked_for_where_systemd_keeps_the_running_bots(tmp_path: Path) -> None:
    assert hostcheck.environment({"A": "b"}, tmp_path) == {
        "A": "b",
        "CREDENTIALS_DIRECTORY": str(tmp_path),
    }
    own = {"CREDENTIALS_DIRECTORY": "/own"}
    assert hostcheck.environment(own, tmp_path) == own
    assert hostcheck.environment({}, tmp_path / "missing") == {}


@pytest.mark.parametrize(
    ("program", "severity"),
    [
        ("print('yes')", Severity.OK),
        ("print('no')", Severity.WARNING),
        ("import sys; sys.exit(1)", Severity.WARNING),
    ],
)
async def test_the_system_says_whether_the_clock_is_synchronised(
    program: str, severity: Severity
) -> None:
    assert (await hostcheck.clock([sys.executable, "-c", program])).severity is severity


async def test_a_system_that_cannot_be_asked_is_a_warning() -> None:
    assert "Nobody says" in (await hostcheck.clock(["/no/such/program"])).sentence


async def test_a_system_that_does_not_answer_is_not_waited_for() -> None:
    forever = [sys.executable, "-c", "import signal; signal.pause()"]
    assert "Nobody says" in (await hostcheck.clock(forever, 0.05)).sentence
