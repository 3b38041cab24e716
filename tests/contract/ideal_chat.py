"""A chat platform in memory that can do everything, and an adapter that can be spoilt.

It is there to try the contract itself: unspoilt it must pass every test, and each way of spoiling
it must fail the test that is meant for it.
"""

import asyncio
import html
import itertools
import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from adapters.base import (
    Adapter,
    AdapterError,
    Connected,
    Destination,
    Host,
    IncomingMessage,
    Mark,
    Moved,
    OutcomeUnknown,
    OutgoingMessage,
    Permanent,
    Receipt,
    Span,
    SpanKind,
    Temporary,
    Trouble,
)
from adapters.contract import FarSide, Post, SendFault, Written

LIMIT = 4000
TOKEN = "xoxb-s3cr3t-t0k3n"
MENTION = re.compile(r"@(\w+)")


@dataclass(frozen=True, slots=True)
class Update:
    """What the platform tells a listening program."""

    number: int
    message_id: str
    sender_id: str
    sender_name: str
    text: str
    at: datetime
    kind: Mark | None = None
    private: bool = False
    pressed: str | None = None


class Refused(Exception):
    """The platform's answer to a call: a status, as of HTTP, and perhaps a header."""

    def __init__(self, status: int, header: str = "") -> None:
        super().__init__(f"{status} for token {TOKEN}")
        self.status = status
        self.header = header


@dataclass
class Server:
    """The platform."""

    channel: str = "C1"
    moved_to: str | None = None
    away: bool = False
    faults: list[tuple[SendFault, float]] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    posts: dict[str, tuple[str, str]] = field(default_factory=dict)  # id: (key, markup)
    messages: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=lambda: {"U-anna": "anna", "U-bram": "bram"})
    listeners: list["asyncio.Queue[Update | None]"] = field(default_factory=list)
    ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def listen(self, after: int) -> "asyncio.Queue[Update | None]":
        """Connect; what was missed comes first."""
        if self.away:
            raise ConnectionRefusedError
        line: asyncio.Queue[Update | None] = asyncio.Queue()
        for update in self.updates:
            if update.number > after:
                line.put_nowait(update)
        self.listeners.append(line)
        return line

    def tell(self, update: Update) -> None:
        self.updates.append(update)
        self.messages.add(update.message_id)
        for line in self.listeners:
            line.put_nowait(update)

    def hang_up(self) -> None:
        for line in self.listeners:
            line.put_nowait(None)
        self.listeners.clear()

    def post(self, channel: str, markup: str, *, reply_to: str | None, key: str) -> str:
        """Accept a message; the same key twice is the same message."""
        lost = self._meet_fault(channel)
        if reply_to is not None and reply_to not in self.messages:
            raise Refused(400)
        for known, (other, _) in self.posts.items():
            if key and other == key:
                return known
        number = f"P{next(self.ids)}"
        self.posts[number] = (key, markup)
        if lost:
            raise TimeoutError
        return number

    def edit(self, number: str, markup: str) -> None:
        if number not in self.posts:
            raise Refused(404)
        key, before = self.posts[number]
        if before == markup:
            raise Refused(304)
        self.posts[number] = (key, markup)

    def _meet_fault(self, channel: str) -> bool:
        if self.away:
            raise ConnectionRefusedError
        fault, wait = self.faults.pop(0) if self.faults else (None, 0.0)
        match fault:
            case SendFault.RATE_LIMIT:
                raise Refused(429, str(wait))
            case SendFault.SERVER_ERROR:
                raise Refused(502)
            case SendFault.RESET:
                raise ConnectionResetError
            case SendFault.FORBIDDEN:
                raise Refused(403)
            case SendFault.GONE:
                raise Refused(404)
        if channel != self.channel:
            raise Refused(301, self.channel)
        return fault is SendFault.LOST_ANSWER


