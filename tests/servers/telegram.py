"""A Telegram on loopback: the Bot API over HTTP, and the people who write in its chats.

    async with FakeTelegram() as telegram:
        bot = telegram.bot("ClosingBot")
        anna = telegram.person("Anna")
        board = telegram.group("Board", anna, bot)
        anna.says(board, "/maintenance lock")

What goes wrong is scripted (`fail`) or left to a `weather`; `requests` and `sent` hold all that
passed, to be compared with the published structure of the API (`telegram_structure`).
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from tests.servers.ports import free_port
from tests.servers.telegram_chats import Account, Chat, Json, Refusal, standing_of
from tests.servers.telegram_methods import Methods, Params
from tests.servers.telegram_people import Person
from tests.servers.telegram_updates import Updates

HANGING = 3600.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request instead of its answer; with `taken` after it was obeyed.

    One of: `status` with `description` and `parameters` (JSON) or with `page` (a proxy's HTML, in
    which `{path}` stands for the address asked), `hang`, or `cut`.
    """

    status: int = 502
    description: str | None = None
    parameters: Json | None = None
    page: str | None = None
    hang: bool = False
    cut: bool = False
    taken: bool = False


def rate_limit(seconds: int) -> Fault:
    said = f"Too Many Requests: retry after {seconds}"
    return Fault(429, said, {"retry_after": seconds})


BAD_GATEWAY = Fault(502, page="<html><h1>502 Bad Gateway</h1></html>")
PORTAL = Fault(200, page="<html>Please log in at {path}</html>")
LOST_ANSWER = Fault(cut=True, taken=True)


