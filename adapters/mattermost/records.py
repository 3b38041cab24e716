"""Mattermost's records, checked when they come in; inside, their types are trusted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.mattermost.errors import Garbled
from adapters.mattermost.options import ID

Json = Mapping[str, Any]

_STICKS = re.compile(r"[A-Za-z0-9_.-]")


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody or something wrote; times are the server's, in milliseconds.

    `sender_name` is there when the post was heard, not when it was looked up.
    """

    id: str
    user_id: str
    channel_id: str
    message: str
    create_at: int
    root_id: str = ""
    edit_at: int = 0
    delete_at: int = 0
    type: str = ""
    remote_id: str = ""
    props: Json = field(default_factory=dict)
    sender_name: str = ""

    @property
    def sent_at(self) -> datetime:
        """Give the server's time of it."""
        return instant(self.create_at)

    def names(self, name: str) -> bool:
        """Tell whether the text calls `@name`, in whatever case, and no longer name."""
        call = f"@{name}".casefold()
        text = self.message.casefold()
        start = text.find(call)
        while start >= 0:
            before, after = text[max(start - 1, 0) : start], text[start + len(call) :]
            if not _STICKS.match(before) and not _STICKS.match(after.rstrip(".-_")[:1]):
                return True
            start = text.find(call, start + 1)
        return False


@dataclass(frozen=True, slots=True)
class User:
    """An account."""

    id: str
    username: str
    is_bot: bool = False
    delete_at: int = 0
    remote_id: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel; `kind` is O (public), P (private), D (of two) or G (of some)."""

    id: str
    kind: str
    team_id: str
    name: str = ""
    last_post_at: int = 0


@dataclass(frozen=True, slots=True)
class RegisteredCommand:
    """A slash command; url and token are empty for those who may not see them."""

    id: str
    trigger: str
    team_id: str
    url: str = ""
    token: str = field(default="", repr=False)


def clean(text: str) -> str:
    """Replace halves of characters, which JSON can carry and neither UTF-8 nor a database can."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def instant(milliseconds: int) -> datetime:
    """Turn the server's time into ours."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        raise Garbled("a time that is none") from None


def post_of(value: object) -> Post:
    """Read a post.

    Raises:
        Garbled: it is none.
    """
    table = _table(value)
    props = table.get("props")
    return Post(
        id=_id(table, "id"),
        user_id=_id(table, "user_id"),
        channel_id=_id(table, "channel_id"),
        message=_text(table, "message"),
        create_at=_moment(table, "create_at"),
        root_id=_text(table, "root_id"),
        edit_at=_number(table, "edit_at"),
        delete_at=_number(table, "delete_at"),
        type=_text(table, "type"),
        remote_id=_text(table, "remote_id"),
        props=props if isinstance(props, dict) else {},
    )


def posts_of(value: object) -> list[Post]:
    """Read a list of posts, oldest first.

    Raises:
        Garbled: it is none.
    """
    posts = _table(_table(value).get("posts") or {})
    return sorted((post_of(one) for one in posts.values()), key=lambda post: post.create_at)


def user_of(value: object) -> User:
    """Read an account.

    Raises:
        Garbled: it is none.
    """
    table = _table(value)
    return User(
        id=_id(table, "id"),
        username=_text(table, "username"),
        is_bot=table.get("is_bot") is True,
        delete_at=_number(table, "delete_at"),
        remote_id=_text(table, "remote_id"),
        roles=tuple(_text(table, "roles").split()),
    )


def channel_of(value: object) -> Channel:
    """Read a channel.

    Raises:
        Garbled: it is none.
    """
    table = _table(value)
    return Channel(
        id=_id(table, "id"),
        kind=_text(table, "type"),
        team_id=_text(table, "team_id"),
        name=_text(table, "name"),
        last_post_at=_number(table, "last_post_at"),
    )


def command_of(value: object) -> RegisteredCommand:
    """Read a slash command.

    Raises:
        Garbled: it is none.
    """
    table = _table(value)
    return RegisteredCommand(
        id=_text(table, "id"),
        trigger=_text(table, "trigger"),
        team_id=_text(table, "team_id"),
        url=_text(table, "url"),
        token=_text(table, "token"),
    )


def rows(value: object) -> list[object]:
    """Read a list.

    Raises:
        Garbled: it is none.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise Garbled("no list")
    return value


def text_in(value: object, key: str) -> str:
    """Read one text of a table.

    Raises:
        Garbled: there is none.
    """
    text = _text(_table(value), key)
    if not text:
        raise Garbled(f"no {key}")
    return text


def _table(value: object) -> Json:
    if not isinstance(value, dict):
        raise Garbled("no table")
    return value


def _id(table: Json, key: str) -> str:
    value = _text(table, key)
    # Ids become parts of addresses, so they are checked before anything else is done with them.
    if not ID.fullmatch(value):
        raise Garbled(f"no {key}")
    return value


def _text(table: Json, key: str) -> str:
    value = table.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Garbled(f"no text in {key}")
    return clean(value)


def _moment(table: Json, key: str) -> int:
    milliseconds = _number(table, key)
    instant(milliseconds)
    return milliseconds


def _number(table: Json, key: str) -> int:
    value = table.get(key)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool):
        raise Garbled(f"no number in {key}")
    return value
