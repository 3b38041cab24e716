"""The REST API of the fake Mattermost: the paths that a bot and an ordinary client use."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.servers.mattermost_faults import Faults, error
from tests.servers.mattermost_integrations import Integrations
from tests.servers.mattermost_state import Json, Refusal, State, new_id, shown, token_in

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
USER = web.RequestKey("user", str)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, where they are JSON."""

    method: str
    path: str
    asked: Any
    status: int
    answered: Any


class Rest:
    """Routes and handlers."""

    def __init__(self, state: State, integrations: Integrations, faults: Faults) -> None:
        self.state = state
        self.integrations = integrations
        self.faults = faults
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.exchanges: list[Exchange] = []
        self.signing_key = ""

    def routes(self) -> list[web.RouteDef]:
        api = "/api/v4"
        return [
            web.get(f"{api}/users/me", self.me),
            web.get(f"{api}/users/me/teams", self.my_teams),
            web.get(f"{api}/users/{{id}}", self.user),
            web.get(f"{api}/users/username/{{name}}", self.user_by_name),
            web.get(f"{api}/users/{{id}}/channels", self.user_channels),
            web.post(f"{api}/users/login", self.login),
            web.get(f"{api}/teams/name/{{name}}", self.team_by_name),
            web.get(f"{api}/channels/{{id}}", self.channel),
            web.get(f"{api}/channels/{{id}}/members/{{user}}", self.member),
            web.get(f"{api}/channels/{{id}}/posts", self.channel_posts),
            web.post(f"{api}/channels/direct", self.direct),
            web.post(f"{api}/posts", self.create_post),
            web.get(f"{api}/posts/{{id}}", self.post),
            web.put(f"{api}/posts/{{id}}/patch", self.patch),
            web.delete(f"{api}/posts/{{id}}", self.delete),
            web.post(f"{api}/posts/{{id}}/pin", self.pin),
            web.post(f"{api}/posts/{{id}}/actions/{{action}}", self.action),
            web.post(f"{api}/files", self.upload),
            web.get(f"{api}/commands", self.list_commands),
            web.post(f"{api}/commands", self.create_command),
            web.put(f"{api}/commands/{{id}}", self.update_command),
            web.put(f"{api}/commands/{{id}}/regen_token", self.new_token),
            web.post(f"{api}/commands/execute", self.execute),
            web.get(f"{api}/config/client", self.config),
            web.post("/hooks/commands/{id}", self.hook),
        ]

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Notes, faults, log-in, rate-limit headers, and errors as the API tells them."""
        self.requests.append((request.method, request.path_qs, dict(request.headers)))
        asked = await request.text() if request.content_type == "application/json" else ""
        planned = self.faults.take(request)
        try:
            if planned is not None:
                return await self.faults.meet(planned, request, self._logged_in(handler))
            response = await self._logged_in(handler)(request)
        except Refusal as refusal:
            response = error(refusal.status, refusal.error_id, refusal.message)
        if not response.prepared:
            self._note(request, asked, response)
            self.faults.remaining = max(1, self.faults.remaining - 1)
            response.headers["X-Ratelimit-Limit"] = "101"
            response.headers["X-Ratelimit-Remaining"] = str(self.faults.remaining)
            response.headers["X-Ratelimit-Reset"] = "1"
        return response

    def _note(self, request: web.Request, asked: str, response: web.StreamResponse) -> None:
        answered = None
        if isinstance(response, web.Response) and response.content_type == "application/json":
            answered = json.loads(response.text or "null")
        self.exchanges.append(
            Exchange(
                request.method,
                request.path,
                json.loads(asked) if asked else None,
                response.status,
                answered,
            )
        )

    def _logged_in(self, handler: Handler) -> Handler:
        async def run(request: web.Request) -> web.StreamResponse:
            header = request.headers.get("Authorization", "")
            user_id = self.state.tokens.get(token_in(header), "")
            open_to_all = ("/users/login", "/config/client", "/websocket", "/hooks/commands/")
            known = user_id and not self.state.users[user_id]["delete_at"]
            if not known and not any(part in request.path for part in open_to_all):
                raise Refusal(401, "api.context.session_expired.app_error")
            request[USER] = user_id
            try:
                return await handler(request)
            except Refusal as refusal:
                return error(refusal.status, refusal.error_id, refusal.message)

        return run

    # Accounts

    async def login(self, request: web.Request) -> web.Response:
        body = await request.json()
        user_id = self.state.by_name(str(body.get("login_id", "")))
        token = self.state.log_in(user_id)
        return answer(self.state.users[user_id], headers={"Token": token})

    async def me(self, request: web.Request) -> web.Response:
        return answer(self.state.users[request[USER]])

    async def my_teams(self, request: web.Request) -> web.Response:
        mine = [
            team
            for team_id, team in self.state.teams.items()
            if request[USER] in self.state.team_members[team_id]
        ]
        return answer(mine)

    async def user(self, request: web.Request) -> web.Response:
        user = self.state.users.get(request.match_info["id"])
        if user is None:
            raise Refusal(404, "app.user.missing_account.const")
        return answer(user)

    async def user_by_name(self, request: web.Request) -> web.Response:
        return answer(self.state.users[self.state.by_name(request.match_info["name"])])

    async def user_channels(self, request: web.Request) -> web.Response:
        if not self.state.knows_user_channels:
            return web.Response(status=404, text="404 page not found")
        mine = [
            self.state.channels[channel_id]
            for channel_id, members in self.state.members.items()
            if request[USER] in members
        ]
        return answer(mine)

    # Teams and channels

    async def team_by_name(self, request: web.Request) -> web.Response:
        for team in self.state.teams.values():
            if team["name"] == request.match_info["name"]:
                return answer(team)
        raise Refusal(404, "app.team.get_by_name.missing.app_error")

    async def channel(self, request: web.Request) -> web.Response:
        return answer(self.state.channel(request.match_info["id"], request[USER]))

    async def member(self, request: web.Request) -> web.Response:
        channel_id, user_id = request.match_info["id"], request.match_info["user"]
        self.state.channel(channel_id, request[USER])
        if user_id not in self.state.members[channel_id]:
            raise Refusal(404, "app.channel.get_member.missing.app_error")
        return answer({"channel_id": channel_id, "user_id": user_id, "roles": "channel_user"})

    async def channel_posts(self, request: web.Request) -> web.Response:
        channel = self.state.channel(request.match_info["id"], request[USER])
        query = request.query
        if "since" in query:
            posts = self.state.since(channel["id"], int(query["since"]))
        else:
            size = int(query.get("per_page", "60"))
            posts = self.state.page(channel["id"], int(query.get("page", "0")), size)
        return answer(
            {
                "order": [post["id"] for post in posts],
                "posts": {post["id"]: shown(post) for post in posts},
                "next_post_id": "",
                "prev_post_id": "",
            }
        )

    async def direct(self, request: web.Request) -> web.Response:
        one, other = await request.json()
        channel_id = self.state.direct(one, other)
        return answer(self.state.channels[channel_id], status=201)

    # Posts

    async def create_post(self, request: web.Request) -> web.Response:
        post = self.state.create_post(request[USER], await request.json())
        return answer(shown(post), status=201)

    async def post(self, request: web.Request) -> web.Response:
        post = self.state.post(request.match_info["id"])
        self.state.channel(post["channel_id"], request[USER])
        return answer(shown(post))

    async def patch(self, request: web.Request) -> web.Response:
        post = self.state.post(request.match_info["id"])
        if post["user_id"] != request[USER]:
            raise Refusal(403, "api.context.permissions.app_error")
        return answer(shown(self.state.edit_post(post["id"], await request.json())))

    async def delete(self, request: web.Request) -> web.Response:
        self.state.delete_post(request.match_info["id"])
        return answer({"status": "OK"})

    async def pin(self, request: web.Request) -> web.Response:
        self.state.post(request.match_info["id"])["is_pinned"] = True
        return answer({"status": "OK"})

    async def action(self, request: web.Request) -> web.Response:
        info = request.match_info
        return answer(await self.integrations.press(request[USER], info["id"], info["action"]))

    async def upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.state.channel(str(form.get("channel_id", "")), request[USER])
        file = form["files"]
        assert isinstance(file, web.FileField)
        file_id = new_id()
        self.state.files[file_id] = await asyncio.to_thread(file.file.read)
        info = {"id": file_id, "name": file.filename, "mime_type": file.content_type}
        return answer({"file_infos": [info], "client_ids": []}, status=201)

    # Integrations

    async def list_commands(self, request: web.Request) -> web.Response:
        team_id = request.query.get("team_id", "")
        found = [one for one in self.state.commands.values() if one["team_id"] == team_id]
        if request.query.get("custom_only") == "true":
            self._administrator(request)
            return answer(found)
        hidden = {"token": "", "url": "", "creator_id": "", "method": ""}
        return answer([{**one, **hidden} for one in found if one["auto_complete"]])

    async def create_command(self, request: web.Request) -> web.Response:
        self._administrator(request)
        body = await request.json()
        team_id, trigger = body["team_id"], str(body["trigger"]).lower()
        same = [one for one in self.state.commands.values() if one["trigger"] == trigger]
        if any(one["team_id"] == team_id for one in same):
            raise Refusal(400, "api.command.duplicate_trigger.app_error")
        now = self.state.now()
        command: Json = {
            "username": "",
            "icon_url": "",
            "auto_complete": False,
            "auto_complete_desc": "",
            "auto_complete_hint": "",
            "display_name": "",
            "description": "",
            "plugin_id": "",
            **body,
            "id": new_id(),
            "token": new_id(),
            "create_at": now,
            "update_at": now,
            "delete_at": 0,
            "creator_id": request[USER],
            "trigger": trigger,
        }
        self.state.commands[command["id"]] = command
        return answer(command, status=201)

    async def update_command(self, request: web.Request) -> web.Response:
        self._administrator(request)
        command = self.state.commands[request.match_info["id"]]
        body = await request.json()
        if body.get("id") != command["id"]:
            raise Refusal(400, "api.context.invalid_body_param.app_error")
        kept = {key: command[key] for key in ("id", "token", "create_at", "creator_id")}
        command.update(body | kept | {"update_at": self.state.now()})
        return answer(command)

    async def new_token(self, request: web.Request) -> web.Response:
        self._administrator(request)
        command = self.state.commands[request.match_info["id"]]
        command["token"] = new_id()
        return answer({"token": command["token"]})

    async def execute(self, request: web.Request) -> web.Response:
        return answer(await self.integrations.execute(request[USER], await request.json()))

    async def hook(self, request: web.Request) -> web.Response:
        self.integrations.answer_later(request.match_info["id"], await request.json())
        return web.Response(text="ok")

    async def config(self, _request: web.Request) -> web.Response:
        return answer({"AsymmetricSigningPublicKey": self.signing_key, "Version": "5.37.0"})

    def _administrator(self, request: web.Request) -> None:
        if "system_admin" not in self.state.users[request[USER]]["roles"]:
            raise Refusal(403, "api.context.permissions.app_error")


def answer(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON under exactly the content type that the server uses."""
    return web.Response(
        body=json.dumps(value).encode(),
        status=status,
        headers={"Content-Type": "application/json", **(headers or {})},
    )
