"""Write the log to standard error, fit for journald, with no secret in it."""

import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
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


MOST_ALIKE = 100
"""Records of one wording in `MINUTE`; journald drops everybody's lines after 10,000 in 30 s."""

MINUTE = 60.0


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


@dataclass(slots=True)
class _Alike:
    """Records of one wording: when the first of them came, how many, and how many were too many."""

    since: float
    seen: int = 0
    dropped: int = 0


class Sparing(logging.Filter):
    """Drops what repeats itself: a flood of refusals must not push all else out of the log.

    Alike is what one logger says in the same words, whatever stands in their gaps. With the first
    record of a later minute it is said how many were dropped.
    """

    def __init__(self, most: int = MOST_ALIKE) -> None:
        """Let through so many of each wording in a minute."""
        super().__init__()
        self._most = most
        self._alike: dict[tuple[str, str], _Alike] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is to be written; it may get a remark at its end."""
        key = (record.name, str(record.msg))
        alike = self._alike.setdefault(key, _Alike(record.created))
        dropped = 0
        # A clock that went back begins a new minute, too.
        if abs(record.created - alike.since) >= MINUTE:
            dropped = alike.dropped
            alike = self._alike[key] = _Alike(record.created)
        alike.seen += 1
        if alike.seen > self._most:
            alike.dropped += 1
            return False
        if dropped:
            record.msg = f"{record.getMessage()} (and {dropped} like it before)"
            record.args = None
        return True


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
    handler.addFilter(Sparing())
    handler.setFormatter(RedactingFormatter(secrets, journald=goes_to_journald(environ, stream)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
