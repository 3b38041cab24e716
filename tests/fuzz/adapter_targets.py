"""The adapters' parsers: Telegram's updates, Mattermost's requests to us and its websocket."""

import asyncio
import json
import logging
import random
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from telegram import Update, User

from adapters.base import Button, Destination, IncomingMessage, Settings
from adapters.contract import RecordingHost
from adapters.mattermost import requests_in
from adapters.mattermost.adapter import Mattermost
from adapters.mattermost.options import read
from adapters.mattermost.pace import Effects
from adapters.mattermost.presses import Presses
from adapters.mattermost.reception import LookBack
from adapters.mattermost.records import User as Account
from adapters.mattermost.requests_in import Asked, Refused
from adapters.mattermost.stream import event_of
from adapters.mattermost.trigger import digest
from adapters.mattermost.trigger import parse as trigger_of
from adapters.telegram.adapter import _Ear
from adapters.telegram.channels import Channels
from adapters.telegram.gate import Gate
from adapters.telegram.request import HttpFailure, UpdatesRequest, _object, _wait
from tests.fuzz.harness import Target, explained
from tests.fuzz.shapes import BOMBS, TOKENS, as_json, changed, json_like, tampered

NOW = datetime(2026, 11, 29, 23, tzinfo=UTC)
BOARD = -1001234567890
ANNA = {"id": 12345, "is_bot": False, "first_name": "Anna", "username": "anna"}
GROUP = {"id": BOARD, "type": "supergroup", "title": "Board"}
MESSAGE = {
    "message_id": 5,
    "from": ANNA,
    "chat": GROUP,
    "date": 1795993200,
    "text": "/maintenance lock audit",
    "entities": [{"type": "bot_command", "offset": 0, "length": 12}],
    "message_thread_id": 7,
    "is_topic_message": True,
}
PRIVATE = {**ANNA, "type": "private"}
PRESS = {"id": "99", "from": ANNA, "message": MESSAGE, "chat_instance": "1", "data": "tok"}
MEMBER = {"user": {"id": 1, "is_bot": True, "first_name": "B"}, "status": "left"}
CHANGE = {
    "chat": GROUP,
    "from": ANNA,
    "date": 1795993200,
    "old_chat_member": MEMBER,
    "new_chat_member": {**MEMBER, "status": "member"},
}
MOVED = {**MESSAGE, "text": None, "migrate_to_chat_id": -1009}
UPDATES = [
    {"ok": True, "result": [{"update_id": 10 + number, kind: content}, {"update_id": 99}]}
    for number, (kind, content) in enumerate(
        [
            ("message", MESSAGE),
            ("edited_message", MESSAGE),
            ("callback_query", PRESS),
            ("my_chat_member", CHANGE),
            ("message", MOVED),
            ("message", {**MESSAGE, "forward_date": 1, "sender_chat": GROUP}),
            (
                "message",
                {**MESSAGE, "reply_to_message": MESSAGE, "chat": PRIVATE},
            ),
        ]
    )
]
SLOW_DOWN = {"ok": False, "description": "Too Many", "parameters": {"retry_after": 3}}

ID = "abcdefghijklmnopqrstuvwxyz"
ME = Account("m" * 26, "maintenance", is_bot=True)
TOKEN = "w" * 26
FORM = {
    "token": TOKEN,
    "user_id": ID,
    "user_name": "anna",
    "channel_id": "c" * 26,
    "channel_name": "board",
    "command": "/maintenance",
    "text": "lock audit",
    "trigger_id": "MTox",
    "root_id": "r" * 26,
    "response_url": f"http://127.0.0.1/hooks/commands/{'h' * 26}",
}
FORMS = (
    b"application/x-www-form-urlencoded",
    b"application/x-www-form-urlencoded; charset=utf-8",
    b"application/x-www-form-urlencoded; charset=utf-7",
    b"application/x-www-form-urlencoded; charset=utf-16",
    b"application/x-www-form-urlencoded; charset=unicode_escape",
    b"application/x-www-form-urlencoded; charset=idna",
    b"application/x-www-form-urlencoded; charset=rot13",
    b"application/x-www-form-urlencoded; charset=none-such",
    b"multipart/form-data; boundary=x",
    b"application/json",
    b"",
)
POST = {
    "id": "p" * 26,
    "user_id": ID,
    "channel_id": "c" * 26,
    "message": "@maintenance lock",
    "create_at": 1795993200000,
    "root_id": "",
    "type": "",
    "props": {"from_webhook": "true"},
}
FRAMES = [
    {"event": "hello", "data": {"connection_id": "x"}, "broadcast": {}, "seq": 0},
    {"event": "user_removed", "data": {"channel_id": "c" * 26}, "broadcast": {}, "seq": 2},
    {"status": "OK", "seq_reply": 1},
]


