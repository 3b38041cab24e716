"""The coming occurrences, worked out beforehand.

Reading TOML and time zones costs three times what all the rest of a status run does. So a run that
may write keeps the result beside the state, with the fingerprint of every file that it came from.
It is a copy and nothing else: at the least doubt the windows are worked out anew.
"""

import os

from core import __version__, files
from core.instants import LATEST
from core.places import ALMANAC
from core.statedir import StateDir
from core.vocabulary import Occurrence

_HEAD = f"pretix-maintenance occurrences 1, core {__version__}"
_LARGEST = 1 << 18
_MODE = 0o644
# A file changed twice within one tick of the file system's clock looks unchanged.
_SETTLED = 2


class Almanac:
    """Occurrences, merged and sorted.

    For every instant in `[start, end)` the one that contains it and the next one are among them.
    `state_dir` is what the configuration says.
    """

    __slots__ = ("end", "occurrences", "start", "state_dir")

    def __init__(
        self,
        state_dir: str,
        start: int,
        end: int,
        occurrences: list[Occurrence],
    ) -> None:
        """Keep it."""
        self.state_dir = state_dir
        self.start = start
        self.end = end
        self.occurrences = occurrences

    def covers(self, moments: tuple[int, ...]) -> bool:
        """Tell whether it answers for all of `moments`."""
        return all(self.start <= moment < self.end for moment in moments)


def from_coming(state_dir: str, now: int, coming: list[Occurrence], *, more: bool) -> Almanac:
    """Make one for `now` on from the `coming` occurrences; `more` follow them or not."""
    end = coming[-1].start if coming and more else LATEST
    return Almanac(state_dir, now, end, coming)


def fingerprint(path: str) -> str:
    """Return all that changes when the file at `path` does, and the path.

    Raises:
        OSError: there is none.
    """
    info = os.stat(path)
    return (
        f"{info.st_dev} {info.st_ino} {info.st_size} {info.st_mtime_ns} {info.st_ctime_ns} {path}"
    )


def own_code() -> str:
    """Return the file whose change may change the occurrences."""
    return os.path.join(os.path.dirname(__file__), "windows.py")


def read(home: StateDir, config_path: str) -> Almanac | None:
    """Return the almanac if it is whole, ours, and made from the files as they are now."""
    try:
        info = files.look(home.fd, ALMANAC)
        if info is None or not files.is_plain(info, home.owner) or info.st_mode & 0o022:
            return None
        return _parsed(files.read(home.fd, ALMANAC, _LARGEST), config_path)
    except (OSError, ValueError, LookupError):
        return None


def _parsed(content: bytes, config_path: str) -> Almanac | None:
    body, _, checksum = content.rpartition(b"\n")
    if checksum != _checksum(body):
        return None
    head, state_dir, span, inputs, *rest = body.decode().split("\n")
    count = int(inputs)
    if head != _HEAD or any(fingerprint(_path(line)) != line for line in rest[:count]):
        return None
    if _path(rest[0]) != config_path:
        return None
    start, end = span.split(" ")
    return Almanac(state_dir, int(start), int(end), [_occurrence(line) for line in rest[count:]])


def _path(line: str) -> str:
    return line.split(" ", 5)[5]


def _occurrence(line: str) -> Occurrence:
    start, end, name = line.split(" ", 2)
    return Occurrence(int(start), int(end), name)


def _checksum(body: bytes) -> bytes:
    from zlib import crc32  # noqa: PLC0415 - only where there is an almanac

    return b"%08x" % crc32(body)


def write(home: StateDir, almanac: Almanac, inputs: list[str], now: int) -> None:
    """Keep the almanac; `inputs` are the files it came from, the configuration first.

    Raises:
        OSError: it cannot be written.
    """
    if any(os.stat(path).st_ctime > now - _SETTLED for path in inputs):
        return
    lines = [
        _HEAD,
        almanac.state_dir,
        f"{almanac.start} {almanac.end}",
        str(len(inputs)),
        *[fingerprint(path) for path in inputs],
        *[f"{one.start} {one.end} {one.name}" for one in almanac.occurrences],
    ]
    body = "\n".join(lines).encode()
    if body.count(b"\n") == len(lines) - 1:  # no path holds a line's end
        files.replace(home.fd, ALMANAC, body + b"\n" + _checksum(body), _MODE)
