"""What can be chosen when the demo starts."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """The demo's options; times in whole seconds."""

    folder: Path = Path(".demo")
    window_in: int = 20
    window_for: int = 20
    language: str = "en"
    stand_in: bool = False


def parse(argv: Sequence[str]) -> Options:
    """Read the command line; like every argparse program it ends the process on nonsense."""
    usual = Options()
    parser = argparse.ArgumentParser(
        prog="pretix-maintenance-bot demo",
        description="Try the bot: a chat in this terminal, and a shop that really closes.",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=usual.folder,
        help="where everything of the demo lives (default: .demo); emptied at every start",
    )
    parser.add_argument(
        "--window-in",
        type=_seconds,
        default=usual.window_in,
        metavar="SECONDS",
        help="when the maintenance window opens (default: %(default)s after the start)",
    )
    parser.add_argument(
        "--window-for",
        type=_seconds,
        default=usual.window_for,
        metavar="SECONDS",
        help="how long it stays open (default: %(default)s)",
    )
    parser.add_argument(
        "--language",
        choices=("en", "nl"),
        default=usual.language,
        help="the language of the chat (default: %(default)s)",
    )
    parser.add_argument(
        "--stand-in",
        action="store_true",
        help="use the built-in shop even where nginx is installed",
    )
    return Options(**vars(parser.parse_args(argv)))


def _seconds(text: str) -> int:
    seconds = int(text)
    if not 1 <= seconds <= 24 * 3600:
        raise argparse.ArgumentTypeError("must be between 1 second and a day")
    return seconds
