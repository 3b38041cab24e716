"""The bot as a process of its own between a fake Telegram and a fake Mattermost, and a real core.

`TwoPlatforms` writes the `bot.toml` that a volunteer would write, and plays the people.
"""

import asyncio
import os
import shlex
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.servers.mattermost import FakeMattermost
from tests.servers.ports import free_port
from tests.servers.small_bot import CoreFolder
from tests.servers.telegram import FakeTelegram
from tests.servers.telegram_chats import Chat, Json

PATIENCE = 120.0
"""Seconds after which a test gives up, whatever the machine does meanwhile."""

GENERAL = """\
language = "en"
state_dir = "{folder}/bot"
core_config = "{core.config}"
core_state_dir = "{core.state}"
helper = {helper}
[[person]]
name = "Anna"
role = "treasurer"
ids = {{ telegram = "{anna}", mattermost = "{mattermost.anna}" }}
"""
TELEGRAM = """\
[[destination]]
adapter = "telegram"
channel = "{board.id}"
label = "board chat"
[[destination]]
adapter = "telegram"
channel = "{club.id}"
label = "club chat"
[adapters.telegram]
token = "env:TELEGRAM_TOKEN"
base_url = "{telegram.url}"
"""
MATTERMOST = """\
[[destination]]
adapter = "mattermost"
channel = "{mattermost.channel}"
label = "town square"
[adapters.mattermost]
url = "{mattermost.url}"
token = "env:MATTERMOST_TOKEN"
language = "en"
"""
SLASH = """\
[adapters.mattermost.slash]
listen = "{slash}"
tokens = ["env:SLASH_TOKEN"]
public_url = "http://{slash}"
"""


def program(name: str) -> str:
    """One of the programs that are installed beside this Python."""
    return str(Path(sys.executable).with_name(name))


async def until(condition: Callable[[], object], what: str = "it did not happen") -> None:
    """Wait for what other processes bring about."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - nobody here is told of it
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(what) from None


class TwoPlatforms:
    """Both servers, the core's folder, and the bot's process."""

    def __init__(self, folder: Path) -> None:
        self.core = CoreFolder(folder)
        self.telegram = FakeTelegram()
        self.mattermost = FakeMattermost()
        self.account = self.telegram.bot("TicketShopBot", reads_all=True)
        self.anna = self.telegram.person("Anna")
        self.board = self.telegram.group("Board", self.anna, self.account)
        self.club = self.telegram.group("Club", self.anna, self.account)
        self.bot: asyncio.subprocess.Process | None = None
        self.config = folder / "bot.toml"
        self.log = folder / "bot.log"
        self.command = [program("pretix-maintenance-bot"), "run", "--config", str(self.config)]
        self.slash = f"127.0.0.1:{free_port()}"
        self.environ = os.environ | {
            "TELEGRAM_TOKEN": self.account.token,
            "MATTERMOST_TOKEN": self.mattermost.bot_token,
            "SLASH_TOKEN": self.mattermost.register(f"http://{self.slash}/command"),
        }
        """What the bot's secrets are read from."""

    def configure(self, *tables: str, more: str = "") -> None:
        """Write `bot.toml`; `more` goes in front, where keys without a table must stand."""
        values = {
            "folder": self.core.folder,
            "core": self.core,
            "helper": self.core.command,
            "anna": self.anna.account.id,
            "board": self.board,
            "club": self.club,
            "telegram": self.telegram,
            "mattermost": self.mattermost,
            "slash": self.slash,
        }
        text = "".join((GENERAL, *(tables or (TELEGRAM, MATTERMOST, SLASH)), more))
        self.config.write_text(text.format(**values))

    # The bot

    async def begin(self) -> None:
        """Start the bot, and wait for no more than its process."""
        with self.log.open("ab") as log:
            self.bot = await asyncio.create_subprocess_exec(
                *self.command, stdin=asyncio.subprocess.DEVNULL, stderr=log, env=self.environ
            )

    async def start(self) -> None:
        """Start the bot and wait until it hears both platforms, and follows the journal."""
        polls = self.account.updates.polls
        await self.begin()
        await until(lambda: self._position() and self.account.updates.polls > polls, self._logged())
        await until(lambda: self.hears_mattermost, self._logged())

    @property
    def hears_mattermost(self) -> bool:
        """Whether the bot is on Mattermost's websocket."""
        return any(one.socket is not None for one in self.mattermost.sockets.streams.values())

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the bot; return its exit code."""
        assert self.bot is not None
        with suppress(ProcessLookupError):
            self.bot.send_signal(number)
        async with asyncio.timeout(PATIENCE):
            return await self.bot.wait()

    def _position(self) -> bool:
        path = self.core.folder / "bot" / "bot.sqlite3"
        with suppress(sqlite3.Error):
            found = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            try:
                return bool(found.execute("SELECT count(*) FROM position").fetchone()[0])
            finally:
                found.close()
        return False

    def _logged(self) -> str:
        return f"the bot did not start: {self.log}"

    # The core

    async def pretix(self, *words: str) -> None:
        """Run the core as the timer or an administrator would."""
        process = await asyncio.create_subprocess_exec(
            *self.core.command, *words, stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0, shlex.join(words)

    # What stands in the chats

    def in_telegram(self, chat: Chat | None = None) -> list[str]:
        """The bot's messages in a chat, as they read by now, oldest first."""
        return [_text(one) for one in self.telegram.posts(chat or self.board)]

    def in_mattermost(self, channel: str | None = None) -> list[str]:
        """The bot's posts in the channel."""
        return [_post(one) for one in self.mattermost.bots_posts(channel)]

    def everywhere(self) -> Sequence[list[str]]:
        """The texts of all three chats."""
        return self.in_telegram(self.board), self.in_telegram(self.club), self.in_mattermost()


def _text(message: Json) -> str:
    return str(message.get("text", ""))


def _post(post: Json) -> str:
    below = (one.get("text", "") for one in post["props"].get("attachments") or [])
    return "\n".join(filter(None, (post["message"], *below)))


def those(texts: Sequence[str], part: str) -> list[str]:
    """Those that say so."""
    return [text for text in texts if part in text]


@asynccontextmanager
async def two_platforms(folder: Path) -> AsyncIterator[TwoPlatforms]:
    """Both servers open, the bot configured and not running; in the end all is closed."""
    stage = TwoPlatforms(folder)
    await stage.mattermost.start()
    async with stage.telegram:
        stage.configure()
        try:
            yield stage
        finally:
            if stage.bot is not None and stage.bot.returncode is None:
                stage.bot.kill()
                await stage.bot.wait()
            await stage.mattermost.stop()
