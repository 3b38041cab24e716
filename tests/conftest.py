"""What several folders of tests share."""

from pathlib import Path

import pytest

from tests.installed import install


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--all-faults` runs every fault point instead of a sample."""
    parser.addoption(
        "--all-faults",
        action="store_true",
        help="inject a fault at every system call, not at a sample of them",
    )


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The core as installed on a host: byte-compiled, started by a launcher."""
    return install(tmp_path_factory.mktemp("installed"))
