"""The bot's parsers: its configuration, what people type, and what pretix answers."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unicodedata import normalize
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from adapters.base import Destination, Settings, SettingsError
from adapters.console.speech import Become, Say, understand
from adapters.mattermost import options as mattermost
from adapters.telegram import settings as telegram
from bot import config
from bot.commands import Lock, Nothing, Unlock
from bot.config import ConfigurationFaults
from bot.grammar import parse
from bot.messages.note import treasurers_note
from bot.messages.phrases import Phrases
from bot.report import answers, pretix
from bot.report.asjson import json_of
from bot.report.books import movements
from bot.report.errors import PretixStrange
from bot.report.model import Books, Closing, Event, Note, Span
from bot.report.table import csv_of
from core.protocol import Request
from tests.fuzz.harness import Target, explained
from tests.fuzz.shapes import BOMBS, json_like, noise, tampered, toml_like

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 29, 23, tzinfo=UTC)
WINDOW = Span(NOW - timedelta(hours=1), NOW + timedelta(hours=6))
GALA = Event("club", "gala", "EUR", "Europe/Amsterdam", AMSTERDAM)

BOT_TOML = (
    """\
language = "nl"
timezone = "Europe/Amsterdam"
state_dir = "/var/lib/b"
core_config = "/etc/core.toml"
helper = ["sudo", "-n", "/usr/sbin/pretix-maintenance"]
max_command_age = 120
contact = "IT"
[[person]]
name = "Anna"
role = "treasurer"
ids = { telegram = "12345", mattermost = "abcdefghijklmnopqrstuvwxyz" }
expires = 2027-09-01
[[destination]]
adapter = "telegram"
channel = "-1001234"
thread = "7"
label = "board chat"
commands = true
announcements = true
[announcements]
max_age = 24
ahead = 30
remind_after = 24
[probe]
url = "https://tickets.example/"
more_urls = ["https://party.example/"]
ip = "any"
timeout = 3
[monitoring]
listen = "127.0.0.1:9478"
ping_url = "credential:ping"
[adapters.telegram]
token = "12345:abcdefghijklmnopqrstuvwxyzabcdefghi"
""",
    """\
