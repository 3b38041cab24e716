"""The page facts: what API clients and the 503 page's own script learn while the shop is closed.

They are a courtesy. Nothing waits for them and no failure to write them stops a change of state.
"""

import os

from core import files
from core.errors import StateError
from core.instants import text_of
from core.jsontext import dumps
from core.places import PAGE, PAGE_DIR
from core.statedir import StateDir
from core.vocabulary import Report

_DETAIL = "The ticket shop is closed for maintenance."
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LARGEST = 4096


def content(report: Report) -> bytes:
    """Return the facts that fit `report`."""
    coming = report.next_transition
    reopens = coming.at if coming and not coming.maintenance else None
    facts = {
        "detail": _DETAIL,
        "code": "maintenance",
        "reopens_at": None if reopens is None else text_of(reopens),
    }
    return f"{dumps(facts)}\n".encode()


def is_current(home: StateDir, report: Report) -> bool:
    """Tell whether the facts on the disk are those of `report`."""
    try:
        return files.read(home.fd, f"{PAGE_DIR}/{PAGE}", _LARGEST) == content(report)
    except OSError:
        return False


def write(home: StateDir, report: Report) -> None:
    """Put the facts in place; not synced, since the next run notices what was lost.

    Raises:
        OSError: they cannot be written.
    """
    if is_current(home, report):
        return
    directory = _directory(home)
    try:
        files.replace(directory, PAGE, content(report), 0o644)
    finally:
        os.close(directory)


def _directory(home: StateDir) -> int:
    if files.look(home.fd, PAGE_DIR) is None:
        os.mkdir(PAGE_DIR, 0o755, dir_fd=home.fd)
    directory = os.open(PAGE_DIR, _OPEN, dir_fd=home.fd)
    info = os.fstat(directory)
    if info.st_uid == home.owner and not info.st_mode & 0o022:
        return directory
    os.close(directory)
    raise StateError(f"{home.path}/{PAGE_DIR} is not a directory of the owner alone")
