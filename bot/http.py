"""`/healthz` and `/metrics` on loopback, for those who watch from outside.

A port that somebody else has is shown by `status` and tried again; it stops nothing.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NoReturn

from bot.health import Health
from bot.vitals import Vitals

if TYPE_CHECKING:
    from aiohttp import web

log = logging.getLogger(__name__)

SUBJECT = "metrics"

AGAIN = 60.0
"""Seconds before a port that was taken is tried again."""


class Http:
    """Serves until cancelled."""

    def __init__(
        self,
        address: tuple[str, int],
        vitals: Vitals,
        health: Health,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Listen at `address` (host and port), tell `vitals`, and complain to `health`."""
        self._address = address
        self._vitals = vitals
        self._health = health
        self._sleep = sleep

    async def run(self) -> NoReturn:
        """Serve until cancelled."""
        while True:
            try:
                await self._serve()
            except OSError as error:
                host, port = self._address
                log.warning("%s:%d cannot be used: %s", host, port, error)
                self._health.remark(SUBJECT, f"{host}:{port} cannot be used: {error.strerror}")
            await self._sleep(AGAIN)

    async def _serve(self) -> None:
        # Half of the bot's start-up time would go into these, for all who do not want them.
        from aiohttp import web  # noqa: PLC0415 - see above

        from bot.metrics import MEDIA_TYPE, exposed  # noqa: PLC0415 - see above

        async def metrics(_: "web.Request") -> "web.Response":
            headers = {"Content-Type": MEDIA_TYPE}
            return web.Response(body=exposed(self._vitals), headers=headers)

        application = web.Application()
        application.router.add_get("/metrics", metrics)
        application.router.add_get("/healthz", self._healthz)
        runner = web.AppRunner(application, access_log=None)
        try:
            await runner.setup()
            await web.TCPSite(runner, *self._address).start()
            self._health.over(SUBJECT)
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def _healthz(self, _: "web.Request") -> "web.Response":
        from aiohttp import web  # noqa: PLC0415 - see `_serve`

        broken = self._vitals.broken()
        body = {"ok": not broken, "broken": broken, "difficulties": self._vitals.difficulties()}
        return web.Response(
            text=json.dumps(body) + "\n",
            status=503 if broken else 200,
            content_type="application/json",
        )
