"""Connections that say nothing do not stay, and keep nobody out."""

import asyncio
import contextlib
from typing import Any

from adapters.mattermost.lobby import Lobby


class Line(asyncio.WriteTransport):
    """A connection's transport that only knows whether it was cut."""

    def __init__(self) -> None:
        super().__init__()
        self.cut = asyncio.Event()

    def abort(self) -> None:
        self.cut.set()


class Guest:
    """A connection."""

    def __init__(self) -> None:
        self.transport: Any = Line()


async def test_who_says_nothing_in_time_is_thrown_out() -> None:
    guest = Guest()
    Lobby(0.001).entered(guest)
    async with asyncio.timeout(30):
        await guest.transport.cut.wait()


async def test_who_has_proved_what_they_are_may_stay() -> None:
    lobby, guest, other = Lobby(0.001), Guest(), Guest()
    lobby.entered(guest)
    lobby.left(guest)
    lobby.entered(other)
    async with asyncio.timeout(30):
        await other.transport.cut.wait()
    assert not guest.transport.cut.is_set()


async def test_when_it_is_full_the_one_that_has_waited_longest_goes() -> None:
    lobby, guests = Lobby(60, most=3), [Guest() for _ in range(5)]
    for guest in guests:
        lobby.entered(guest)
    assert [guest.transport.cut.is_set() for guest in guests] == [True, True, False, False, False]
    for guest in guests:
        lobby.left(guest)


async def test_a_connection_that_is_gone_already_is_only_forgotten() -> None:
    lobby, gone, other = Lobby(60, most=1), Guest(), Guest()
    lobby.entered(gone)
    gone.transport = None
    lobby.entered(other)
    assert not other.transport.cut.is_set()
    lobby.left(other)


async def test_a_server_notes_every_connection_that_it_accepts() -> None:
    made: list[asyncio.Protocol] = []

    class Quiet(asyncio.Protocol):
        transport: asyncio.BaseTransport | None = None

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport
            made.append(self)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(Lobby(0.01).watched(Quiet), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    async with asyncio.timeout(30):
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
    writer.close()
    server.close()
    assert len(made) == 1
