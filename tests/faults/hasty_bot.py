"""The whole bot as `pretix-maintenance-bot run` joins it, in a hurry, for killing.

    python -m tests.faults.hasty_bot CONFIG SPEED FORGETS

Every pause of the bot's own passes SPEED times as fast; clocks, sockets and adapters are real. With
FORGETS=1 the outbox is broken on purpose: a message found under way is taken for told.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from adapters import registry
from bot import app, config, logs
from bot.cli import in_a_loop, until_told_to_end
from bot.database import open_database
from bot.sdnotify import Notifier
from bot.secrets import Secrets


def quick(speed: float) -> app.Outside:
    """The world, with pauses that pass quickly."""

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / speed)

    return app.Outside(
        now=lambda: datetime.now(UTC),
        error_id=lambda: "7f3a",
        load=registry.load,
        secret=Secrets(os.environ),
        notifier=Notifier(),
        sleep=sleep,
    )


def forget(settings: config.Config) -> None:
    """What an outbox without the state `inflight` would do after a kill."""
    database, _ = open_database(settings.state_dir / app.DATABASE, datetime.now(UTC))
    with database.transaction() as connection:
        connection.execute("UPDATE delivery SET state = 'sent' WHERE state = 'inflight'")
    database.close()


def main(path: Path, speed: float, *, forgets: bool) -> None:
    settings = config.load(path)
    logs.set_up(sys.stderr, os.environ, lambda: ())
    if forgets and (settings.state_dir / app.DATABASE).exists():
        forget(settings)
    in_a_loop(until_told_to_end(app.App(settings, quick(speed))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), forgets=sys.argv[3] == "1")
