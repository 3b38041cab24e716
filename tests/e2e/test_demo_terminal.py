"""The demo on a terminal: a person who types, with history, completion and two ways out."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.demo_process import PATIENCE, PROGRAM, processes_of

SEQUENCE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-_])")
UP = "\x1b[A"
CTRL_C, CTRL_D = "\x03", "\x04"


class Terminal:
    """A pseudo-terminal with the demo on it."""

    def __init__(self, home: Path, *options: str) -> None:
        self._screen, inside = pty.openpty()
        self.mode_before = termios.tcgetattr(inside)
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self.process = subprocess.Popen(
            [str(PROGRAM), "demo", *options],
            cwd=home,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
            # This terminal does not tell where its cursor is.
            env={**os.environ, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"},
        )
        os.close(inside)
        self.raw = b""

    @property
    def said(self) -> str:
        return SEQUENCE.sub("", self.raw.decode(errors="replace"))

    def type(self, keys: str) -> None:
        os.write(self._screen, keys.encode())

    def wait_for(self, *texts: str) -> None:
        pattern = re.compile(".*?".join(re.escape(text) for text in texts), re.DOTALL)
        until = time.monotonic() + PATIENCE
        while not pattern.search(self.said):
            assert self._read(until), f"not said: {texts}\n{self.said}"

    def end(self) -> int:
        """Read to the end; return the exit code."""
        until = time.monotonic() + PATIENCE
        while self._read(until):
            pass
        assert time.monotonic() < until, f"it does not end\n{self.said}"
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._screen >= 0:
            os.close(self._screen)
            self._screen = -1

    def hang_up(self) -> None:
        """Close the window, as a person does with the mouse."""
        os.close(self._screen)
        self._screen = -1

    def _read(self, until: float) -> bool:
        ready, _, _ = select.select([self._screen], [], [], max(until - time.monotonic(), 0))
        if not ready:
            return False
        try:
            more = os.read(self._screen, 65536)
        except OSError:  # nobody has the other end any more
            return False
        self.raw += more
        return bool(more)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path, "--window-in", "3600", "--stand-in")
    made.wait_for("To leave", "anna>")
    yield made
    made.close()


def test_a_person_types_and_is_answered_above_the_line(terminal: Terminal) -> None:
    terminal.type("/maintenance lock audit\r")
    terminal.wait_for("bot → Anna: 🔒", "the shop answers: 503", "anna>")
    terminal.type("as bram\r")
    terminal.wait_for("bram>")
    terminal.type("/maintenance unlock\r")
    terminal.wait_for("bot → Bram: 🔓", "the shop answers: 200")
    terminal.type(CTRL_D)
    assert terminal.end() == 0


def test_tab_completes(terminal: Terminal) -> None:
    terminal.type("/maintenance wh\t")
    terminal.wait_for("whoami")
    terminal.type("\r")
    terminal.wait_for("You are Anna")
    terminal.type(CTRL_D)
    assert terminal.end() == 0


def test_the_arrow_brings_back_the_line_before(terminal: Terminal) -> None:
    terminal.type("as bram: /maintenance whoami\r")
    terminal.wait_for("You are Bram")
    terminal.raw = b""
    terminal.type(f"{UP}\r")
    terminal.wait_for("You are Bram")
    terminal.type(CTRL_D)
    assert terminal.end() == 0


@pytest.mark.parametrize("keys", [CTRL_D, CTRL_C, "quit\r", "half a line" + CTRL_C])
def test_it_ends_well(terminal: Terminal, tmp_path: Path, keys: str) -> None:
    terminal.type(keys)
    assert terminal.end() == 0
    assert "Goodbye" in terminal.said
    assert "Traceback" not in terminal.said
    assert processes_of(tmp_path) == []


def test_it_gives_the_terminal_back_as_it_was(terminal: Terminal) -> None:
    assert termios.tcgetattr(terminal._screen) != terminal.mode_before
    terminal.type(CTRL_D)
    terminal.wait_for("Goodbye")
    assert terminal.process.wait(PATIENCE) == 0
    assert termios.tcgetattr(terminal._screen) == terminal.mode_before


def test_a_terminal_that_is_closed_ends_it(terminal: Terminal, tmp_path: Path) -> None:
    terminal.hang_up()
    terminal.process.send_signal(signal.SIGHUP)  # as the shell in that window would
    assert terminal.process.wait(PATIENCE) in {0, 1}
    assert processes_of(tmp_path) == []


def test_a_long_answer_is_broken_between_words(terminal: Terminal) -> None:
    terminal.type("/maintenance lock " + "word " * 30 + "\r")
    terminal.wait_for("bot → Anna: 🔒", "anna>")
    answer = terminal.said.partition("bot → Anna: 🔒")[2].replace("\r", "")
    assert max(map(len, answer.splitlines())) <= 100
    terminal.type(CTRL_D)
    assert terminal.end() == 0


def test_a_window_is_announced_while_a_line_is_typed(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "--window-in", "2", "--window-for", "3600", "--stand-in")
    try:
        terminal.wait_for("anna>")
        terminal.type("/maintenance st")
        terminal.wait_for("bot → everyone: ", "the shop answers: 503")
        terminal.type("atus\r")
        terminal.wait_for("bot → Anna: ")
        terminal.type(CTRL_D)
        assert terminal.end() == 0
    finally:
        terminal.close()
