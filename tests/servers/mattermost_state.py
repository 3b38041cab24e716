"""What a Mattermost server knows: accounts, channels, posts; no HTTP in here.

Behaves as a real 5.37 was seen to: ids of 26 letters and digits, times in milliseconds that only
grow, `pending_post_id` good for 30 s, buttons whose connection nobody is shown, `since` strictly
newer by `update_at`, a thousand at most.
"""

import copy
import secrets
import time
from collections.abc import Callable
from typing import Any

ALPHABET = "abcdefghijkmnopqrstuvwxyz0123456789"
LONGEST_MESSAGE = 16_383
MOST_SINCE = 1000
DEDUPLICATED = 30.0

Json = dict[str, Any]


class Refusal(Exception):
    """An error answer: status and id."""

    def __init__(self, status: int, error_id: str, message: str = "No.") -> None:
        super().__init__(error_id)
        self.status = status
        self.error_id = error_id
        self.message = message


def token_in(header: str) -> str:
    """The token of an Authorization header; the server reads `Bearer` in any case."""
    kind, _, token = header.partition(" ")
    return token if kind.casefold() == "bearer" else ""


def new_id() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(26))


class State:
    """Everything that outlives a connection."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._last_ms = 0
        self.users: dict[str, Json] = {}
        self.tokens: dict[str, str] = {}
        self.teams: dict[str, Json] = {}
        self.channels: dict[str, Json] = {}
        self.members: dict[str, set[str]] = {}
        self.team_members: dict[str, set[str]] = {}
        self.posts: dict[str, Json] = {}
        self.commands: dict[str, Json] = {}
        self.files: dict[str, bytes] = {}
        self.pending: dict[str, tuple[float, str]] = {}
        self.knows_user_channels = True
        self.on_event: Callable[[str, Json, Json], None] = lambda _kind, _data, _broadcast: None

    def now(self) -> int:
        """Milliseconds; no two posts of a test have the same."""
        self._last_ms = max(self._last_ms + 1, int(self.clock() * 1000))
        return self._last_ms

    # Accounts

    def add_user(self, username: str, **more: Any) -> str:
        user_id, now = new_id(), self.now()
        self.users[user_id] = {
            "id": user_id,
            "create_at": now,
            "update_at": now,
            "delete_at": 0,
            "username": username,
            "auth_data": "",
            "auth_service": "",
            "email": f"{username}@example.com",
            "nickname": "",
            "first_name": "",
            "last_name": "",
            "position": "",
            "roles": "system_user",
            "locale": "en",
            **more,
        }
        return user_id

    def log_in(self, user_id: str) -> str:
        token = new_id()
        self.tokens[token] = user_id
        return token

    def by_name(self, username: str) -> str:
        for user in self.users.values():
            if user["username"] == username:
                return str(user["id"])
        raise Refusal(404, "store.sql_user.get_by_username.app_error")

    # Teams and channels

    def add_team(self, name: str) -> str:
        team_id = new_id()
        self.teams[team_id] = {
            "id": team_id,
            "create_at": self.now(),
            "update_at": self.now(),
            "delete_at": 0,
            "display_name": name.title(),
            "name": name,
            "type": "I",
        }
        self.team_members[team_id] = set()
        return team_id

    def add_channel(self, team_id: str, name: str, members: list[str], kind: str = "P") -> str:
        channel_id, now = new_id(), self.now()
        self.channels[channel_id] = {
            "id": channel_id,
            "create_at": now,
            "update_at": now,
            "delete_at": 0,
            "team_id": team_id,
            "type": kind,
            "display_name": name,
            "name": name,
            "header": "",
            "purpose": "",
            "last_post_at": now,
            "total_msg_count": 0,
            "creator_id": members[0] if members else "",
        }
        self.members[channel_id] = set(members)
        return channel_id

    def direct(self, one: str, other: str) -> str:
        name = "__".join(sorted((one, other)))
        for channel in self.channels.values():
            if channel["name"] == name:
                return str(channel["id"])
        return self.add_channel("", name, [one, other], "D")

    def channel(self, channel_id: str, user_id: str) -> Json:
        """An unknown channel and one that is not ours are refused alike."""
        if user_id not in self.members.get(channel_id, set()):
            raise Refusal(403, "api.context.permissions.app_error")
        return self.channels[channel_id]

    # Posts

    def create_post(self, user_id: str, body: Json, *, system: Json | None = None) -> Json:
        """Create a post as `user_id`, whatever the body says; `system` is what insiders can set."""
        channel = self.channel(str(body.get("channel_id", "")), user_id)
        pending_id = str(body.get("pending_post_id", ""))
        if pending_id and pending_id in self.pending:
            until, post_id = self.pending[pending_id]
            if self.clock() < until:
                return {**self.posts[post_id], "pending_post_id": ""}
        self._check(body)
        post = self._new_post(user_id, body) | (system or {})
        self.posts[post["id"]] = post
        channel["last_post_at"] = post["create_at"]
        if pending_id:
            self.pending[pending_id] = (self.clock() + DEDUPLICATED, post["id"])
        self._posted(post, channel)
        return post

    def _check(self, body: Json) -> None:
        if len(str(body.get("message", ""))) > LONGEST_MESSAGE:
            raise Refusal(400, "model.post.is_valid.message_length.app_error")
        root = str(body.get("root_id", ""))
        if root:
            post = self.posts.get(root)
            if post is None or post["delete_at"] or post["channel_id"] != body["channel_id"]:
                raise Refusal(400, "api.post.create_post.root_id.app_error")
            if post["root_id"]:
                raise Refusal(400, "api.post.create_post.root_id.app_error")
            post["reply_count"] += 1
            post["update_at"] = self.now()

    def _new_post(self, user_id: str, body: Json) -> Json:
        now = self.now()
        props = dict(body.get("props") or {})
        if self.users[user_id].get("is_bot"):
            props["from_bot"] = "true"
        embeds = [{"type": "message_attachment"}] if props.get("attachments") else []
        return {
            "id": new_id(),
            "create_at": now,
            "update_at": now,
            "edit_at": 0,
            "delete_at": 0,
            "is_pinned": False,
            "user_id": user_id,
            "channel_id": body["channel_id"],
            "root_id": body.get("root_id") or "",
            "parent_id": body.get("root_id") or "",
            "original_id": "",
            "message": body.get("message", ""),
            "type": "",
            "props": props,
            "hashtags": "",
            "pending_post_id": body.get("pending_post_id", ""),
            "reply_count": 0,
            "last_reply_at": 0,
            "participants": None,
            "metadata": {"embeds": embeds} if embeds else {},
            **({"file_ids": body["file_ids"]} if body.get("file_ids") else {}),
        }

    def edit_post(self, post_id: str, body: Json) -> Json:
        post = self.post(post_id)
        self._check({"message": body.get("message", "")})
        if "message" in body and body["message"] != post["message"]:
            post["message"] = body["message"]
            post["edit_at"] = self.now()
        if "props" in body:
            marks = {key: post["props"][key] for key in ("from_bot",) if key in post["props"]}
            post["props"] = {**(body["props"] or {}), **marks}
        post["update_at"] = self.now()
        self._tell("post_edited", post)
        return post

    def delete_post(self, post_id: str) -> None:
        post = self.post(post_id)
        post["delete_at"] = post["update_at"] = self.now()
        self._tell("post_deleted", post)

    def post(self, post_id: str) -> Json:
        if len(post_id) != 26:
            raise Refusal(400, "api.context.invalid_url_param.app_error")
        post = self.posts.get(post_id)
        if post is None or post["delete_at"]:
            raise Refusal(404, "app.post.get.app_error")
        return post

    def since(self, channel_id: str, since: int) -> list[Json]:
        found = [
            post
            for post in self.posts.values()
            if post["channel_id"] == channel_id and post["update_at"] > since
        ]
        return sorted(found, key=lambda post: -post["create_at"])[:MOST_SINCE]

    def page(self, channel_id: str, page: int, size: int) -> list[Json]:
        found = [
            post
            for post in self.posts.values()
            if post["channel_id"] == channel_id and not post["delete_at"]
        ]
        found.sort(key=lambda post: -post["create_at"])
        return found[page * size : (page + 1) * size]

    def _posted(self, post: Json, channel: Json) -> None:
        data = {
            "channel_display_name": channel["display_name"],
            "channel_name": channel["name"],
            "channel_type": channel["type"],
            "sender_name": "@" + self.users[post["user_id"]]["username"],
            "set_online": True,
            "team_id": channel["team_id"],
        }
        self._tell("posted", post, data)

    def _tell(self, kind: str, post: Json, data: Json | None = None) -> None:
        broadcast = {"channel_id": post["channel_id"], "user_id": "", "team_id": ""}
        self.on_event(kind, {**(data or {}), "post": shown(post)}, broadcast)


def shown(post: Json) -> Json:
    """A post as a reader gets it: what buttons are connected to is left out."""
    post = copy.deepcopy(post)
    for attachment in post["props"].get("attachments") or []:
        for action in attachment.get("actions") or []:
            action.pop("integration", None)
    return post
