"""Mattermost's own JavaScript client types the slash command and reads the announcement."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from adapters.base import (
    Destination,
    IncomingMessage,
    Notice,
    OutgoingMessage,
    Settings,
    Span,
    SpanKind,
    Tone,
)
from adapters.mattermost.adapter import Mattermost
from adapters.mattermost.options import read
from tests.servers.mattermost import FakeMattermost
from tests.servers.ports import free_port

CLIENT = Path(__file__).parents[1] / "servers" / "mattermost_client"
PATIENCE = 60.0
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")


class Board:
    """A host as the bot is one: answers the asker, then announces to all."""

    def __init__(self, channel: str) -> None:
        self.adapter: Mattermost | None = None
        self.heard: list[IncomingMessage] = []
        self._where = Destination("mattermost", channel)
        self._tasks: set[asyncio.Task[None]] = set()

    def deliver(self, message: IncomingMessage) -> None:
        self.heard.append(message)
        task = asyncio.ensure_future(self._answer(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def report(self, notice: Notice) -> None:
        """Nothing here depends on it."""

    async def _answer(self, message: IncomingMessage) -> None:
        assert self.adapter is not None
        waiting = await self.adapter.send(
            OutgoingMessage(message.destination, "⏳ closing…", reply_to=message.message_id)
        )
        text = "🔒 Locked. Undo: /maintenance unlock"
        code = Span(text.index("/"), len(text), SpanKind.CODE)
        await self.adapter.send(
            OutgoingMessage(
                message.destination, text, (code,), reply_to=message.message_id, replaces=waiting
            )
        )
        announced = f"🔒 Shop closed by {message.sender_name}\nBecause: audit_of_*books*"
        await self.adapter.send(
            OutgoingMessage(self._where, announced, tone=Tone.CLOSED, event_id="event-1")
        )


async def run(*command: str, folder: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            out, errors = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise RuntimeError(errors.decode()[-2000:])
    return out.decode()


@pytest.fixture
async def client(tmp_path: Path) -> Path:
    """The client, installed beside its script; skipped where that cannot be done."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Mattermost's client needs node and npm")
    for name in ("package.json", "package-lock.json", "type_a_command.mjs"):
        shutil.copy(CLIENT / name, tmp_path)
    try:
        await run(npm, *INSTALL, folder=tmp_path)
    except (RuntimeError, TimeoutError) as error:
        pytest.skip(f"npm cannot install Mattermost's client here: {str(error)[-200:]}")
    return tmp_path


async def test_mattermosts_own_client_types_the_command_and_reads_the_announcement(
    client: Path,
) -> None:
    server = FakeMattermost()
    await server.start()
    address = f"127.0.0.1:{free_port()}"
    options: dict[str, object] = {
        "url": server.url,
        "token": server.bot_token,
        "slash": {
            "listen": address,
            "tokens": [server.register(f"http://{address}/command")],
            "public_url": f"http://{address}",
        },
    }
    board = Board(server.channel)
    where = Destination("mattermost", server.channel)
    board.adapter = Mattermost(read(Settings("mattermost", options, (where,))))
    running = asyncio.create_task(board.adapter.run(board))
    try:
        script = ("type_a_command.mjs", server.url, "anna", server.channel, server.team)
        said = await run("node", *script, "/maintenance lock audit", "Shop closed", folder=client)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await server.stop()
    seen: dict[str, Any] = json.loads(said.splitlines()[-1])
    assert seen["answer"]["text"] == "🔒 Locked. Undo: `/maintenance unlock`"
    assert seen["answer"]["response_type"] == "ephemeral"
    assert seen["post"]["message"] == "🔒 Shop closed by anna"
    assert seen["post"]["props"]["attachments"][0]["text"] == r"Because: audit\_of\_\*books\*"
    assert seen["post"]["user_id"] == server.bot
    heard = board.heard[0]
    assert (heard.text, heard.sender_id) == ("/maintenance lock audit", server.anna)
    assert len(server.bots_posts()) == 1
