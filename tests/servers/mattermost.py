"""A fake Mattermost on loopback, behaving as a real server was seen to, with faults on demand.

Made of `mattermost_state` (what it knows), `_rest`, `_socket`, `_integrations` (its calls to slash
commands and buttons) and `_faults`. It starts with a team, two channels, people and a bot.
"""

import asyncio
from typing import Any

from aiohttp import web

from tests.servers.mattermost_faults import Fault, Faults
from tests.servers.mattermost_integrations import Integrations
from tests.servers.mattermost_rest import Rest
from tests.servers.mattermost_socket import Sockets
from tests.servers.mattermost_state import Json, State
from tests.servers.ports import free_port

__all__ = ["FakeMattermost", "Fault", "close"]


async def close(runner: web.AppRunner) -> None:
    """Close a server, and let its transports end before the loop does."""
    await runner.cleanup()
    for _ in range(5):
        await asyncio.sleep(0)


class FakeMattermost:
    """The server, and what people do on it."""

    def __init__(self) -> None:
        self.state = State()
        self.faults = Faults()
        self.sockets = Sockets(self.state)
        self.integrations = Integrations(self.state, self.sockets.tell)
        self.rest = Rest(self.state, self.integrations, self.faults)
        self.state.on_event = self.sockets.tell
        self.port = free_port()
        self._runner: web.AppRunner | None = None
        self._people()

    def _people(self) -> None:
        state = self.state
        self.team = state.add_team("board")
        self.bot = state.add_user("maintenance", is_bot=True)
        self.admin = state.add_user("admin", roles="system_admin system_user")
        self.anna = state.add_user("anna")
        self.bram = state.add_user("bram")
        everybody = [self.admin, self.anna, self.bram]
        self.channel = state.add_channel(self.team, "board-private", [*everybody, self.bot])
        self.other_channel = state.add_channel(self.team, "committee", [*everybody, self.bot])
        self.foreign_channel = state.add_channel(self.team, "elsewhere", everybody)
        state.team_members[self.team] = {*everybody, self.bot}
        self.bot_token = state.log_in(self.bot)
        self.admin_token = state.log_in(self.admin)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Open, on the same port as before if it was open before."""
        application = web.Application(middlewares=[self.rest.middleware])
        application.router.add_routes(self.rest.routes())
        application.router.add_get("/api/v4/websocket", self.sockets.handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.05)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.integrations.site_url = self.url

    async def stop(self) -> None:
        """Close; connections break without a word."""
        self.sockets.cut()
        if self._runner is not None:
            await close(self._runner)
            self._runner = None

    # What people do

    def write(self, user_id: str, text: str, *, channel: str | None = None, **system: Any) -> Json:
        """Post as somebody; `system` are fields that only insiders can set."""
        root = system.pop("root_id", "")
        props = system.pop("props", {})
        body = {
            "channel_id": channel or self.channel,
            "message": text,
            "root_id": root,
            "props": props,
        }
        return self.state.create_post(user_id, body, system=system)

    def direct(self, user_id: str, text: str) -> Json:
        """Write to the bot in a conversation of two."""
        return self.write(user_id, text, channel=self.state.direct(user_id, self.bot))

    def register(self, url: str, trigger: str = "maintenance") -> str:
        """Register a slash command without HTTP, and give its token."""
        now = self.state.now()
        command = {
            "id": f"c{now}".ljust(26, "x"),
            "token": f"t{now}".ljust(26, "y"),
            "create_at": now,
            "update_at": now,
            "delete_at": 0,
            "creator_id": self.admin,
            "team_id": self.team,
            "trigger": trigger,
            "method": "P",
            "username": "",
            "icon_url": "",
            "auto_complete": True,
            "auto_complete_desc": "",
            "auto_complete_hint": "",
            "display_name": "",
            "description": "",
            "url": url,
            "plugin_id": "",
        }
        self.state.commands[str(command["id"])] = command
        return str(command["token"])

    async def type(self, user_id: str, text: str, *, channel: str | None = None) -> Json:
        """Type a slash command, as a client does."""
        body = {"channel_id": channel or self.channel, "team_id": self.team, "command": text}
        return await self.integrations.execute(user_id, body)

    def bots_posts(self, channel: str | None = None) -> list[Json]:
        """The bot's posts in a channel that are not deleted, oldest first."""
        return [
            post
            for post in self.state.posts.values()
            if post["user_id"] == self.bot
            and not post["delete_at"]
            and post["channel_id"] == (channel or self.channel)
        ]

    def leave(self, channel: str) -> None:
        """Take the bot out of a channel."""
        data = {"channel_id": channel, "remover_id": self.admin}
        self.sockets.tell("user_removed", data, {"user_id": self.bot, "channel_id": ""})
        self.state.members[channel].discard(self.bot)

    def join(self, channel: str) -> None:
        """Take the bot in again."""
        self.state.members[channel].add(self.bot)
        self.sockets.tell("user_added", {"user_id": self.bot}, {"channel_id": channel})
