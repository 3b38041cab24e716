"""A shop on loopback that answers what it is told to, also wrongly, slowly or not at all."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PAGE = '<!doctype html><meta name="generator" content="pretix-maintenance"><h1>Closed</h1>'

CLOSED = f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 600\r\n\r\n{PAGE}"
ACCEPTING = 5
"""Turns of the loop within which an accepted connection gets its transport."""

TLS_HELLO = b"\x16"
OPEN = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>Tickets</h1>"


@dataclass
class LoopbackShop:
    """What it answers (None: it hangs), and the requests that it got."""

    port: int = 0
    scheme: str = "http"
    answer: str | None = OPEN
    endless: bool = False
    requests: list[str] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        try:
            first = await reader.readexactly(1)
            if first == TLS_HELLO:
                writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return
            request = first + await reader.readuntil(b"\r\n\r\n")
            self.requests.append(request.decode())
            self.asked.set()
            if self.answer is None:
                await reader.read()
            else:
                writer.write(self.answer.encode())
                await writer.drain()
            while self.endless:
                writer.write(b"x" * 65536)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.transport.abort() if self.endless or self.answer is None else writer.close()


@asynccontextmanager
async def loopback_shop(tls: ssl.SSLContext | None = None) -> AsyncIterator[LoopbackShop]:
    """Serve on a free port until the block ends."""
    shop = LoopbackShop(scheme="https" if tls else "http")
    server = await asyncio.start_server(shop.serve, "127.0.0.1", 0, ssl=tls)
    shop.port = server.sockets[0].getsockname()[1]
    try:
        yield shop
    finally:
        # A loop that ends leaves transports open: those being accepted, which a closed server can
        # no longer take, and those being closed, for which Python 3.11's wait_closed does not wait.
        for _ in range(ACCEPTING):
            await asyncio.sleep(0.001)
        server.close()
        for task in shop.serving:
            task.cancel()
        await asyncio.gather(*shop.serving, return_exceptions=True)
        for _ in range(1000):
            await asyncio.sleep(0.001)
            if not getattr(server, "_active_count", 0):
                break
