"""Look at people and chats in the configuration: sound, but perhaps not what anybody wants."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from adapters.base import Finding
from bot.findings import ok, warning
from bot.roster import MAY_LOCK, Person, Place

SOON = timedelta(days=30)
"""How long before somebody's last day it is told."""


def people(roster: Sequence[Person], today: date) -> Iterator[Finding]:
    """Tell whose right ends or has ended, and whether anybody is left; `today` in people's zone."""
    if not roster:
        yield warning("nobody", "Nobody may do anything.", "Add a [[person]] to bot.toml.")
        return
    valid = [one for one in roster if one.expires is None or today <= one.expires]
    for one in roster:
        yield from _last_day(one, today)
    if not any(one.role in MAY_LOCK for one in valid):
        cure = 'Give somebody the role "treasurer" or "board" in bot.toml.'
        yield warning("nobody-may-lock", "Nobody in the roster may lock or unlock.", cure)
    else:
        yield ok(f"People in the roster: {len(valid)}.")


def _last_day(one: Person, today: date) -> Iterator[Finding]:
    if one.expires is None or one.expires - today > SOON:
        return
    verb = "was" if one.expires < today else "is"
    yield warning(
        "expires",
        f"{one.name}'s last day in the roster {verb} {one.expires}.",
        "Correct `expires` in bot.toml, or take the person out.",
    )


def places(listed: Sequence[Place]) -> Iterator[Finding]:
    """Tell whether anybody is heard and told."""
    cure = "Add a [[destination]] to bot.toml, or switch it on for one."
    if not any(one.announcements for one in listed):
        yield warning("no-audience", "No chat is told when the shop closes and opens.", cure)
    if not any(one.commands for one in listed):
        yield warning("no-commands", "Commands are accepted in no group chat.", cure)
