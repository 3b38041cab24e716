"""The marker: while nginx finds this file, the shop answers 503.

It is put in place by renaming a spare that was made beforehand, because that works on a full disk.
"""

import os
import stat

from core import files
from core.places import MARKER, MARKER_SPARE
from core.statedir import StateDir

ABSENT, PRESENT, ALIEN = "absent", "present", "alien"
MODE = 0o644


def look(home: StateDir) -> tuple[str, bool]:
    """Return what stands in the marker's place, and whether nginx's `-f` finds a file there.

    That is so behind a link too, and whoever owns it.

    Raises:
        StateError: the system does not say.
    """
    info = home.look(MARKER)
    if info is None:
        return ABSENT, False
    if stat.S_ISLNK(info.st_mode):
        return ALIEN, _leads_to_a_file(home)
    good = files.is_plain(info, home.owner) and stat.S_IMODE(info.st_mode) == MODE
    return PRESENT if good else ALIEN, stat.S_ISREG(info.st_mode)


def _leads_to_a_file(home: StateDir) -> bool:
    try:
        return stat.S_ISREG(os.stat(MARKER, dir_fd=home.fd).st_mode)
    except OSError:
        return False


def put(home: StateDir) -> None:
    """Put the marker in place, over or instead of whatever stands there; not synced."""
    info = files.look(home.fd, MARKER)
    if info is not None and stat.S_ISDIR(info.st_mode):
        files.remove(home.fd, MARKER)
    if files.is_spare(files.look(home.fd, MARKER_SPARE), home.owner, MODE):
        os.rename(MARKER_SPARE, MARKER, src_dir_fd=home.fd, dst_dir_fd=home.fd)
    else:
        files.replace(home.fd, MARKER, b"", MODE)


def take(home: StateDir) -> None:
    """Take the marker away, back to its spare's place; not synced."""
    found, _ = look(home)
    if found == PRESENT:
        os.rename(MARKER, MARKER_SPARE, src_dir_fd=home.fd, dst_dir_fd=home.fd)
    else:
        files.remove(home.fd, MARKER)
