"""The lock: a person's order, as a file that says who, why and until when.

A file made by hand (`touch`) is a lock too, by somebody unknown. Anything that cannot be read is a
lock, since uncertain means closed.
"""

import os

from core import files
from core.errors import RequestError
from core.instants import text_of
from core.jsontext import dumps
from core.places import LOCK, LOCK_SPARE
from core.statedir import StateDir
from core.vocabulary import VERSION, LockInfo, Request

MODE = 0o640
UNKNOWN = "unknown"
_LARGEST = 8192


class Lock:
    """The lock as found: its identity, what it says, and whether that could be read.

    `hidden`: this user may not read it. `identity` tells one lock from the next one, `changed_ns`
    is when it was put there (nanoseconds, the kernel's clock).
    """

    __slots__ = ("changed_ns", "hidden", "identity", "info", "order", "unreadable")

    def __init__(
        self,
        info: os.stat_result,
        order: Request | None,
        *,
        since: int | None = None,
        unreadable: bool = False,
        hidden: bool = False,
    ) -> None:
        """Keep what was found; without an `order` nobody knows who made it."""
        self.identity = f"{info.st_ino}-{info.st_mtime_ns}"
        self.changed_ns = info.st_ctime_ns
        self.order = order or Request(UNKNOWN)
        self.info = LockInfo(
            self.order.actor,
            self.order.name,
            self.order.reason,
            int(info.st_mtime) if since is None else since,
            self.order.until,
        )
        self.unreadable = unreadable
        self.hidden = hidden


def look(home: StateDir) -> Lock | None:
    """Return the lock, None where there is none.

    Raises:
        StateError: the system does not say whether there is one.
    """
    info = home.look(LOCK)
    if info is None:
        return None
    if not files.is_plain(info, home.owner):
        return Lock(info, None, unreadable=True)
    if not info.st_size:
        return Lock(info, None)
    try:
        content = files.read(home.fd, LOCK, _LARGEST)
    except PermissionError:
        return Lock(info, None, hidden=not home.writable, unreadable=home.writable)
    except OSError:
        return Lock(info, None, unreadable=True)
    return _parsed(info, content)


def _parsed(info: os.stat_result, content: bytes) -> Lock:
    if not content.strip():
        return Lock(info, None)
    from core.reading import locked_order  # noqa: PLC0415 - needs json

    try:
        order, since = locked_order(content)
    except RequestError:
        return Lock(info, None, unreadable=True)
    return Lock(info, order, since=since)


def put(home: StateDir, order: Request, now: int) -> None:
    """Place the lock; not synced.

    Raises:
        OSError: there is no room for its content; `put_nameless` needs none.
    """
    content = dumps(
        {
            "version": VERSION,
            "actor": order.actor,
            "name": order.name,
            "reason": order.reason,
            "since": text_of(now),
            "until": None if order.until is None else text_of(order.until),
            "request_id": order.request_id,
            "origin": order.origin,
        },
    )
    files.replace(home.fd, LOCK, f"{content}\n".encode(), MODE, home.group())


def put_nameless(home: StateDir) -> None:
    """Place the empty spare as the lock: rather one by somebody unknown than an open shop.

    Raises:
        OSError: there is no spare.
    """
    # A spare is as old as its making; the lock's identity and age begin now.
    os.utime(LOCK_SPARE, dir_fd=home.fd, follow_symlinks=False)
    os.rename(LOCK_SPARE, LOCK, src_dir_fd=home.fd, dst_dir_fd=home.fd)


def remove(home: StateDir) -> None:
    """Remove the lock, whatever it is; not synced."""
    files.remove(home.fd, LOCK)
