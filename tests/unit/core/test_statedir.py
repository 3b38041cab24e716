"""The safe walk, the mutex, and small files."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core import files
from core.errors import ApplyError, Busy, StateError, StateMissing
from core.mutex import Mutex
from core.statedir import StateDir


def names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def test_the_last_component_is_made_if_it_is_missing(tmp_path: Path) -> None:
    with StateDir(str(tmp_path / "state"), create=True) as home:
        assert home.writable
        assert os.path.samestat(os.fstat(home.fd), (tmp_path / "state").stat())
    assert oct((tmp_path / "state").stat().st_mode & 0o777) == "0o755"


def test_more_than_the_last_component_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StateMissing):
        StateDir(str(tmp_path / "a" / "b"), create=True)
    with pytest.raises(StateMissing, match="does not exist"):
        StateDir(str(tmp_path / "a"))
    assert not (tmp_path / "a").exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real" / "state").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    for path in ("link", "link/state"):
        with pytest.raises(StateError, match="links are not followed"):
            StateDir(str(tmp_path / path))


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError):
        StateDir(str(tmp_path / "file"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.chmod(0o777),
        lambda path: path.chmod(0o1777),
        lambda path: path.parent.chmod(0o777),
        pytest.param(
            lambda path: os.chown(path, 65534, 0),
            marks=pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a file away"),
        ),
        pytest.param(
            lambda path: os.chown(path.parent, 65534, 0),
            marks=pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a file away"),
        ),
    ],
)
def test_a_directory_that_others_could_change_is_refused(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    state = tmp_path / "above" / "state"
    state.mkdir(parents=True)
    StateDir(str(state)).close()
    spoil(state)
    with pytest.raises(StateError):
        StateDir(str(state))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's sticky directories are trusted")
def test_roots_sticky_directory_will_do_as_an_ancestor(tmp_path: Path) -> None:
    state = tmp_path / "above" / "state"
    state.mkdir(parents=True)
    state.parent.chmod(0o1777)
    StateDir(str(state)).close()


def test_no_descriptor_is_left_open_by_a_walk_that_fails(tmp_path: Path) -> None:
    before = names("/proc/self/fd")
    for _ in range(3):
        with pytest.raises(StateMissing):
            StateDir(str(tmp_path / "missing"))
    assert names("/proc/self/fd") == before


def test_the_mutex_is_held_by_one(home: StateDir) -> None:
    with Mutex(home, 0), pytest.raises(Busy):
        Mutex(home, 0.02)
    Mutex(home, 0).release()


def test_the_mutex_can_be_opened_by_its_owner_only(home: StateDir) -> None:
    path = Path(home.path) / "mutex"
    Mutex(home, 0).release()
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    path.chmod(0o666)
    Mutex(home, 0).release()
    assert oct(path.stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize("alien", ["directory", "link", "fifo", "twice"])
def test_an_alien_mutex_is_refused(home: StateDir, alien: str) -> None:
    path = Path(home.path) / "mutex"
    match alien:
        case "directory":
            path.mkdir()
        case "link":
            path.symlink_to("elsewhere")
        case "fifo":
            os.mkfifo(path)
        case _:
            path.touch()
            path.with_name("other").hardlink_to(path)
    with pytest.raises(ApplyError):
        Mutex(home, 0)
    assert not (Path(home.path) / "elsewhere").exists()


def test_the_mutex_outlives_its_holders(home: StateDir) -> None:
    Mutex(home, 0).release()
    before = (Path(home.path) / "mutex").stat().st_ino
    Mutex(home, 0).release()
    assert (Path(home.path) / "mutex").stat().st_ino == before


def test_a_file_is_replaced_whole(home: StateDir) -> None:
    path = Path(home.path) / "file"
    path.write_text("old")
    path.chmod(0o600)
    files.replace(home.fd, "file", b"new", 0o644)
    assert path.read_text() == "new"
    assert oct(path.stat().st_mode & 0o777) == "0o644"


def test_a_file_left_by_a_killed_run_is_no_hindrance(home: StateDir) -> None:
    (Path(home.path) / ".file.new").write_text("half")
    files.replace(home.fd, "file", b"new", 0o644)
    assert names(home.path) == ["file"]


def test_what_could_not_be_put_in_place_leaves_nothing(home: StateDir) -> None:
    (Path(home.path) / "file").mkdir()
    with pytest.raises(IsADirectoryError):
        files.replace(home.fd, "file", b"new", 0o644)
    assert names(home.path) == ["file"]


def test_reading_stops_at_the_limit_and_never_waits(home: StateDir) -> None:
    (Path(home.path) / "file").write_text("x" * 100)
    assert files.read(home.fd, "file", 10) == b"x" * 10
    assert files.read(home.fd, "file", 1000) == b"x" * 100
    os.mkfifo(Path(home.path) / "fifo")
    assert files.read(home.fd, "fifo", 10) == b""


def test_everything_can_be_removed(home: StateDir) -> None:
    full = Path(home.path) / "full"
    full.mkdir()
    (full / "in it").touch()
    files.remove(home.fd, "full")
    (aside,) = names(home.path)
    assert aside.startswith("full.aside-")
    files.remove(home.fd, "nothing")
