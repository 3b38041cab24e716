"""The journal: one JSON line per event, appended and never rewritten.

A line counts once its end is written. A torn tail becomes one line that nobody can read, and
readers pass over such lines; they never raise for what stands in the file.
"""

import os

from core import files
from core.errors import RequestError
from core.instants import text_of
from core.places import JOURNAL
from core.protocol import Event
from core.statedir import StateDir
from core.tail import Tail
from core.vocabulary import Value

MODE = 0o640
_CHUNK = 16384
_FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_BATCH = 1 << 20


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
            written_ns = os.fstat(descriptor).st_mtime_ns
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        _close(descriptor)
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
        _close(descriptor)


def _open_for_append(home: StateDir) -> int:
    info = files.look(home.fd, JOURNAL)
    if info is None:
        files.create(home.fd, JOURNAL, b"", MODE, home.group())
        home.sync()
    elif not files.is_plain(info, home.owner):
        raise OSError(0, "it is not a file of the directory's owner")
    return os.open(JOURNAL, os.O_RDWR | os.O_APPEND | _FLAGS, dir_fd=home.fd)


def _close(descriptor: int) -> None:
    """Close what is synced or taken back: a fault can change neither any more (close(2))."""
    try:  # noqa: SIM105 - contextlib would be one more module
        os.close(descriptor)
    except OSError:
        pass


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
    line before the offset); it was read from its beginning, and which of its events are news the
    reader must know. `skipped` counts whole lines that nobody can read.
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
    return Batch(whole.events, whole.cursor, regressed=True, skipped=whole.skipped)


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
