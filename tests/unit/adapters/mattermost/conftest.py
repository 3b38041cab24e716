"""A fake Mattermost, an adapter on it, and a host that remembers."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.base import Destination, OutgoingMessage, Receipt, Settings, Trouble
from adapters.contract import RecordingHost
from adapters.mattermost.adapter import Mattermost
from adapters.mattermost.options import Options, read
from adapters.mattermost.pace import Effects, Pace
from tests.servers.mattermost import FakeMattermost
from tests.servers.ports import free_port

QUICK = Pace(
    connect=5.0,
    read=5.0,
    call=20.0,
    heartbeat=20.0,
    first_wait=0.01,
    longest_wait=0.05,
    token_wait=0.01,
    answer=20.0,
    settle=0.05,
    body=20.0,
    visit=20.0,
)
"""Quick to try again, and patient with a busy machine.

`read` is the shortest, as a few tests wait until a request that hangs is given up.
"""


class Bench:
    """The fake server, and adapters made for it."""

    def __init__(self) -> None:
        self.server = FakeMattermost()
        self.host = RecordingHost()
        self.waits: list[float] = []
        self.late = timedelta(0)
        self.address = f"127.0.0.1:{free_port()}"

    @property
    def here(self) -> Destination:
        return Destination("mattermost", self.server.channel)

    def options(self, *channels: str, slash: bool = False, **more: object) -> Options:
        table: dict[str, object] = {"url": self.server.url, "token": self.server.bot_token, **more}
        if slash:
            table["slash"] = {
                "listen": self.address,
                "tokens": ["w" * 26, self.server.register(f"http://{self.address}/command")],
                "public_url": f"http://{self.address}",
            }
        where = [Destination("mattermost", one) for one in channels or (self.server.channel,)]
        return read(Settings("mattermost", table, where))

    def adapter(self, options: Options | None = None, pace: Pace = QUICK) -> Mattermost:
        effects = Effects(self._now, time.monotonic, self._sleep, random.random)
        return Mattermost(options or self.options(), pace=pace, effects=effects)

    def _now(self) -> datetime:
        return datetime.now(UTC) + self.late

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(min(seconds, 0.05) if seconds < 100 else seconds)

    @asynccontextmanager
    async def running(
        self, options: Options | None = None, pace: Pace = QUICK
    ) -> AsyncIterator[Mattermost]:
        """An adapter that hears the server."""
        adapter = self.adapter(options, pace)
        task = asyncio.create_task(adapter.run(self.host))
        try:
            await self.host.connected()
            yield adapter
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def troubles(self) -> list[Trouble]:
        return [notice for notice in self.host.notices if isinstance(notice, Trouble)]

    def said(self) -> list[str]:
        return [post["message"] for post in self.server.bots_posts()]

    def message(self, text: str, **more: Any) -> OutgoingMessage:
        return OutgoingMessage(more.pop("to", self.here), text, **more)

    async def send(self, adapter: Mattermost, text: str, **more: Any) -> Receipt:
        return await adapter.send(self.message(text, **more))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    await made.server.start()
    yield made
    await made.server.stop()


async def until(wish: Callable[[], object]) -> None:
    """Wait for something that has no event of its own."""
    async with asyncio.timeout(20):
        while not wish():  # noqa: ASYNC110 -- see above
            await asyncio.sleep(0.002)
