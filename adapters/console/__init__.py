"""A terminal that plays the group chat: several people, one keyboard.

On a terminal it is a line editor with history and completion (`editor`), otherwise it reads and
prints plain lines (`pipe`). Its settings, all optional:

    [adapters.console]
    speaker = "anna"                    # who types, until somebody else is played
    people = ["anna", "bram", "eve"]    # for completion; anybody else can be played too
    bot_name = "maintenance"            # what `/maintenance@…` and `@…` must name
    patience = 5.0                      # seconds that a piped line waits for its answer

There is no token and no network: whoever has the terminal is whoever they say they are.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from adapters.base import Adapter, Destination, Fault, Settings, SettingsError
from adapters.console.adapter import Aside, Console, nothing
from adapters.console.pipe import PipeScreen
from adapters.console.screen import Screen

PHRASES = tuple(
    f"/maintenance {verb}".strip()
    for verb in ("status", "lock", "unlock", "history", "schedule", "whoami", "help", "")
)
"""What the editor completes."""


@dataclass(frozen=True, slots=True)
class Options:
    """The adapter's table, checked."""

    speaker: str = "anna"
    people: tuple[str, ...] = ("anna", "bram", "eve")
    bot_name: str = "maintenance"
    patience: float = 5.0


def create(settings: Settings) -> Adapter:
    """Make the console on this process's own input and output.

    Raises:
        SettingsError: with all faults.
    """
    options = read_options(settings.options)
    home = next(iter(settings.destinations), Destination(settings.name, "chat"))
    return make_console(own_screen(options), options, home)


def make_console(
    screen: Screen,
    options: Options,
    home: Destination,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    aside: Aside = nothing,
) -> Console:
    """Make the console on any screen."""
    return Console(
        screen,
        home=home,
        speaker=options.speaker,
        bot_name=options.bot_name,
        patience=options.patience,
        clock=clock,
        aside=aside,
    )


def own_screen(options: Options) -> Screen:
    """Choose the editor where both ends are a terminal that can show it, else plain lines."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        # Costs a fifth of a second to import, and nothing else needs it.
        from adapters.console.editor import EditorScreen  # noqa: PLC0415 -- see above

        return EditorScreen(PHRASES, options.people)
    return PipeScreen(sys.stdin.fileno(), sys.stdout)


def read_options(table: Mapping[str, object]) -> Options:
    """Check the adapter's table.

    Raises:
        SettingsError: with all faults.
    """
    known = {"speaker": _is_word, "people": _are_words, "bot_name": _is_word, "patience": _is_time}
    faults = [
        Fault(key, sentence)
        for key, value in table.items()
        if (sentence := known.get(key, _is_unknown)(value))
    ]
    if faults:
        raise SettingsError(faults)
    defaults = Options()
    return Options(
        speaker=str(table.get("speaker", defaults.speaker)),
        people=tuple(cast("list[str]", table.get("people", defaults.people))),
        bot_name=str(table.get("bot_name", defaults.bot_name)),
        patience=float(cast("float", table.get("patience", defaults.patience))),
    )


def _is_word(value: object) -> str:
    return "" if isinstance(value, str) and value.isidentifier() else "must be one word"


def _are_words(value: object) -> str:
    fine = isinstance(value, list) and not any(_is_word(one) for one in value)
    return "" if fine else "must be a list of single words"


def _is_time(value: object) -> str:
    fine = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    return "" if fine else "must be a number of seconds, 0 or more"


def _is_unknown(_value: object) -> str:
    return "is not a setting of the console"
