"""Time zones by IANA name, from the system's own files.

The path is fixed: `zoneinfo` would take another from the environment, and the core reads none.
"""

import os
from datetime import UTC, tzinfo

DIRECTORY = "/usr/share/zoneinfo"
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
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - costs 8 ms, and UTC does without

    try:
        with open(path, "rb") as file:
            return ZoneInfo.from_file(file, key=name)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise ValueError(f"{name} is not a time zone of this system ({path})") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"the time zone's file {path} cannot be read: {error}") from None
