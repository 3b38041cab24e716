"""The contract over the chat in two files."""

import json
import os
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path

from adapters.base import Adapter, Destination, Mark, Settings
from adapters.contract import Ability, AdapterContract, FarSide, Post, SendFault, Written

ONLY_LINES = "a line has a name and a text, nothing else"
LOCAL = "files have no server and no connection"


class FileFarSide(FarSide):
    lacks = {
        Ability.OWN: ONLY_LINES,
        Ability.BOT: ONLY_LINES,
        Ability.EDITED: ONLY_LINES,
        Ability.FORWARDED: ONLY_LINES,
        Ability.ANONYMOUS: ONLY_LINES,
        Ability.OUTSIDER: ONLY_LINES,
        Ability.PRIVATE: ONLY_LINES,
        Ability.LINES: "a line is a message",
        Ability.REDELIVER: "a FIFO gives a line once",
        Ability.RENAME: "the name is the id",
        Ability.MENTIONS: "a file notifies nobody",
        Ability.STRONG: "plain text",
        Ability.EDIT: "a log is only added to",
        Ability.DELETE: "a log is only added to",
        Ability.BUTTONS: "there is nothing to press",
        Ability.RATE_LIMIT: LOCAL,
        Ability.SERVER_ERROR: LOCAL,
        Ability.RESET: LOCAL,
        Ability.LOST_ANSWER: LOCAL,
        Ability.MOVE: LOCAL,
        Ability.CUT: LOCAL,
        Ability.AWAY: LOCAL,
        Ability.SECRET: "there is no token",
    }

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "chat"
        self._incoming, self._log = self._folder / "incoming", self._folder / "log"

    @property
    def destination(self) -> Destination:
        return Destination("file", "file")

    async def start(self) -> None:
        self._folder.mkdir()

    async def stop(self) -> None:
        pass

    def adapter(self) -> Adapter:
        (entry,) = entry_points(group="pretix_maintenance.adapters", name="file")
        options = {"incoming": str(self._incoming), "log": str(self._log)}
        made: Adapter = entry.load()(Settings("file", options))
        return made

    async def write(
        self, text: str, *, sender: str = "anna", mark: Mark | None = None, private: bool = False
    ) -> Written:
        fifo = os.open(self._incoming, os.O_WRONLY)
        os.write(fifo, f"{sender}: {text}\n".encode())
        os.close(fifo)
        return Written("", sender, datetime.now(UTC))

    def posts(self) -> list[Post]:
        lines = self._log.read_text().splitlines() if self._log.is_file() else []
        return [
            Post(said["id"], "\n".join(filter(None, (said["text"], said["note"]))))
            for said in map(json.loads, lines)
        ]

    async def fail(self, fault: SendFault, *, retry_after: float = 0.0) -> None:
        if fault is SendFault.FORBIDDEN:
            self._log.mkdir()  # refused even to root
        else:
            self._incoming.unlink()
            self._folder.rmdir()


class TestFileChat(AdapterContract):
    def far_side(self, tmp_path: Path) -> FarSide:
        return FileFarSide(tmp_path)