@dataclass
class IdealChat:
    """The adapter; `spoilt` names the one thing that it does wrong."""

    server: Server
    spoilt: str = ""
    token: str = field(default=TOKEN, repr=False)
    seen: int = 0

    async def run(self, host: Host) -> None:
        leak = asyncio.create_task(adapters_leak()) if self.spoilt == "leaks" else None
        while True:
            try:
                line = self.server.listen(self.seen)
            except ConnectionRefusedError as error:
                secret = TOKEN if self.spoilt == "blurts in notices" else ""
                host.report(Trouble("away", f"nobody answers {secret}: {error}"))
                await asyncio.sleep(0.01)
                continue
            host.report(Connected())
            await self._hear(line, host)
            if self.spoilt == "does not reconnect":
                await asyncio.Event().wait()
            del leak

    async def _hear(self, line: "asyncio.Queue[Update | None]", host: Host) -> None:
        while True:
            try:
                update = await line.get()
            except asyncio.CancelledError:
                if self.spoilt == "clings":
                    await asyncio.sleep(3)
                raise
            if update is None:
                return
            if self.spoilt == "drops" and line.qsize() > 20:
                continue
            if self.spoilt != "forgets where it was":
                self.seen = max(self.seen, update.number)
            host.deliver(self._message(update))

    def _message(self, update: Update) -> IncomingMessage:
        message = IncomingMessage(
            destination=Destination("ideal", self.server.channel),
            message_id=update.message_id,
            sender_id=update.sender_id,
            sender_name=update.sender_name,
            text=update.text,
            sent_at=update.at,
            private=update.private,
            marks=frozenset({update.kind} if update.kind else ()),
            action=update.pressed,
        )
        change = SPOILT_HEARING.get(self.spoilt)
        return change(message) if change else message

    async def send(self, message: OutgoingMessage) -> Receipt:
        text = message.text
        if message.repeat_note and self.spoilt == "notes nothing":
            text += message.repeat_note
        parts = list(range(0, max(len(text), 1), LIMIT))
        if self.spoilt == "cuts":
            parts = parts[:1]
        number = ""
        for at in parts:
            markup = self._markup(text[at : at + LIMIT], at, message.spans)
            number = self._call(message, markup, at)
        return Receipt(message.destination, number)

    def _call(self, message: OutgoingMessage, markup: str, at: int) -> str:
        try:
            if message.replaces is not None and at == 0:
                return self._edit(message, message.replaces.message_id, markup)
            key = f"{message.event_id}/{at}" if message.event_id else ""
            key = "" if self.spoilt == "repeats" else key
            return self._post(message, markup, key)
        except (Refused, OSError, TimeoutError) as error:
            raise self._translated(error, message.destination) from None

    def _post(self, message: OutgoingMessage, markup: str, key: str) -> str:
        channel = message.destination.channel
        try:
            return self.server.post(channel, markup, reply_to=message.reply_to, key=key)
        except Refused as error:
            if error.status != 400 or self.spoilt == "insists on the question":
                raise
            return self.server.post(channel, markup, reply_to=None, key=key)

    def _edit(self, message: OutgoingMessage, number: str, markup: str) -> str:
        try:
            self.server.edit(number, markup)
        except Refused as error:
            if error.status == 304 and self.spoilt != "stumbles over the same":
                return number
            if error.status == 404 and self.spoilt != "edits or nothing":
                return self._post(message, markup, "")
            raise
        return number

    def _markup(self, text: str, at: int, spans: Sequence[Span]) -> str:
        made, last = "", 0
        for span in spans:
            start, end = max(span.start - at, 0), min(span.end - at, len(text))
            if span.kind is SpanKind.STRONG and start < end:
                if self.spoilt == "counts otherwise":
                    shift = len(text[:start].encode("utf-16-le")) // 2 - start
                    start, end = start + shift, end + shift
                made += self._quoted(text[last:start])
                made += f"<b>{self._quoted(text[start:end])}</b>"
                last = end
        return made + self._quoted(text[last:])

    def _quoted(self, text: str) -> str:
        if self.spoilt != "pings":
            text = text.replace("@", "@\u200b")
        return text if self.spoilt == "does not quote" else html.escape(text)

    def _translated(self, error: Exception, where: Destination) -> AdapterError:
        said = f"the platform answered {TOKEN if self.spoilt == 'blurts' else ''} no"
        if isinstance(error, TimeoutError):
            wrong = self.spoilt == "takes silence for no"
            return Temporary("timeout", said) if wrong else OutcomeUnknown("timeout", said)
        if isinstance(error, Refused):
            return self._refusal(error, where, said)
        return Permanent("reset", said) if self.spoilt == "gives up" else Temporary("reset", said)

    def _refusal(self, error: Refused, where: Destination, said: str) -> AdapterError:
        match error.status:
            case 429:
                code = "too many" if self.spoilt == "has no code" else "429"
                wait = None if self.spoilt == "does not wait" else float(error.header)
                return Temporary(code, said, retry_after=wait)
            case 301 if self.spoilt != "does not follow":
                return Moved("moved", said, destination=replace(where, channel=error.header))
            case 502:
                return Temporary("502", said)
        if self.spoilt == "never gives up":
            return Temporary("refused", said)
        return Permanent("refused", said)


