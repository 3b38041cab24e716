"""The helper stays lean: every module that it loads costs a millisecond on each call."""

from pathlib import Path

import pytest

from tests.bench.helper import LIMIT_MODULES, LIMIT_MODULES_WRITING, modules_loaded, settle, verdict
from tests.e2e.sudo_host import REQUEST
from tests.installed import install

CONFIG = """\
[[window]]
name = "Mollie week"
start = "Sun 22:00"
end = "Mon 05:00"
timezone = "Europe/Amsterdam"
"""


@pytest.fixture(scope="module")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installed copy that has been in use for a moment."""
    tmp_path = tmp_path_factory.mktemp("cost")
    (tmp_path / "core.toml").write_text(CONFIG)
    (tmp_path / "state").mkdir()
    made = install(
        tmp_path, "--config", f"{tmp_path}/core.toml", "--state-dir", f"{tmp_path}/state"
    )
    settle(made)
    return made


@pytest.mark.parametrize("verb", ["status", "reconcile"])
def test_what_runs_all_the_time_loads_few_modules(launcher: Path, verb: str) -> None:
    loaded = modules_loaded(launcher, verb, "--json")
    assert "core.cli" in loaded
    assert len(loaded) <= LIMIT_MODULES, loaded


@pytest.mark.parametrize("verb", ["lock", "unlock", "reconcile"])
def test_a_run_with_a_request_loads_not_many_more(launcher: Path, verb: str) -> None:
    loaded = modules_loaded(launcher, verb, "--json", "--stdin", stdin=REQUEST)
    assert "core.operations" in loaded
    assert len(loaded) <= LIMIT_MODULES_WRITING, loaded


def test_the_count_sees_a_heavy_import(launcher: Path) -> None:
    heavy = launcher.with_name("heavy")
    text = launcher.read_text()
    heavy.write_text(text.replace("import sys\n", "import sys, argparse, json, tomllib\n", 1))
    assert len(modules_loaded(heavy, "status", "--json")) > LIMIT_MODULES


def test_a_limit_that_is_exceeded_ends_the_bench_with_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert verdict({("direct", "status"): 3.9, ("sudo", "status"): 1.9}, 40) == 0
    assert verdict({("direct", "status"): 4.1, ("sudo", "status"): 1.9}, 40) == 1
    assert verdict({("direct", "status"): 3.9, ("sudo", "status"): 2.1}, 40) == 1
    assert verdict({("direct", "status"): 3.9}, 41) == 1
    assert "EXCEEDED" in capsys.readouterr().out
