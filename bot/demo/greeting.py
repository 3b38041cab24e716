"""The first thing that somebody sees: where they are, what to try, what will happen, the exit."""

from collections.abc import Callable
from datetime import datetime

WELCOME = """\
Welcome. This terminal plays the group chat of a ticket shop's board.
The bot reads along, and closes or opens the shop when it is told to.

The shop:  {shop} ({answer})
           {kind}
You are:   Anna, treasurer. Bram of the board is here too; anybody else,
           say Eve, is a stranger.

Type a line and press Enter, for example:
  /maintenance                how things are
  /maintenance lock audit     close the shop; a reason is optional
  /maintenance unlock         open it again
  /maintenance help           what else the bot understands
  as eve: /maintenance lock   let Eve say one line
  as bram                     be Bram from now on

By itself, in {wait} s, at {start},
a maintenance window closes the shop, and {length} s later it opens again.
The bot says so here, both times.

To leave: quit, or Ctrl-D. All files are in {folder}; delete it as you like.
"""

NO_NGINX = """\
It is a small stand-in, because nginx is not installed.
           For a real one: sudo apt install nginx-light"""
NGINX_FAILED = """\
It is a small stand-in, because nginx did not start:
           {why}"""
STAND_IN = "It is a small stand-in, as you asked with --stand-in."
NGINX = "It is a real nginx."

GOODBYE = "Goodbye. The demo has ended; the shop is gone with it."


def welcome(  # noqa: PLR0913 -- every fact in it, by name
    *,
    shop: str,
    kind: str,
    answer: str,
    start: datetime,
    end: datetime,
    now: datetime,
    folder: str,
    show: Callable[[datetime, datetime], str],
) -> str:
    """Write the welcome; `show` renders an instant as the chat does."""
    return WELCOME.format(
        shop=shop,
        kind=kind,
        answer=answer,
        wait=int((start - now).total_seconds()),
        start=show(start, now),
        length=round((end - start).total_seconds()),
        folder=folder,
    )