async def adapters_leak() -> None:
    """Stay behind for ever."""
    await asyncio.Event().wait()


_unique = itertools.count()

SPOILT_HEARING: dict[str, Callable[[IncomingMessage], IncomingMessage]] = {
    "normalises": lambda one: replace(one, text=unicodedata.normalize("NFKC", one.text)),
    "unescapes": lambda one: replace(one, text=html.unescape(one.text)),
    "joins lines": lambda one: replace(one, text=one.text.replace("\n", " ")),
    "believes names": lambda one: replace(one, sender_id=one.sender_name),
    "knows nobody": lambda one: replace(one, sender_id="someone"),
    "marks nothing": lambda one: replace(one, marks=frozenset()),
    "marks everything": lambda one: replace(one, marks=frozenset({Mark.BOT})),
    "takes all for private": lambda one: replace(one, private=True),
    "takes none for private": lambda one: replace(one, private=False),
    "numbers anew": lambda one: replace(one, message_id=f"{next(_unique)}"),
    "has one number": lambda one: replace(one, message_id="1"),
    "has no zone": lambda one: replace(one, sent_at=one.sent_at.replace(tzinfo=None)),
    "takes its own time": lambda one: replace(one, sent_at=datetime(2020, 1, 1, tzinfo=UTC)),
    "presses for the owner": lambda one: replace(one, sender_id="U-anna"),
}


class IdealFarSide(FarSide):
    """The platform as a test steers it."""

    secret = TOKEN

    def __init__(self, spoilt: str = "") -> None:
        self._server = Server()
        self._spoilt = spoilt

    @property
    def destination(self) -> Destination:
        return Destination("ideal", self._server.channel)

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        self._server.hang_up()

    def adapter(self) -> Adapter:
        return IdealChat(self._server, self._spoilt)

    async def write(
        self, text: str, *, sender: str = "anna", mark: Mark | None = None, private: bool = False
    ) -> Written:
        return self._tell(f"U-{sender}", text, kind=mark, private=private)

    def _tell(
        self,
        who: str,
        text: str,
        *,
        kind: Mark | None = None,
        private: bool = False,
        pressed: str | None = None,
    ) -> Written:
        number = next(self._server.ids)
        update = Update(
            number=number,
            message_id=f"M{number}",
            sender_id=who,
            sender_name=self._server.names[who],
            text=text,
            at=datetime.now(UTC),
            kind=kind,
            private=private,
            pressed=pressed,
        )
        self._server.tell(update)
        return Written(update.message_id, who, update.at)

    def posts(self) -> list[Post]:
        return [shown(number, markup) for number, (_, markup) in self._server.posts.items()]

    async def fail(self, fault: SendFault, *, retry_after: float = 0.0) -> None:
        self._server.faults.append((fault, retry_after))

    async def redeliver(self, written: Written) -> None:
        (update,) = (u for u in self._server.updates if u.message_id == written.message_id)
        self._server.tell(replace(update, number=next(self._server.ids)))

    async def rename(self, sender: str, name: str) -> None:
        self._server.names[f"U-{sender}"] = name

    async def delete(self, message_id: str) -> None:
        self._server.messages.discard(message_id)
        self._server.posts.pop(message_id, None)

    async def press(self, post: Post, token: str, *, sender: str = "anna") -> Written:
        return self._tell(f"U-{sender}", "", pressed=token)

    async def move(self) -> Destination:
        self._server.channel = "C2"
        return self.destination

    async def cut(self) -> None:
        self._server.hang_up()

    async def go_away(self) -> None:
        self._server.away = True
        self._server.hang_up()


def shown(number: str, markup: str) -> Post:
    """Show a message as a client of this platform would."""
    strong = tuple(html.unescape(found) for found in re.findall(r"<b>(.*?)</b>", markup))
    text = html.unescape(re.sub(r"</?\w[^>]*>", "", markup))
    with suppress(ValueError):
        text = text[: text.index("\0")]
    return Post(number, text, notified=tuple(MENTION.findall(text)), strong=strong)
