"""Blocking calls: their result is awaited, and a call that hangs holds up nobody's end."""

import subprocess
import sys

import pytest

from adapters.mattermost.threads import in_thread

HANGS = """
import asyncio, time
from adapters.mattermost.threads import in_thread

async def main():
    try:
        async with asyncio.timeout(0.05):
            await in_thread(lambda: time.sleep(600))
    except TimeoutError:
        print("let go")

asyncio.run(main())
"""


async def test_the_result_of_a_call_is_awaited() -> None:
    assert await in_thread(lambda: 7) == 7


async def test_the_error_of_a_call_is_raised_where_it_is_awaited() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0)


def test_a_call_that_hangs_does_not_keep_the_program_from_ending() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "let go\n"
