"""A host that remembers what an adapter told it, for the contract's tests."""

import asyncio
from collections.abc import Callable

from adapters.base import Connected, IncomingMessage, Notice

PATIENCE = 10.0
"""Seconds after which something that should have come will not come any more."""


class RecordingHost:
    """Keeps messages and notices in the order in which they came; `slow` is run at each message."""

    def __init__(
        self, slow: Callable[[], None] = lambda: None, *, patience: float = PATIENCE
    ) -> None:
        """Start with nothing heard; wait `patience` seconds for what should come."""
        self.patience = patience
        self.messages: list[IncomingMessage] = []
        self.notices: list[Notice] = []
        self._slow = slow
        self._news = asyncio.Event()

    def deliver(self, message: IncomingMessage) -> None:
        """Keep a message."""
        self._slow()
        self.messages.append(message)
        self._news.set()

    def report(self, notice: Notice) -> None:
        """Keep a notice."""
        self.notices.append(notice)
        self._news.set()

    async def until(self, wish: Callable[[], bool]) -> None:
        """Wait until the wish is true of what was heard.

        Raises:
            TimeoutError: it did not become true in `patience` seconds.
        """
        async with asyncio.timeout(self.patience):
            while not wish():
                self._news.clear()
                await self._news.wait()

    async def connected(self) -> None:
        """Wait until the adapter reports that it hears its platform."""
        await self.until(lambda: any(isinstance(notice, Connected) for notice in self.notices))

    async def heard(self, text: str) -> IncomingMessage:
        """Wait for the message that ends with this text."""
        await self.until(lambda: self.all_of(text) != [])
        return self.all_of(text)[0]

    def all_of(self, text: str) -> list[IncomingMessage]:
        """Give every delivery so far of the message that ends with this text."""
        return [message for message in self.messages if message.text.endswith(text)]
