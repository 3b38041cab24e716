"""The board's chat as the example adapter plays it: lines go in, what the bot says comes out."""

import json
import shlex
import time
from collections.abc import Callable

from tests.host.controller import RUN
from tests.host.guest import Guest
from tests.host.sandbox import BOT

_NEWEST = """
import sqlite3
inbox = sqlite3.connect("file:/var/lib/pretix-maintenance-bot/bot.sqlite3?mode=ro", uri=True)
print(inbox.execute("SELECT message_id FROM inbox ORDER BY id DESC LIMIT 1").fetchone()[0])
"""


class Chat:
    """One chat on one guest."""

    def __init__(self, guest: Guest) -> None:
        """Talk to the bot of this guest."""
        self._guest = guest

    def say(self, line: str, answer: str) -> str:
        """Write a line and wait until the bot says `answer`; give all that it said since."""
        self.wait_for_ears()
        known = len(self.log())
        self._guest.run(f"echo {shlex.quote(line)} > {RUN}/chat.in")
        self.wait_for(lambda: answer in self.log()[known:], 30)
        return self.log()[known:]

    def log(self) -> str:
        """Give all that the bot said since it was started."""
        return self._guest.try_run(f"cat {RUN}/chat.log").stdout

    def said_at(self, text: str) -> float:
        """Give when (epoch seconds) the bot last said something with `text` in it."""
        said = [json.loads(line) for line in self.log().splitlines() if text in line]
        return int(said[-1]["id"]) / 1e9

    def received_at(self) -> float:
        """Give when (epoch seconds) the bot received the last line, which is its id there."""
        return int(self._guest.run(f"python3 -c {shlex.quote(_NEWEST)}")) / 1e9

    def wait_for_bot(self) -> None:
        """Wait until the bot runs and hears."""
        active = f"systemctl is-active {BOT}"
        self.wait_for(lambda: self._guest.try_run(active).stdout == "active\n", 60)
        self.wait_for_ears()

    def wait_for_ears(self) -> None:
        """Wait until the bot hears: what is written before would go into a file of that name."""
        self.wait_for(lambda: self._guest.try_run(f"test -p {RUN}/chat.in").returncode == 0, 30)

    def wait_for(self, true: Callable[[], bool], seconds: float) -> None:
        """Wait until it is true.

        Raises:
            AssertionError: with the chat, it is not in time.
        """
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"not within {seconds} s\n{self.log()}"
            time.sleep(0.2)
