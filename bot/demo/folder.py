"""The one folder in which everything of the demo lives."""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.demo.errors import DemoError

STAMP = "this-is-a-demo"
"""The file by which the demo knows a folder as its own, and that only one demo may hold."""


class DemoFolder:
    """The places in it."""

    def __init__(self, root: Path) -> None:
        """Use `root`, which must be absolute."""
        self.root = root
        self.state = root / "state"
        self.bot = root / "bot"
        self.nginx = root / "nginx"
        self.core_config = root / "core.toml"
        self.bot_config = root / "bot.toml"
        self.log = root / "bot.log"
        self.marker = self.state / "MAINTENANCE_MODE"


@contextmanager
def claimed(
    where: Path, clear_up: Callable[[DemoFolder], None] = lambda _: None
) -> Iterator[DemoFolder]:
    """Take a folder for one demo, empty it, and keep every other demo out of it until the end.

    What an earlier demo left is deleted, after `clear_up` has seen it; a folder that is not a
    demo's is never touched. It stays behind afterwards, for whoever wants to look into it.

    Raises:
        DemoError: the folder is another demo's, somebody's, or cannot be written.
    """
    folder = DemoFolder(Path(os.path.abspath(where)))  # noqa: PTH100 -- resolve() follows links
    try:
        with _stamp(folder) as stamp:
            clear_up(folder)
            _empty(folder)
            for place in (folder.state, folder.bot, folder.nginx):
                place.mkdir()
                # The core refuses what others could write, whatever this user's umask is.
                place.chmod(0o755)
            os.ftruncate(stamp, 0)
            os.write(stamp, f"{os.getpid()}\n".encode())
            yield folder
    except BrokenPipeError:
        raise  # the reader's end, not the folder's
    except OSError as error:
        raise DemoError(_sentence(folder, error)) from error


@contextmanager
def _stamp(folder: DemoFolder) -> Iterator[int]:
    if folder.root.is_dir() and not (folder.root / STAMP).exists() and any(folder.root.iterdir()):
        raise DemoError(
            f"{folder.root} holds files that are not of a demo; choose another one with --folder."
        )
    folder.root.mkdir(exist_ok=True)
    folder.root.chmod(0o755)
    descriptor = os.open(folder.root / STAMP, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise DemoError(
            f"A demo is already running in {folder.root} (process {holder}). "
            "End that one first, or start this one elsewhere with --folder."
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _empty(folder: DemoFolder) -> None:
    for entry in folder.root.iterdir():
        if entry.name == STAMP:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


_SENTENCES = {
    errno.ENAMETOOLONG: "its path is too long; choose a shorter one with --folder",
    errno.EROFS: "it is on a read-only disk; choose another one with --folder",
    errno.EACCES: "you may not write there; choose another one with --folder",
    errno.EPERM: "you may not write there; choose another one with --folder",
    errno.ENOENT: "the folder above it does not exist",
    errno.EEXIST: "there is a file of that name; choose another one with --folder",
    errno.ENOTDIR: "there is a file of that name; choose another one with --folder",
    errno.ENOSPC: "the disk is full",
}


def _sentence(folder: DemoFolder, error: OSError) -> str:
    why = _SENTENCES.get(error.errno or 0, error.strerror or str(error))
    return f"The demo cannot use the folder {folder.root}: {why}."
