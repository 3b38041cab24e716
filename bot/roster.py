"""Whom the bot knows, and the chats in which it listens and speaks."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from adapters.base import Destination


class Role(enum.StrEnum):
    """What a person is; treasurer and board may lock and unlock, a member may ask."""

    TREASURER = "treasurer"
    BOARD = "board"
    MEMBER = "member"


MAY_LOCK = frozenset({Role.TREASURER, Role.BOARD})
"""Who may lock and unlock; every other role may only ask."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the roster; `ids` maps an adapter's name to the immutable id there.

    `expires` is the last day, in the display zone, on which the person still counts.
    """

    name: str
    role: Role
    ids: Mapping[str, str]
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A configured destination; without a thread it covers the whole channel.

    With `card` a pinned message there always says how things are; a `treasurer` gets a note about
    each window that has ended.
    """

    destination: Destination
    label: str = ""
    commands: bool = True
    announcements: bool = True
    language: str | None = None
    card: bool = False
    treasurer: bool = False
