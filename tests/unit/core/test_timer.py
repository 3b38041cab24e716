"""The systemd timer, against the configuration and systemd itself."""

import shutil
import subprocess

import pytest

from core.config import parse
from core.timer import unit

CONFIG = """
[[window]]
name = "a"
start = "Sun 22:00"
end = "Mon 05:00"
timezone = "Europe/Amsterdam"
[[window]]
name = "b"
start = "Sun 23:30"
duration = "7h30m"
timezone = "UTC"
[[extra_window]]
name = "c"
start = 2026-12-31T21:00:30+01:00
end = 2027-01-01T05:00:00Z
"""


def edges(text: str) -> list[str]:
    windows = parse(text, "core.toml").windows
    lines = unit(windows).splitlines()
    return [line.removeprefix("OnCalendar=") for line in lines if line.startswith("OnCalendar=")]


def test_every_edge_stands_there_in_its_windows_own_zone() -> None:
    assert edges(CONFIG) == [
        "Sun *-*-* 22:00:00 Europe/Amsterdam",
        "Mon *-*-* 05:00:00 Europe/Amsterdam",
        "Sun *-*-* 23:30:00 UTC",
        "Mon *-*-* 07:00:00 UTC",
        "2026-12-31 20:00:30 UTC",
        "2027-01-01 05:00:00 UTC",
    ]


def test_an_edge_that_two_windows_share_stands_there_once() -> None:
    assert len(edges(CONFIG.replace('c"', 'c"') + CONFIG[CONFIG.rindex("[[extra") :])) == 6


def test_missed_runs_boot_and_clock_changes_are_seen_to() -> None:
    lines = unit([]).splitlines()
    for wanted in (
        "AccuracySec=1s",
        "Persistent=true",
        "OnClockChange=yes",
        "OnTimezoneChange=yes",
        "OnUnitActiveSec=1min",
        "Unit=pretix-maintenance.service",
    ):
        assert wanted in lines
    assert any(line.startswith("OnBootSec=") for line in lines)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_reads_every_edge() -> None:
    argv = ["systemd-analyze", "calendar", *edges(CONFIG)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
