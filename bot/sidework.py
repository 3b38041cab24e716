"""Work beside the commands: whatever befalls it, locking goes on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

log = logging.getLogger(__name__)

REST = 60.0
"""Seconds before fallen work is begun again."""


async def kept(
    work: Callable[[], Awaitable[None]],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> NoReturn:
    """Do `work` until cancelled, again whenever it falls."""
    while True:
        try:
            await work()
        # The top level of what must never end the bot, nor be silent.
        except Exception:
            log.exception("%s fell", getattr(work, "__qualname__", work))
        await sleep(REST)
