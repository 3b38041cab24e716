"""Units that are missing, off, stale, or do not fit."""

from pathlib import Path

import pytest

from core.check import OK, WARNING, WRONG, systemd
from core.config import parse
from core.timer import unit
from tests.unit.core.check.system import System, bad, scene, told
from tests.unit.core.conftest import BEFORE, CONFIG, Shop

DROP_IN = Path(__file__).parents[4] / "deploy/systemd/pretix-maintenance-bot-255.conf"
WANTED = unit(parse(CONFIG, "core.toml").windows)


def shown(**changed: str) -> str:
    """What `systemctl show` prints of a unit that is as it must be."""
    usual = {
        "Result": "success",
        "NeedDaemonReload": "no",
        "LoadState": "loaded",
        "ActiveState": "active",
        "FragmentPath": "",
        "DropInPaths": "",
        "UnitFileState": "enabled",
    }
    return "".join(f"{key}={value}\n" for key, value in {**usual, **changed}.items())


class Booted(System):
    """A host on which all units are in force, but for what a test changes."""

    def __init__(self, folder: Path, *, running: str = "252.39-1~deb12u2\n") -> None:
        timer = folder / "installed.timer"
        timer.write_text(f"{WANTED}\n")
        super().__init__(
            {
                "systemctl show --property=Version": running,
                "systemctl show pretix-maintenance.service": shown(ActiveState="inactive"),
                "systemctl show pretix-maintenance.timer": shown(FragmentPath=str(timer)),
                "systemctl show pretix-maintenance-bot.service": shown(),
            }
        )

    def change(self, name: str, **changed: str) -> None:
        line = f"systemctl show {name}"
        self.answers[line] = shown(**changed)


@pytest.fixture
def host(shop: Shop) -> Booted:
    shop.reconcile(BEFORE)
    return Booted(shop.folder)


def test_a_host_on_which_all_is_in_force(shop: Shop, host: Booted) -> None:
    assert told(systemd.units(scene(shop, host))) == [
        ("service", OK),
        ("timer", OK),
        ("bot", OK),
    ]


def test_a_host_without_systemd_is_a_warning(shop: Shop) -> None:
    assert told(systemd.units(scene(shop))) == [("systemd", WARNING)]


@pytest.mark.parametrize(
    ("name", "changed", "problem", "severity"),
    [
        ("pretix-maintenance.service", {"LoadState": "not-found"}, "service", WRONG),
        ("pretix-maintenance.service", {"LoadState": "masked"}, "service", WRONG),
        ("pretix-maintenance.service", {"UnitFileState": "disabled"}, "service", WRONG),
        ("pretix-maintenance.service", {"Result": "exit-code"}, "service", WRONG),
        ("pretix-maintenance.service", {"NeedDaemonReload": "yes"}, "reload", WRONG),
        ("pretix-maintenance.timer", {"LoadState": "not-found"}, "timer", WRONG),
        ("pretix-maintenance-bot.service", {"LoadState": "not-found"}, "bot", WARNING),
        ("pretix-maintenance-bot.service", {"UnitFileState": "disabled"}, "bot", WARNING),
        ("pretix-maintenance-bot.service", {"ActiveState": "failed"}, "bot", WRONG),
        ("pretix-maintenance-bot.service", {"NeedDaemonReload": "yes"}, "reload", WRONG),
    ],
)
def test_each_fault_of_a_unit_is_found(
    shop: Shop, host: Booted, *, name: str, changed: dict[str, str], problem: str, severity: str
) -> None:
    host.change(name, **changed)
    assert (problem, severity) in told(systemd.units(scene(shop, host)))


@pytest.mark.parametrize("changed", [{"UnitFileState": "disabled"}, {"ActiveState": "inactive"}])
def test_a_timer_that_is_off_is_wrong_and_never_called_enabled(
    shop: Shop, host: Booted, changed: dict[str, str]
) -> None:
    timer = shop.folder / "installed.timer"
    host.change("pretix-maintenance.timer", FragmentPath=str(timer), **changed)
    found = [one for one in systemd.units(scene(shop, host)) if one.problem == "timer"]
    assert told(found) == [("timer", WRONG)]


