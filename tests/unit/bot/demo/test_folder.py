"""The demo's folder: its own, only its own, and one demo's at a time."""

import os
import stat
from pathlib import Path

import pytest

from bot.demo.errors import DemoError
from bot.demo.folder import STAMP, DemoFolder, claimed


@pytest.fixture
def where(tmp_path: Path) -> Path:
    return tmp_path / ".demo"


def test_a_new_folder_gets_its_places(where: Path) -> None:
    with claimed(where) as folder:
        assert folder.state.is_dir()
        assert folder.bot.is_dir()
        assert folder.nginx.is_dir()


def test_it_stays_behind(where: Path) -> None:
    with claimed(where):
        pass
    assert where.is_dir()


def test_a_folder_left_over_is_emptied(where: Path) -> None:
    with claimed(where) as folder:
        (folder.state / "MAINTENANCE_MODE").touch()
        folder.bot_config.write_text("old")
        (folder.root / "link").symlink_to("/etc/hostname")
    with claimed(where) as folder:
        assert sorted(path.name for path in folder.root.iterdir()) == sorted(
            ["state", "bot", "nginx", STAMP]
        )
        assert list(folder.state.iterdir()) == []
    assert Path("/etc/hostname").exists()


def test_what_was_left_can_be_looked_at_before_it_is_deleted(where: Path) -> None:
    with claimed(where) as folder:
        folder.log.write_text("last words")
    seen: list[str] = []
    with claimed(where, lambda folder: seen.append(folder.log.read_text())):
        pass
    assert seen == ["last words"]


def test_a_folder_of_somebody_else_is_not_touched(where: Path) -> None:
    where.mkdir()
    (where / "thesis.tex").write_text("years of work")
    with pytest.raises(DemoError, match="not of a demo"), claimed(where):
        pass
    assert [path.name for path in where.iterdir()] == ["thesis.tex"]


def test_an_empty_folder_is_taken(where: Path) -> None:
    where.mkdir()
    with claimed(where) as folder:
        assert folder.state.is_dir()


def test_a_second_demo_is_told_so_and_disturbs_nothing(where: Path) -> None:
    with claimed(where) as folder:
        folder.log.write_text("running")
        with pytest.raises(DemoError, match=rf"already running .*process {os.getpid()}"):  # noqa: SIM117 -- the outer one stays
            with claimed(where):
                pass
        assert folder.log.read_text() == "running"


def test_after_the_first_the_second_may_start(where: Path) -> None:
    with claimed(where):
        pass
    with claimed(where) as folder:
        assert folder.state.is_dir()


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o077])
def test_others_may_look_but_not_write_whatever_the_umask(where: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with claimed(where) as folder:
            assert {
                stat.S_IMODE(path.stat().st_mode)
                for path in (folder.root, folder.state, folder.bot, folder.nginx)
            } == {0o755}
    finally:
        os.umask(before)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("x" * 300, "too long"),
        ("missing/.demo", "above it does not exist"),
        ("file", "there is a file of that name"),
        ("file/.demo", "there is a file of that name"),
    ],
)
def test_a_folder_that_cannot_be_is_explained(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DemoError, match=why), claimed(tmp_path / name):
        pass


def test_a_folder_that_may_not_be_written_is_explained() -> None:
    # No one may make a folder there, root included.
    with pytest.raises(DemoError, match="cannot use the folder"), claimed(Path("/proc/.demo")):
        pass


def test_the_marker_is_in_the_state_folder(tmp_path: Path) -> None:
    assert DemoFolder(tmp_path).marker == tmp_path / "state" / "MAINTENANCE_MODE"
