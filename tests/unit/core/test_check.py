"""What could be wrong on a host, each told with its cure."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core import check
from core.check import OK, WARNING, WRONG, Finding, Scene
from core.instants import instant
from core.places import DEFAULT_CONFIG

from .conftest import BEFORE, INSIDE, Shop


class System:
    """Answers for the system's programs by their first words; everything else is missing."""

    def __init__(self, **programs: str | None) -> None:
        self.programs = programs

    def __call__(self, *argv: str) -> str | None:
        for key in (f"{argv[0]}_{argv[1]}".replace("-", "_"), argv[0]):
            if key in self.programs:
                return self.programs[key]
        return None


def look(shop: Shop, ask: Callable[..., str | None] | None = None) -> dict[str, Finding]:
    found = check.findings(str(shop.config), str(shop.state), shop.at, ask or System())
    worst = sorted(found, key=lambda one: (OK, WARNING, WRONG).index(one.severity))
    return {one.problem: one for one in worst}


def bad(shop: Shop, ask: Callable[..., str | None] | None = None) -> dict[str, str]:
    return {key: one.severity for key, one in look(shop, ask).items() if one.severity != OK}


def test_where_nothing_is_wrong_nothing_is_found(shop: Shop) -> None:
    shop.lock(BEFORE)
    assert {key for key in bad(shop) if key != "owner"} == set()


def test_everything_that_is_not_ok_has_a_cure(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    spoil_everything(shop)
    for one in look(shop, System(nginx="open_file_cache max=100;", timedatectl="no")).values():
        assert bool(one.cure) is (one.severity != OK), one


def spoil_everything(shop: Shop) -> None:
    shop.lock_file.write_text("nonsense")
    (shop.state / "mutex").chmod(0o644)
    (shop.state / ".marker.spare").unlink()
    shop.journal.mkdir()


def test_each_thing_is_found_by_itself(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    spoil_everything(shop)
    found = bad(shop)
    assert found["lock"] == found["mutex"] == found["journal"] == found["marker"] == WRONG
    assert found["spares"] == WARNING


@pytest.mark.parametrize(
    ("config", "severity"), [("", WARNING), ("nonsense", WRONG), ("a=1\nb=2", WRONG)]
)
def test_the_configuration(shop: Shop, config: str, severity: str) -> None:
    shop.reconcile(BEFORE)
    shop.config.write_text(config)
    assert bad(shop)["configuration"] == severity


def test_every_fault_of_the_configuration_is_told(shop: Shop) -> None:
    shop.config.write_text("a=1\nb=2")
    found = check.findings(str(shop.config), str(shop.state), 0, System())
    told = [one.sentence for one in found if one.problem == "configuration"]
    assert told == ["a: is not a known key.", "b: is not a known key."]


def test_a_marker_that_is_not_as_demanded(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.at = instant(INSIDE)
    assert bad(shop)["marker"] == WRONG
    shop.reconcile()
    shop.marker.unlink()
    shop.marker.mkdir()
    assert "Something else" in look(shop)["marker"].sentence


def test_a_marker_that_the_journal_does_not_know(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    shop.journal.unlink()
    assert "journal does not know" in look(shop)["marker"].sentence


def test_a_state_directory_that_nginx_cannot_look_into(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.state.chmod(0o700)
    assert bad(shop)["state"] == WRONG


def test_a_state_directory_that_cannot_be_trusted(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.state.chmod(0o777)
    found = bad(shop)
    assert found["state"] == WRONG
    assert "marker" not in found


def test_a_configuration_that_others_can_write(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.config.chmod(0o666)
    found = check.findings(str(shop.config), str(shop.state), shop.at, System())
    told = [one.sentence for one in found if one.problem == "owner"]
    assert f"{shop.config} can be changed by others than root." in told


def test_a_clock_that_cannot_be_right(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    shop.at = instant("1970-01-02T00:00:00Z")
    assert bad(shop)["clock"] == WRONG
    shop.at = instant("2026-11-20T00:00:00Z")
    assert bad(shop)["clock"] == WRONG
    shop.at = instant(INSIDE)
    assert bad(shop, System(timedatectl="no\n"))["clock"] == WARNING
    assert "clock" not in bad(shop, System(timedatectl="yes\n"))


def test_nginx_must_look_for_the_marker_and_not_remember_files(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    assert "nginx" not in look(shop)
    assert bad(shop, System(nginx="server {}"))["nginx"] == WARNING
    assert "nginx" not in bad(shop, System(nginx=f"if (-f {shop.marker}) {{"))
    assert bad(shop, System(nginx="  open_file_cache max=1000;"))["nginx-cache"] == WRONG
    assert "nginx-cache" not in bad(shop, System(nginx="open_file_cache off;"))


def scene(shop: Shop, ask: System) -> Scene:
    """As on a host: with the usual configuration file, read from the shop's."""
    made = Scene(str(shop.config), str(shop.state), shop.at, ask)
    made.config_path = DEFAULT_CONFIG
    return made


@pytest.mark.parametrize(
    ("programs", "severity"),
    [
        ({"systemctl___version": "252"}, WRONG),
        ({"systemctl": ""}, WARNING),
        (
            {
                "systemctl": "OnCalendar=Sun *-*-* 22:00:00 UTC\n"
                "OnCalendar=Mon *-*-* 05:00:00 UTC\n",
            },
            OK,
        ),
    ],
)
def test_the_timer_must_be_enabled_and_fit(
    shop: Shop, programs: dict[str, str | None], severity: str
) -> None:
    shop.reconcile(BEFORE)
    (found,) = check._timer(scene(shop, System(**programs)))
    assert found.severity == severity


def test_without_systemd_or_elsewhere_there_is_no_timer_to_check(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    assert list(check._timer(scene(shop, System()))) == []
    assert list(check._boot_run(scene(shop, System()))) == []
    assert "timer" not in look(shop, System(systemctl=""))


def test_the_service_must_be_installed(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    (found,) = check._boot_run(scene(shop, System(systemctl___version="252")))
    assert found.severity == WRONG
    assert list(check._boot_run(scene(shop, System(systemctl="[Service]")))) == []


def test_what_cannot_be_checked_is_told_as_such(shop: Shop) -> None:
    def failing(*_: str) -> str | None:
        raise OSError(5, "Input/output error")

    shop.reconcile(BEFORE)
    assert "could not be checked" in look(shop, failing)["clock"].sentence


def test_the_worst_stands_first() -> None:
    found = [Finding("a", OK, "Fine."), Finding("b", WRONG, "Bad.", "Mend it.")]
    assert check.text(found) == "wrong   Bad.\n        → Mend it.\nok      Fine."


def test_a_system_program_is_asked_without_an_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED", "secret")
    told = check.output_of("env")
    assert told is not None
    assert "PLANTED" not in told
    assert check.output_of("false") is None
    assert check.output_of("no-such-program") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a file away")
def test_a_file_of_somebody_else_on_the_way_is_found(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").touch()
    assert str(tmp_path / "a") not in list(check._unsafe_parts(str(tmp_path / "a" / "file")))
    os.chown(tmp_path / "a", 65534, 0)
    assert str(tmp_path / "a") in list(check._unsafe_parts(str(tmp_path / "a" / "file")))
    assert str(tmp_path / "b") not in list(check._unsafe_parts(str(tmp_path / "b")))
