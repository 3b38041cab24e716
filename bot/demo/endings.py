"""The signals that end the demo: Ctrl-C, a polite kill, a terminal that is closed."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def unwind_on_signal() -> None:
    """Let each of them leave by way of every `finally`, which takes the shop's processes along."""
    for number in ENDINGS:
        signal.signal(number, _leave)


@contextmanager
def stop_on_signal() -> Iterator[asyncio.Event]:
    """Let each of them set an event instead, while a loop runs."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in ENDINGS:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in ENDINGS:
            loop.remove_signal_handler(number)
        unwind_on_signal()


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
