"""`pretix-maintenance-bot report`: the note of a week from this host's files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.small_bot import CoreFolder

PROGRAM = [sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())"]

WEEKLY = """
[[window]]
name = "Mollie week"
start = "Sun 22:00"
end = "Mon 05:00"
timezone = "UTC"
"""


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    core = CoreFolder(tmp_path)
    core.configure(WEEKLY)
    path = tmp_path / "bot.toml"
    path.write_text(
        f'language = "en"\nstate_dir = "{tmp_path}/bot"\n'
        f'core_config = "{tmp_path}/core.toml"\ncore_state_dir = "{tmp_path}/state"\n'
    )
    return path


def report(bot: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `report` as a process: it sets up the logging of the whole process it runs in."""
    command = [*PROGRAM, "report", "--config", str(bot), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_note_of_a_week_is_printed_as_the_chat_gets_it(bot: Path) -> None:
    done = report(bot, "--week", "2026-W47")
    assert done.returncode == 0
    assert "“Mollie week” was planned from Sun 23:00 (22:00 UTC)" in done.stdout


def test_the_same_note_is_had_for_machines(bot: Path) -> None:
    assert json.loads(report(bot, "--week", "2026-W47", "--json").stdout)["week"]


def test_a_token_is_never_sent_over_plain_http(bot: Path, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("abc123")
    token.chmod(0o600)
    text = f'\n[pretix]\nurl = "http://tickets.example/"\ntoken = "file:{token}"\n'
    bot.write_text(bot.read_text() + text)
    done = report(bot, "--week", "2026-W47")
    assert done.returncode == 3
    assert "pretix: the address must begin with https" in done.stdout + done.stderr
    assert "abc123" not in done.stdout + done.stderr


def test_a_token_that_is_not_there_is_a_fault_of_the_configuration(bot: Path) -> None:
    text = '\n[pretix]\nurl = "https://tickets.example/"\ntoken = "file:/nowhere/token"\n'
    bot.write_text(bot.read_text() + text)
    done = report(bot, "--week", "2026-W47")
    assert done.returncode == 3
    assert "pretix.token" in done.stdout + done.stderr


def test_looking_back_leaves_nothing_in_the_bots_folder(bot: Path, tmp_path: Path) -> None:
    assert report(bot, "--week", "2026-W47").returncode == 0
    assert not (tmp_path / "bot").exists()


def test_a_week_that_is_none_is_a_usage_error(bot: Path) -> None:
    assert report(bot, "--week", "2026-48").returncode == 2