def targets(loop: asyncio.AbstractEventLoop) -> Iterator[Target]:
    """All of them."""
    yield Target("Telegram update", json_like(UPDATES), Ear().check, BOMBS)
    yield Target("Telegram refusal", json_like([SLOW_DOWN]), refusal, BOMBS)
    endpoint = Endpoint(loop)
    slash = tuple(FORMS[0] + b"\n" + bomb for bomb in (*BOMBS, b"a=" * 30_000, b"%" * 60_000))
    yield Target("slash payload", endpoint.forms(), endpoint.command, slash)
    press = tuple(b"application/json\n" + bomb for bomb in BOMBS)
    yield Target("button press", endpoint.presses(), endpoint.press, press)
    socket = Socket()
    yield Target("websocket frame", socket.frames(), socket.check, BOMBS)


def check_storable(message: IncomingMessage) -> None:
    """What is handed over is of the promised types, and can be kept and told."""
    texts = (message.message_id, message.sender_id, message.sender_name, message.text)
    for text in (*texts, message.bot_name, message.action or "", message.link or ""):
        assert isinstance(text, str)
        text.encode()
    place = message.destination
    assert isinstance(place.channel, str)
    str(place).encode()
    assert message.sent_at.tzinfo is not None
    message.sent_at.astimezone(UTC)
    json.dumps(message.sent_at.isoformat())


class Ear:
    """Telegram's side, from the bytes of an answer to what the host is told."""

    def __init__(self) -> None:
        """A bot in one chat."""
        logging.getLogger("adapters.telegram").setLevel(logging.CRITICAL)
        self._me = User(1, "Closing", is_bot=True, username="ClosingBot")

    def check(self, content: bytes) -> bool:
        """Each update is told, or skipped with a warning; none stops those after it."""
        host = RecordingHost()
        channels = Channels([Destination("telegram", str(BOARD), "7")])
        ear = _Ear(Gate("telegram", self._me, channels), None, host, None, menu=False)  # type: ignore[arg-type]  # not reached: no menus and no acknowledging here
        try:
            found = UpdatesRequest.parse_json_payload(content)
        except HttpFailure:
            return False
        for raw in found.get("result", ()):
            update = Update.de_json(raw, None)
            assert isinstance(update.update_id, int)
            for told in ear._understood(update, None):
                if isinstance(told, IncomingMessage):
                    check_storable(told)
                host.report  # noqa: B018 - a notice needs no more than to be made
        return bool(found.get("result"))


def refusal(content: bytes) -> bool:
    """A wait that was asked for is a number of seconds that can be waited."""
    wait = _wait(_object(content))
    assert wait is None or 0 < wait < 1e9
    return wait is not None


