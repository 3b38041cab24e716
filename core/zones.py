"""Time zones by IANA name, from the system's own files.

The path is fixed: `zoneinfo` would take another from the environment, and the core reads none.
"""

import os
from datetime import UTC, tzinfo
from io import BytesIO

DIRECTORY = "/usr/share/zoneinfo"
_LARGEST = 1 << 20
_CUT_OFF = (AssertionError, EOFError)  # what `zoneinfo` finds, and what we do
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/")


def path_of(name: str, directory: str = DIRECTORY) -> str:
    """Return the zone's file.

    Raises:
        ValueError: `name` cannot be a zone's name.
    """
    if not name or not _NAME.issuperset(name) or "" in name.split("/"):
        raise ValueError("is not the name of a time zone, such as Europe/Amsterdam")
    return os.path.join(directory, name)


def load(name: str, directory: str = DIRECTORY) -> tzinfo:
    """Return the zone. `UTC` needs no file; any other without a file is never taken for UTC.

    Raises:
        ValueError: there is no such zone, or its file cannot be read.
    """
    if name == "UTC":
        return UTC
    path = path_of(name, directory)
    # Both cost 8 ms together, and UTC does without.
    from struct import error as CutShort  # noqa: N812, PLC0415 - as said; the module is in C
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - as said

    try:
        with open(path, "rb") as file:
            return ZoneInfo.from_file(_Whole(file.read(_LARGEST)), key=name)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise ValueError(f"{name} is not a time zone of this system ({path})") from None
    except (OSError, ValueError, ArithmeticError, LookupError, CutShort, *_CUT_OFF) as error:
        why = str(error) or type(error).__name__
        raise ValueError(f"the time zone's file {path} cannot be read: {why}") from None


class _Whole(BytesIO):
    """A file in memory that says so where it ends too early: the reader would wait for ever."""

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        if size and len(found) < size:
            raise EOFError("it ends too early")
        return found
