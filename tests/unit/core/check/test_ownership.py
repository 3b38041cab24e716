"""Whoever can change a file that root follows is found."""

import os
import sys
from pathlib import Path

import pytest

from core.check import OK, WRONG, ownership
from tests.unit.core.check.system import bad, scene, told
from tests.unit.core.conftest import BEFORE, Shop

OURS = {0, os.geteuid()}
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a file away")


def unsafe(path: Path) -> list[str]:
    return [*ownership.unsafe(str(path), OURS)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a").mkdir(mode=0o755)
    (tmp_path / "a" / "file").touch(mode=0o644)
    return tmp_path


def test_a_path_that_only_root_and_the_caller_can_change_is_safe(folder: Path) -> None:
    assert unsafe(folder / "a" / "file") == []


@pytest.mark.parametrize("name", ["a", "a/file"])
def test_every_component_that_others_can_write_is_named(folder: Path, name: str) -> None:
    (folder / name).chmod(0o777)
    assert unsafe(folder / "a" / "file") == [str(folder / name)]


@AS_ROOT
def test_a_folder_of_somebody_else_on_the_way_is_found(folder: Path) -> None:
    os.chown(folder / "a", 65534, 0)
    assert unsafe(folder / "a" / "file") == [str(folder / "a")]


@AS_ROOT
def test_roots_file_must_not_be_writable_for_its_group_either(folder: Path) -> None:
    (folder / "a" / "file").chmod(0o664)
    assert unsafe(folder / "a" / "file") == [str(folder / "a" / "file")]


def test_a_link_is_followed_to_what_it_leads_to(folder: Path) -> None:
    (folder / "link").symlink_to("a/../a/file")
    assert unsafe(folder / "link") == []
    (folder / "a").chmod(0o777)
    assert set(unsafe(folder / "link")) == {str(folder / "a")}


@AS_ROOT
def test_a_link_of_somebody_else_is_found(folder: Path) -> None:
    (folder / "link").symlink_to("a")
    os.lchown(folder / "link", 65534, 0)
    assert unsafe(folder / "link" / "file") == [str(folder / "link")]


def test_links_in_a_circle_end(folder: Path) -> None:
    (folder / "x").symlink_to("y")
    (folder / "y").symlink_to("x")
    assert unsafe(folder / "x") == []


def test_what_does_not_exist_is_nobodys(folder: Path) -> None:
    assert unsafe(folder / "b" / "c") == []
    assert unsafe(folder / "a" / "file" / "below-a-file") == []


def test_a_sticky_folder_is_no_danger_on_the_way(folder: Path) -> None:
    (folder / "a").chmod(0o1777)
    assert unsafe(folder / "a" / "file") == []


def test_a_configuration_that_others_can_write_is_named_with_its_cure(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.config.chmod(0o666)
    (found,) = [one for one in ownership.owners(scene(shop)) if str(shop.config) in one.sentence]
    assert found.severity == WRONG
    assert f"chmod go-w {shop.config}" in str(found.cure)


def test_byte_code_is_looked_at_too(folder: Path) -> None:
    (folder / "a" / "__pycache__").mkdir()
    (folder / "a" / "__pycache__" / "x.pyc").touch()
    looked = {path.removeprefix(f"{folder}/") for path in ownership._tree(str(folder / "a"))}
    assert looked == {"a", "a/file", "a/__pycache__", "a/__pycache__/x.pyc"}


def test_the_program_the_interpreter_and_what_is_installed_are_looked_at(shop: Shop) -> None:
    looked = set(ownership._paths(scene(shop)))
    assert sys.executable in looked
    here = Path(ownership.__file__).parent
    assert {str(here), str(here / "nginx.py"), str(here.parent / "decision.py")} <= looked
    assert {"/usr/sbin/pretix-maintenance", "/etc/sudoers.d/pretix-maintenance"} <= looked
    assert "/usr/sbin/pretix-maintenance" not in set(ownership._paths(scene(shop, installed=False)))


def test_the_zone_files_decide_too(shop: Shop) -> None:
    shop.config.write_text(shop.config.read_text().replace('"UTC"', '"Europe/Amsterdam"'))
    assert "/usr/share/zoneinfo/Europe/Amsterdam" in set(ownership._paths(scene(shop)))


def test_of_many_the_first_ten_are_named(shop: Shop) -> None:
    one = scene(shop)
    one.config_path = "/".join([str(shop.folder), *"abcdefghijkl", "core.toml"])
    Path(one.config_path).parent.mkdir(parents=True)
    for depth in range(12):
        Path(str(shop.folder), *"abcdefghijkl"[: depth + 1]).chmod(0o777)
    found = [*ownership.owners(one)]
    assert len(found) == 11
    assert "more files" in found[-1].sentence


def test_where_all_is_roots_alone_it_says_so(shop: Shop) -> None:
    found = [*ownership.owners(scene(shop, installed=False))]
    assert told(found) == [("owner", OK)] or all(one.severity == WRONG for one in found)


def test_secrets_and_names_are_not_for_everybody(shop: Shop) -> None:
    assert [*ownership.secrets(scene(shop)), *ownership.people(scene(shop))] == []
    folder, bot = shop.folder / "credentials", shop.folder / "bot.toml"
    folder.mkdir(mode=0o700)
    bot.touch(mode=0o640)
    assert [*ownership.secrets(scene(shop)), *ownership.people(scene(shop))] == []
    folder.chmod(0o750)
    bot.chmod(0o644)
    assert str(folder) in bad(ownership.secrets(scene(shop)))[0]
    assert str(bot) in bad(ownership.people(scene(shop)))[0]
