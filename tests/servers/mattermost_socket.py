"""The websocket of the fake Mattermost: numbers, replay after a break, both ways of logging in."""

import asyncio
import json
from collections import deque
from contextlib import suppress
from typing import Any

from aiohttp import web

from tests.servers.mattermost_state import Json, State, new_id, token_in

SENT = 128
QUEUED = 256
UNAUTHENTICATED = 5.0


class Stream:
    """A logical connection; it lives on without a socket for a while."""

    def __init__(self, user_id: str) -> None:
        self.id = new_id()
        self.user_id = user_id
        self.seq = 0
        self.kept: deque[str] = deque(maxlen=SENT + QUEUED)
        self.socket: web.WebSocketResponse | None = None

    def add(self, kind: str, data: Json, broadcast: Json) -> str:
        frame = {"event": kind, "data": data, "broadcast": broadcast, "seq": self.seq}
        self.seq += 1
        text = json.dumps(frame)
        self.kept.append(text)
        return text

    def missed(self, sequence_number: int) -> list[str] | None:
        """Frames from this number on; None if they are no longer there."""
        frames = [text for text in self.kept if json.loads(text)["seq"] >= sequence_number]
        if len(frames) != self.seq - sequence_number:
            return None
        return frames


class Sockets:
    """All streams, and what a test does to them."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.streams: dict[str, Stream] = {}
        self.requests: list[dict[str, str]] = []
        self.silent = False
        self.lose_next = 0
        self.refuse_with: int | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # What a test does

    def cut(self) -> None:
        """Break every socket without a word; the streams live on."""
        for stream in self.streams.values():
            socket, stream.socket = stream.socket, None
            if socket is not None and socket._req is not None and socket._req.transport:
                socket._req.transport.abort()

    def forget(self) -> None:
        """Forget every stream, as a restart of the server does."""
        self.cut()
        self.streams.clear()

    def freeze(self) -> None:
        """Hear nothing on any socket any more, as behind a line that is dead."""
        for stream in self.streams.values():
            socket = stream.socket
            if socket is not None and socket._req is not None and socket._req.transport:
                transport = socket._req.transport
                assert isinstance(transport, asyncio.Transport)
                transport.pause_reading()

    async def send_raw(self, text: str) -> None:
        """Send any text to everybody, without a number."""
        for stream in self.streams.values():
            if stream.socket is not None:
                with suppress(ConnectionError):
                    await stream.socket.send_str(text)

    async def repeat(self, back: int = 1) -> None:
        """Send a frame once more, with its number: the last, or one before."""
        for stream in self.streams.values():
            if stream.socket is not None and len(stream.kept) >= back:
                await stream.socket.send_str(stream.kept[-back])

    @property
    def open(self) -> int:
        return sum(1 for stream in self.streams.values() if stream.socket is not None)

    # What the server does

    def tell(self, kind: str, data: Json, broadcast: Json) -> None:
        """Send an event to those who may see it; each with the numbers of its own stream."""
        if self.lose_next:
            # The number is used up, the frame never arrives: a gap.
            self.lose_next -= 1
            for stream in self.streams.values():
                stream.seq += 1
            return
        for stream in self.streams.values():
            if not self._may_see(stream, broadcast):
                continue
            post = data.get("post")
            own = dict(data)
            if post is not None:
                own["post"] = json.dumps(post)
                called = f"@{self.state.users[stream.user_id]['username']}"
                if kind == "posted" and (called in post["message"] or data["channel_type"] == "D"):
                    own["mentions"] = json.dumps([stream.user_id])
            self._send(stream, stream.add(kind, own, broadcast))

    def _may_see(self, stream: Stream, broadcast: Json) -> bool:
        if broadcast.get("user_id"):
            return bool(broadcast["user_id"] == stream.user_id)
        channel = broadcast.get("channel_id")
        return not channel or stream.user_id in self.state.members.get(channel, set())

    def _send(self, stream: Stream, text: str) -> None:
        if stream.socket is None or self.silent:
            return
        task = asyncio.ensure_future(self._sent(stream, stream.socket, text))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sent(self, stream: Stream, socket: web.WebSocketResponse, text: str) -> None:
        try:
            await socket.send_str(text)
        except ConnectionError:
            if stream.socket is socket:
                stream.socket = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(dict(request.query))
        if self.refuse_with is not None:
            return web.Response(status=self.refuse_with, text="<html>no</html>")
        token = token_in(request.headers.get("Authorization", ""))
        user_id = self.state.tokens.get(token)
        socket = web.WebSocketResponse(max_msg_size=8192)
        await socket.prepare(request)
        if self.silent:
            await asyncio.Event().wait()
        if user_id is None:
            user_id = await self._challenged(socket)
            if user_id is None:
                await socket.close()
                return socket
            await self._begin(Stream(user_id), socket)
        else:
            await self._begin_or_resume(user_id, request, socket)
        await self._answer(socket)
        return socket

    async def _challenged(self, socket: web.WebSocketResponse) -> str | None:
        try:
            async with asyncio.timeout(UNAUTHENTICATED):
                message = await socket.receive()
        except TimeoutError:
            return None
        if message.type is not web.WSMsgType.TEXT:
            return None
        value = json.loads(message.data)
        user_id = self.state.tokens.get(str(value.get("data", {}).get("token", "")))
        if user_id is not None:
            await socket.send_str(json.dumps({"status": "OK", "seq_reply": value.get("seq", 1)}))
        return user_id

    async def _begin_or_resume(
        self, user_id: str, request: web.Request, socket: web.WebSocketResponse
    ) -> None:
        stream = self.streams.get(request.query.get("connection_id", ""))
        if stream is not None and stream.user_id == user_id and stream.socket is None:
            missed = stream.missed(int(request.query.get("sequence_number", "0")))
            if missed is not None:
                stream.socket = socket
                for text in missed:
                    await socket.send_str(text)
                return
        await self._begin(Stream(user_id), socket)

    async def _begin(self, stream: Stream, socket: web.WebSocketResponse) -> None:
        stream.socket = socket
        self.streams[stream.id] = stream
        hello = {"connection_id": stream.id, "server_version": "5.37.0.fake"}
        broadcast = {"omit_users": None, "user_id": stream.user_id, "channel_id": "", "team_id": ""}
        await socket.send_str(stream.add("hello", hello, broadcast))

    async def _answer(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is not web.WSMsgType.TEXT:
                continue
            value: dict[str, Any] = json.loads(message.data)
            if value.get("action") == "ping":
                reply: Json = {"status": "OK", "data": {"text": "pong"}}
            elif value.get("action") == "user_typing":
                reply = {"status": "OK"}
            else:
                reply = {
                    "status": "FAIL",
                    "error": {
                        "id": "api.web_socket_router.bad_action.app_error",
                        "message": "Unknown WebSocket action.",
                        "detailed_error": "",
                        "status_code": 500,
                    },
                }
            await socket.send_str(json.dumps({**reply, "seq_reply": value.get("seq", 0)}))
        for stream in self.streams.values():
            if stream.socket is socket:
                stream.socket = None
