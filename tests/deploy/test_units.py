"""The unit files: whole, as tight as promised, and never so tight that sudo would fail."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from core.check.systemd import BREAKS_SUDO

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
BOT = UNITS / "pretix-maintenance-bot.service"
RECONCILE = UNITS / "pretix-maintenance.service"
DROP_IN = UNITS / "pretix-maintenance-bot-255.conf"

# systemd before 255 sets NoNewPrivileges for a unit with User= and any of these, and sudo refuses.
ONLY_SINCE_255 = {*BREAKS_SUDO}
NEVER_WITH_SUDO = {"DynamicUser", "NoNewPrivileges", "PrivateUsers"}
NEEDED_BY_SUDO = {"CAP_SETUID", "CAP_SETGID"}
MAY_WRITE = {"ReadWritePaths", "BindPaths", "StateDirectory", "LogsDirectory", "CacheDirectory"}
NEVER_IN_RECONCILE = {
    "StateDirectory": "systemd would change the owner of all that is in it, and follow a link",
    "User": "the state directory is root's",
    "DynamicUser": "the state directory is root's",
    "RemainAfterExit": "a unit that counts as active is not started by its timer",
    "Restart": "the timer, the watch and the next start come anyway; a loop would hide the fault",
    "Nice": "a helper that waits for the mutex would wait for the slowest",
    "RootDirectory": "the marker must lie where nginx looks",
    "TemporaryFileSystem": "the marker must lie where nginx looks",
    "ConditionPathExists": "a run that is skipped leaves the shop as it is, and counts as success",
}


def settings(path: Path) -> list[tuple[str, str]]:
    """Every `Key=value` of a unit file."""
    lines = (line.strip() for line in path.read_text().splitlines())
    return [(key, value) for key, equals, value in (line.partition("=") for line in lines)
            if equals and not key.startswith(("#", ";"))]  # fmt: skip


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze: apt install systemd")
    command = ["systemd-analyze", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def exposure(path: Path) -> float:
    told = analyze("security", "--offline=yes", "--no-pager", path).stdout
    found = re.search(r"exposure level for \S+: ([0-9.]+)", told)
    assert found, told
    return float(found[1])


@pytest.mark.parametrize("path", sorted(UNITS.glob("*.service")), ids=lambda path: path.name)
def test_systemd_finds_nothing_wrong_with_a_unit(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / path.name
    # Programs of a host that this machine is not.
    copy.write_text(
        re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", path.read_text(), flags=re.MULTILINE)
    )
    done = analyze("verify", "--man=no", "--recursive-errors=no", copy)
    assert done.returncode == 0, done.stderr
    assert path.name not in done.stderr


def test_the_reconcile_unit_is_at_most_0_7_exposed() -> None:
    assert exposure(RECONCILE) <= 0.7


def test_the_bot_unit_without_the_drop_in_is_at_most_5_8_exposed() -> None:
    assert exposure(BOT) <= 5.8


def test_the_bot_unit_with_the_drop_in_is_at_most_2_0_exposed(tmp_path: Path) -> None:
    whole = tmp_path / BOT.name
    rest = DROP_IN.read_text().replace("[Service]", "")
    whole.write_text(BOT.read_text().replace("[Install]", f"{rest}\n[Install]"))
    assert exposure(whole) <= 2.0


def test_the_reconcile_unit_has_no_capability_at_all() -> None:
    assert ("CapabilityBoundingSet", "") in settings(RECONCILE)
    assert ("NoNewPrivileges", "yes") in settings(RECONCILE)


@pytest.mark.parametrize("setting", NEVER_IN_RECONCILE)
def test_the_reconcile_unit_never_says(setting: str) -> None:
    assert setting not in {key for key, _ in settings(RECONCILE)}, NEVER_IN_RECONCILE[setting]


def test_the_reconcile_unit_may_write_the_state_directory_and_nothing_else() -> None:
    written = [value for key, value in settings(RECONCILE) if key in MAY_WRITE]
    assert written == ["/var/lib/pretix-maintenance"]


def test_systemd_manages_no_directory_of_the_core_for_any_unit() -> None:
    for path in UNITS.iterdir():
        managed = {value for key, value in settings(path) if key.endswith("Directory")}
        assert managed <= {"pretix-maintenance-bot"}, path.name


def test_no_option_of_the_bot_unit_takes_sudo_away_on_an_older_systemd() -> None:
    used = {key for key, _ in settings(BOT)}
    assert not used & (ONLY_SINCE_255 | NEVER_WITH_SUDO)


def test_no_option_of_the_drop_in_takes_sudo_away_on_a_newer_systemd() -> None:
    used = {key for key, _ in settings(DROP_IN)}
    assert used
    assert not used & NEVER_WITH_SUDO
    assert used - {"SystemCallErrorNumber"} <= ONLY_SINCE_255


def test_the_bot_unit_keeps_the_capabilities_that_sudo_needs() -> None:
    kept = dict(settings(BOT))["CapabilityBoundingSet"].split()
    assert set(kept) >= NEEDED_BY_SUDO


def test_the_end_of_the_bot_is_not_the_end_of_a_helper_at_work() -> None:
    # `mixed` and `control-group` kill what is left as soon as the bot has ended.
    assert ("KillMode", "process") in settings(BOT)


def test_the_helper_can_write_the_state_directory_from_within_the_bot_unit() -> None:
    # sudo's child lives in the bot's mounts: without this it has a read-only file system, as root.
    assert ("ProtectSystem", "strict") in settings(BOT)
    assert ("ReadWritePaths", "/var/lib/pretix-maintenance") in settings(BOT)


def test_what_the_bot_unit_runs_may_be_executed() -> None:
    values = dict(settings(BOT))
    program = values["ExecStart"].split()[0]
    allowed = [path.lstrip("-") for path in values["ExecPaths"].split()]
    assert "/" in values["NoExecPaths"].split()
    assert any(program.startswith(f"{path}/") for path in allowed), program


def test_where_the_bot_may_write_it_starts_nothing() -> None:
    # A mount of its own does not take it from /: what the sandbox makes anew must be named.
    values = dict(settings(BOT))
    named = values["NoExecPaths"].split()
    assert f"/var/lib/{values['StateDirectory']}" in named
    assert f"/run/{values['RuntimeDirectory']}" in named
    assert {"/tmp", "/var/tmp", "/dev/shm"} <= {*named}


def test_the_run_at_boot_comes_before_nginx_and_says_when_it_fails() -> None:
    values = dict(settings(RECONCILE))
    assert "nginx.service" in values["Before"].split()
    assert values["WantedBy"] == "multi-user.target"
    assert (UNITS / values["OnFailure"]).is_file()


def test_no_number_of_starts_is_too_often() -> None:
    # systemd's default refuses the sixth start in ten seconds, and with it a lock.
    assert ("StartLimitIntervalSec", "0") in settings(RECONCILE)
    assert ("StartLimitIntervalSec", "0") in settings(BOT)
