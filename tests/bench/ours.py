"""Our bot for the benches: the installed program between fake platforms, with nothing to do."""

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from bot.shop import StandInShop
from tests.bench.rivals import Running, rivals
from tests.servers.ports import free_port
from tests.servers.two_platforms import (
    MATTERMOST,
    SLASH,
    TELEGRAM,
    TwoPlatforms,
    two_platforms,
    until,
)

OURS: dict[str, tuple[str, ...]] = {
    "ours, Telegram": (TELEGRAM,),
    "ours, Mattermost": (MATTERMOST, SLASH),
    "ours, both": (TELEGRAM, MATTERMOST, SLASH),
}
ALL = "ours, all"
"""Both, the probe of a shop that is open, and the monitoring."""
PROBE = """\
[probe]
url = "{url}"
[monitoring]
listen = "127.0.0.1:{port}"
"""

BROKEN = """\
import sys, threading, time
ballast = b"x" * (60 << 20)
time.sleep(5)
def restless():
    while True:
        time.sleep(0.002)
        sum(range(2000))
threading.Thread(target=restless, daemon=True).start()
from bot.cli import main
sys.exit(main())
"""
"""Broken on purpose: fat, slow to start, and never at rest."""


@asynccontextmanager
async def bots(
    folder: Path, *, broken: bool
) -> AsyncIterator[tuple[Mapping[str, Running], Sequence[str]]]:
    """Prepare ours and the others, none of them started; and say which others are missing."""
    async with AsyncExitStack() as stack:
        found: dict[str, Running] = {}
        shop = StandInShop(folder / "no-marker")
        probe = PROBE.format(url=shop.start(), port=free_port())
        stack.callback(shop.stop)
        of_all = {ALL: (TELEGRAM, MATTERMOST, SLASH, probe)}
        for number, (name, tables) in enumerate((OURS | of_all).items()):
            place = folder / str(number)
            place.mkdir()
            stage = await stack.enter_async_context(two_platforms(place))
            stage.configure(*tables)
            if broken:
                stage.command[:1] = [sys.executable, "-c", BROKEN]
            found[name] = partial(_ours, stage, tables)
        server = folder / "server"
        server.mkdir()
        theirs = await stack.enter_async_context(two_platforms(server))
        others, missing = rivals(folder, theirs.mattermost)
        yield found | dict(others), missing


@asynccontextmanager
async def _ours(stage: TwoPlatforms, tables: Sequence[str]) -> AsyncIterator[int]:
    polls, sockets = stage.account.updates, stage.mattermost.sockets
    polled, asked = polls.polls, len(sockets.requests)
    await stage.begin()
    if TELEGRAM in tables:
        await until(lambda: polls.polls > polled, "no poll")
    if MATTERMOST in tables:
        await until(lambda: len(sockets.requests) > asked, "no websocket")
    assert stage.bot is not None
    try:
        yield stage.bot.pid
    finally:
        await stage.stop()
