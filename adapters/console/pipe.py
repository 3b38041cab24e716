"""Plain lines in, plain lines out: for pipes, files and terminals that cannot do more."""

import asyncio
import os
import select
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

from adapters.console.screen import Shown
from adapters.console.wrapping import INDENT

_CHUNK = 4096


class PipeScreen:
    """Reads lines from a file descriptor and prints to a text stream.

    Reading happens in a thread, for only a thread can wait for every kind of file (an event loop
    cannot wait for a regular one) without changing its mode for other programs that share it. The
    thread waits in `poll` beside a pipe of its own, so it ends when it is told to.
    """

    paced = True

    def __init__(self, source: int, sink: TextIO) -> None:
        """Read from `source`, print to `sink`; neither is closed here."""
        self._source = source
        self._sink = sink
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._reader: threading.Thread | None = None
        self._wake = -1

    async def ask(self, who: str) -> str | None:
        """Wait for the next line and print it, so that the output reads like a chat."""
        if self._reader is None:
            self._start_reading(asyncio.get_running_loop())
        line = await self._lines.get()
        if line is None:
            self._lines.put_nowait(None)  # the end stays the end
        elif line.strip():
            self._print(f"{who}> {line}")
        return line

    async def show(self, message: Shown) -> None:
        """Print a message, its later lines indented."""
        self._print(message.text.replace("\n", f"\n{INDENT}"))

    async def remark(self, text: str) -> None:
        """Print a word of the console itself in brackets."""
        self._print(f"({text})")

    def waiting(self, notes: Sequence[Shown]) -> None:
        """Do nothing: what is printed stays, and `show` has printed it."""

    def close(self) -> None:
        """End the reading thread."""
        if self._reader is None:
            return
        os.close(self._wake)
        self._reader.join()
        self._reader = None

    def _print(self, text: str) -> None:
        # Each line at once: somebody may look at the other end of the pipe.
        self._sink.write(f"{text}\n")
        self._sink.flush()

    def _start_reading(self, loop: asyncio.AbstractEventLoop) -> None:
        told, self._wake = os.pipe()
        self._reader = threading.Thread(
            target=self._read, args=(loop, told), name="console-reader", daemon=True
        )
        self._reader.start()

    def _read(self, loop: asyncio.AbstractEventLoop, told: int) -> None:
        rest = b""
        try:
            while chunk := self._chunk(told):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._hand_over(loop, line)
            if rest:
                self._hand_over(loop, rest)
            self._hand_over(loop, None)
        finally:
            os.close(told)

    def _chunk(self, told: int) -> bytes:
        poll = select.poll()
        poll.register(self._source, select.POLLIN)
        poll.register(told, 0)  # only its end is of interest, and that is always reported
        if any(fd == told for fd, _ in poll.poll()):
            return b""
        try:
            return os.read(self._source, _CHUNK)
        except OSError:  # the terminal behind it is gone: there is nothing more to read
            return b""

    def _hand_over(self, loop: asyncio.AbstractEventLoop, line: bytes | None) -> None:
        text = None if line is None else line.decode(errors="replace").rstrip("\r")
        with suppress(RuntimeError):  # the loop has ended meanwhile: nobody listens
            loop.call_soon_threadsafe(self._lines.put_nowait, text)
