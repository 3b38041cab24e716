"""The bot as its program runs it, but logging everything, and with limits that refill at once.

With LOUD_BOT_FALLS in its environment it ends as a bug would end it.
"""

import asyncio
import logging
import os
import secrets
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from adapters import registry
from bot import app, config, logs
from bot.sdnotify import Notifier
from bot.secrets import Secrets

ROOT = Path(__file__).resolve().parents[2]


def loud_bot(file: Path) -> list[str]:
    """Its command line."""
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.attacks import loud_bot"
    return [sys.executable, "-c", f"{start}; sys.exit(loud_bot.main())", str(file)]


def main() -> int:
    """Run until killed."""
    settings = config.load(Path(sys.argv[1]))
    found = Secrets(os.environ)
    logs.set_up(sys.stderr, os.environ, lambda: found.known, logging.DEBUG)
    outside = app.Outside(
        now=lambda: datetime.now(UTC),
        error_id=lambda: secrets.token_hex(2),
        load=registry.load,
        secret=found,
        notifier=Notifier(),
        monotonic=lambda: time.monotonic() * 10_000,
    )
    try:
        asyncio.run(_run(app.App(settings, outside), found))
    except Exception:
        logging.getLogger("bot.cli").critical("the bot fell", exc_info=True)
        return 1
    return 0


async def _run(bot: app.App, found: Secrets) -> None:
    running = asyncio.ensure_future(bot.run(asyncio.Event()))
    if "LOUD_BOT_FALLS" in os.environ:
        await asyncio.sleep(2)
        running.cancel()
        raise RuntimeError(f"a bug that quotes {sorted(found.known)} of {vars(bot)}")
    await running


if __name__ == "__main__":
    sys.exit(main())
