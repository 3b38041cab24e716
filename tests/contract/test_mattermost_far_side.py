"""The fake Mattermost against what is known of real ones: an observation and the published API."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web

from adapters.base import Attachment, Destination, OutgoingMessage, Receipt, Settings, Tone
from adapters.contract import RecordingHost
from adapters.mattermost.adapter import Mattermost
from adapters.mattermost.options import read
from adapters.mattermost.register import Wish, register
from tests.servers.mattermost import FakeMattermost, Fault
from tests.servers.mattermost_rest import Exchange
from tests.servers.mattermost_state import token_in

ROOT = Path(__file__).parents[2]
OBSERVED = json.loads((ROOT / "tests/servers/data/mattermost-observed-5.37.json").read_text())
STRUCTURE = ROOT.parent / "shared/data/mattermost/openapi-structure.yaml"
EXCHANGES = {one["name"]: one for one in OBSERVED["http"]}

PASSING = {
    # What the bot has no use for: left out of the fake on purpose.
    "update_at",
    "notify_props",
    "last_password_update",
    "timezone",
    "bot_description",
    "disable_welcome_email",
    "extra_update_at",
    "scheme_id",
    "props",
    "group_constrained",
    "shared",
    "total_msg_count_root",
    "policy_id",
    "message",
    "request_id",
}
OTHER_IN_NEW_VERSIONS = {"model.post.is_valid.msg.app_error"}


class Side:
    """The fake, with the ids that stand in the recording's places."""

    def __init__(self) -> None:
        self.server = FakeMattermost()
        server = self.server
        bob = server.state.add_user("bob")
        self.post = server.state.create_post(
            server.bot, {"channel_id": server.channel, "message": "hello"}
        )
        self.button = server.state.create_post(
            server.bot,
            {
                "channel_id": server.channel,
                "props": EXCHANGES["bot posts a button"]["request"]["json"]["props"],
            },
        )
        self.asked = server.write(server.anna, "@maintenance status")
        self.ids = {
            "user.bot": server.bot,
            "user.alice": server.anna,
            "user.bob": bob,
            "user.admin": server.admin,
            "channel.private": server.channel,
            "channel.public": server.other_channel,
            "team": server.team,
            "id.2": self.post["id"],
            "id.4": self.asked["id"],
            "id.8": "z" * 26,
            "id.21": self.button["id"],
        }
        server.state.users[server.anna]["username"] = "alice"
        self.tokens = {
            "bot": server.bot_token,
            "alice": server.state.log_in(server.anna),
            "admin": server.admin_token,
            "nobody": "wrong",
        }

    def placed(self, value: Any, address: str) -> Any:
        text = json.dumps(value)
        text = text.replace("{16384 x}", "x" * 16384).replace("http://127.0.0.1:18100", address)
        for name, found in self.ids.items():
            text = text.replace(f"{{{name}}}", found)
        return json.loads(text)

    async def ask(self, session: aiohttp.ClientSession, request: Any, who: str) -> Any:
        async with session.request(
            request["method"],
            self.server.url + request["path"],
            json=request["json"],
            headers={"Authorization": f"Bearer {self.tokens[who]}"},
        ) as answer:
            text = await answer.text()
            return answer.status, answer.headers, text


@pytest.fixture
async def side() -> AsyncIterator[Side]:
    made = Side()
    await made.server.start()
    yield made
    await made.server.stop()


