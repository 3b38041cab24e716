"""The mutex: one run at a time may change the state directory."""

import fcntl
import os
import time

from core import files
from core.errors import ApplyError, Busy
from core.places import MUTEX
from core.statedir import StateDir

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_POLL = 0.01


class Mutex:
    """Held by the one run that may change the state directory; freed by the kernel at any death.

    The file is never removed, so whoever has it open has the right one, and it is readable to its
    owner only, since an open file is all it takes to hold it.
    """

    __slots__ = ("_fd",)

    def __init__(self, home: StateDir, patience: float) -> None:
        """Take it, waiting at most `patience` seconds.

        Raises:
            Busy: another run holds it.
            ApplyError: it cannot be opened.
        """
        try:
            self._fd = _open_mutex(home)
        except OSError as error:
            raise ApplyError(f"{home.path}/{MUTEX} cannot be opened: {error.strerror}") from error
        try:
            _take(self._fd, patience)
        except BaseException:
            os.close(self._fd)
            raise

    def release(self) -> None:
        """Free it."""
        os.close(self._fd)

    def __enter__(self) -> "Mutex":  # noqa: PYI034 - typing costs 17 ms
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release."""
        self.release()


def _open_mutex(home: StateDir) -> int:
    descriptor = os.open(MUTEX, _FLAGS, 0o600, dir_fd=home.fd)
    info = os.fstat(descriptor)
    if not files.is_plain(info, home.owner):
        os.close(descriptor)
        raise OSError(0, "it is not a file of the directory's owner")
    if info.st_mode & 0o077:
        os.fchmod(descriptor, 0o600)
    return descriptor


def _take(descriptor: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Busy(f"another run is at work for more than {patience:g} s") from None
            time.sleep(_POLL)
        else:
            return
