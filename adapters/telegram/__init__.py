"""Telegram: a bot account that polls for what people write and sends what the bot says.

    settings    the table `[adapters.telegram]`, checked
    request     HTTP answers, judged before the SDK reads them
    line        the bot account with its two HTTP clients
    channels    the configured chats, and where they moved to
    marks       why a message may not be what its sender says now
    gate        one update of Telegram's → what the bot is told of it
    polling     the connection: ask, deliver, confirm, for ever
    diagnosis   what a failed request for updates means, and how long to wait
    chores      the small duties beside the polling
    menu        the command in the chats' menu
    splitting   long texts in parts
    rendering   text and spans → HTML
    sending     one message out
    errors      the SDK's errors → ours
    membership  what the bot's standing in a chat allows
    selfcheck   what may be wrong with the set-up
    effects     the clock and the sleep, from outside
    adapter     all of it as an `adapters.base.Adapter`

The SDK (python-telegram-bot) costs 25 MiB and a quarter of a second, so this module alone may be
imported without it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.base import Adapter, Settings
from adapters.telegram.settings import read


def create(settings: Settings) -> Adapter:
    """Make the adapter that `[adapters.telegram]` describes; nothing is sent yet.

    Raises:
        SettingsError: with everything that is wrong in the table.
    """
    options = read(settings)
    # The SDK's import is the price of using Telegram, paid only by who uses it.
    with _without("cryptography"):
        from adapters.telegram.adapter import TelegramAdapter  # noqa: PLC0415 -- see above

    return TelegramAdapter(settings.name, options, settings.destinations)


@contextmanager
def _without(package: str) -> Iterator[None]:
    """Let the SDK do without a package that it only uses if it is there.

    `cryptography` is for Telegram Passport, which is nothing to us, and costs 8 MiB for ever. The
    import system takes None for "cannot be imported".
    """
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]  # see above
    try:
        yield
    finally:
        del sys.modules[package]
