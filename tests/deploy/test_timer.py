"""The timer that the core prints, judged by systemd itself."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = """\
[[window]]
name = "Mollie week"
start = "Sun 23:00"
end = "Mon 06:00"
timezone = "Europe/Amsterdam"
[[window]]
name = "Lunch"
start = "Wed 12:30"
duration = "45m"
timezone = "UTC"
[[extra_window]]
name = "Year end"
start = 2026-12-31T20:00:00Z
end = 2027-01-01T05:00:00Z
"""


@pytest.fixture
def timer(tmp_path: Path) -> str:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze: apt install systemd")
    config = tmp_path / "core.toml"
    config.write_text(CONFIG)
    command = [sys.executable, "-m", "core.cli", "--config", str(config), "timer"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_systemd_finds_nothing_wrong_with_the_timer(timer: str, tmp_path: Path) -> None:
    unit = tmp_path / "pretix-maintenance.timer"
    unit.write_text(timer)
    service = tmp_path / "pretix-maintenance.service"
    service.write_text("[Service]\nExecStart=/bin/true\n")
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_understands_every_edge_as_it_was_meant(timer: str) -> None:
    edges = [line.partition("=")[2] for line in timer.splitlines() if line.startswith("OnCalendar")]
    command = ["systemd-analyze", "calendar", "--base-time=2026-11-25 00:00:00 UTC", *edges]
    told = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"TZ": "UTC", "PATH": "/usr/bin"}
    ).stdout
    elapses = [line.split(": ")[1] for line in told.splitlines() if "Next elapse" in line]
    assert set(elapses) == {
        "Sun 2026-11-29 22:00:00 UTC",
        "Mon 2026-11-30 05:00:00 UTC",
        "Wed 2026-11-25 12:30:00 UTC",
        "Wed 2026-11-25 13:15:00 UTC",
        "Thu 2026-12-31 20:00:00 UTC",
        "Fri 2027-01-01 05:00:00 UTC",
    }


def test_the_timer_is_exact_and_makes_up_for_what_it_missed(timer: str) -> None:
    wanted = {"AccuracySec=1s", "Persistent=true", "OnClockChange=yes", "OnTimezoneChange=yes"}
    assert wanted <= set(timer.splitlines())
