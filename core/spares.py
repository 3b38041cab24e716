"""The spare files: empty, made while there is room, renamed into place when there is none."""

from core import files, lockfile, marker
from core.places import LOCK_SPARE, MARKER_SPARE
from core.statedir import StateDir

_MODES = {MARKER_SPARE: marker.MODE, LOCK_SPARE: lockfile.MODE}


def missing(home: StateDir) -> list[str]:
    """Return the names of the spares that are not there or not usable.

    Raises:
        StateError: the system does not say.
    """
    return [
        name
        for name, mode in _MODES.items()
        if not files.is_spare(home.look(name), home.owner, mode)
    ]


def make(home: StateDir) -> None:
    """Make the missing ones. They need no sync: a run that finds them lost makes them again.

    Raises:
        OSError: there is no room.
    """
    for name in missing(home):
        group = home.group() if name == LOCK_SPARE else -1
        files.replace(home.fd, name, b"", _MODES[name], group)