[[person]]
name = "Bo"
role = "board"
ids = { mattermost = "abcdefghijklmnopqrstuvwxyz" }
[adapters.mattermost]
url = "https://chat.example/"
token = "tttttttttttttttttttttttttt"
team = "club"
trigger = "maintenance"
[adapters.mattermost.slash]
listen = "127.0.0.1:9000"
tokens = ["abcdefghijklmnopqrstuvwxyz"]
public_url = "https://bot.example/hook"
""",
    "",
)
TYPED = (
    "/maintenance lock audit until Fri 18:00",
    "/maintenance@ClosingBot unlock",
    '@ClosingBot: lock "de kas klopt niet" tot 29-11 23:59',
    "/maintenance vergrendel -- 2h",
    "lock until 2026-12-31T20:00+01:00",
    "/maintenance lock for 3 days because of the audit",
    "as bram: /maintenance status",
    "as anna",
    "/maintenance lock \u2066until\u2069 tomorrow 8 am",
    "/start",
    "/maintenance lok",
    "stauts?",
)
PAYMENT = {
    "local_id": 1,
    "state": "confirmed",
    "amount": "12.50",
    "created": "2026-11-29T21:59:00+01:00",
    "payment_date": "2026-11-29T22:30:00Z",
    "provider": "mollie_ideal",
    "details": {"id": "tr_1234", "gift_card": "secret"},
}
REFUND = {**PAYMENT, "state": "done", "execution_date": "2026-11-29T22:40:00Z"}
ORDER = {
    "code": "ABC12",
    "status": "p",
    "testmode": False,
    "datetime": "2026-11-29T22:10:00Z",
    "total": "25.00",
    "payments": [PAYMENT],
    "refunds": [REFUND],
}
EVENT = {"slug": "gala", "timezone": "Europe/Amsterdam", "currency": "EUR"}
PAGES = [{"count": 2, "next": None, "results": [one, ORDER]} for one in (ORDER, EVENT)]


def targets(folder: Path) -> Iterator[Target]:
    """All of them; files are made below `folder`."""
    yield ConfigurationFile(folder).target()
    typed = [line.encode() for line in TYPED]
    words = st.lists(st.sampled_from(b" ".join(typed).split()), max_size=9).map(b" ".join)
    lines = st.one_of(tampered(typed), words, st.text(max_size=60).map(_bytes), noise())
    yield Target("typed line", lines, typed_line, BOMBS)
    yield Target("pretix answer", json_like(PAGES), pretix_page, BOMBS)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


class ConfigurationFile:
    """A `bot.toml` of any content, with the tables of both adapters in it."""

    def __init__(self, folder: Path) -> None:
        """One file for all inputs."""
        self._path = folder / "bot.toml"

    def target(self) -> Target:
        """Values and lines that are others."""
        return Target("bot.toml", toml_like(BOT_TOML), self.check, BOMBS)

    def check(self, content: bytes) -> bool:
        """Every fault as a sentence, or a configuration; nobody gets in by a fault."""
        self._path.write_bytes(content)
        try:
            found = config.load(self._path)
        except ConfigurationFaults as error:
            explained([str(error)])
            return False
        raw = tomllib.loads(self._path.read_text())
        assert len(found.people) == len(raw.get("person", []))
        tables = raw.get("adapters", {})
        read = [self._read(name, table) for name, table in tables.items()]
        return all(read)

    @staticmethod
    def _read(name: str, table: dict[str, Any]) -> bool:
        read: Any = {"telegram": telegram.read, "mattermost": mattermost.read}.get(name)
        if read is None:
            return False
        try:
            read(Settings(name, table, [Destination(name, "-1001234")]))
        except SettingsError as error:
            explained(str(fault) for fault in error.faults)
            return False
        return True


def typed_line(content: bytes) -> bool:
    """Never raises; orders only where one of the exact words stands; a reason fits a request."""
    text = content.decode(errors="replace")
    speech = understand(text)
    assert not isinstance(speech, Say | Become) or speech.who != ""
    said = [text, speech.text] if isinstance(speech, Say) else [text]
    commands = [
        parse(one, bot_name="ClosingBot", private=private, now=NOW, zone=AMSTERDAM)
        for one in said
        for private in (True, False)
    ]
    for command in commands:
        if isinstance(command, Lock | Unlock):
            letters = "".join(filter(str.isalnum, normalize("NFKC", text).casefold()))
            assert any(word in letters for word in ("lock", "grendel"))
        if isinstance(command, Lock):
            until = None if command.until is None else int(command.until.timestamp())
            order = Request("telegram:1", reason=command.reason, until=until)
            assert Request.from_json(order.checked().to_json().encode()) == order
    return any(not isinstance(command, Nothing) for command in commands)


def pretix_page(content: bytes) -> bool:
    """Typed values or the one error; the note of it can be shown and is not without measure."""
    try:
        page = pretix._parsed(content)
    except PretixStrange:
        return False
    results = page.get("results") if isinstance(page, dict) else None
    if not isinstance(results, list):
        return False
    return any(_as_order(one) or _as_event(one) for one in results)


def _as_event(data: object) -> bool:
    try:
        event = answers.event(data, "club")
    except PretixStrange:
        return False
    event.zone_name.encode()
    return True


def _as_order(data: object) -> bool:
    try:
        order = answers.order(data)
    except PretixStrange:
        return False
    found = tuple(movements(order, GALA, [WINDOW]))
    closing = Closing("Mollie week", WINDOW, WINDOW.start, None, (), (), recorded=True, over=False)
    note = Note("2026-W48", WINDOW, NOW, (closing,), (), Books(found, (), 0))
    shown = treasurers_note(Phrases("en", AMSTERDAM, "IT"), note, NOW).text
    for text in (csv_of(note, AMSTERDAM), json_of(note), shown):
        text.encode()
        assert len(text) < 20_000
    return True
