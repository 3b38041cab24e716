"""The journal: one JSON line per event, appended and never rewritten.

A line counts once its end is written. A torn tail becomes one line that nobody can read, and
readers pass over such lines; they never raise for what stands in the file.
"""

import os

from core import files
from core.errors import RequestError, StateError
from core.instants import text_of
from core.places import JOURNAL
from core.protocol import OFF, ON, Event, Value
from core.statedir import StateDir

MODE = 0o640
_CHUNK = 16384
_FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_BATCH = 1 << 20
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
        descriptor = os.open(JOURNAL, os.O_RDONLY | _FLAGS, dir_fd=home.fd)
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


def append(home: StateDir, event: Event) -> Tail:
    """Write one event, durably, and return the new tail.

    What could not be written and synced in full is taken back, so that no reader tells of it.

    Raises:
        OSError: it could not be recorded.
    """
    descriptor = _open_for_append(home)
    try:
        size = os.fstat(descriptor).st_size
        torn = size and os.pread(descriptor, 1, size - 1) != b"\n"
        line = ("\n" if torn else "") + event.to_json() + "\n"
        try:
            files.write_whole(descriptor, line.encode())
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
        written_ns = os.fstat(descriptor).st_mtime_ns
    finally:
        os.close(descriptor)
    return Tail(
        seq=event.seq,
        at=text_of(event.at),
        state=event.state,
        lock=event.lock,
        ended=event.ended,
        written_ns=written_ns,
    )


def finish_line(home: StateDir) -> None:
    """Write the end of a line that lacks only that.

    Raises:
        OSError: it could not be written.
    """
    descriptor = _open_for_append(home)
    try:
        files.write_whole(descriptor, b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_for_append(home: StateDir) -> int:
    info = files.look(home.fd, JOURNAL)
    if info is None:
        files.create(home.fd, JOURNAL, b"", MODE, home.group())
        home.sync()
    elif not files.is_plain(info, home.owner):
        raise OSError(0, "it is not a file of the directory's owner")
    return os.open(JOURNAL, os.O_RDWR | os.O_APPEND | _FLAGS, dir_fd=home.fd)


class Cursor(Value):
    """Up to where a reader has read: the offset, the last event's seq and its line's digest.

    `Cursor()` is the beginning.
    """

    __slots__ = ("digest", "offset", "seq")

    def __init__(self, offset: int = 0, seq: int = 0, digest: str = "") -> None:
        """Keep all three; the offset counts bytes."""
        self.offset = offset
        self.seq = seq
        self.digest = digest


class Batch(Value):
    """What was read after a cursor, and the cursor to go on from.

    `regressed`: the journal is not the one that the cursor was made for (shorter, or another
    line before the offset); it was read from its beginning, and only events with a seq above the
    cursor's are in `events`. If the journal began anew, so that its last seq is below the
    cursor's, all of it is. `skipped` counts whole lines that nobody can read.
    """

    __slots__ = ("cursor", "events", "regressed", "skipped")

    def __init__(
        self,
        events: list[Event],
        cursor: Cursor,
        *,
        regressed: bool = False,
        skipped: int = 0,
    ) -> None:
        """Keep it."""
        self.events = events
        self.cursor = cursor
        self.regressed = regressed
        self.skipped = skipped


def read_after(path: str, cursor: Cursor) -> Batch:
    """Return the whole lines after `cursor`, about a MiB of them at most: read on from its cursor.

    A journal that is not there yet is empty.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _FLAGS)
    except FileNotFoundError:
        return Batch([], Cursor(), regressed=cursor.offset > 0)
    try:
        file = open(descriptor, "rb")  # noqa: SIM115 - a directory is refused here, and left open
    except OSError:
        os.close(descriptor)
        raise
    with file:
        if _continues(descriptor, cursor):
            if os.fstat(descriptor).st_size == cursor.offset:
                return Batch([], cursor)
            file.seek(cursor.offset)
            content = file.read(_BATCH)
            return _batch(content if b"\n" in content else content + file.read(), cursor)
        whole = _batch(file.read(), Cursor())
    newest = max((event.seq for event in whole.events), default=0)
    known = cursor.seq if newest >= cursor.seq else 0
    fresh = [event for event in whole.events if event.seq > known]
    return Batch(fresh, whole.cursor, regressed=True, skipped=whole.skipped)


def _continues(descriptor: int, cursor: Cursor) -> bool:
    """Tell whether the cursor's line still ends where it ended."""
    if not cursor.offset:
        return True
    length = int(cursor.digest.partition("-")[0] or 0)
    line = os.pread(descriptor, length, cursor.offset - length)
    return os.fstat(descriptor).st_size >= cursor.offset and digest(line) == cursor.digest


def digest(line: bytes) -> str:
    """Return a line's length and checksum: enough to tell it from another one."""
    from zlib import crc32  # noqa: PLC0415 - the helper itself does without

    return f"{len(line)}-{crc32(line):08x}"


def _batch(content: bytes, cursor: Cursor) -> Batch:
    end = content.rfind(b"\n") + 1
    events, skipped, last = [], 0, cursor.digest
    for line in content[:end].split(b"\n")[:-1]:
        last = digest(line + b"\n")
        try:
            events.append(Event.from_json(line))
        except RequestError:
            skipped += bool(line.strip())
    seq = events[-1].seq if events else cursor.seq
    return Batch(events, Cursor(cursor.offset + end, seq, last), skipped=skipped)


def last_events(path: str, count: int) -> list[Event]:
    """Return the newest `count` events, the oldest of them first.

    Raises:
        OSError: the file cannot be read.
    """
    size = _CHUNK
    with open(os.open(path, os.O_RDONLY | _FLAGS), "rb") as file:
        end = os.fstat(file.fileno()).st_size
        while True:
            start = max(end - size, 0)
            content = os.pread(file.fileno(), end - start, start)
            whole = content[content.find(b"\n") + 1 :] if start else content
            events = _batch(whole, Cursor()).events
            if not start or len(events) >= count:
                return events[-count:] if count else []
            size *= 4
