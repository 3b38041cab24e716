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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--all-faults` the command line's time limit holds wherever a test's own is shorter."""
    if not config.getoption("--all-faults"):
        return
    limit = float(config.getini("timeout"))
    for item in items:
        own = item.get_closest_marker("timeout")
        if own is not None and own.args[0] < limit:
            item.add_marker(pytest.mark.timeout(limit), append=False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With `--all-faults` a test that was skipped is one that failed."""
    shown = session.config.pluginmanager.get_plugin("terminalreporter")
    if shown and not_measured(shown) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def not_measured(terminalreporter: pytest.TerminalReporter) -> list[str]:
    """What was skipped although all was asked for, and why."""
    if not terminalreporter.config.getoption("--all-faults"):
        return []
    skipped = terminalreporter.stats.get("skipped", ())
    return [f"NOT MEASURED: {one.nodeid}: {one.longrepr[2]}" for one in skipped]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests have measured and counted, and what they could not."""
    reports = (one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, ()))
    shown = list(lines(one for one in reports if one.when == "call"))
    shown += not_measured(terminalreporter)
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
