"""The whole round: nothing stops it, every fault has a cure, and people can read the result."""

import os

import pytest

from core import check
from core.check import OK, WARNING, WRONG, Finding
from core.check.programs import Ended
from tests.unit.core.check.system import System, bad, scene
from tests.unit.core.conftest import BEFORE, Shop


def test_where_nothing_is_wrong_nothing_is_found_but_that_a_try_out_is_no_host(shop: Shop) -> None:
    shop.lock(BEFORE)
    synced = System({"timedatectl": "yes\n"})
    found = check.findings(str(shop.config), str(shop.state), shop.at, synced)
    assert {one.problem for one in found if one.severity != OK} - {"owner"} == {"host"}


def test_of_a_host_every_part_is_looked_at(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    found = check.look(scene(shop))
    assert {one.group for one in found} >= {
        "Configuration",
        "Owners",
        "State",
        "Clock",
        "systemd",
        "nginx",
    }


def test_where_no_program_is_there_that_is_a_warning_and_no_more(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    (shop.folder / "bot.toml").touch(mode=0o640)
    found = [one for one in check.look(scene(shop)) if one.group in ("systemd", "sudo", "nginx")]
    assert {(one.group, one.severity) for one in found} == {
        ("systemd", WARNING),
        ("sudo", WARNING),
        ("nginx", WARNING),
    }


def spoil_everything(shop: Shop) -> None:
    shop.lock_file.write_text("nonsense")
    (shop.state / "mutex").chmod(0o644)
    (shop.state / ".marker.spare").unlink()
    shop.journal.mkdir()


def test_everything_that_is_not_ok_has_a_cure(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    spoil_everything(shop)
    for one in check.look(scene(shop, System({"nginx": Ended(1, err="x"), "timedatectl": "no"}))):
        assert bool(one.cure) is (one.severity != OK), one


def test_a_look_that_fails_is_told_and_does_not_stop_the_next(shop: Shop) -> None:
    class Broken(System):
        def __call__(self, *words: str, stdin: str = "") -> Ended:
            raise OSError(5, "Input/output error")

    shop.reconcile(BEFORE)
    found = check.look(scene(shop, Broken()))
    failed = {one.group for one in found if "could not be looked at" in one.sentence}
    assert failed == {"Clock", "systemd", "sudo", "nginx"}


def test_nothing_is_changed_by_looking(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.marker.touch()
    before = {path: path.stat().st_mtime_ns for path in shop.state.rglob("*")}
    check.look(scene(shop))
    assert {path: path.stat().st_mtime_ns for path in shop.state.rglob("*")} == before
    assert shop.closed


def test_a_missing_configuration_is_told_once(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.config.unlink()
    found = [one for one in check.look(scene(shop)) if one.group == "Configuration"]
    assert len(found) == 1


FOUND = [
    Finding("a", OK, "Fine.", None, "One"),
    Finding("b", WRONG, "Bad.", "chmod 600 file", "Two"),
    Finding("c", WARNING, "Odd.", "Look.", "One"),
]


def test_people_get_groups_marks_words_cures_and_a_sum() -> None:
    assert check.text(FOUND).splitlines() == [
        "One",
        "  ✔ ok      Fine.",
        "  ! warning Odd.",
        "            → Look.",
        "Two",
        "  ✘ wrong   Bad.",
        "            → chmod 600 file",
        "",
        "1 wrong, 1 to look at, 1 ok.",
    ]


def test_no_line_is_longer_than_100_columns_and_no_path_is_broken() -> None:
    path = "/a/rather-long/path" * 6
    text = check.text([Finding("a", WRONG, "word " * 40, f"chmod 600 {path} " + "x " * 60, "One")])
    assert path in text
    assert all(len(line) <= 100 or path in line for line in text.splitlines())
    assert len(text.splitlines()) > 5


def test_machines_get_group_problem_severity_sentence_and_cure() -> None:
    assert FOUND[1].to_data() == {
        "group": "Two",
        "problem": "b",
        "severity": "wrong",
        "sentence": "Bad.",
        "cure": "chmod 600 file",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_who_is_not_root_is_told_so(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    assert any("root" in sentence for sentence in bad(check.look(scene(shop))))
