"""Where a run can begin: state directories made by real runs, and how the clock then stands.

A lock is known by its inode and its time, so a beginning is made anew for every trial, not copied.
"""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from core import operations
from core.operations import House
from core.protocol import Request
from tests.installed import Answer, run
from tests.judge import JOURNAL, LOCK, MARKER, Scene, look, rfc3339

COMMANDS = {
    "lock": ("lock", "--stdin"),
    "unlock": ("unlock", "--stdin"),
    "reconcile": ("reconcile", "--stdin"),
    "reconcile by the timer": ("reconcile", "--actor", "systemd:timer"),
    "status": ("status",),
}
"""The words of each command: the bot's, the timer's (it reads no request), and the question."""
ORDERS = tuple(name for name in COMMANDS if name != "status")
REQUEST = json.dumps(
    {
        "version": 1,
        "actor": "telegram:12345",
        "name": "Anna",
        "reason": "audit",
        "until": None,
        "origin": "telegram:-100:7",
        "request_id": "r1",
    }
)
HOUR = 3600
OPEN, SHUT = True, False


@dataclass(frozen=True)
class Place:
    """A state directory, the program that works on it, and the folder of its configurations."""

    program: Path
    configs: Path
    state: Path

    def config(self, *, window_open: bool) -> Path:
        """A configuration by which a window is open now, or none for days."""
        return self.configs / ("open.toml" if window_open else "shut.toml")

    def argv(self, command: str, *, window_open: bool) -> list[str]:
        """The command line of one of the commands."""
        config = self.config(window_open=window_open)
        return [
            *(str(self.program), "--config", str(config), "--state-dir", str(self.state)),
            *(*COMMANDS[command], "--json"),
        ]

    def run(self, command: str, *, window_open: bool, prefix: tuple[str, ...] = ()) -> Answer:
        """Run a command to its end."""
        return run([*prefix, *self.argv(command, window_open=window_open)], stdin=REQUEST)

    def house(self, *, window_open: bool, now: int) -> House:
        """The same in this process, at any instant."""
        return House(str(self.config(window_open=window_open)), str(self.state), clock=lambda: now)


def write_configurations(folder: Path) -> None:
    """One window that is open for two days more, and one that begins in four days."""
    now = int(time.time())
    (folder / "open.toml").write_text(_one_window(now - 24 * HOUR, now + 48 * HOUR))
    (folder / "shut.toml").write_text(_one_window(now + 96 * HOUR, now + 99 * HOUR))


def _one_window(start: int, end: int) -> str:
    edges = f"start = {rfc3339(start)}\nend = {rfc3339(end)}\n"
    return f'[[extra_window]]\nname = "year end"\n{edges}'


def new_place(program: Path, configs: Path, state: Path) -> Place:
    """An empty state directory."""
    if state.exists():
        shutil.rmtree(state)
    state.mkdir(mode=0o755)
    return Place(program, configs, state)


@dataclass(frozen=True)
class Beginning:
    """Whether a window is open now, and how the state directory came to be."""

    window_open: bool
    make: Callable[[Place], None]


def _nothing(_: Place) -> None:
    pass


def _ran(
    *steps: tuple[str, bool], then: Callable[[Place], object] = _nothing
) -> Callable[[Place], None]:
    def make(place: Place) -> None:
        now = int(time.time())
        for verb, window_open in steps:
            order = Request.from_json(REQUEST)
            VERB[verb](place.house(window_open=window_open, now=now), order)
        then(place)

    return make


VERB = {
    "lock": operations.lock,
    "unlock": operations.unlock,
    "reconcile": operations.reconcile,
}


def _expired(place: Place) -> None:
    then = int(time.time()) - 2 * HOUR
    order = Request("telegram:12345", name="Anna", reason="earlier", until=then + HOUR)
    operations.lock(place.house(window_open=SHUT, now=then), order)


def _tear(place: Place) -> None:
    with (place.state / JOURNAL).open("ab") as journal:
        journal.write(b'{"seq":2,"at":"2026-11-2')


def _no_spare(place: Place) -> None:
    for path in place.state.glob(".*"):
        path.unlink()


AWAY = ("reconcile", SHUT)
IN = ("reconcile", OPEN)

BEGINNINGS: dict[str, Beginning] = {
    "never used": Beginning(SHUT, _nothing),
    "never used, in a window": Beginning(OPEN, _nothing),
    "open": Beginning(SHUT, _ran(AWAY)),
    "locked": Beginning(SHUT, _ran(AWAY, ("lock", SHUT))),
    "in a window": Beginning(OPEN, _ran(IN)),
    "in a window and locked": Beginning(OPEN, _ran(IN, ("lock", OPEN))),
    "a window has just begun": Beginning(OPEN, _ran(AWAY)),
    "a window has just ended": Beginning(SHUT, _ran(IN)),
    "a window has just ended, locked": Beginning(SHUT, _ran(IN, ("lock", OPEN))),
    "a lock has just ended": Beginning(SHUT, _expired),
    "a lock has just ended in a window": Beginning(OPEN, _expired),
    "a lock by hand": Beginning(SHUT, _ran(AWAY, then=lambda place: (place.state / LOCK).touch())),
    "a marker by hand": Beginning(
        SHUT, _ran(AWAY, then=lambda place: (place.state / MARKER).touch())
    ),
    "the marker removed": Beginning(
        SHUT, _ran(("lock", SHUT), then=lambda place: (place.state / MARKER).unlink())
    ),
    "a folder for a marker": Beginning(
        OPEN, _ran(AWAY, then=lambda place: (place.state / MARKER).mkdir())
    ),
    "a torn journal": Beginning(SHUT, _ran(("lock", SHUT), then=_tear)),
    "no spare": Beginning(SHUT, _ran(AWAY, then=_no_spare)),
}


def gist(scene: Scene) -> tuple[Any, ...]:
    """What must not depend on where a run was broken off; instants and repairs may."""
    keys = ("kind", "state", "transition", "actor", "name", "reason")
    told = [tuple(one[key] for key in keys) for one in scene.events if one["kind"] != "healed"]
    lock = scene.lock and {key: scene.lock.get(key) for key in ("actor", "name", "reason")}
    return scene.closed, lock, tuple(told)


@dataclass(frozen=True)
class Trial:
    """One command from one beginning, as often as wanted."""

    place: Place
    beginning: str
    command: str

    @property
    def window_open(self) -> bool:
        """Whether a window is open when the command runs."""
        return BEGINNINGS[self.beginning].window_open

    @property
    def argv(self) -> list[str]:
        """The command under trial."""
        return self.place.argv(self.command, window_open=self.window_open)

    def begin(self) -> Path:
        """Make the beginning anew; returns the state directory."""
        place = new_place(self.place.program, self.place.configs, self.place.state)
        BEGINNINGS[self.beginning].make(place)
        return place.state

    def reconcile(self) -> Answer:
        """The recovery run."""
        return self.place.run("reconcile", window_open=self.window_open)

    @cached_property
    def untouched(self) -> tuple[Any, ...]:
        """What one reconcile makes of the beginning: as if the command was never given."""
        state = self.begin()
        assert self.reconcile().code == 0
        return gist(look(state))

    @cached_property
    def obeyed(self) -> tuple[Any, ...]:
        """What it is after the command ran to its end."""
        state = self.begin()
        answer = run(self.argv, stdin=REQUEST)
        assert answer.code == 0, answer
        assert self.reconcile().code == 0
        return gist(look(state))
