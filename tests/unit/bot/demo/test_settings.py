"""The demo's configuration files are what the two programs accept."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.config import load as load_bot
from bot.demo.folder import DemoFolder
from bot.demo.settings import bot_settings, core_settings, weekly
from core.config import load as load_core

NOON = datetime(2026, 11, 25, 12, 0, 7, tzinfo=UTC)


def test_the_core_accepts_its_file(tmp_path: Path) -> None:
    path = tmp_path / "core.toml"
    path.write_text(core_settings(NOON, NOON + timedelta(seconds=20), NOON + timedelta(minutes=1)))
    assert [window.name for window in load_core(str(path)).windows] == ["Mollie week", "Demo"]
    (extra,) = tomllib.loads(path.read_text())["extra_window"]
    assert extra["start"] == datetime(2026, 11, 25, 12, 0, 27, tzinfo=UTC)


@pytest.mark.parametrize("name", [".demo", 'a "quoted" \\ $place', "ünï code"])
def test_the_bot_accepts_its_file_whatever_the_folder_is_called(tmp_path: Path, name: str) -> None:
    folder = DemoFolder(tmp_path / name)
    path = tmp_path / "bot.toml"
    path.write_text(
        bot_settings(
            folder, language="nl", helper=["/x y/pretix-maintenance"], shop="http://127.0.0.1:9/"
        )
    )
    config = load_bot(path)
    assert config.state_dir == folder.bot
    assert config.core_state_dir == folder.state
    assert config.core_config == folder.core_config
    assert config.helper == ("/x y/pretix-maintenance",)
    assert {person.name: person.role.value for person in config.people} == {
        "Anna": "treasurer",
        "Bram": "board",
    }


@pytest.mark.parametrize("hours", range(0, 7 * 24, 3))
def test_the_weekly_window_never_falls_into_the_demo(hours: int) -> None:
    now = NOON + timedelta(hours=hours)
    day, _ = weekly(now)
    start = now.replace(hour=22, minute=0, second=0)
    while f"{start:%a}" != day:
        start += timedelta(days=1)
    for begin in (start, start - timedelta(days=7)):
        end = begin + timedelta(hours=7)
        assert not begin - timedelta(hours=2) < now < end + timedelta(hours=2)


def test_the_weekly_window_is_that_of_a_real_shop_on_most_days() -> None:
    assert weekly(NOON) == ("Sun", "Mon")
