"""What systemd's timer does on a real host: call the helper at the edges of the window."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.helper import Helper, HelperError, Verb
from core.protocol import Request

log = logging.getLogger(__name__)

ACTOR = "systemd:timer"


async def call_at(
    edges: Sequence[datetime],
    helper: Helper,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    """Have the helper reconcile at each of these instants, the earliest first."""
    for edge in sorted(edges):
        # A sleep may end a little early by the clock on the wall, and early is before the edge.
        while (left := (edge - clock()).total_seconds()) > 0:
            await sleep(left)
        await reconcile(helper)


async def reconcile(helper: Helper) -> None:
    """Have the helper make the shop agree with window and lock; the bot watches that it does."""
    try:
        await helper.ask(Verb.RECONCILE, Request(ACTOR))
    except HelperError as error:
        log.warning("the timer's call failed: %s", error)
