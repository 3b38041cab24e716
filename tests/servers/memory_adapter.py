"""A chat platform in memory."""

import asyncio

from adapters.base import AdapterError, Host, OutgoingMessage, Receipt


class MemoryAdapter:
    """Takes messages, or fails as planned; `run` ends when `ended` is set."""

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []
        self.failures: list[AdapterError] = []
        self.heard: asyncio.Queue[OutgoingMessage] = asyncio.Queue()
        self.host: asyncio.Future[Host] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()

    async def run(self, host: Host) -> None:
        if not self.host.done():
            self.host.set_result(host)
        await self.ended.wait()

    async def send(self, message: OutgoingMessage) -> Receipt:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)
        self.heard.put_nowait(message)
        return Receipt(message.destination, f"sent-{len(self.sent)}")
