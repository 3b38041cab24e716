"""Fixtures of the fault tests."""

from pathlib import Path

import pytest

from tests.faults.beginnings import Place, new_place, write_configurations


@pytest.fixture(scope="session")
def used_place(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place whose program keeps the coming windows, as it does a moment after installation."""
    folder = tmp_path_factory.mktemp("faults")
    write_configurations(folder)
    place = new_place(program, folder, folder / "state")
    while not (place.state / ".occurrences").exists():
        assert place.run("reconcile", window_open=False).code == 0
    return place
