"""Watches the shop from outside while something is done to the host."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.host.guest import Guest


@dataclass(frozen=True)
class Answer:
    """What the shop said: when asked (epoch seconds), with which status, and whose page."""

    at: float
    status: int
    page: str


class Watcher:
    """Asks every few milliseconds, in a process of its own; use it as a context."""

    def __init__(self, guest: Guest) -> None:
        """Watch this guest's port 80."""
        self._guest = guest
        self._file = guest.folder / "answers"

    def __enter__(self) -> Self:
        """Begin."""
        program = Path(__file__).with_name("poller.py")
        command = self._guest.inside(sys.executable, "-I", "-S", program, "80")
        with self._file.open("wb") as answers:
            self._program = subprocess.Popen(command, stdout=answers)
        self.wait(lambda answers: len(answers) > 0, "no answer at all", 10)
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._program.kill()
        self._program.wait()

    @property
    def answers(self) -> list[Answer]:
        """All so far."""
        whole = self._file.read_text().rpartition("\n")[0].splitlines()
        words = (line.split() for line in whole)
        return [Answer(float(at), int(status), page) for at, status, page in words]

    def wait(self, enough: Callable[[list[Answer]], bool], complaint: str, seconds: float) -> None:
        """Wait until the answers are enough.

        Raises:
            AssertionError: they are not in time.
        """
        end = time.monotonic() + seconds
        while not enough(self.answers):
            assert time.monotonic() < end, f"{complaint}; last: {self.answers[-3:]}"
            time.sleep(0.05)

    def next(self, after: float) -> Answer:
        """Wait for the first answer that was asked for after `after`, whatever it is."""
        self.wait(lambda answers: answers[-1].at > after, "no answer any more", 10)
        return next(one for one in self.answers if one.at > after)

    def first(self, status: int, after: float, seconds: float = 30) -> Answer:
        """Wait for the first answer with `status` that was asked for after `after`."""

        def those(answers: list[Answer]) -> list[Answer]:
            return [one for one in answers if one.status == status and one.at > after]

        self.wait(lambda answers: bool(those(answers)), f"no {status}", seconds)
        return those(self.answers)[0]
