"""Mattermost: REST through `mattermostdriver`, a websocket of our own, and a slash command.

Files, from the far side inwards:

    client api      one HTTP session, and the calls that are needed
    errors          what went wrong there, as `adapters.base` says it
    stream          one websocket connection
    listener        connections for ever: resume, catch up, hand over
    authorship      who really wrote a post
    endpoint        HTTP for the slash command and for buttons
    answers         replies that only the asker sees
    sender          what the bot says; markdown in `rendering`
    selfcheck register
"""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.base import Adapter, Settings


def create(settings: Settings) -> Adapter:
    """Make the adapter; the factory behind the entry point.

    Raises:
        SettingsError: with every fault of the table.
    """
    # The SDK costs 20 MB and a third of a second, which other adapters' users do not owe.
    with _without_guessing():
        from adapters.mattermost.adapter import Mattermost  # noqa: PLC0415 -- see above
    from adapters.mattermost.options import read  # noqa: PLC0415 -- same

    return Mattermost(read(settings))


@contextmanager
def _without_guessing() -> Iterator[None]:
    """Let `requests` do without its guesser of character sets.

    It costs 2.6 MiB and is for pages that do not name theirs; what Mattermost sends is JSON, read
    from its bytes. The import system takes None for "cannot be imported".
    """
    absent = {"chardet", "charset_normalizer"} - sys.modules.keys()
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # see above
    try:
        with warnings.catch_warnings():
            # It warns that it cannot guess.
            warnings.filterwarnings("ignore", "Unable to find acceptable character detection")
            yield
    finally:
        for name in absent:
            del sys.modules[name]
