"""Write the log to standard error, fit for journald, with no secret in it."""

import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TextIO

REDACTED = "[secret]"

_SHAPES = (
    re.compile(r"(?<!\d)\d{6,}:[A-Za-z0-9_-]{30,}"),  # a Telegram bot token, also inside an URL
    re.compile(r"(?<=Bearer )\S+", re.IGNORECASE),
)

_SHORTEST = 6
"""Characters; a shorter value would blank out ordinary words."""

_CHATTY = ("httpx", "httpcore", "urllib3", "telegram", "mattermostdriver", "asyncio", "websockets")
"""Libraries that log every request, some of them with the token in its address."""

_PRIORITIES = (
    (logging.CRITICAL, 2),
    (logging.ERROR, 3),
    (logging.WARNING, 4),
    (logging.INFO, 6),
    (logging.NOTSET, 7),
)
"""Python's levels as syslog's priorities, as sd-daemon(3) wants them in front of a line."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Blank out known secrets and what looks like one."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, REDACTED)
    for shape in _SHAPES:
        text = shape.sub(REDACTED, text)
    return text


class RedactingFormatter(logging.Formatter):
    """Formats a record, traceback included, and redacts the whole of it.

    A filter would not do: it sees the record before the traceback is text.
    """

    def __init__(self, secrets: Callable[[], Iterable[str]], *, journald: bool) -> None:
        """Ask `secrets` at each record; `journald` puts the priority before each line."""
        stamp = "" if journald else "%(asctime)s "
        super().__init__(f"{stamp}%(levelname)s %(name)s: %(message)s")
        self._secrets = secrets
        self._journald = journald

    def format(self, record: logging.LogRecord) -> str:
        """Give the lines to write."""
        text = redact(super().format(record), self._secrets())
        if not self._journald:
            return text
        # journald makes an entry of every line, so each needs its own priority.
        priority = next(number for level, number in _PRIORITIES if record.levelno >= level)
        return "\n".join(f"<{priority}>{line}" for line in text.splitlines())


def goes_to_journald(environ: Mapping[str, str], stream: TextIO) -> bool:
    """Tell whether `stream` is the journal's, as systemd.exec(5) describes JOURNAL_STREAM."""
    device, _, inode = environ.get("JOURNAL_STREAM", "").partition(":")
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return (device, inode) == (str(found.st_dev), str(found.st_ino))


def set_up(
    stream: TextIO,
    environ: Mapping[str, str],
    secrets: Callable[[], Iterable[str]],
    level: int = logging.INFO,
) -> None:
    """Send the log of the whole process to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter(secrets, journald=goes_to_journald(environ, stream)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
