"""The program itself, as root starts it: isolated interpreter, signals, descriptors, limits."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.installed import SOURCE, interpreter

from .conftest import Shop

# Whatever a run must ignore, from the terminal or from whoever started it.
IGNORED = ("HUP", "INT", "QUIT", "TERM", "TSTP", "TTIN", "TTOU", "PIPE", "USR1", "USR2", "XFSZ")


@pytest.fixture
def argv(shop: Shop, program: Path) -> list[str]:
    places = ["--config", str(shop.config), "--state-dir", str(shop.state)]
    return [interpreter(), "-IS", str(program), *places]


def test_it_runs_under_an_isolated_interpreter(argv: list[str]) -> None:
    for words in (["reconcile"], ["lock"], ["status"], ["unlock"], ["history"], ["schedule"]):
        done = subprocess.run([*argv, *words, "--json"], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b""), words
        assert json.loads(done.stdout)["ok"] is True


def test_the_environment_has_no_effect(argv: list[str], tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text("raise SystemExit(9)")
    environment = {"PYTHONPATH": str(tmp_path), "PYTHONTZPATH": str(tmp_path), "TZ": "Asia/Tokyo"}
    done = subprocess.run(
        [*argv, "status", "--json"], env=environment, capture_output=True, check=False
    )
    assert json.loads(done.stdout)["ok"] is True


def test_signals_do_not_stop_a_run_and_it_ends_by_itself(argv: list[str]) -> None:
    with subprocess.Popen(
        [*argv, "lock", "--stdin", "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        wait_until_shielded(process.pid)
        for name in IGNORED:
            process.send_signal(getattr(signal, f"SIG{name}"))
        out, _ = process.communicate(b'{"version":1,"actor":"a"}', timeout=30)
    assert process.returncode == 0
    assert json.loads(out)["maintenance"] is True


def wait_until_shielded(pid: int) -> None:
    last = 1 << (getattr(signal, "SIGIO") - 1)  # noqa: B009 - by name, as the others
    while True:
        status = Path(f"/proc/{pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("SigIgn")]
        if int(line.split()[1], 16) & last:
            return


@pytest.mark.slow
def test_a_request_that_never_ends_is_given_up(argv: list[str], shop: Shop) -> None:
    with subprocess.Popen(
        [*argv, "lock", "--stdin", "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.wait(timeout=30) == 2
        assert process.stdout
        assert json.loads(process.stdout.read())["message"] == "the request did not end in time"
    assert not shop.closed


def test_an_answer_that_nobody_reads_is_no_failure_of_the_action(
    argv: list[str], shop: Shop
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*argv, "lock", "--json"], stdout=writing, check=False)
    os.close(writing)
    assert done.returncode == 0
    assert shop.closed


def test_closed_descriptors_never_become_files_of_ours(argv: list[str], shop: Shop) -> None:
    closed = 'exec "$@" <&- >&- 2>&-'
    done = subprocess.run(["/bin/sh", "-c", closed, "sh", *argv, "lock", "--json"], check=False)
    assert done.returncode == 0
    assert len(shop.events) == 1
    assert b'"ok"' not in b"".join(
        path.read_bytes() for path in shop.state.rglob("*") if path.is_file()
    )


def test_missing_standard_descriptors_are_filled() -> None:
    code = (
        f"import os, sys; sys.path.insert(0, {str(SOURCE)!r}); from core import cli;"
        "os.closerange(0, 3); cli._guard_descriptors();"
        "os._exit(os.open('/dev/null', os.O_RDONLY) != 3)"
    )
    assert subprocess.run([interpreter(), "-IS", "-c", code], check=False).returncode == 0


def test_the_callers_umask_has_no_effect(argv: list[str], shop: Shop) -> None:
    subprocess.run(["/bin/sh", "-c", 'umask 077; exec "$@"', "sh", *argv, "lock"], check=True)
    assert oct(shop.marker.stat().st_mode & 0o777) == "0o644"
    assert oct(shop.state.stat().st_mode & 0o777) == "0o755"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to take another group")
def test_root_without_roots_group_is_refused(argv: list[str], shop: Shop) -> None:
    done = subprocess.run([*argv, "lock", "--json"], group=65534, capture_output=True, check=False)
    assert done.returncode == 2
    assert not shop.state.exists()


@pytest.mark.parametrize("verb", ["status", "reconcile"])
def test_what_runs_every_minute_loads_few_modules(argv: list[str], shop: Shop, verb: str) -> None:
    shop.age(shop.config, -3600)
    subprocess.run([*argv, "reconcile"], check=True, capture_output=True)
    config = shop.config.stat()
    # As if the configuration were old: only then the coming windows are kept.
    while not (shop.state / ".occurrences").exists():
        subprocess.run([*argv, "reconcile"], check=True, capture_output=True)
    assert shop.config.stat().st_ctime_ns == config.st_ctime_ns
    probe = [argv[0], "-X", "importtime", *argv[1:], verb]
    bare = [argv[0], "-X", "importtime", "-IS", "-c", "pass"]
    count = [
        subprocess.run(words, capture_output=True, check=True).stderr.count(b"import time:")
        for words in (probe, bare)
    ]
    assert count[0] - count[1] <= 40