@pytest.fixture
async def integration() -> AsyncIterator[tuple[str, list[tuple[dict[str, str], str]], list[int]]]:
    """A slash command's other end: what it was sent, and what it answers."""
    heard: list[tuple[dict[str, str], str]] = []
    answers: list[int] = []

    async def handle(request: web.Request) -> web.Response:
        heard.append((dict(request.headers), await request.text()))
        if answers:
            return web.Response(status=answers.pop())
        body = {"response_type": "ephemeral", "text": "Maintenance: **unlocked**"}
        return web.json_response(body)

    application = web.Application()
    application.router.add_post("/{path:.*}", handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", heard, answers
    await runner.cleanup()


FAKED = [
    name
    for name, one in EXCHANGES.items()
    # The bot names channels and people by id alone, opens no dialogs, and its fake likewise.
    if not re.search(r"teams/name/.+/channels|usernames|dialogs", one["request"]["path"])
]


@pytest.mark.parametrize("name", FAKED)
async def test_it_answers_as_the_real_server_did(
    side: Side,
    name: str,
    integration: tuple[str, list[tuple[dict[str, str], str]], list[int]],
) -> None:
    address, _, answers = integration
    if name == "error: rate limited":
        side.server.faults.plan(Fault.RATE_LIMIT, method="GET", path="/users/me")
    if name == "execute, integration answers 500":
        answers.append(500)
    if name == "posts since":
        body = {
            "channel_id": side.server.channel,
            "root_id": side.asked["id"],
            "message": "unlocked",
        }
        side.server.state.create_post(side.server.bot, body)
    if name == "same pending_post_id again":
        first = EXCHANGES["bot posts with attachment and pending_post_id"]["request"]["json"]
        side.server.state.create_post(side.server.bot, side.placed(first, address))
    if "execute" in name or "duplicate" in name:
        side.server.register(f"{address}/command")
    if name == "alice clicks":
        actions = side.button["props"]["attachments"][0]["actions"]
        actions[0]["integration"]["url"] = f"{address}/action"
    exchange = EXCHANGES[name]
    request = side.placed(exchange["request"], address)
    async with aiohttp.ClientSession() as session:
        status, headers, text = await side.ask(session, request, exchange["as"])
    observed = exchange["response"]
    assert status == observed["status"]
    assert headers["Content-Type"] == observed["headers"]["Content-Type"]
    for header in observed["headers"]:
        assert header in headers or header in {"X-Request-Id", "X-Version-Id"}
    if isinstance(observed["body"], str):
        assert text == observed["body"]
    else:
        assert differences(observed["body"], json.loads(text), name) == []


def differences(observed: Any, faked: Any, where: str) -> list[str]:  # noqa: PLR0911 -- a table
    """Keys that are missing, and values of another type or, if they are words, another value."""
    if isinstance(observed, dict) and isinstance(faked, dict):
        if all(len(key) > 20 or key.startswith("{") for key in [*observed, *faked]) and observed:
            return differences([*observed.values()], [*faked.values()], where)
        found = []
        for key, value in observed.items():
            if key in faked:
                found += differences(value, faked[key], f"{where}.{key}")
            elif key not in PASSING and key not in _optional(where):
                found.append(f"{where}.{key} is missing")
        return found
    if isinstance(observed, list) and isinstance(faked, list):
        if observed and not faked:
            return [f"{where} is empty"]
        return [
            one for pair in zip(observed, faked, strict=False) for one in differences(*pair, where)
        ]
    if isinstance(observed, str) and observed.startswith("{"):
        return []
    if where.endswith(".id") and "error" in where and observed not in OTHER_IN_NEW_VERSIONS:
        return [] if observed == faked else [f"{where}: {observed} is not {faked}"]
    same = type(observed) is type(faked) or None in (observed, faked)
    return [] if same else [f"{where}: {observed!r} is not like {faked!r}"]


def _optional(where: str) -> set[str]:
    # The server fills an attachment's empty fields; the fake keeps what it was given.
    if "attachments" in where:
        return {
            "id",
            "pretext",
            "author_name",
            "author_link",
            "author_icon",
            "title",
            "title_link",
            "fields",
            "image_url",
            "thumb_url",
            "footer",
            "footer_icon",
            "ts",
            "fallback",
            "color",
        }
    return set()


async def test_a_slash_command_is_sent_as_the_real_server_sent_it(
    side: Side, integration: tuple[str, list[tuple[dict[str, str], str]], list[int]]
) -> None:
    address, heard, _ = integration
    side.server.register(f"{address}/command")
    await side.server.type(side.server.anna, "/maintenance status @bob ~ops")
    observed = OBSERVED["integration_requests"][0]
    headers, body = heard[0]
    for name in ("User-Agent", "Accept", "Content-Type"):
        assert headers[name] == observed["headers"][name]
    assert headers["Authorization"].startswith("Token ")
    sent = dict(one.split("=", 1) for one in body.split("&"))
    mentions = {key for key in observed["body"]["form"] if "mentions" in key}
    assert sent.keys() == observed["body"]["form"].keys() - mentions


async def test_a_press_is_sent_as_the_real_server_sent_it(
    side: Side, integration: tuple[str, list[tuple[dict[str, str], str]], list[int]]
) -> None:
    address, heard, _ = integration
    actions = side.button["props"]["attachments"][0]["actions"]
    actions[0]["integration"]["url"] = f"{address}/action"
    await side.server.integrations.press(side.server.anna, side.button["id"], "unlock")
    observed = OBSERVED["integration_requests"][1]
    headers, body = heard[0]
    assert "Authorization" not in headers
    assert json.loads(body).keys() == observed["body"].keys()
    assert json.loads(body)["context"] == observed["body"]["context"]


async def test_frames_are_as_the_real_servers(side: Side) -> None:
    server = side.server
    frames = []
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{server.url}/api/v4/websocket") as connection,
    ):
        token = {"token": server.bot_token}
        challenge = {"seq": 1, "action": "authentication_challenge", "data": token}
        await connection.send_json(challenge)
        frames += [await connection.receive_json() for _ in range(2)]
        post = server.write(server.anna, "@maintenance lock")
        frames.append(await connection.receive_json())
        server.state.edit_post(post["id"], {"message": "@maintenance unlock"})
        frames.append(await connection.receive_json())
        server.state.delete_post(post["id"])
        frames.append(await connection.receive_json())
        server.direct(server.anna, "status")
        frames.append(await connection.receive_json())
        for action in ("ping", "nonsense"):
            await connection.send_json({"seq": 2, "action": action})
            frames.append(await connection.receive_json())
    observed = [one["frame"] for one in OBSERVED["websocket"]]
    wanted = [observed[1], observed[0], *observed[2:6], *observed[8:]]
    found = []
    for real, faked in zip(wanted, frames, strict=True):
        faked["data"] = inner(faked.get("data", {}))
        real["data"] = inner(real.get("data", {}))
        found += differences(real, faked, real.get("event", "reply"))
    left_out = {"omit_users", "node_id", "server_time", "version", "data"}
    assert [one for one in found if not any(name in one for name in left_out)] == []
    assert [frame["seq"] for frame in frames if "event" in frame] == [0, 1, 2, 3, 4]


