"""Small files below a directory descriptor: created anew, fsynced, renamed into place.

Nothing here follows a link, waits on a FIFO or reads the environment. Every function raises
OSError; what that means is for the caller to say.
"""

import os
import stat

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def look(directory: int, name: str) -> os.stat_result | None:
    """Return what stands at `name`, itself and not what it links to; None for nothing."""
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None


def is_plain(info: os.stat_result, owner: int) -> bool:
    """Tell whether it is a regular file of `owner` with one name only."""
    return stat.S_ISREG(info.st_mode) and info.st_uid == owner and info.st_nlink == 1


def is_spare(info: os.stat_result | None, owner: int, mode: int) -> bool:
    """Tell whether it can be renamed into the place of a file that must have `mode`."""
    return (
        info is not None
        and is_plain(info, owner)
        and not info.st_size
        and stat.S_IMODE(info.st_mode) == mode
    )


def read(directory: int, name: str, limit: int) -> bytes:
    """Return the file's first `limit` bytes."""
    descriptor = os.open(name, _READ, dir_fd=directory)
    try:
        content = b""
        while len(content) < limit:
            part = os.read(descriptor, limit - len(content))
            if not part:
                break
            content += part
        return content
    finally:
        os.close(descriptor)


def create(directory: int, name: str, content: bytes, mode: int, group: int) -> None:
    """Make the file anew with exactly this mode (and group, unless -1), content on the disk."""
    descriptor = os.open(name, _CREATE, 0o600, dir_fd=directory)
    try:
        if content:
            write_whole(descriptor, content)
        if group not in (-1, os.fstat(descriptor).st_gid):
            _give_to_group(descriptor, group)
        os.fchmod(descriptor, mode)
        if content:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _give_to_group(descriptor: int, group: int) -> None:
    """Let the group read it, where this process may: a sandbox without that right still locks.

    A set-group-ID state directory gives its group by itself (inode(7)).
    """
    try:
        os.fchown(descriptor, -1, group)
    except PermissionError:
        return


def write_whole(descriptor: int, content: bytes) -> None:
    """Write all of `content` at once; a short write is a full disk or a limit, never retried."""
    if os.write(descriptor, content) != len(content):
        raise OSError("only a part could be written")


def replace(directory: int, name: str, content: bytes, mode: int, group: int = -1) -> None:
    """Put a new file in the place of `name` by rename; the directory is not synced."""
    fresh = f".{name.lstrip('.')}.new"
    remove(directory, fresh)  # left by a run that was killed
    try:
        create(directory, fresh, content, mode, group)
        os.rename(fresh, name, src_dir_fd=directory, dst_dir_fd=directory)
    except OSError:
        remove(directory, fresh)
        raise


def remove(directory: int, name: str) -> None:
    """Remove whatever stands at `name`; a directory that is not empty is renamed aside."""
    try:
        os.unlink(name, dir_fd=directory)
    except FileNotFoundError:
        return
    except IsADirectoryError:
        _remove_directory(directory, name)


def _remove_directory(directory: int, name: str) -> None:
    try:
        os.rmdir(name, dir_fd=directory)
    except OSError:
        inode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_ino
        aside = f"{name}.aside-{inode}"
        os.rename(name, aside, src_dir_fd=directory, dst_dir_fd=directory)
