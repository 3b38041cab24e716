"""Whoever can change the program, its interpreter or its configuration commands root."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress

import core
from core.check.finding import Finding, ok, wrong
from core.check.scene import BOT, PROGRAM, SERVICE, SUDO_RULE, TIMER, UNITS, Scene
from core.errors import ConfigurationError

_TOLD = 10
_LINKS = 40
_HOST = (
    PROGRAM,
    SUDO_RULE,
    "/usr/local/bin/pretix-maintenance.sh",
    "/etc/pretix-maintenance/bot.toml",
    "/etc/pretix-maintenance/credentials",
    *(f"{UNITS}/{unit}" for unit in (TIMER, SERVICE, BOT)),
)


def owners(scene: Scene) -> Iterator[Finding]:
    """Look at every component of every path that root follows, links and what they lead to."""
    trusted = {0} if scene.installed else {0, os.geteuid()}
    bad = list(dict.fromkeys(part for path in _paths(scene) for part in unsafe(path, trusted)))
    for part in bad[:_TOLD]:
        yield wrong(
            "owner",
            f"{part} can be changed by others than root.",
            f"chown -h root:root {part}; chmod go-w {part}",
        )
    if len(bad) > _TOLD:
        sentence = f"So can {len(bad) - _TOLD} more files."
        yield wrong("owner", sentence, "Install again, or correct these first and run this again.")
    if not bad:
        yield ok("owner", "Program, interpreter and configuration are root's alone.")


def secrets(scene: Scene) -> Iterator[Finding]:
    """The bot's secrets are for root to read, who hands them out through systemd."""
    folder = os.path.join(os.path.dirname(scene.config_path), "credentials")
    if os.path.isdir(folder) and os.stat(folder).st_mode & 0o077:
        yield wrong(
            "secrets",
            f"Others than root can look into {folder}, where the bot's secrets are.",
            f"chmod 700 {folder}",
        )


def people(scene: Scene) -> Iterator[Finding]:
    """The bot's configuration names people."""
    path = os.path.join(os.path.dirname(scene.config_path), "bot.toml")
    if os.path.exists(path) and os.stat(path).st_mode & stat.S_IRWXO:
        yield wrong("people", f"Everybody on this host can read {path}.", f"chmod 640 {path}")


def _paths(scene: Scene) -> Iterator[str]:
    yield scene.config_path
    yield sys.executable
    yield from (path for path in sys.path if os.path.isabs(path))
    yield from _tree(os.path.dirname(os.path.abspath(core.__file__)))
    with suppress(ConfigurationError):  # its own check says so
        yield from scene.timetable.configuration().zone_files
    if scene.installed:
        yield from _HOST


def _tree(folder: str) -> Iterator[str]:
    yield folder
    for place, folders, files in os.walk(folder):
        yield from (os.path.join(place, name) for name in (*folders, *files))


def unsafe(path: str, trusted: Iterable[int]) -> Iterator[str]:
    """Yield every component that somebody outside `trusted` (user ids) can change or swap.

    What does not exist is nobody's; whether it must exist is for another check.
    """
    way, rest = "/", _components(path)
    links = 0
    while True:
        try:
            info = os.lstat(way)
        except (FileNotFoundError, NotADirectoryError):
            return
        if _open_to_others(info, trusted):
            yield way
        if stat.S_ISLNK(info.st_mode):
            links += 1
            if links > _LINKS:
                return
            target = os.path.join(os.path.dirname(way), os.readlink(way))
            way, rest = "/", [*_components(target), *rest]
        elif rest:
            way = os.path.join(way, rest[0]) if rest[0] != ".." else os.path.dirname(way)
            rest = rest[1:]
        else:
            return


def _components(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _open_to_others(info: os.stat_result, trusted: Iterable[int]) -> bool:
    if info.st_uid not in trusted:
        return True
    if stat.S_ISLNK(info.st_mode) or (stat.S_ISDIR(info.st_mode) and info.st_mode & stat.S_ISVTX):
        return False
    # A private group per user makes a developer's files group-writable.
    return bool(info.st_mode & (0o022 if info.st_uid == 0 else 0o002))