@dataclass(slots=True)
class BotAccount(Account):
    """A bot with its token, its queue and what it told the server."""

    token: str = ""
    updates: Updates = field(kw_only=True)
    reads_all: bool = False
    guests: bool = False
    webhook: str = ""
    menus: dict[tuple[int, str | None], list[Json]] = field(default_factory=dict)
    presses: set[str] = field(default_factory=set)
    answered: list[str] = field(default_factory=list)

    def described(self) -> Json:
        """What getMe tells."""
        return self.shown() | {
            "can_join_groups": True,
            "can_read_all_group_messages": self.reads_all,
            "supports_inline_queries": False,
            "supports_guest_queries": self.guests,
        }


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was obeyed: the bot's parameters, the server's result, was it `lost`?"""

    method: str
    params: Params
    result: Any
    lost: bool = False


class FakeTelegram:
    """The server. `now` tells seconds since the epoch; `same_offset` see `telegram_updates`."""

    def __init__(self, now: Callable[[], float] = time.time, same_offset: float = 0.0) -> None:
        self.chats: dict[int, Chat] = {}
        self.bots: dict[str, BotAccount] = {}
        self.people: dict[int, Person] = {}
        self.requests: list[tuple[str, Params]] = []
        self.exchanges: list[Exchange] = []
        self.quiet: dict[tuple[int, int], bool] = {}
        self.knows_times = True
        self.weather: Callable[[str], Fault | None] = lambda method: None
        self.port = free_port()
        self._now = now
        self._same_offset = same_offset
        self._faults: dict[str, list[Fault]] = {}
        self._live: set[asyncio.Transport] = set()
        self._runner: web.AppRunner | None = None
        self._asked = asyncio.Event()
        self._last_id = 5000

    @property
    def url(self) -> str:
        """The adapter's `base_url`."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.come_back()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.go_away()

    async def come_back(self) -> None:
        """Listen, on the same port as before."""
        app = web.Application(client_max_size=50 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()

    async def go_away(self) -> None:
        """Break every connection and refuse new ones."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            for site in list(runner.sites):
                await site.stop()
            self.cut()
            await runner.cleanup()

    def cut(self) -> None:
        """Break every connection on which an answer is awaited."""
        for transport in list(self._live):
            transport.abort()

    # Accounts and chats

    def bot(
        self, username: str, *, token: str | None = None, reads_all: bool = False
    ) -> BotAccount:
        """Make a bot, with privacy mode on unless `reads_all`."""
        number = self._new_id()
        made = BotAccount(
            number,
            username,
            username,
            is_bot=True,
            token=token or f"{number}:{'A' * 30}{number:05}",
            updates=Updates(self._now, self._same_offset),
            reads_all=reads_all,
        )
        self.bots[made.token] = made
        return made

    def person(self, name: str, username: str | None = None) -> Person:
        """Make a person with an app."""
        made = Person(self, Account(self._new_id(), name, username))
        self.people[made.account.id] = made
        return made

    def group(
        self,
        title: str,
        *members: Person | BotAccount,
        kind: str = "supergroup",
        forum: bool = False,
    ) -> Chat:
        """Make a group, its members in it."""
        number = self._new_id()
        chat = Chat(-number if kind == "group" else -1000000000000 - number, kind, title, forum)
        for member in members:
            account = member.account if isinstance(member, Person) else member
            chat.standing[account.id] = "member"
        self.chats[chat.id] = chat
        return chat

    def private(self, person: Person, bot: BotAccount) -> Chat:
        """The conversation of a person with a bot."""
        account = person.account
        members = {account.id: "member", bot.id: "member"}
        made = Chat(account.id, "private", account.first_name, standing=members)
        return self.chats.setdefault(account.id, made)

    def account(self, number: int) -> Account:
        """Find an account by its id."""
        every = [*self.bots.values(), *(person.account for person in self.people.values())]
        return next(one for one in every if one.id == number)

    # What happens in them

    def stand(self, chat: Chat, bot: BotAccount, status: str, by: Person) -> None:
        """Give the bot another standing: kicked, left, restricted, member, administrator."""
        old = chat.standing.get(bot.id, "left")
        chat.standing[bot.id] = status
        change = {"chat": chat.shown(), "from": by.account.shown(), "date": self.date()}
        change["old_chat_member"] = standing_of(bot, old)
        change["new_chat_member"] = standing_of(bot, status)
        bot.updates.put("my_chat_member", change)

    def migrate(self, chat: Chat) -> Chat:
        """Turn a group into a supergroup with another id, with both service messages."""
        new = self.group(chat.title)
        new.standing = dict(chat.standing)
        told = self.service(chat, {"migrate_to_chat_id": new.id})
        chat.migrated_to = new.id
        self.service(new, {"migrate_from_chat_id": chat.id}, sender=told["from"])
        return new

    def service(self, chat: Chat, content: Json, sender: Json | None = None) -> Json:
        """Write a service message; every bot in the chat gets it."""
        who = sender or next(iter(self.people.values())).account.shown()
        message: Json = {"message_id": chat.next_id(), "date": self.date()}
        message |= {"chat": chat.shown(), "from": who} | content
        chat.messages[message["message_id"]] = message
        for bot in self._members(chat):
            bot.updates.put("message", message)
        return message

    def publish(self, chat: Chat, message: Json, kind: str = "message") -> None:
        """Deliver a person's message to the bots that may see it."""
        chat.messages[message["message_id"]] = message
        for bot in self._members(chat):
            if bot.id != message.get("from", {}).get("id") and self._sees(bot, chat, message):
                bot.updates.put(kind, message)

    def posts(self, chat: Chat) -> list[Json]:
        """The bots' messages in a chat, as they are by now."""
        return [one for one in chat.messages.values() if self._is_a_bots(one)]

    # Faults

    def fail(self, method: str, fault: Fault, times: int = 1) -> None:
        """Let the next requests for this method meet the fault."""
        self._faults.setdefault(method, []).extend([fault] * times)

    def mend(self) -> None:
        """Forget the faults that were not met."""
        self._faults.clear()

    async def asked(self, method: str, times: int = 1) -> None:
        """Wait until a method was asked for so many times in all."""
        while self.count(method) < times:
            self._asked.clear()
            await self._asked.wait()

    def count(self, method: str) -> int:
        """How often a method was asked for."""
        return sum(asked == method for asked, _ in self.requests)

    def date(self) -> int:
        """The server's time."""
        return int(self._now())

    @staticmethod
    def webhook_conflict() -> Refusal:
        said = "can't use getUpdates method while webhook is active; use deleteWebhook to delete it"
        return Refusal(409, f"Conflict: {said}")

    # Inside

    def _new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _members(self, chat: Chat) -> list[BotAccount]:
        here = {"member", "administrator", "creator", "restricted"}
        return [bot for bot in self.bots.values() if chat.standing.get(bot.id) in here]

    @staticmethod
    def _is_a_bots(message: Json) -> bool:
        return bool(message.get("from", {}).get("is_bot")) and "sender_chat" not in message

    @staticmethod
    def _sees(bot: BotAccount, chat: Chat, message: Json) -> bool:
        # Privacy mode: what is meant for the bot, and plain commands if it spoke last of all bots.
        if chat.kind == "private" or bot.reads_all:
            return True
        if chat.standing.get(bot.id) == "administrator":
            return True
        answered = message.get("reply_to_message", {}).get("from", {}).get("id")
        if answered == bot.id or message.get("via_bot", {}).get("id") == bot.id:
            return True
        text: str = message.get("text", "")
        if not text.startswith("/"):
            return False
        command = text.split(maxsplit=1)[0]
        if "@" in command:
            return command.partition("@")[2].lower() == (bot.username or "").lower()
        return chat.last_bot == bot.id

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params = await _params(request)
        self.requests.append((method, params))
        self._asked.set()
        assert request.transport is not None
        self._live.add(request.transport)
        try:
            return await self._answer(request, method, params)
        finally:
            self._live.discard(request.transport)

    async def _answer(self, request: web.Request, method: str, params: Params) -> web.Response:
        scripted = self._faults.get(method)
        fault = scripted.pop(0) if scripted else self.weather(method)
        if fault is not None and not fault.taken:
            return await _misbehave(request, fault)
        lost = fault is not None
        answer = await self._obeyed(request.match_info["token"], method, params, lost=lost)
        return answer if fault is None else await _misbehave(request, fault)

    async def _obeyed(self, token: str, method: str, params: Params, *, lost: bool) -> web.Response:
        bot = self.bots.get(token)
        if bot is None:
            return _refused(Refusal(401, "Unauthorized"))
        act = Methods(self, bot).find(method)
        if act is None:
            return _refused(Refusal(404, "Not Found"))
        try:
            result = await act(params)
        except Refusal as refusal:
            return _refused(refusal)
        self.exchanges.append(Exchange(method, params, result, lost))
        return web.json_response({"ok": True, "result": result})


async def _params(request: web.Request) -> Params:
    if request.content_type == "application/json":
        return dict(await request.json())
    return dict(await request.post())


def _refused(refusal: Refusal) -> web.Response:
    answer = {"ok": False, "error_code": refusal.status, "description": refusal.description}
    if refusal.parameters:
        answer["parameters"] = refusal.parameters
    return web.json_response(answer, status=refusal.status)


async def _misbehave(request: web.Request, fault: Fault) -> web.Response:
    if fault.hang:
        await asyncio.sleep(HANGING)
    if fault.cut:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()
    if fault.page is not None:
        page = fault.page.replace("{path}", request.path)
        return web.Response(text=page, status=fault.status, content_type="text/html")
    said = fault.description or "Internal Server Error"
    return _refused(Refusal(fault.status, said, fault.parameters))