def inner(data: dict[str, Any]) -> dict[str, Any]:
    """A post that travels as JSON inside JSON, unpacked."""
    post = data.get("post")
    if isinstance(post, str):
        return {**data, "post": json.loads(post)}
    if isinstance(post, dict) and "__json_string__" in post:
        return {**data, "post": post["__json_string__"], "mentions": ""}
    return data


async def test_a_stream_is_taken_up_only_with_the_log_in_in_the_header(side: Side) -> None:
    server = side.server
    address = f"{server.url}/api/v4/websocket"
    header = {"Authorization": f"BEARER {server.bot_token}"}
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(address, headers=header) as first:
            hello = await first.receive_json()
        query = {"connection_id": hello["data"]["connection_id"], "sequence_number": "1"}
        await asyncio.sleep(0)
        server.write(server.anna, "meanwhile")
        async with session.ws_connect(address, headers=header, params=query) as second:
            assert (await second.receive_json())["event"] == "posted"
        async with session.ws_connect(address, params=query) as third:
            await third.send_json({"seq": 1, "data": {"token": server.bot_token}})
            assert (await third.receive_json())["status"] == "OK"
            assert (await third.receive_json())["event"] == "hello"
    assert token_in("Basic x") == ""


# The published description of the API: names and types


@pytest.fixture(scope="module")
def structure() -> dict[str, Any]:
    if not STRUCTURE.exists():
        pytest.skip("the description of Mattermost's API is not beside this repository")
    value = yaml.safe_load(STRUCTURE.read_text())
    assert isinstance(value, dict)
    return value


NOT_DESCRIBED = {
    "GET /api/v4/users/me",
    "GET /api/v4/users/{id}/channels",
    "POST /api/v4/posts/{id}/pin",
    "POST /api/v4/files",
    "POST /hooks/commands/{id}",
}
"""Calls that the excerpt of the description leaves out, or names otherwise."""

KNOWN_ERRORS = {"PUT /api/v4/posts/{post_id}/patch: asked.props: an object is no string"}
"""The server's own code (model.PostPatch) takes an object there, and so did every version."""


