"""The contract of adapters, kept by Mattermost's adapter against the fake server."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.base import Adapter, Destination, Mark, Settings
from adapters.contract import Ability, AdapterContract, FarSide, Post, SendFault, Written
from adapters.mattermost.adapter import Mattermost
from adapters.mattermost.options import read
from adapters.mattermost.pace import Pace
from adapters.mattermost.records import instant
from tests.servers.mattermost import FakeMattermost, Fault
from tests.servers.mattermost_markdown import read as as_shown
from tests.servers.ports import free_port

PATIENT = Pace(
    connect=20.0,
    read=20.0,
    call=20.0,
    heartbeat=20.0,
    first_wait=0.02,
    longest_wait=0.1,
    token_wait=0.05,
    answer=20.0,
    settle=0.05,
    body=20.0,
    visit=20.0,
)
"""Nothing here is silent for ever: its faults break the connection or answer."""

FAULTS = {
    SendFault.RATE_LIMIT: Fault.RATE_LIMIT,
    SendFault.SERVER_ERROR: Fault.BAD_GATEWAY,
    SendFault.RESET: Fault.RESET,
    SendFault.FORBIDDEN: Fault.FORBIDDEN,
    SendFault.GONE: Fault.GONE,
    SendFault.LOST_ANSWER: Fault.LOST,
}


class MattermostFarSide(FarSide):
    """A fake server with one channel; the slash endpoint listens for the sake of the buttons."""

    lacks: Mapping[Ability, str] = {
        Ability.FORWARDED: "a forwarded post is a new post of the one who forwards it",
        Ability.ANONYMOUS: "Mattermost hides nobody's name",
        Ability.MOVE: "a channel keeps its id",
    }

    def __init__(self) -> None:
        self.server = FakeMattermost()
        self.secret = self.server.bot_token
        self._endpoint = free_port()
        self._presses: list[asyncio.Task[object]] = []

    @property
    def destination(self) -> Destination:
        return Destination("mattermost", self.server.channel)

    async def start(self) -> None:
        await self.server.start()

    async def stop(self) -> None:
        await self.server.stop()
        for pressing in self._presses:
            pressing.cancel()
        await asyncio.gather(*self._presses, return_exceptions=True)

    def adapter(self) -> Adapter:
        options: dict[str, object] = {
            "url": self.server.url,
            "token": self.server.bot_token,
            "slash": {
                "listen": f"127.0.0.1:{self._endpoint}",
                "tokens": ["x" * 26],
                "public_url": f"http://127.0.0.1:{self._endpoint}",
            },
        }
        settings = Settings("mattermost", options, (self.destination,))
        return Mattermost(read(settings), pace=PATIENT)

    async def write(
        self, text: str, *, sender: str = "anna", mark: Mark | None = None, private: bool = False
    ) -> Written:
        server = self.server
        user = {"anna": server.anna, "bram": server.bram}[sender]
        if private:
            return _written(server.direct(user, text))
        called = f"@maintenance {text}"
        if mark is Mark.OWN:
            return _written(server.write(server.bot, called))
        if mark is Mark.BOT:
            return _written(server.write(user, called, props={"from_webhook": "true"}))
        if mark is Mark.OUTSIDER:
            guest = server.state.add_user("guest", roles="system_guest")
            server.state.members[server.channel].add(guest)
            return _written(server.write(guest, called))
        if mark is Mark.EDITED:
            post = server.write(user, "something else")
            return _written(server.state.edit_post(post["id"], {"message": called}))
        return _written(server.write(user, called))

    def posts(self) -> list[Post]:
        names = frozenset(user["username"] for user in self.server.state.users.values())
        return [_post(post, names) for post in self.server.bots_posts()]

    async def fail(self, fault: SendFault, *, retry_after: float = 0.0) -> None:
        self.server.faults.plan(FAULTS[fault], retry_after=int(retry_after))

    async def redeliver(self, written: Written) -> None:
        await self.server.sockets.repeat()
        self.server.sockets.forget()

    async def rename(self, sender: str, name: str) -> None:
        user = {"anna": self.server.anna, "bram": self.server.bram}[sender]
        # What was written before is told with the name of before.
        async with asyncio.timeout(5):
            while not self._asked_about(user):  # noqa: ASYNC110 -- there is no event for it
                await asyncio.sleep(0)
        self.server.state.users[user]["username"] = f"{name.lower()}2"

    def _asked_about(self, user: str) -> bool:
        return any(path.endswith(user) for _, path, _ in self.server.rest.requests)

    async def delete(self, message_id: str) -> None:
        self.server.state.delete_post(message_id)

    async def press(self, post: Post, token: str, *, sender: str = "anna") -> Written:
        user = {"anna": self.server.anna, "bram": self.server.bram}[sender]
        stored = self.server.state.posts[post.message_id]
        for attachment in stored["props"]["attachments"]:
            for action in attachment["actions"]:
                if action["integration"]["context"]["token"] == token:
                    # Its request is answered when the host has had time enough to say something.
                    pressing = self.server.integrations.press(user, stored["id"], action["id"])
                    self._presses.append(asyncio.create_task(pressing))
        return Written("", user, instant(self.server.state.now()))

    async def cut(self) -> None:
        self.server.sockets.cut()

    async def go_away(self) -> None:
        await self.server.stop()


def _written(post: dict[str, Any]) -> Written:
    return Written(post["id"], post["user_id"], instant(post["create_at"]))


def _post(post: dict[str, Any], names: frozenset[str]) -> Post:
    attachments = post["props"].get("attachments") or []
    parts = [post["message"], *(one["text"] for one in attachments if one.get("text"))]
    shown = as_shown("\n".join(parts), names)
    assert "token" not in json.dumps([one.get("fallback", "") for one in attachments])
    return Post(post["id"], shown.text, shown.called, shown.strong)


class TestMattermost(AdapterContract):
    def far_side(self, tmp_path: Path) -> FarSide:
        return MattermostFarSide()
