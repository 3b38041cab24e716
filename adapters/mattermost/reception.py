"""From posts to messages: looks back after a gap, asks who wrote, hands over in order.

Nothing here can end the connection: the reading only puts into the queue.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from adapters.base import (
    AdapterError,
    Destination,
    Host,
    IncomingMessage,
    Mark,
    Permanent,
    Trouble,
)
from adapters.mattermost.api import Api
from adapters.mattermost.authorship import People, marks_of_post, marks_of_user
from adapters.mattermost.backoff import Backoff
from adapters.mattermost.directs import Directs
from adapters.mattermost.membership import Membership
from adapters.mattermost.options import Options
from adapters.mattermost.pace import Effects, Pace
from adapters.mattermost.records import Post, User

OVERLAP: Final = 2000
"""Milliseconds that a look back goes beyond the last post: servers of a cluster differ a little."""

MOST_SEEN: Final = 5000

HAND_OVERS: Final = 5
"""Tries with a message that the bot does not take; it would hold up all that come after it."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LookBack:
    """Posts may be missing since then, the server's time in milliseconds."""

    since: int


class Reception:
    """What was written to the bot, in order, each once."""

    def __init__(  # noqa: PLR0913, PLR0917 -- its parts, each of its own
        self,
        options: Options,
        api: Api,
        people: People,
        directs: Directs,
        membership: Membership,
        pace: Pace,
        effects: Effects,
    ) -> None:
        """Use these; nothing is asked yet."""
        self._options = options
        self._api = api
        self._people = people
        self._directs = directs
        self._membership = membership
        self._pace = pace
        self._effects = effects
        self._last = int((effects.clock().timestamp() - pace.lookback) * 1000)
        self._queue: asyncio.Queue[Post | LookBack] = asyncio.Queue()
        self._seen: OrderedDict[str, None] = OrderedDict()

    def add(self, post: Post, me: User) -> None:
        """Take a post that was just heard, if it is meant for us."""
        self._last = max(self._last, post.create_at)
        if self._is_for_us(post, me):
            self._queue.put_nowait(post)

    def look_back(self) -> None:
        """Look for posts that were not heard, before anything that is heard from now on."""
        self._queue.put_nowait(LookBack(self._last - OVERLAP))

    async def run(self, host: Host) -> None:
        """Hand over until cancelled."""
        while True:
            item = await self._queue.get()
            if isinstance(item, LookBack):
                await self._catch_up(item.since, host)
            else:
                await self._hand_over(item, host)

    def _is_for_us(self, post: Post, me: User) -> bool:
        if post.user_id == me.id or post.type.startswith("system_"):
            return False
        if post.channel_id in self._directs or post.names(me.username):
            return True
        # With a space in front of it, a slash command is an ordinary post.
        return post.message.lstrip().casefold().startswith(f"/{self._options.trigger}")

    async def _catch_up(self, since: int, host: Host) -> None:
        me = await self._insist(self._people.me)
        for channel in await self._channels(me, since):
            await self._catch_up_in(channel, since, me, host)

    async def _catch_up_in(self, channel: str, since: int, me: User, host: Host) -> None:
        try:
            posts = await self._insist(lambda: self._api.posts_since(channel, since))
        except Permanent:
            self._membership.lost(channel, host)
            return
        self._membership.back(channel, host)
        for post in posts:
            # `since` also gives old posts that were edited or replied to just now.
            if post.create_at > since and self._is_for_us(post, me):
                self._last = max(self._last, post.create_at)
                await self._hand_over(post, host)

    async def _channels(self, me: User, since: int) -> list[str]:
        listed = await self._insist(lambda: self._api.direct_channels(me.id))
        for channel in listed:
            self._directs.add(channel.id)
        quiet = {channel.id for channel in listed if channel.last_post_at <= since}
        every = dict.fromkeys((*self._options.channels, *self._directs))
        return [channel for channel in every if channel not in quiet]

    async def _hand_over(self, post: Post, host: Host) -> None:
        if post.id in self._seen:
            return
        message = await self._message(post)
        backoff = Backoff(self._pace, self._effects.chance)
        for left in reversed(range(HAND_OVERS)):
            # In a task of its own, whatever the bot raises is a value here and ends nothing.
            attempt = asyncio.ensure_future(_deliver(host, message))
            await asyncio.wait({attempt})
            error = attempt.exception()
            if error is None:
                break
            sentence = f"A message could not be stored ({type(error).__name__})"
            host.report(Trouble("not-stored", sentence, alarm=left == 0))
            if left:
                await self._effects.sleep(backoff.next())
        self._remember(post)

    def _remember(self, post: Post) -> None:
        self._seen[post.id] = None
        while len(self._seen) > MOST_SEEN:
            self._seen.popitem(last=False)

    async def _message(self, post: Post) -> IncomingMessage:
        me = await self._insist(self._people.me)
        marks = marks_of_post(post, me.id)
        name = post.sender_name
        try:
            user = await self._insist(lambda: self._people.user(post.user_id))
        except Permanent:
            marks |= {Mark.OUTSIDER}
        else:
            name = name or user.username
            marks |= marks_of_user(user)
        return IncomingMessage(
            destination=Destination(self._options.name, post.channel_id, post.root_id or None),
            message_id=post.id,
            sender_id=post.user_id,
            sender_name=name,
            text=post.message,
            sent_at=post.sent_at,
            bot_name=me.username,
            private=post.channel_id in self._directs,
            marks=marks,
            link=f"{self._options.base.url}/_redirect/pl/{post.id}",
        )

    async def _insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Ask until there is an answer, however long: whoever asked gets none before.

        A rejected token is waited for as well; the connection's loop tells about it.

        Raises:
            Permanent: the answer is no.
        """
        backoff = Backoff(self._pace, self._effects.chance)
        while True:
            try:
                return await call()
            except AdapterError as error:
                if isinstance(error, Permanent) and error.problem != "token":
                    raise
                wait = getattr(error, "retry_after", None)
            await self._effects.sleep(backoff.next(wait))


async def _deliver(host: Host, message: IncomingMessage) -> None:
    host.deliver(message)
