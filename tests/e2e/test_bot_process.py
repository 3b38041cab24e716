"""The bot as a process: a terminal that plays the chat, signals, kills, exit codes."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.small_bot import CoreFolder

PROGRAM = [sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())"]

BOT = """
language = "en"
state_dir = "{folder}/bot"
core_config = "{folder}/core.toml"
core_state_dir = "{folder}/state"
helper = {helper}
[[person]]
name = "Anna"
role = "treasurer"
ids = {{ console = "anna" }}
[[destination]]
adapter = "console"
channel = "chat"
[adapters.console]
"""


@pytest.fixture
def core(tmp_path: Path) -> CoreFolder:
    return CoreFolder(tmp_path)


@pytest.fixture
def config(core: CoreFolder) -> Path:
    path = core.folder / "bot.toml"
    path.write_text(BOT.format(folder=core.folder, helper=json.dumps(core.command)))
    return path


@pytest.fixture
def soon(request: pytest.FixtureRequest) -> float:
    """Seconds that an end may take; beside other tests less than whoever is not waited for."""
    return 2.0 if request.config.getoption("--all-faults") else 15.0


class Running:
    """The bot on pipes."""

    def __init__(self, config: Path, **environ: str) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "run", "--config", str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | environ,
        )
        self.seen = ""

    def says(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def hears(self, part: str) -> str:
        """Wait until it has said so."""
        assert self.process.stdout is not None
        end = time.monotonic() + 60
        while part not in self.seen:
            ready, _, _ = select.select([self.process.stdout], [], [], end - time.monotonic())
            chunk = os.read(self.process.stdout.fileno(), 65536).decode() if ready else ""
            assert chunk, f"'{part}' was not said, but: {self.seen}{self._complaints()}"
            self.seen += chunk
        return self.seen

    def _complaints(self) -> str:
        self.process.kill()
        return self.process.communicate()[1].decode()

    def ends(self) -> int:
        """Wait for the end; what it wrote meanwhile is kept."""
        out, _ = self.process.communicate(timeout=60)
        self.seen += out.decode()
        return self.process.returncode


@contextlib.contextmanager
def running(config: Path, **environ: str) -> Iterator[Running]:
    bot = Running(config, **environ)
    try:
        yield bot
    finally:
        bot.process.kill()
        bot.process.communicate()


def run(*words: str, stdin: str = "", **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PROGRAM, *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | environ,
    )


def test_piped_lines_are_answered_and_the_end_of_input_is_success(
    config: Path, core: CoreFolder
) -> None:
    lines = "/maintenance lock audit\n/maintenance unlock\n/maintenance status\n"
    done = run("run", "--config", str(config), stdin=lines)
    assert done.returncode == 0, done.stderr
    assert done.stdout.index("Locked") < done.stdout.index("Lock removed")
    assert not core.marker.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_soon_and_with_success(
    config: Path, soon: float, number: signal.Signals
) -> None:
    with running(config) as bot:
        bot.says("/maintenance status")
        bot.hears("open")
        begun = time.monotonic()
        bot.process.send_signal(number)
        assert bot.ends() == 0
        assert time.monotonic() - begun < soon


def test_a_signal_ends_it_although_the_helper_hangs(
    config: Path, core: CoreFolder, soon: float
) -> None:
    hanging = [sys.executable, "-c", "import time; time.sleep(20)"]
    config.write_text(BOT.format(folder=core.folder, helper=json.dumps(hanging)))
    with running(config) as bot:
        bot.says("/maintenance lock")
        bot.hears("⏳")
        begun = time.monotonic()
        bot.process.send_signal(signal.SIGTERM)
        # The pipes are still held by the helper, which is left to itself.
        assert bot.process.wait(timeout=60) == 0
        assert time.monotonic() - begun < soon


def test_a_command_that_a_kill_interrupted_is_done_after_the_start(
    config: Path, core: CoreFolder
) -> None:
    gate = core.folder / "gate"
    os.mkfifo(gate)
    waits = "import os, sys; open(sys.argv[1]).read(); os.execv(sys.argv[2], sys.argv[2:])"
    slow = [sys.executable, "-c", waits, str(gate), *core.command]
    config.write_text(BOT.format(folder=core.folder, helper=json.dumps(slow)))
    with running(config) as bot:
        bot.says("/maintenance lock audit")
        bot.hears("⏳")
        bot.process.kill()
        bot.process.wait()
    # The helper that the dead bot left does its work now; the next bot finds it done.
    gate.open("w").close()
    config.write_text(BOT.format(folder=core.folder, helper=json.dumps(core.command)))
    with running(config) as again:
        again.hears("Locked")
    assert len(core.seen().recent(10)) == 1


def test_systemd_hears_that_it_is_ready_and_that_it_ends(config: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        with running(config, NOTIFY_SOCKET=str(tmp_path / "notify")) as bot:
            assert manager.recv(300).startswith(b"READY=1")
            bot.process.send_signal(signal.SIGTERM)
            while manager.recv(300) != b"STOPPING=1":
                pass
            assert bot.ends() == 0


def test_a_second_bot_on_the_same_folder_ends_at_once_and_says_why(config: Path) -> None:
    with running(config) as first:
        first.says("/maintenance status")
        first.hears("open")
        second = run("run", "--config", str(config))
        assert second.returncode == 1
        assert "another bot is at work" in second.stderr


def test_all_faults_of_the_configuration_are_told_at_once(config: Path) -> None:
    config.write_text('language = "fr"\ncolour = "red"\n[[person]]\nname = 5\n')
    done = run("run", "--config", str(config))
    assert done.returncode == 3
    assert all(key in done.stderr for key in ("language", "colour", "person[0].name"))


def test_without_any_chat_platform_it_says_so(config: Path) -> None:
    config.write_text(config.read_text().partition("[[destination]]")[0])
    done = run("run", "--config", str(config))
    assert done.returncode == 3
    assert "adapters" in done.stderr


def test_a_state_directory_that_cannot_be_made_is_one_line_and_exit_1(
    config: Path, core: CoreFolder
) -> None:
    (core.folder / "bot").write_text("in the way")
    done = run("run", "--config", str(config))
    assert done.returncode == 1
    assert "the bot cannot work" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_finds_a_good_set_up_good(config: Path) -> None:
    done = run("check", "--config", str(config))
    assert done.returncode == 0, done.stdout
    assert "WRONG" not in done.stdout


def test_check_names_everything_wrong_with_its_cure(config: Path, core: CoreFolder) -> None:
    core.configure("nonsense")
    text = config.read_text().replace("[adapters.console]", "[adapters.console]\ncolour = 1")
    dead = '[probe]\nurl = "http://127.0.0.1:1/"\n'
    config.write_text(text.replace(json.dumps(core.command), '["/nowhere/helper"]') + dead)
    done = run("check", "--json", "--config", str(config))
    assert done.returncode == 1
    wrong = {one["subject"]: one for one in json.loads(done.stdout) if one["severity"] == "wrong"}
    assert wrong.keys() == {"core", "helper", "adapter console"}
    assert all(one["sentence"] and one["cure"] for one in wrong.values())


def test_check_tells_faults_of_the_configuration_to_machines(config: Path) -> None:
    config.write_text("nonsense")
    done = run("check", "--json", "--config", str(config))
    assert done.returncode == 3
    assert json.loads(done.stdout)[0]["subject"] == "config"


def test_the_adapters_are_listed() -> None:
    done = run("adapters")
    assert done.returncode == 0
    assert {"console", "telegram", "mattermost"} <= {
        line.split()[0] for line in done.stdout.splitlines()
    }


def test_an_unknown_command_is_a_usage_error() -> None:
    assert run("dance").returncode == 2
