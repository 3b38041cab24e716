"""A chat in two files: people write lines to a FIFO, the bot appends what it says to a log."""

import asyncio
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from adapters import base


class FileChat:
    """`NAME: TEXT` is read from `incoming`; one JSON object a line is appended to `log`."""

    def __init__(self, name: str, incoming: Path, log: Path) -> None:
        """Use these files; `incoming` is made if it is not there."""
        self._home, self._incoming, self._log = base.Destination(name, "file"), incoming, log

    async def run(self, host: base.Host) -> None:
        """Read until cancelled; a FIFO that cannot be opened is tried again every few seconds."""
        while True:
            try:
                await self._read(host)
            except OSError as error:
                host.report(base.Trouble("no-fifo", f"cannot read {self._incoming}: {error}"))
            await asyncio.sleep(5)

    async def send(self, message: base.OutgoingMessage) -> base.Receipt:
        """Append one line; raises `Permanent` where that cannot be done."""
        said = {"id": str(time.time_ns()), "text": message.text, "note": message.repeat_note}
        try:
            with self._log.open("a") as log:
                log.write(json.dumps(said) + "\n")
        except OSError as error:
            raise base.Permanent("log", f"cannot write {self._log}: {error.strerror}") from error
        return base.Receipt(self._home, str(said["id"]))

    async def _read(self, host: base.Host) -> None:
        if not self._incoming.is_fifo():
            os.mkfifo(self._incoming, 0o600)
        # Open for writing too: that one writer has finished is not the end of the chat.
        fifo = os.fdopen(os.open(self._incoming, os.O_RDWR | os.O_NONBLOCK), "rb", 0)
        lines = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(lines)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, fifo)
        host.report(base.Connected())
        try:
            while line := await lines.readline():
                who, _, text = line.decode(errors="replace").rstrip("\n").partition(": ")
                number, now = str(time.time_ns()), datetime.now(UTC)
                host.deliver(base.IncomingMessage(self._home, number, who, who, text, now))
        finally:
            transport.close()


def create(settings: base.Settings) -> base.Adapter:
    """Make the adapter from its table in `bot.toml`: `incoming` and `log`, two paths."""
    paths = [str(settings.options.get(key, "")) for key in ("incoming", "log")]
    if "" in paths:
        raise base.SettingsError([base.Fault("incoming, log", "both must be paths")])
    return FileChat(settings.name, Path(paths[0]), Path(paths[1]))
