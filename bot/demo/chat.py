"""The bot of the demo: the real one, with a console that also tells what the shop answers."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime

from adapters.base import Adapter, Factory, Settings
from adapters.console import make_console, own_screen, read_options
from adapters.registry import load
from bot.app import App, Outside
from bot.config import Config
from bot.demo.answer import ChangeTeller
from bot.sdnotify import Notifier
from bot.secrets import Secrets


async def chat(
    config: Config, teller: ChangeTeller, clock: Callable[[], datetime], stop: asyncio.Event
) -> None:
    """Run the bot until the terminal has nothing more to say, or until `stop` is set."""
    outside = Outside(
        now=clock,
        error_id=lambda: secrets.token_hex(2),
        load=_with_console(teller),
        secret=Secrets({}),
        notifier=Notifier(),
    )
    await App(config, outside).run(stop)


def _with_console(teller: ChangeTeller) -> Callable[[str], Factory]:
    async def aside() -> str | None:
        # In a thread: the stand-in shop needs this one to answer no more than nginx does.
        return await asyncio.to_thread(teller.news)

    def console(settings: Settings) -> Adapter:
        options = read_options(settings.options)
        return make_console(own_screen(options), options, settings.destinations[0], aside=aside)

    return lambda name: console if name == "console" else load(name)
