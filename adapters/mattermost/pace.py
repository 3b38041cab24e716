"""How long things take, and the effects that a test replaces."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """Every wait of this adapter, in seconds.

    `connect` and `read` are the limits of one HTTP request, `call` of all of it. `heartbeat` finds
    a dead websocket: the server's own pings come every 60 s. `first_wait` to `longest_wait` is the
    back-off of reconnecting; `token_wait` its length after a rejected token, and `token_check` how
    often a quiet connection's token is looked at, because a revoked one does not end the
    connection. `lookback` is how far a start looks for what was written while nobody listened.
    `answer` is how long a slash command's HTTP answer waits for the bot (Mattermost advises 3 s in
    all), and `settle` how long a first, neutral word of the bot ("closing…") waits for the result
    that takes its place. `body` is the limit for reading a request, and `visit` for a connection on
    which nothing has come yet that is Mattermost's. `cache` is how long facts about
    a user hold.
    """

    connect: float = 3.05
    read: float = 10.0
    call: float = 20.0
    heartbeat: float = 30.0
    first_wait: float = 1.0
    longest_wait: float = 60.0
    token_wait: float = 300.0
    token_check: float = 600.0
    lookback: float = 600.0
    answer: float = 1.5
    settle: float = 0.4
    body: float = 0.3
    visit: float = 3.0
    cache: float = 60.0


@dataclass(frozen=True, slots=True)
class Effects:
    """Clock (aware, UTC), stopwatch, sleep and chance (in [0, 1))."""

    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[object]]
    chance: Callable[[], float]


def real() -> Effects:
    """Give the machine's own."""
    return Effects(
        clock=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
        sleep=asyncio.sleep,
        chance=random.random,
    )