def test_a_timer_that_is_older_than_the_configuration_names_the_edge_that_is_missing(
    shop: Shop, host: Booted
) -> None:
    shop.config.write_text(CONFIG.replace("Mon 05:00", "Mon 06:00"))
    (found,) = [one for one in systemd.units(scene(shop, host)) if one.problem == "timer"]
    assert found.severity == WRONG
    assert "missing: Mon *-*-* 06:00:00 UTC" in found.sentence


def test_a_timer_that_does_more_is_a_warning() -> None:
    more = WANTED + "OnCalendar=Fri *-*-* 12:00:00 UTC\n"
    assert told(systemd.fits(more, WANTED)) == [("timer", WARNING)]


def test_a_timer_without_the_safety_run_is_wrong() -> None:
    less = WANTED.replace("OnUnitActiveSec=1min\n", "")
    assert told(systemd.fits(less, WANTED)) == [("timer", WRONG)]


def test_comments_and_empty_lines_of_a_timer_do_not_count() -> None:
    assert told(systemd.fits(f"# Ansible managed\n\n{WANTED}", WANTED)) == [("timer", OK)]


def test_a_wrong_configuration_says_nothing_about_the_timer(shop: Shop, host: Booted) -> None:
    shop.config.write_text("nonsense")
    assert "timer" not in dict(told(systemd.units(scene(shop, host))))


DROPPED_IN = systemd._lines(DROP_IN.read_text())


def test_the_shipped_drop_in_is_for_systemd_255_and_newer() -> None:
    assert told(systemd.sandbox(DROPPED_IN, 254)) == [("sandbox", WRONG)]
    assert told(systemd.sandbox(DROPPED_IN, 255)) == []


def test_every_option_of_the_shipped_drop_in_is_known() -> None:
    dropped = {line.partition("=")[0] for line in DROPPED_IN if not line.startswith("[")}
    assert dropped - {"SystemCallErrorNumber"} <= set(systemd.BREAKS_SUDO)


def test_a_newer_systemd_without_the_drop_in_is_a_warning() -> None:
    assert told(systemd.sandbox([], 257)) == [("sandbox", WARNING)]
    assert told(systemd.sandbox([], 252)) == []


def test_a_log_of_system_calls_alone_breaks_sudo_on_an_older_systemd() -> None:
    assert told(systemd.sandbox(["SystemCallLog=@privileged"], 252)) == [("sandbox", WRONG)]


@pytest.mark.parametrize("option", ["NoNewPrivileges=yes", "DynamicUser=true", "PrivateUsers=yes"])
def test_what_breaks_sudo_everywhere_is_wrong_everywhere(option: str) -> None:
    for running in (252, 257):
        (found,) = (one for one in systemd.sandbox([option], running) if one.severity == WRONG)
        assert option.partition("=")[0] in found.sentence


def test_an_option_that_is_switched_off_does_no_harm() -> None:
    assert [*systemd.sandbox(["PrivateDevices=no", "NoNewPrivileges=false"], 252)] == []


def test_the_drop_ins_that_systemd_names_are_read(shop: Shop, host: Booted) -> None:
    host.change("pretix-maintenance-bot.service", DropInPaths=str(DROP_IN))
    assert "systemd 252" in bad(systemd.units(scene(shop, host)))[0]
    host.answers["systemctl show --property=Version"] = "257 (257.8-1)\n"
    assert bad(systemd.units(scene(shop, host))) == []


@pytest.mark.parametrize(
    ("text", "number"), [("252.39-1~deb12u2\n", 252), ("257 (257.8-1)", 257), ("", 0)]
)
def test_the_version_is_a_number(text: str, number: int) -> None:
    assert systemd.version(text) == number