async def test_what_the_adapter_asks_and_the_fake_answers_is_of_the_published_api(
    side: Side, structure: dict[str, Any], tmp_path: Path
) -> None:
    server = side.server
    where = Destination("mattermost", server.channel)
    options: dict[str, object] = {"url": server.url, "token": server.bot_token}
    adapter = Mattermost(read(Settings("mattermost", options, (where,))))
    host = RecordingHost()
    running = asyncio.create_task(adapter.run(host))
    await host.connected()
    server.write(server.anna, "@maintenance status")
    heard = await host.heard("status")

    async def send(text: str, **more: Any) -> Receipt:
        return await adapter.send(OutgoingMessage(where, text, **more))

    await send("Open.", reply_to=heard.message_id, only_for=heard.sender_id)
    first = await send("Closed.\nBecause.", tone=Tone.CLOSED, event_id="event-1", pinned=True)
    await send("Closed.\nBecause.", event_id="event-1", repeat_note="(again)")
    await send("Open.", replaces=first, silent=True)
    await send("Open.", attachment=Attachment("a.ics", "text/calendar", b"BEGIN"))
    await adapter.check()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    wish = Wish("board", "maintenance", "https://bot.example")
    for new_token in (False, True):
        await register(
            read(Settings("mattermost", options)),
            server.admin_token,
            replace(wish, new_token=new_token),
        )

    found: set[str] = set()
    seen: set[str] = set()
    for exchange in server.rest.exchanges:
        template, described = description(structure, exchange)
        seen.add(template)
        for part, schema, value in (
            ("asked", schema_of(described.get("requestBody")), exchange.asked),
            ("answered", answer_schema(structure, described, exchange.status), exchange.answered),
        ):
            found |= {f"{template}: {one}" for one in unlike(structure, schema, value, part)}
    assert found <= KNOWN_ERRORS
    assert {"POST /api/v4/posts", "PUT /api/v4/posts/{post_id}/patch"} <= seen
    assert {"POST /api/v4/commands", "GET /api/v4/channels/{channel_id}/posts"} <= seen


def description(structure: dict[str, Any], exchange: Exchange) -> tuple[str, Any]:
    """Find what the published API says of a call."""
    general = re.sub(r"[a-z0-9]{26}", "{id}", exchange.path)
    call = f"{exchange.method} {general}"
    if call in NOT_DESCRIBED or general.endswith("/websocket"):
        return call, {}
    for template, methods in structure["paths"].items():
        pattern = re.sub(r"{[^}]+}", "[^/]+", template)
        described = methods.get(exchange.method.lower())
        if described and re.fullmatch(pattern, exchange.path):
            return f"{exchange.method} {template}", described
    raise AssertionError(f"not in the published API: {call}")


def answer_schema(structure: dict[str, Any], described: Any, status: int) -> Any:
    if not described:
        return {}
    part = described["responses"][str(status)]
    if "$ref" in part:
        part = structure["components"]["responses"][part["$ref"].split("/")[-1]]
    return schema_of(part)


def schema_of(part: Any) -> Any:
    if not part or "content" not in part:
        return {}
    return part["content"]["application/json"].get("schema", {})


TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}


def unlike(structure: dict[str, Any], schema: Any, value: Any, where: str) -> list[str]:
    """Where a value is not as a schema says; names that the schema does not know are allowed."""
    if "$ref" in schema:
        return unlike(
            structure,
            structure["components"]["schemas"][schema["$ref"].split("/")[-1]],
            value,
            where,
        )
    if value is None or not schema:
        return []
    kind = TYPES.get(schema.get("type", ""))
    if kind is not None and not isinstance(value, kind):
        what = "an object" if isinstance(value, dict) else repr(value)
        return [f"{where}: {what} is no {schema['type']}"]
    found = [f"{where}: no {key}" for key in schema.get("required", []) if key not in value]
    if isinstance(value, list):
        for one in value:
            found += unlike(structure, schema.get("items", {}), one, where)
    elif isinstance(value, dict):
        for key, one in value.items():
            inner_schema = schema.get("properties", {}).get(key, {})
            found += unlike(structure, inner_schema, one, f"{where}.{key}")
    return found


def test_the_comparison_sees_what_is_missing_or_of_another_type() -> None:
    assert differences({"a": 1, "b": "x"}, {"b": 2}, "w") == [
        "w.a is missing",
        "w.b: 'x' is not like 2",
    ]
    schema = {"type": "object", "required": ["a"], "properties": {"b": {"type": "string"}}}
    assert unlike({}, schema, {"b": 1}, "w") == ["w: no a", "w.b: 1 is no string"]
