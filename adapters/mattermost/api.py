"""The calls of Mattermost's REST API that are needed, and no others.

All are coroutines around blocking ones, and raise `AdapterError`s: see `errors`.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mattermostdriver import Driver

from adapters.base import Attachment, Permanent
from adapters.mattermost.client import Client, driver_options
from adapters.mattermost.errors import FOREIGN, translate
from adapters.mattermost.options import Options
from adapters.mattermost.pace import Pace
from adapters.mattermost.records import (
    Channel,
    Post,
    RegisteredCommand,
    User,
    channel_of,
    command_of,
    post_of,
    posts_of,
    rows,
    text_in,
    user_of,
)
from adapters.mattermost.threads import in_thread

T = TypeVar("T")

AT_ONCE = 4
"""Requests under way at the same time: one that hangs holds up no other destination."""

MOST_SINCE = 1000
"""Posts that the server gives at most for one `since`."""

PAGE = 200
"""Posts on a page; the server allows no more."""


class Api:
    """Mattermost as one account sees it."""

    def __init__(self, options: Options, pace: Pace, *, token: str | None = None) -> None:
        """Log in with the bot's token, or with another; nothing is sent yet."""
        self._driver = Driver(driver_options(options, pace), client_cls=Client)
        self._driver.client.token = token or options.token
        self._limit = pace.call
        self._places = asyncio.Semaphore(AT_ONCE)

    @property
    def authorization(self) -> Mapping[str, str]:
        """Give the header that logs in, for the websocket."""
        return {"Authorization": f"Bearer {self._driver.client.token}"}

    def close(self) -> None:
        """Close the connections."""
        self._driver.client.close()

    async def me(self) -> User:
        """Ask who we are; a rejected token shows here."""
        return await self._ask(lambda: user_of(self._driver.users.get_user("me")))

    async def user(self, user_id: str) -> User:
        """Ask for an account."""
        return await self._ask(lambda: user_of(self._driver.users.get_user(user_id)))

    async def channel(self, channel_id: str) -> Channel:
        """Ask for a channel; one that we are no member of is refused like one that is none."""
        return await self._ask(lambda: channel_of(self._driver.channels.get_channel(channel_id)))

    async def is_member(self, channel_id: str, user_id: str) -> None:
        """Ask for a membership; there is none when this is refused."""
        await self._ask(lambda: self._driver.channels.get_channel_member(channel_id, user_id))

    async def direct_channels(self, user_id: str) -> list[Channel]:
        """List the conversations of two; none on servers before 6.1, which cannot tell."""
        try:
            listed = await self._ask(
                lambda: rows(self._driver.client.get(f"/users/{user_id}/channels"))
            )
        except Permanent:
            return []
        return [channel for channel in map(channel_of, listed) if channel.kind == "D"]

    async def direct(self, me: str, user_id: str) -> Channel:
        """Open the conversation of two; it may be there already."""
        return await self._ask(
            lambda: channel_of(self._driver.channels.create_direct_message_channel([me, user_id])),
            writing=True,
        )

    async def posts_since(self, channel_id: str, since: int) -> list[Post]:
        """List what was written, changed or deleted in a channel since then, oldest first.

        `since` is the server's time in milliseconds. Beyond a thousand the server gives any
        thousand, so then the channel is read page by page.
        """
        posts = await self._posts(channel_id, {"since": str(since)})
        if len(posts) < MOST_SINCE:
            return posts
        found: dict[str, Post] = {}
        page = 0
        while True:
            posts = await self._posts(channel_id, {"page": str(page), "per_page": str(PAGE)})
            found.update((post.id, post) for post in posts if post.create_at > since)
            if len(posts) < PAGE or posts[0].create_at <= since:
                return sorted(found.values(), key=lambda post: post.create_at)
            page += 1

    async def _posts(self, channel_id: str, params: Mapping[str, str]) -> list[Post]:
        return await self._ask(
            lambda: posts_of(self._driver.posts.get_posts_for_channel(channel_id, params))
        )

    async def post(self, body: Mapping[str, Any], *, silent: bool = False) -> Post:
        """Write; `silent` notifies nobody, on servers that know it."""
        params = {"silent": "true"} if silent else None
        return await self._ask(
            lambda: post_of(self._driver.client.post("/posts", options=body, params=params)),
            writing=True,
        )

    async def patch(self, post_id: str, body: Mapping[str, Any]) -> Post:
        """Change a post of ours; doing it twice does no harm."""
        return await self._ask(lambda: post_of(self._driver.posts.patch_post(post_id, body)))

    async def pin(self, post_id: str) -> None:
        """Keep a post in the channel's list of pinned ones."""
        await self._ask(lambda: self._driver.posts.pin_post_to_channel(post_id))

    async def upload(self, channel_id: str, file: Attachment) -> str:
        """Bring a file to a channel, where a post can then show it, and give its id."""
        files = {"files": (file.name, file.content, file.media_type)}
        answer = await self._ask(lambda: self._driver.files.upload_file(channel_id, files))
        infos = rows(answer.get("file_infos")) if isinstance(answer, dict) else []
        return text_in(infos[0] if infos else {}, "id")

    async def answer_later(self, hook_id: str, body: Mapping[str, Any]) -> None:
        """Answer a slash command by its `response_url`, of which only the id is used.

        Mattermost takes five such answers in half an hour.
        """
        await self._ask(
            lambda: self._driver.client.say(f"/hooks/commands/{hook_id}", body), writing=True
        )

    async def team(self, name: str) -> str:
        """Find a team's id by the name in its address."""
        return await self._ask(lambda: text_in(self._driver.teams.get_team_by_name(name), "id"))

    async def commands(self, team_id: str, *, all_of_them: bool) -> list[RegisteredCommand]:
        """List slash commands: `all_of_them` with address and token, or what anybody may see."""
        params = {"team_id": team_id, "custom_only": "true" if all_of_them else "false"}
        listed = await self._ask(lambda: rows(self._driver.commands.list_commands_for_team(params)))
        return [command_of(one) for one in listed]

    async def create_command(self, body: Mapping[str, Any]) -> RegisteredCommand:
        """Register a slash command."""
        return await self._ask(
            lambda: command_of(self._driver.commands.create_command(body)), writing=True
        )

    async def update_command(self, command_id: str, body: Mapping[str, Any]) -> RegisteredCommand:
        """Change a slash command; the driver's own method lacks a slash in its address."""
        return await self._ask(
            lambda: command_of(self._driver.client.put(f"/commands/{command_id}", options=body))
        )

    async def new_token(self, command_id: str) -> str:
        """Let the server make a new token for a slash command; same remark."""
        return await self._ask(
            lambda: text_in(self._driver.client.put(f"/commands/{command_id}/regen_token"), "token")
        )

    async def signing_key(self) -> str:
        """Give the key with which the server signs `trigger_id`s: base64 of DER."""
        config = await self._ask(
            lambda: self._driver.client.get("/config/client", params={"format": "old"})
        )
        return await self._ask(lambda: text_in(config, "AsymmetricSigningPublicKey"))

    async def _ask(self, call: Callable[[], T], *, writing: bool = False) -> T:
        try:
            async with asyncio.timeout(self._limit), self._places:
                return await in_thread(call)
        except FOREIGN as error:
            raise translate(error, writing=writing) from None
