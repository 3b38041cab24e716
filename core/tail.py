"""The end of the journal: what the last record says, read without a JSON parser."""

import os

from core import files
from core.errors import StateError
from core.places import JOURNAL
from core.statedir import StateDir
from core.vocabulary import OFF, ON, Value

_CHUNK = 16384
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_DIGITS = 15
_SHAPE = "0000-00-00T00:00:00Z"


class Tail(Value):
    """What the last readable line says, and when the file was last written.

    `at` is RFC 3339 text, which compares as the instants do. `torn`: all of the record is there
    but its line's end. An empty journal says: off, no lock.
    """

    __slots__ = ("at", "ended", "lock", "seq", "state", "torn", "written_ns")

    def __init__(  # noqa: PLR0913 - one name for each thing that a run compares
        self,
        *,
        seq: int = 0,
        at: str = "",
        state: str = OFF,
        lock: str | None = None,
        ended: str | None = None,
        written_ns: int = 0,
        torn: bool = False,
    ) -> None:
        """Keep it."""
        self.torn = torn
        self.seq = seq
        self.at = at
        self.state = state
        self.lock = lock
        self.ended = ended
        self.written_ns = written_ns


def read_tail(home: StateDir) -> Tail:
    """Return the last readable record; `Tail()` where there is no journal yet.

    Raises:
        PermissionError: this user may not read it.
        StateError: it cannot be read or trusted.
    """
    info = home.look(JOURNAL)
    if info is None:
        return Tail()
    if not files.is_plain(info, home.owner):
        raise StateError(f"{home.path}/{JOURNAL} is not a file of the directory's owner")
    try:
        descriptor = os.open(JOURNAL, _FLAGS, dir_fd=home.fd)
        try:
            return _last(descriptor, info)
        finally:
            os.close(descriptor)
    except PermissionError:
        raise
    except OSError as error:
        raise home.unreadable(JOURNAL, error) from error


def _last(descriptor: int, info: os.stat_result) -> Tail:
    for depth, line in enumerate(_lines_backwards(descriptor, info.st_size)):
        tail = _parsed(line, info.st_mtime_ns)
        if tail:
            tail.torn = depth == 0  # what stands after the last line's end
            return tail
    return Tail(written_ns=info.st_mtime_ns)


def _lines_backwards(descriptor: int, end: int) -> "list[bytes]":
    """Return the lines of the last chunk that has a record, the newest first.

    The very first one has no end of line: a torn record, or nothing.
    """
    size = _CHUNK
    while True:
        start = max(end - size, 0)
        lines = os.pread(descriptor, end - start, start).split(b"\n")
        whole = lines[1 if start else 0 :]  # the first may have begun earlier
        if not start or any(_parsed(line, 0) for line in whole):
            return whole[::-1]
        size *= 4


def _parsed(line: bytes, written_ns: int) -> Tail | None:
    """Read the fixed head and end of a line without a JSON parser; None for anything else."""
    text = line.decode(errors="replace")
    head, _, rest = text.partition(',"at":"')
    at, _, rest = rest.partition('","state":"')
    state, _, rest = rest.partition('",')
    # Quotes inside texts are escaped, so these keys cannot stand in one.
    ends, _, ended = rest.rpartition(',"ended":')
    _, found, lock = ends.rpartition(',"lock":')
    seq = head.removeprefix('{"seq":')
    shape = "".join("0" if c in "0123456789" else c for c in at)
    if not (found and seq.isdecimal() and len(seq) <= _DIGITS and shape == _SHAPE):
        return None
    if state not in (ON, OFF) or not ended.endswith("}"):
        return None
    return Tail(
        seq=int(seq),
        at=at,
        state=state,
        lock=_identity(lock),
        ended=_identity(ended[:-1]),
        written_ns=written_ns,
    )


def _identity(value: str) -> str | None:
    return None if value == "null" else value.strip('"')
