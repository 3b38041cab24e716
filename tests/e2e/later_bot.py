"""The whole bot as `pretix-maintenance-bot run` joins it, in a later hour.

python -m tests.e2e.later_bot CONFIG SECONDS
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters import registry
from bot import app, config, logs
from bot.cli import in_a_loop, until_told_to_end
from bot.sdnotify import Notifier
from bot.secrets import Secrets


def main(path: Path, ahead: timedelta) -> None:
    logs.set_up(sys.stderr, os.environ, lambda: ())
    outside = app.Outside(
        now=lambda: datetime.now(UTC) + ahead,
        error_id=lambda: "7f3a",
        load=registry.load,
        secret=Secrets(os.environ),
        notifier=Notifier(),
    )
    in_a_loop(until_told_to_end(app.App(config.load(path), outside)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), timedelta(seconds=float(sys.argv[2])))
