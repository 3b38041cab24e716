"""The contract over the console, on plain lines through pipes."""

import io
import os
from datetime import UTC, datetime
from pathlib import Path

from adapters.base import Adapter, Destination, Mark
from adapters.console import Options, make_console
from adapters.console.pipe import PipeScreen
from adapters.console.wrapping import INDENT
from adapters.contract import Ability, AdapterContract, FarSide, Post, Written

TYPED = "everything in a terminal is typed by a person, now"
PRINTED = "what is printed stays as it is"
NO_NETWORK = "there is no network between the bot and a terminal"


class ConsoleFarSide(FarSide):
    """Somebody who types into a pipe and reads what comes out."""

    lacks = {  # noqa: RUF012 -- as in the base class, never changed
        Ability.OWN: TYPED,
        Ability.BOT: TYPED,
        Ability.EDITED: TYPED,
        Ability.FORWARDED: TYPED,
        Ability.ANONYMOUS: TYPED,
        Ability.OUTSIDER: TYPED,
        Ability.PRIVATE: "a terminal is one room",
        Ability.LINES: "a line is a message",
        Ability.REDELIVER: "a line is read once",
        Ability.RENAME: "a person's name is the id with a capital",
        Ability.MENTIONS: "a terminal notifies nobody",
        Ability.STRONG: "plain lines have no bold",
        Ability.EDIT: PRINTED,
        Ability.DELETE: PRINTED,
        Ability.BUTTONS: "there is nothing to press",
        Ability.RATE_LIMIT: NO_NETWORK,
        Ability.SERVER_ERROR: NO_NETWORK,
        Ability.RESET: NO_NETWORK,
        Ability.FORBIDDEN: NO_NETWORK,
        Ability.GONE: NO_NETWORK,
        Ability.LOST_ANSWER: NO_NETWORK,
        Ability.MOVE: NO_NETWORK,
        Ability.CUT: NO_NETWORK,
        Ability.AWAY: NO_NETWORK,
        Ability.SECRET: "there is no token",
    }

    def __init__(self) -> None:
        self._read, self._type = os.pipe()
        self._sink = io.StringIO()
        self._lines = 0

    @property
    def destination(self) -> Destination:
        return Destination("console", "chat")

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        os.close(self._type)
        os.close(self._read)

    def adapter(self) -> Adapter:
        screen = PipeScreen(self._read, self._sink)
        # No bot answers in these tests, so nothing is to be waited for.
        return make_console(screen, Options(patience=0), self.destination)

    async def write(
        self, text: str, *, sender: str = "anna", mark: Mark | None = None, private: bool = False
    ) -> Written:
        os.write(self._type, f"as {sender}: {text}\n".encode())
        return Written("", sender, datetime.now(UTC))

    def posts(self) -> list[Post]:
        blocks = self._sink.getvalue().replace(f"\n{INDENT}", "\0").splitlines()
        said = [block for block in blocks if block.startswith("bot → ")]
        texts = [block.partition(": ")[2].replace("\0", "\n") for block in said]
        return [Post(f"{number}", text) for number, text in enumerate(texts)]

    def knows(self, receipt: object) -> Post:
        # A terminal shows no ids; the message just sent is the one shown last.
        return self.posts()[-1]


class TestConsole(AdapterContract):
    def far_side(self, tmp_path: Path) -> FarSide:
        return ConsoleFarSide()
