"""Send the answer to a command, a few times if need be, and not for long.

An answer is worth something for a short while; what must arrive goes through the outbox instead.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from adapters.base import (
    AdapterError,
    Destination,
    Moved,
    OutcomeUnknown,
    OutgoingMessage,
    Receipt,
    Temporary,
)

log = logging.getLogger(__name__)

Send = Callable[[OutgoingMessage], Awaitable[Receipt]]

ATTEMPT = 20.0
"""Seconds after which one attempt counts as lost."""

LONGEST_WAIT = 15.0
"""Seconds; a platform that wants a longer rest does not get this answer."""

_jitter = wait_random_exponential(multiplier=0.5, max=5)


class ReplyLost(Exception):
    """The answer did not arrive, or nobody knows whether it did; `str()` says why."""


class Replies:
    """Sends answers through whatever adapter is theirs."""

    def __init__(
        self,
        send: Send,
        *,
        moved: Callable[[Destination, Destination], None] = lambda _old, _new: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`moved` is told the old and the new place when a platform says that a chat moved."""
        self._send = send
        self._moved = moved
        self._sleep = sleep

    async def say(self, message: OutgoingMessage) -> Receipt:
        """Send it.

        Raises:
            ReplyLost: it did not arrive, or perhaps it did and trying again would double it.
        """
        try:
            async for attempt in for_a_reply(self._sleep):
                with attempt:
                    return await self._once(message)
        except Moved as error:
            self._moved(message.destination, error.destination)
            # The message to be replaced and the one answered are in the chat of before.
            there = replace(message, destination=error.destination, replaces=None, reply_to=None)
            return await self._after_the_move(there)
        except AdapterError as error:
            raise ReplyLost(f"{message.destination}: {error.problem}: {error}") from error
        raise AssertionError("a retrying loop ends by returning or raising")

    async def _after_the_move(self, message: OutgoingMessage) -> Receipt:
        try:
            return await self._once(message)
        except AdapterError as error:
            raise ReplyLost(f"{message.destination}: {error.problem}: {error}") from error

    async def _once(self, message: OutgoingMessage) -> Receipt:
        try:
            async with asyncio.timeout(ATTEMPT):
                return await self._send(message)
        except TimeoutError as error:
            raise OutcomeUnknown("timeout", f"no receipt within {ATTEMPT:g} s") from error


def for_a_reply(sleep: Callable[[float], Awaitable[None]]) -> AsyncRetrying:
    """Retry what was not accepted for certain: 4 tries, at most `LONGEST_WAIT` before each.

    A new instance each time: one that is shared between tasks loses count.
    """
    return AsyncRetrying(
        retry=retry_if_exception(_may_be_tried_again),
        stop=stop_after_attempt(4),
        wait=_as_the_platform_asks,
        sleep=sleep,
        before_sleep=_say_that_it_waits,
        reraise=True,
    )


def _may_be_tried_again(error: BaseException) -> bool:
    if not isinstance(error, Temporary):
        return False
    return error.retry_after is None or error.retry_after <= LONGEST_WAIT


def _as_the_platform_asks(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, Temporary) and error.retry_after is not None:
        # A bit more than asked: several chats wait for the same instant.
        return error.retry_after + _jitter(state) / 5
    return _jitter(state)


def _say_that_it_waits(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.info("an answer was not taken (try %d): %s", state.attempt_number, error)