class Endpoint:
    """Mattermost's requests to us, without the sockets."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """One token, one button."""
        table = {
            "url": "http://127.0.0.1:1",
            "token": "t" * 26,
            "slash": {"listen": "127.0.0.1:1", "tokens": [TOKEN]},
        }
        options = read(Settings("mattermost", table, [Destination("mattermost", "c" * 26)]))
        assert options.slash is not None
        self._slash = options.slash
        self._presses = Presses("secret", "http://127.0.0.1/action", lambda: NOW)
        button = self._presses.connect(Button("Unlock", "the-token"), "c" * 26)
        self._press = {**FORM, "context": button["context"]}
        self._loop = loop

    def forms(self) -> SearchStrategy[bytes]:
        """A content type, and a form."""
        form = changed(st.just(FORM)).map(_urlencoded)
        return _with_type(st.sampled_from(FORMS), tampered_one(form))

    def presses(self) -> SearchStrategy[bytes]:
        """A content type, and JSON."""
        kind = st.sampled_from((b"application/json", b"text/plain; charset=utf-7", b""))
        return _with_type(kind, json_like([self._press]))

    def command(self, content: bytes) -> bool:
        """Refused, or proven by the token and fit to be kept."""
        asked = self._ask(requests_in.command, content, self._slash)
        if asked is None:
            return False
        assert asked.text.startswith("/maintenance")
        assert asked.action is None
        return True

    def press(self, content: bytes) -> bool:
        """Refused, or the very button that was made, in its channel."""
        asked = self._ask(requests_in.press, content, self._presses)
        if asked is None:
            return False
        assert (asked.action, asked.channel) == ("the-token", "c" * 26)
        return True

    def _ask(self, reading: Any, content: bytes, proof: object) -> Asked | None:
        try:
            asked = self._loop.run_until_complete(self._read(reading, content, proof))
        except Refused as error:
            explained([error.why, str(error).replace(TOKEN, "\ud800")])
            return None
        assert isinstance(asked, Asked)
        trigger = trigger_of(asked.trigger_id)
        check_storable(
            IncomingMessage(
                Destination("mattermost", asked.channel, asked.root),
                digest(asked.trigger_id),
                asked.user,
                asked.user_name,
                asked.text,
                trigger.at if trigger else NOW,
                action=asked.action,
            )
        )
        assert asked.channel_name.split("__")
        return asked

    async def _read(self, reading: Any, content: bytes, proof: object) -> Asked:
        kind, _, body = content.partition(b"\n")
        stream = StreamReader(BaseProtocol(self._loop), 1 << 16, loop=self._loop)
        stream.feed_data(body)
        stream.feed_eof()
        headers = {"Content-Type": kind.decode("latin-1")} if kind else {}
        request = make_mocked_request(
            "POST", "/x", headers, payload=stream, client_max_size=requests_in.LARGEST
        )
        asked: Asked = await reading(request, proof, 5.0)
        return asked


def _with_type(kind: SearchStrategy[bytes], body: SearchStrategy[bytes]) -> SearchStrategy[bytes]:
    return st.builds(lambda one, other: one + b"\n" + other, kind, body)


def tampered_one(made: SearchStrategy[bytes]) -> SearchStrategy[bytes]:
    """As it is, or with something strange in it."""
    where = st.integers(0, 400)
    spoilt = st.builds(
        lambda form, at, token: form[:at] + token + form[at:], made, where, st.sampled_from(TOKENS)
    )
    return st.one_of(made, spoilt, tampered([b"token=" + TOKEN.encode() + b"&text=%ff%00+2AA-"]))


def _urlencoded(form: Any) -> bytes:
    if not isinstance(form, Mapping):
        return as_json(form)
    pairs = [(str(key), str(value)) for key, value in form.items()]
    return urlencode(pairs, errors="surrogatepass").encode()


class Socket:
    """The websocket's side, from a frame to the queue of what is to be handed over."""

    def __init__(self) -> None:
        """A listener on a server that is never asked."""
        table = {"url": "http://127.0.0.1:1", "token": "t" * 26}
        options = read(Settings("mattermost", table, [Destination("mattermost", "c" * 26)]))
        effects = Effects(lambda: NOW, time.monotonic, asyncio.sleep, random.random)
        self._adapter = Mattermost(options, effects=effects)

    def frames(self) -> SearchStrategy[bytes]:
        """Frames; the post in one is JSON inside JSON."""
        posted = st.builds(
            _posted, json_like([POST]), st.sampled_from(["D", "O", None, 5]), st.integers(-1, 3)
        )
        return st.one_of(posted, posted, json_like(FRAMES))

    def check(self, content: bytes) -> bool:
        """Passed over, or queued as something that can be handed over and looked back from."""
        try:
            event = event_of(content.decode())
        except UnicodeDecodeError:
            return False  # aiohttp ends a connection for it
        listener = self._adapter._listener()
        host = RecordingHost()
        listener._hear(event, ME, host)
        queue = listener._reception._queue
        heard = 0
        listener._reception.look_back()
        while not queue.empty():
            item = queue.get_nowait()
            if isinstance(item, LookBack):
                assert -1e15 < item.since < 1e15
                continue
            heard += 1
            check_storable(
                IncomingMessage(
                    Destination("mattermost", item.channel_id, item.root_id or None),
                    item.id,
                    item.user_id,
                    item.sender_name,
                    item.message,
                    item.sent_at,
                )
            )
        return heard > 0


def _posted(post: bytes, kind: object, seq: int) -> bytes:
    text = post.decode(errors="replace")
    data = {"post": text, "channel_type": kind, "sender_name": "@anna"}
    return as_json({"event": "posted", "data": data, "broadcast": {}, "seq": seq})
