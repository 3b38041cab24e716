"""What every part of the bot stands on: the world around it, its files, and whom it tells."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from adapters.base import Factory
from bot import addresses
from bot.config import Config
from bot.corestate import CoreState
from bot.database import Database, MovedAside, open_database
from bot.helper import Helper
from bot.messages import Voice
from bot.moves import Moves
from bot.outbox import Outbox
from bot.proofs import Proofs, Recording
from bot.sdnotify import Notifier
from bot.voices import Voices

DATABASE = "bot.sqlite3"

Work = Callable[[], Coroutine[Any, Any, None]]
"""Something that runs beside the rest until it is cancelled."""


@dataclass(frozen=True, slots=True)
class Outside:
    """All that the bot uses of the world around it."""

    now: Callable[[], datetime]
    error_id: Callable[[], str]
    load: Callable[[str], Factory]
    secret: Callable[[str], str]
    notifier: Notifier
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic


class Foundation:
    """The configuration joined to the files and the far sides that it names; nothing runs."""

    def __init__(self, config: Config, outside: Outside) -> None:
        """Open the database.

        Raises:
            bot.database.NewerDatabase, sqlite3.OperationalError, OSError: no database.
        """
        self.config, self.outside = config, outside
        self.now, self.sleep = outside.now, outside.sleep
        self.audience = [one.destination for one in config.destinations if one.announcements]
        self.told = [
            one.destination for one in config.destinations if one.announcements or one.treasurer
        ]
        """Every destination to which something may be on its way."""
        self.database, self.moved_aside = _database(config, outside.now())
        self.moves = Moves(self.database, [one.destination for one in config.destinations])
        self.outbox = Outbox(self.database)
        self.core = CoreState(config.core_config, config.core_state_dir)
        self.helper = Helper(config.helper, sleep=outside.sleep)
        self.proofs = Proofs(self.database)
        self.probe = Recording(addresses.shop(config.probe, outside.now), self.proofs, self.core)
        self.voices = voices(config)


def _database(config: Config, now: datetime) -> tuple[Database, MovedAside | None]:
    config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return open_database(config.state_dir / DATABASE, now)


def voices(config: Config) -> Voices:
    """Give every chat its language."""
    shop = urlsplit(config.probe.url).hostname or "" if config.probe else ""
    labels = {str(place.destination): place.label for place in config.destinations if place.label}

    def make(language: str) -> Voice:
        return Voice(language, config.timezone, config.contact, shop, labels)

    return Voices(make, config.destinations, config.language)
