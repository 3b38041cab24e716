"""The Telegram adapter against a Telegram on loopback."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.base import Destination, Mark
from adapters.contract import AdapterContract, FarSide, Post, SendFault, Written
from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.effects import Effects
from adapters.telegram.settings import Options
from tests.servers.telegram import BAD_GATEWAY, LOST_ANSWER, FakeTelegram, Fault, rate_limit
from tests.servers.telegram_chats import Json, stretch
from tests.servers.telegram_people import Person

if TYPE_CHECKING:
    from collections.abc import Callable

SENDS = ("sendMessage", "editMessageText", "sendDocument")
FAULTS = {
    SendFault.SERVER_ERROR: BAD_GATEWAY,
    SendFault.RESET: Fault(cut=True),
    SendFault.FORBIDDEN: Fault(403, "Forbidden: bot was kicked from the supergroup chat"),
    SendFault.GONE: Fault(400, "Bad Request: chat not found"),
    SendFault.LOST_ANSWER: LOST_ANSWER,
}


async def short_sleep(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.01))


class TelegramFarSide(FarSide):
    def __init__(self) -> None:
        self.telegram = FakeTelegram()
        self.bot = self.telegram.bot("ClosingBot", reads_all=True)
        self.secret = self.bot.token
        self.people = {
            name: self.telegram.person(name.title(), username=name) for name in ("anna", "bram")
        }
        self.board = self.telegram.group("Board", *self.people.values(), self.bot)
        self.written: dict[str, Json] = {}

    @property
    def destination(self) -> Destination:
        return Destination("telegram", str(self.board.id))

    async def start(self) -> None:
        await self.telegram.come_back()

    async def stop(self) -> None:
        await self.telegram.go_away()

    def adapter(self) -> TelegramAdapter:
        options = Options(self.bot.token, base_url=self.telegram.url, poll_timeout=20, timeout=20)
        return TelegramAdapter("telegram", options, [self.destination], Effects(sleep=short_sleep))

    async def write(
        self, text: str, *, sender: str = "anna", mark: Mark | None = None, private: bool = False
    ) -> Written:
        person = self.people[sender]
        said = text if text.startswith("/") or private else f"@{self.bot.username} {text}"
        if private:
            message = person.says_privately(self.bot, said)
        else:
            message = self._say(person, said, mark)
        self.written[str(message["message_id"])] = message
        return _written(message)

    def _say(self, person: Person, text: str, mark: Mark | None) -> Json:
        board = self.board
        writers: dict[Mark | None, Callable[[], Json]] = {
            None: lambda: person.says(board, text),
            Mark.OWN: lambda: person.says(board, text, **{"from": self.bot.shown()}),
            Mark.BOT: lambda: self._another_bot().says(board, text),
            Mark.EDITED: lambda: person.edits(board, person.says(board, "no command"), text),
            Mark.FORWARDED: lambda: person.forwards(board, text, self.people["bram"]),
            Mark.ANONYMOUS: lambda: person.says_anonymously(board, text),
            Mark.OUTSIDER: lambda: person.says(board, text, guest_query_id="1"),
        }
        return writers[mark]()

    def _another_bot(self) -> Person:
        return Person(self.telegram, self.telegram.bot("OtherBot"))

    def posts(self) -> list[Post]:
        return [_post(message) for message in self.telegram.posts(self.board)]

    async def fail(self, fault: SendFault, *, retry_after: float = 0.0) -> None:
        scripted = FAULTS.get(fault) or rate_limit(int(retry_after))
        self.telegram.mend()
        for method in SENDS:
            self.telegram.fail(method, scripted)

    async def redeliver(self, written: Written) -> None:
        message = self.written[written.message_id]
        self.bot.updates.put("message", message)

    async def rename(self, sender: str, name: str) -> None:
        self.people[sender].account.first_name = name

    async def delete(self, message_id: str) -> None:
        self.people["anna"].deletes(self.board, int(message_id))

    async def press(self, post: Post, token: str, *, sender: str = "anna") -> Written:
        person = self.people[sender]
        message = self.board.messages[int(post.message_id)]
        number = person.presses(self.board, message, token)
        return Written(f"press:{number}", str(person.account.id), datetime.now(UTC))

    async def move(self) -> Destination:
        self.board = self.telegram.migrate(self.board)
        return self.destination

    async def cut(self) -> None:
        self.telegram.cut()

    async def go_away(self) -> None:
        await self.telegram.go_away()


def _written(message: Json) -> Written:
    sent_at = datetime.fromtimestamp(message["date"], UTC)
    return Written(str(message["message_id"]), str(message["from"]["id"]), sent_at)


def _post(message: Json) -> Post:
    text = message.get("text") or message.get("caption") or ""
    entities = message.get("entities", [])
    return Post(
        str(message["message_id"]),
        text,
        tuple(stretch(text, one) for one in entities if one["type"] == "mention"),
        tuple(stretch(text, one) for one in entities if one["type"] == "bold"),
    )


class TestTelegram(AdapterContract):
    def far_side(self, tmp_path: Path) -> FarSide:
        return TelegramFarSide()


def test_the_far_side_lacks_nothing() -> None:
    assert FarSide.lacks == TelegramFarSide.lacks == {}
