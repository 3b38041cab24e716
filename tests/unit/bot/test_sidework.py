"""What is done beside the commands may fall, and is begun again."""

import asyncio

import pytest

from bot.sidework import REST, kept


async def test_work_that_falls_is_begun_again_after_a_rest_and_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun = 0
    naps: list[float] = []

    async def work() -> None:
        nonlocal begun
        begun += 1
        raise OSError("no space left")

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 2:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await kept(work, nap)
    assert (begun, naps) == (2, [REST, REST])
    assert "no space left" in caplog.text


async def test_cancelling_ends_it() -> None:
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(kept(work))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
