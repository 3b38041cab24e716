"""The fake Mattermost's calls to integrations: slash commands, buttons, late answers."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tests.servers.mattermost_state import Json, Refusal, State, new_id

TIMEOUT = 30.0
USES = 5
LIFETIME = 1800.0


@dataclass(slots=True)
class Hook:
    """A `response_url`."""

    user_id: str
    channel_id: str
    until: float
    uses: int = 0


@dataclass(slots=True)
class Told:
    """What one user alone was shown."""

    user_id: str
    channel_id: str
    text: str
    attachments: list[Json] = field(default_factory=list)


class Integrations:
    """Calls others' addresses, as far as the administrator allows."""

    def __init__(self, state: State, tell: Callable[[str, Json, Json], None]) -> None:
        self.state = state
        self._tell = tell
        self.site_url = ""
        self.hooks: dict[str, Hook] = {}
        self.told: list[Told] = []
        self.requests: list[tuple[dict[str, str], Json]] = []
        self.allows_private = True
        self.sends_root_id = True
        self.sign: Callable[[bytes], bytes] = lambda _: b"signature"

    def trigger_id(self, user_id: str) -> str:
        start = f"{new_id()}:{user_id}:{self.state.now()}:".encode()
        return base64.b64encode(start + base64.b64encode(self.sign(start))).decode()

    async def execute(self, user_id: str, body: Json) -> Json:
        """`POST /commands/execute`: what a client does with a text that begins with a slash."""
        channel_id, text = str(body.get("channel_id", "")), str(body.get("command", ""))
        channel = self.state.channel(channel_id, user_id)
        trigger, _, rest = text.partition(" ")
        name = trigger.removeprefix("/").lower()
        team_id = channel["team_id"] or str(body.get("team_id", ""))
        command = next(
            (
                one
                for one in self.state.commands.values()
                if one["trigger"] == name and one["team_id"] == team_id
            ),
            None,
        )
        if command is None:
            raise Refusal(404, "api.command.execute_command.not_found.app_error")
        trigger_id = self.trigger_id(user_id)
        form = self._form(command, channel, user_id, rest, trigger_id)
        if self.sends_root_id and body.get("root_id"):
            form["root_id"] = str(body["root_id"])
        answer = await self.call(command["url"], f"Token {command['token']}", form=form)
        response = self._checked(answer, name)
        self._show(response, user_id, channel_id)
        return {
            "response_type": "",
            "text": "",
            "username": "",
            "channel_id": "",
            "icon_url": "",
            "type": "",
            "props": None,
            "goto_location": "",
            "skip_slack_parsing": False,
            "attachments": None,
            "extra_responses": None,
            **response,
            "trigger_id": trigger_id,
        }

    def _form(
        self, command: Json, channel: Json, user_id: str, text: str, trigger_id: str
    ) -> dict[str, str]:
        hook_id = new_id()
        self.hooks[hook_id] = Hook(user_id, channel["id"], self.state.clock() + LIFETIME)
        return {
            "channel_id": channel["id"],
            "channel_name": channel["name"],
            "command": f"/{command['trigger']}",
            "response_url": f"{self.site_url}/hooks/commands/{hook_id}",
            "team_domain": self.state.teams[command["team_id"]]["name"],
            "team_id": command["team_id"],
            "text": text,
            "token": command["token"],
            "trigger_id": trigger_id,
            "user_id": user_id,
            "user_name": self.state.users[user_id]["username"],
        }

    async def press(self, user_id: str, post_id: str, action_id: str) -> Json:
        """`POST /posts/{id}/actions/{id}`: a click."""
        post = self.state.post(post_id)
        channel = self.state.channel(post["channel_id"], user_id)
        for attachment in post["props"].get("attachments") or []:
            for action in attachment.get("actions") or []:
                if action["id"] == action_id:
                    return await self._press(user_id, post, channel, action["integration"])
        raise Refusal(404, "api.post.do_action.action_id.app_error")

    async def _press(self, user_id: str, post: Json, channel: Json, integration: Json) -> Json:
        trigger_id = self.trigger_id(user_id)
        body = {
            "user_id": user_id,
            "user_name": self.state.users[user_id]["username"],
            "channel_id": channel["id"],
            "channel_name": channel["name"],
            "team_id": channel["team_id"],
            "team_domain": "board",
            "post_id": post["id"],
            "trigger_id": trigger_id,
            "type": "button",
            "data_source": "",
            "context": integration.get("context", {}),
        }
        status, _, text = await self.call(integration["url"], None, body=body)
        if status != 200:
            raise Refusal(400, "api.post.do_action.action_integration.app_error")
        answer = json.loads(text)
        if answer.get("update"):
            self.state.edit_post(post["id"], answer["update"])
        if answer.get("ephemeral_text"):
            self._tell_alone(Told(user_id, channel["id"], answer["ephemeral_text"]))
        return {"status": "OK", "trigger_id": trigger_id}

    def answer_later(self, hook_id: str, body: Json) -> None:
        """`POST /hooks/commands/{id}`."""
        hook = self.hooks.get(hook_id)
        if hook is None:
            raise Refusal(404, "api.command_webhook.get.not_found")
        hook.uses += 1
        if hook.uses > USES or hook.until < self.state.clock():
            raise Refusal(400, "app.command_webhook.try_use.invalid")
        self._show(body, hook.user_id, hook.channel_id)

    async def call(
        self,
        url: str,
        authorization: str | None,
        *,
        form: dict[str, str] | None = None,
        body: Json | None = None,
    ) -> tuple[int, str, str]:
        """Call an integration; private addresses only if allowed."""
        self.requests.append(({"url": url}, form or body or {}))
        if not self.allows_private and urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}:
            raise Refusal(500, "api.command.execute_command.failed.app_error")
        headers = {"User-Agent": "Mattermost-Bot/1.1", "Accept": "application/json"}
        if authorization is not None:
            headers["Authorization"] = authorization
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
                session.post(url, data=form, json=body, allow_redirects=False) as answer,
            ):
                return answer.status, answer.content_type, await answer.text()
        except (aiohttp.ClientError, TimeoutError):
            raise Refusal(500, "api.command.execute_command.failed.app_error") from None

    def _checked(self, answer: tuple[int, str, str], name: str) -> Json:
        status, content_type, text = answer
        if status != 200:
            message = f"Command with a trigger of '{name}' returned response {status}."
            raise Refusal(500, "api.command.execute_command.failed_resp.app_error", message)
        if content_type != "application/json":
            return {"response_type": "ephemeral", "text": text}
        try:
            value: Any = json.loads(text)
        except ValueError:
            raise Refusal(500, "api.command.execute_command.failed.app_error") from None
        return value if isinstance(value, dict) else {}

    def _show(self, response: Json, user_id: str, channel_id: str) -> None:
        for one in (response, *(response.get("extra_responses") or [])):
            text, attachments = one.get("text", ""), one.get("attachments") or []
            if not one.get("skip_slack_parsing"):
                text = text.replace("<!channel>", "@channel").replace("<!here>", "@here")
            if not text and not attachments:
                continue
            if one.get("response_type") == "in_channel":
                body = {"channel_id": channel_id, "message": text}
                self.state.create_post(user_id, {**body, "props": {"from_webhook": "true"}})
            else:
                self._tell_alone(Told(user_id, channel_id, text, attachments))

    def _tell_alone(self, told: Told) -> None:
        self.told.append(told)
        post = {
            "id": new_id(),
            "create_at": self.state.now(),
            "update_at": self.state.now(),
            "edit_at": 0,
            "delete_at": 0,
            "user_id": told.user_id,
            "channel_id": told.channel_id,
            "root_id": "",
            "message": told.text,
            "type": "system_ephemeral",
            "props": {"attachments": told.attachments} if told.attachments else {},
        }
        broadcast = {"user_id": told.user_id, "channel_id": told.channel_id, "team_id": ""}
        self._tell("ephemeral_message", {"post": post}, broadcast)
