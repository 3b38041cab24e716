"""A dead man's ping: somebody far away worries when it stops (as healthchecks.io does).

It is sent while the bot can do its work, and only then; its end is the message.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from bot.health import Health
from bot.probe import USER_AGENT
from bot.vitals import Vitals

log = logging.getLogger(__name__)

SUBJECT = "ping"

TIMEOUT = 10.0
"""Seconds that one ping may take."""


class DeadMan:
    """Pings an address again and again."""

    def __init__(
        self,
        url: str,
        vitals: Vitals,
        health: Health,
        *,
        every: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Ping `url`, which is a secret, every so many seconds."""
        self._url = url
        self._vitals = vitals
        self._health = health
        self._every = every
        self._sleep = sleep

    async def run(self) -> NoReturn:
        """Ping until cancelled."""
        while True:
            await self.ping()
            await self._sleep(self._every)

    async def ping(self) -> None:
        """Ping once, if the bot can do its work."""
        if self._vitals.broken():
            return
        import httpx  # noqa: PLC0415 - only who has a ping pays for it

        try:
            async with (
                asyncio.timeout(TIMEOUT),
                httpx.AsyncClient(trust_env=False, headers={"User-Agent": USER_AGENT}) as client,
            ):
                response = await client.get(self._url)
            problem = "" if response.is_success else f"answered {response.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            problem = type(error).__name__  # its text may name the address
        if problem:
            self._health.remark(SUBJECT, problem)
        else:
            self._health.over(SUBJECT)
