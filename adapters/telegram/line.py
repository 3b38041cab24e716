"""The bot account with its two HTTP clients: one that waits for updates, one for all else."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpx
from telegram import Bot

from adapters.telegram.request import AnswerRequest, UpdatesRequest
from adapters.telegram.settings import Options

_TELLTALES = ("httpx", "httpcore", "telegram")
_CONNECTIONS = 8


class Line:
    """Both clients, open while anybody uses them: `async with line as bot`.

    Outside `run` a single `send` opens them and closes them again; while `run` has them, they stay
    open for all. The object shows nothing of itself: the SDK's `Bot` shows the token.
    """

    def __init__(self, options: Options, clock: Callable[[], datetime]) -> None:
        """Make the clients; nothing is asked yet."""
        _silence()
        self.clock_gap: timedelta | None = None
        self._clock = clock
        self._users = 0
        # One context with the certificates for both clients: they are most of a client's memory.
        common = {"trust_env": False, "verify": httpx.create_ssl_context(trust_env=False)}
        # While a request for updates waits there is no other to wait for, hence the pool of one.
        self._polls = UpdatesRequest(1, **_limits(options), httpx_kwargs=common)
        hooks = {"event_hooks": {"response": [self._compare_clocks]}}
        self._calls = AnswerRequest(_CONNECTIONS, **_limits(options), httpx_kwargs=common | hooks)
        self._bot = Bot(
            options.token,
            base_url=f"{options.base_url}/bot",
            base_file_url=f"{options.base_url}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
        )

    async def __aenter__(self) -> Bot:
        """Open the clients unless they are; give the SDK's bot."""
        self._users += 1
        await self._polls.initialize()
        await self._calls.initialize()
        return self._bot

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close them when nobody is left."""
        self._users -= 1
        if self._users == 0:
            await self._polls.shutdown()
            await self._calls.shutdown()

    async def _compare_clocks(self, response: httpx.Response) -> None:
        try:
            theirs = parsedate_to_datetime(response.headers.get("date", ""))
        except ValueError:
            return
        if theirs.tzinfo is not None:
            self.clock_gap = self._clock() - theirs


def _limits(options: Options) -> dict[str, Any]:
    steps = ("read_timeout", "write_timeout", "connect_timeout", "pool_timeout")
    return {"proxy": options.proxy} | dict.fromkeys(steps, options.timeout)


def _silence() -> None:
    # Below WARNING these write every request's address, and the token is in the address.
    for name in _TELLTALES:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
