"""Requests to the bot's address that are not Mattermost's, or not of now, as bytes on the wire."""

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.servers.two_platforms import TwoPlatforms

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
LARGE = 1 << 20


@dataclass(frozen=True)
class Forgery:
    """A request; `said` is part of the log's line about it, None if HTTP itself refuses it."""

    name: str
    raw: bytes
    said: str | None = "a slash command was refused"


def form_of(stage: TwoPlatforms, **changes: str | None) -> dict[str, str]:
    """What Mattermost would send for the treasurer; None takes a field out."""
    mattermost = stage.mattermost
    fields: dict[str, str | None] = {
        "channel_id": mattermost.channel,
        "channel_name": "board-private",
        "command": "/maintenance",
        "response_url": f"{mattermost.url}/hooks/commands/{'h' * 26}",
        "team_domain": "board",
        "team_id": mattermost.team,
        "text": "lock forged",
        "token": stage.environ["SLASH_TOKEN"],
        "trigger_id": mattermost.integrations.trigger_id(mattermost.anna),
        "user_id": mattermost.anna,
        "user_name": "anna",
    }
    return {key: value for key, value in (fields | changes).items() if value is not None}


def request(
    body: bytes,
    kind: str = FORM,
    *,
    path: str = "/command",
    method: str = "POST",
    length: int | None = None,
    more: str = "",
) -> bytes:
    """A request on a connection of its own."""
    size = len(body) if length is None else length
    head = f"{method} {path} HTTP/1.1\r\nHost: bot\r\nConnection: close\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {size}\r\n{more}\r\n".encode() + body


def slash(stage: TwoPlatforms, **changes: str | None) -> bytes:
    """A slash command with these fields."""
    return request(urlencode(form_of(stage, **changes)).encode())


def with_other_tokens(stage: TwoPlatforms, former: str, foreign: str) -> Iterator[Forgery]:
    """Right but for the proof."""
    right = stage.environ["SLASH_TOKEN"]
    tokens = {
        "wrong": "w" * 26,
        "missing": None,
        "empty": "",
        "former": former,
        "another command's": foreign,
        "a part of the right one": right[:-1],
        "more than the right one": right + "x",
        "the right one and a blank": f"{right} ",
        "the right one and a zero": f"{right}\0",
        "the bot's own": stage.mattermost.bot_token,
        "an administrator's": stage.mattermost.admin_token,
        "not ASCII": "ü" * 26,
    }
    for name, token in tokens.items():
        yield Forgery(f"token {name}", slash(stage, token=token))
    without = urlencode(form_of(stage, token=None)).encode()
    header = f"Authorization: Token {right}\r\n"
    yield Forgery("token in the header only", request(without, more=header))
    yield Forgery("token in the address only", request(without, path=f"/command?token={right}"))


def misshapen(stage: TwoPlatforms) -> Iterator[Forgery]:
    """With the right token, but not a slash command as Mattermost sends it."""
    right = urlencode(form_of(stage)).encode()
    as_json = json.dumps(form_of(stage)).encode()
    for kind in (JSON, "text/plain", "multipart/form-data; boundary=x", "", f"{FORM}; charset=x"):
        yield Forgery(f"content type {kind!r}", request(right, kind))
    for charset in ("utf-16", "unicode_escape", "utf-7", "rot13", "idna"):
        yield Forgery(f"charset {charset}", request(right, f"{FORM}; charset={charset}"))
    yield Forgery("JSON called a form", request(as_json))
    for field in ("user_id", "channel_id", "trigger_id"):
        yield Forgery(f"no {field}", slash(stage, **{field: None}))
        yield Forgery(f"odd {field}", slash(stage, **{field: "" if field[0] == "t" else "../me"}))
    yield Forgery("not a form", request(b"\0\xff%%%" * 1000))
    yield Forgery("30,000 fields", request(b"&".join([b"a"] * 30_000)))
    yield Forgery("a channel of others", slash(stage, channel_id=stage.mattermost.foreign_channel))


def oversized(stage: TwoPlatforms) -> Iterator[Forgery]:
    """More than anybody writes."""
    right = urlencode(form_of(stage)).encode()
    large = right + b"&x=" + b"x" * LARGE
    yield Forgery("1 MiB", request(large))
    yield Forgery("a GiB that never comes", request(right, length=1 << 30))
    yield Forgery("half of what it says", request(right, length=2 * len(right)))
    chunks = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    chunked = request(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    yield Forgery("chunks without an end", chunked + chunks * 64)
    for name, packed in (
        ("gzip", gzip.compress(large * 16)),
        ("deflate", zlib.compress(large * 16)),
    ):
        more = f"Content-Encoding: {name}\r\n"
        yield Forgery(f"a {name} bomb", request(packed, more=more))
    yield Forgery("a line of 64 KiB", request(b"", path="/command?" + "x" * 65536), None)
    yield Forgery("a header of 64 KiB", request(right, more=f"X-A: {'x' * 65536}\r\n"), None)
    many = "".join(f"X-{number}: {'x' * 1000}\r\n" for number in range(1000))
    yield Forgery("1,000 headers", request(right, more=many), None)


def broken_http(stage: TwoPlatforms) -> Iterator[Forgery]:
    """Not even HTTP, or of two meanings."""
    right = urlencode(form_of(stage)).encode()
    both = request(right, more="Transfer-Encoding: chunked\r\n")
    yield Forgery("two lengths", request(right, more="Content-Length: 5\r\n"), None)
    yield Forgery("length and chunks", both, None)
    yield Forgery("negative length", request(right, length=-1), None)
    yield Forgery("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 100, None)
    yield Forgery("another method", request(right, method="PUT"), None)
    yield Forgery("another address", request(right, path="/hooks/x"), None)


def presses(stage: TwoPlatforms) -> Iterator[Forgery]:
    """Buttons that are not ours: Mattermost lets anybody make one that calls our address."""
    common = {
        "user_id": stage.mattermost.anna,
        "channel_id": stage.mattermost.channel,
        "trigger_id": stage.mattermost.integrations.trigger_id(stage.mattermost.anna),
    }
    contexts: dict[str, object] = {
        "no context": None,
        "a list": [],
        "no code": {"token": "unlock:1", "channel": stage.mattermost.channel, "until": 1 << 40},
        "a wrong code": {"token": "t", "channel": "c", "until": 1, "mac": "0" * 64},
        "a code of another kind": {"token": "t", "channel": "c", "until": 1, "mac": ["0"]},
        "half a character": {"token": "\ud800", "channel": "c", "until": 1, "mac": "\udfff"},
        "endless": {"token": "t", "channel": "c", "until": float("inf"), "mac": "0"},
    }
    bodies = {name: json.dumps(common | {"context": one}) for name, one in contexts.items()}
    bodies |= {"nested": "[" * 50_000, "large number": "1" * 60_000, "not JSON": "{", "text": '"x"'}
    for name, body in bodies.items():
        raw = request(body.encode(), JSON, path="/action")
        yield Forgery(f"press: {name}", raw, "a press was refused")


def late_trigger(stage: TwoPlatforms, milliseconds: int) -> str:
    """A `trigger_id` of the treasurer's of another time."""
    start = f"{'i' * 26}:{stage.mattermost.anna}:{milliseconds}:".encode()
    return base64.b64encode(start + base64.b64encode(b"signature")).decode()
