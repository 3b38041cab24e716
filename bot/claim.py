"""One bot on one database: two would say everything twice."""

import fcntl
import os
from pathlib import Path

NAME = "bot.claim"


class Claimed(Exception):
    """Another bot is at work on this folder."""


class Claim:
    """Held as long as this process lives; the kernel frees it at any death."""

    def __init__(self, folder: Path) -> None:
        """Claim `folder`, made if it is missing.

        Raises:
            Claimed: another process holds it.
            OSError: it cannot be written.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(folder / NAME, flags, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise Claimed(f"another bot is at work on {folder}; end it first") from None

    def release(self) -> None:
        """Let another bot begin."""
        os.close(self._descriptor)
