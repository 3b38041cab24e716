"""Which adapters there are, and what happens to those that are broken."""

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, PathDistribution
from pathlib import Path

import pytest

from adapters.console import create
from adapters.registry import (
    GROUP,
    BrokenAdapter,
    Candidate,
    DuplicateAdapter,
    UnknownAdapter,
    available,
    load,
)


class Shelf:
    """Packages on disk that offer adapters."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def package(self, name: str, adapter: str, body: str) -> list[EntryPoint]:
        module = f"shelf_{name.replace('-', '_')}"
        (self.folder / f"{module}.py").write_text(body)
        metadata = self.folder / f"{name}-1.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (metadata / "entry_points.txt").write_text(f"[{GROUP}]\n{adapter} = {module}:create\n")
        return list(PathDistribution(metadata).entry_points)


GOOD = "def create(settings): return settings\n"


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    sys.path.insert(0, str(tmp_path))
    yield Shelf(tmp_path)
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("shelf_")]:
        del sys.modules[name]


def test_the_adapters_of_this_project_are_there() -> None:
    names = {candidate.name for candidate in available()}
    assert {"console", "telegram", "mattermost"} <= names


def test_an_installed_adapter_is_loaded_by_its_name() -> None:
    assert load("console") is create


def test_an_adapter_of_another_package_is_found(shelf: Shelf) -> None:
    points = shelf.package("irc-chat", "irc", GOOD)
    assert available(points) == [Candidate("irc", "irc-chat")]
    assert load("irc", points).__module__ == "shelf_irc_chat"


def test_an_unknown_name_is_answered_with_the_known_ones(shelf: Shelf) -> None:
    points = shelf.package("irc-chat", "irc", GOOD)
    with pytest.raises(UnknownAdapter, match=r"no adapter 'icq'; installed: irc"):
        load("icq", points)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("import no_such_sdk\n", "No module named 'no_such_sdk'"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("raise SystemExit('no licence')\n", "no licence"),
        ("def other(): ...\n", "has no attribute 'create'"),
        ("create = 3\n", "is no function"),
        ("def create(:\n", "SyntaxError"),
    ],
)
def test_a_broken_plugin_is_named_with_its_package(shelf: Shelf, body: str, why: str) -> None:
    points = shelf.package("irc-chat", "irc", body)
    (candidate,) = available(points)
    assert candidate.problem is not None
    assert "'irc'" in candidate.problem
    assert "irc-chat" in candidate.problem
    assert why in candidate.problem
    with pytest.raises(BrokenAdapter, match="irc-chat"):
        load("irc", points)


def test_an_entry_point_that_names_no_module_is_named_too() -> None:
    point = EntryPoint("irc", "no-module:create", GROUP)
    assert "no-module" in (available([point])[0].problem or "")


def test_a_broken_plugin_harms_no_other(shelf: Shelf) -> None:
    points = shelf.package("broken", "bad", "1 / 0\n") + shelf.package("fine", "good", GOOD)
    assert [candidate.problem is None for candidate in available(points)] == [False, True]
    assert callable(load("good", points))


def test_two_packages_with_the_same_name_are_both_named_and_none_is_taken(shelf: Shelf) -> None:
    points = shelf.package("one", "irc", GOOD) + shelf.package("two", "irc", GOOD)
    assert [candidate.package for candidate in available(points)] == ["one", "two"]
    assert all("one and two" in (candidate.problem or "") for candidate in available(points))
    with pytest.raises(DuplicateAdapter, match="one and two"):
        load("irc", points)


def test_the_same_package_seen_twice_is_one_offer(shelf: Shelf) -> None:
    points = shelf.package("one", "irc", GOOD)
    assert available(points * 2) == [Candidate("irc", "one")]
    assert callable(load("irc", points * 2))
