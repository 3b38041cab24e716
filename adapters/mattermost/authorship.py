"""Who really wrote a post: the server's word, not the frame's.

A post's `user_id` is the session's, but an incoming webhook that somebody owns writes with that
person's id, and only a prop tells. Users may add these props to their own posts, which gets nobody
but themselves refused.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from adapters.base import Mark
from adapters.mattermost.api import Api
from adapters.mattermost.pace import Pace
from adapters.mattermost.records import Post, User

PROGRAMS: Final = (
    "from_webhook",
    "from_bot",
    "from_plugin",
    "from_oauth_app",
    "override_username",
    "override_icon_url",
    "override_icon_emoji",
)
"""Props of posts that a program made."""

MOST = 1000
"""Accounts that are remembered at once."""


def marks_of_post(post: Post, me: str) -> frozenset[Mark]:
    """Tell what is wrong with a post as a person's new words."""
    marks = set()
    if post.user_id == me:
        marks.add(Mark.OWN)
    if post.type or any(post.props.get(name) for name in PROGRAMS):
        marks.add(Mark.BOT)
    # An administrator can edit anybody's post, and its author stays the same.
    if post.edit_at or post.delete_at:
        marks.add(Mark.EDITED)
    if post.remote_id:
        marks.add(Mark.OUTSIDER)
    return frozenset(marks)


def marks_of_user(user: User) -> frozenset[Mark]:
    """Tell what is wrong with an account as a member's."""
    marks = set()
    if user.is_bot:
        marks.add(Mark.BOT)
    if user.delete_at or user.remote_id or "system_guest" in user.roles:
        marks.add(Mark.OUTSIDER)
    return frozenset(marks)


class People:
    """Accounts, asked for once a minute at most."""

    def __init__(self, api: Api, pace: Pace, monotonic: Callable[[], float]) -> None:
        """Remember each for `pace.cache` seconds."""
        self._api = api
        self._cache = pace.cache
        self._monotonic = monotonic
        self._me: User | None = None
        self._known: OrderedDict[str, tuple[float, User]] = OrderedDict()

    async def me(self, *, fresh: bool = False) -> User:
        """Give the bot's own account; `fresh` asks again, and so looks at the token.

        Raises:
            AdapterError: the server does not tell; Permanent if it does not know the token.
        """
        if self._me is None or fresh:
            self._me = await self._api.me()
        return self._me

    async def user(self, user_id: str) -> User:
        """Give an account.

        Raises:
            AdapterError: the server does not tell; Permanent if there is no such account.
        """
        known = self._known.get(user_id)
        now = self._monotonic()
        if known is not None and now < known[0]:
            return known[1]
        user = await self._api.user(user_id)
        self._known[user_id] = (now + self._cache, user)
        self._known.move_to_end(user_id)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return user
