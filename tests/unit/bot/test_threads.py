"""Threads that may be left behind."""

import asyncio
import subprocess
import sys
import threading

import pytest

from bot.threads import AbandonableThreads

HANGS = """
import asyncio, threading
from bot.cli import in_a_loop

async def main():
    begun = threading.Event()
    waiting = asyncio.ensure_future(
        asyncio.to_thread(lambda: (begun.set(), threading.Event().wait()))
    )
    while not begun.is_set():
        await asyncio.sleep(0)
    waiting.cancel()
    print("left")

in_a_loop(main())
"""


async def test_a_result_comes_back() -> None:
    loop = asyncio.get_running_loop()
    assert await loop.run_in_executor(AbandonableThreads(), max, 2, 3) == 3


async def test_an_error_comes_back() -> None:
    loop = asyncio.get_running_loop()
    with pytest.raises(ZeroDivisionError):
        await loop.run_in_executor(AbandonableThreads(), divmod, 1, 0)


async def test_calls_do_not_wait_for_each_other() -> None:
    threads, loop = AbandonableThreads(), asyncio.get_running_loop()
    meeting = threading.Barrier(20)
    await asyncio.gather(*(loop.run_in_executor(threads, meeting.wait) for _ in range(20)))


def test_a_thread_that_hangs_does_not_hold_up_the_end_of_the_process() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout == "left\n"
