"""The state directory: reached by a safe walk.

Whoever can write any directory on the way could give the core another one, so each must belong to
root (or, for development, to the caller) and be writable to nobody else. Only as an ancestor a
sticky directory such as /tmp will do.
"""

import os
import stat

from core import files
from core.errors import StateError, StateMissing
from core.places import GROUP

_WALK = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class StateDir:
    """An open, trusted state directory."""

    __slots__ = ("fd", "owner", "path")

    def __init__(self, path: str, *, create: bool = False) -> None:
        """Walk from `/`; with `create` make the last component if it is missing.

        Raises:
            StateMissing: there is no such directory.
            StateError: it cannot be reached, or not be trusted.
        """
        self.path = os.path.abspath(path)
        self.fd = _walk(self.path, create=create)
        self.owner = os.fstat(self.fd).st_uid

    def close(self) -> None:
        """Let go of it."""
        os.close(self.fd)

    def __enter__(self) -> "StateDir":  # noqa: PYI034 - typing costs 17 ms
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    @property
    def writable(self) -> bool:
        """Whether this process is the one user who may change things here."""
        return os.geteuid() == self.owner

    def look(self, name: str) -> os.stat_result | None:
        """Return what stands at `name`, None for nothing.

        Raises:
            StateError: the system does not say.
        """
        try:
            return files.look(self.fd, name)
        except OSError as error:
            raise self.unreadable(name, error) from error

    def unreadable(self, name: str, error: OSError) -> StateError:
        """Return the error that names the file and the cause."""
        return StateError(f"{self.path}/{name} cannot be read: {error.strerror or error}")

    def group(self) -> int:
        """Return the group that may read who locked and why; -1 where there is none."""
        if self.owner != 0:
            return -1
        import grp  # noqa: PLC0415 - needed only where a file is made

        try:
            return grp.getgrnam(GROUP).gr_gid
        except KeyError:
            return -1

    def sync(self) -> None:
        """Make renames and removals durable."""
        os.fsync(self.fd)


def _walk(path: str, *, create: bool) -> int:
    here = os.open("/", _WALK)
    parts = [part for part in path.split("/") if part]
    way = ""
    try:
        _judge(here, "/", last=not parts)
        for depth, part in enumerate(parts, start=1):
            way += f"/{part}"
            last = depth == len(parts)
            below = _enter(here, part, way, create=create and last)
            os.close(here)
            here = below
            _judge(here, way, last=last)
    except BaseException:
        os.close(here)
        raise
    return here


def _enter(here: int, part: str, way: str, *, create: bool) -> int:
    try:
        return os.open(part, _WALK, dir_fd=here)
    except FileNotFoundError:
        if not create:
            raise StateMissing(f"{way} does not exist") from None
    except NotADirectoryError:
        raise StateError(f"{way} is not a directory (links are not followed)") from None
    except OSError as error:
        raise StateError(f"{way} cannot be opened: {error.strerror}") from None
    try:
        os.mkdir(part, 0o755, dir_fd=here)
        os.fsync(here)
        return os.open(part, _WALK, dir_fd=here)
    except OSError as error:
        raise StateError(f"{way} cannot be made: {error.strerror}") from None


def _judge(directory: int, way: str, *, last: bool) -> None:
    info = os.fstat(directory)
    caller = os.geteuid()
    if info.st_uid not in (0, caller):
        raise StateError(f"{way} belongs to user {info.st_uid}, who is neither root nor the caller")
    if not last and info.st_uid == 0 and info.st_mode & stat.S_ISVTX:
        return
    # A private group per user makes a developer's directories group-writable.
    others = 0o022 if info.st_uid == 0 else 0o002
    if info.st_mode & others:
        raise StateError(f"{way} can be written by others than its owner")
