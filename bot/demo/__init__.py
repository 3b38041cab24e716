"""The demo: the bot, a shop and a chat, in one terminal, with no root and no sudo."""

import os
import sys
from collections.abc import Sequence

from bot.demo.endings import unwind_on_signal
from bot.demo.errors import DemoError
from bot.demo.options import parse
from bot.demo.play import play


def main(argv: Sequence[str]) -> int:
    """Run the demo until its chat ends; return the exit code."""
    options = parse(argv)
    unwind_on_signal()
    try:
        play(options)
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Nobody reads any more, and Python would complain of it again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
