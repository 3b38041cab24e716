"""What several folders of tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

from tests.figures import Figures, lines
from tests.installed import install

# An example may take as long as a busy machine makes it.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--all-faults` runs every fault point instead of a sample."""
    parser.addoption(
        "--all-faults",
        action="store_true",
        help="inject a fault at every system call, not at a sample of them",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests have measured and counted."""
    reports = (one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, ()))
    shown = list(lines(one for one in reports if one.when == "call"))
    if shown:
        terminalreporter.section("figures")
        for line in shown:
            terminalreporter.write_line(line)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where a test shows what it counted and measured."""
    return Figures(request.node)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The core as installed on a host: byte-compiled, started by a launcher."""
    return install(tmp_path_factory.mktemp("installed"))
