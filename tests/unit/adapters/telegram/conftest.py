"""A Telegram on loopback with one bot, two people and a board chat, and an adapter on it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.base import Destination, IncomingMessage, OutgoingMessage
from adapters.contract import RecordingHost
from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.effects import Effects
from adapters.telegram.settings import Options
from tests.servers.telegram import FakeTelegram
from tests.servers.telegram_chats import Chat, Json


class Stage:
    """Everything a test needs; `naps` are the waits that the adapter wished for, in seconds."""

    def __init__(self, telegram: FakeTelegram) -> None:
        self.telegram = telegram
        self.bot = telegram.bot("ClosingBot", reads_all=True)
        self.anna = telegram.person("Anna", username="anna")
        self.bram = telegram.person("Bram", username="bram")
        self.board = telegram.group("Board", self.anna, self.bram, self.bot)
        self.naps: list[float] = []
        self.clock_error = timedelta()
        self.host = RecordingHost()
        self.threads: Sequence[str | None] = (None,)
        self._running: list[asyncio.Task[None]] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self.clock_error

    async def nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        await asyncio.sleep(0.001)

    def place(self, chat: Chat | None = None, thread: str | None = None) -> Destination:
        return Destination("telegram", str((chat or self.board).id), thread)

    def adapter(self, *more: Destination, **options: Any) -> TelegramAdapter:
        wanted: Json = {"base_url": self.telegram.url, "poll_timeout": 20, "timeout": 20}
        wanted |= options
        places = [*(self.place(thread=thread) for thread in self.threads), *more]
        effects = Effects(clock=self.now, sleep=self.nap)
        return TelegramAdapter("telegram", Options(self.bot.token, **wanted), places, effects)

    def begin(self, adapter: TelegramAdapter | None = None) -> asyncio.Task[None]:
        task = asyncio.create_task((adapter or self.adapter()).run(self.host))
        self._running.append(task)
        return task

    async def running(self, *more: Destination, **options: Any) -> TelegramAdapter:
        adapter = self.adapter(*more, **options)
        self.begin(adapter)
        await self.host.connected()
        return adapter

    async def end(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def heard(self) -> list[IncomingMessage]:
        """All that was delivered up to now, and nothing that is still on its way."""
        self.anna.says(self.board, "/that_was_all")
        await self.host.heard("/that_was_all")
        return self.host.messages[:-1]

    def message(self, text: str, **more: Any) -> OutgoingMessage:
        return OutgoingMessage(self.place(), text, **more)

    def posts(self) -> list[Json]:
        return self.telegram.posts(self.board)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with FakeTelegram() as telegram:
        made = Stage(telegram)
        yield made
        await made.end()
