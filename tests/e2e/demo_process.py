"""A running demo, as whoever started it sees it."""

import http.client
import os
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

PROGRAM = Path(sys.executable).parent / "pretix-maintenance-bot"
PATIENCE = 30.0
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")


class DemoProcess:
    """The program on pipes."""

    def __init__(
        self, home: Path, *options: str, command: Sequence[str] = (str(PROGRAM), "demo")
    ) -> None:
        """Start it in `home`, as `make demo` does in the checkout."""
        self.home = home
        self._process = subprocess.Popen(
            [*command, *options],
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self._said = ""
        self._ended = False
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def said(self) -> str:
        with self._news:
            return self._said

    @property
    def url(self) -> str:
        found = ADDRESS.search(self.wait_for("The shop:"))
        assert found, self.said
        return found.group()

    def type(self, *lines: str) -> None:
        assert self._process.stdin
        self._process.stdin.write("".join(f"{line}\n" for line in lines))
        self._process.stdin.flush()

    def wait_for(self, *texts: str) -> str:
        """Wait until these were said, in this order; return all that was said."""
        pattern = re.compile(".*?".join(re.escape(text) for text in texts), re.DOTALL)
        with self._news:
            self._news.wait_for(lambda: self._ended or pattern.search(self._said), PATIENCE)
            assert pattern.search(self._said), f"not said: {texts}\n{self._said}"
            return self._said

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> int:
        """End its input and wait for its end; return the exit code."""
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        return self.wait()

    def wait(self) -> int:
        code = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        return code

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.wait()
        assert self._process.stdout
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._news:
                self._said += line
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()


def status_of(url: str) -> tuple[int, str | None]:
    """Ask the shop as a visitor; give the status and Retry-After."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("GET", "/")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.getheader("Retry-After")


def processes_of(folder: Path) -> list[str]:
    """List what runs in this folder or names it in its arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            title = (entry / "cmdline").read_bytes()
            home = (entry / "cwd").readlink()
            if title and (os.fsencode(folder) in title or home.is_relative_to(folder)):
                found.append(f"{entry.name} {title!r}")
    return found
