"""Any order of orders, clocks and accidents, on a real state directory, against a model.

The model is the specification in its own words: it keeps the lock that was given, what the journal
has told so far, and asks the painted strip of the oracle whether a window is open. It shares no
code with the core.
"""

import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.judge import JOURNAL, LOCK, MARKER, check_journal, check_settled, look, seconds
from tests.property.calendar_cases import (
    DAY,
    FIRST,
    LAST,
    WEEK,
    Case,
    Extra,
    Weekly,
    configuration,
    minutes,
    reading,
    rfc3339,
)
from tests.property.oracle import Strip

HOUR = 3600
TOLERATED = 600
"""Seconds that the clock may step back before it is no longer believed."""

CALENDARS: dict[str, tuple[Case, str]] = {
    "the week": ((Weekly("Mollie week", reading("Sun", 22), reading("Mon", 5)),), "UTC"),
    "over a clock change": (
        (
            Weekly("early", reading("Sun", 1, 30), reading("Sun", 2, 30)),
            Weekly("late", reading("Sun", 2, 15), length=90),
        ),
        "Europe/Amsterdam",
    ),
    "the year": (
        (
            Weekly("Mollie week", reading("Sun", 22), reading("Mon", 5)),
            Weekly("night", reading("Sun", 1, 30), reading("Sun", 3, 30)),
            Extra("year end", minutes("2026-12-31T20:00:00Z"), minutes("2027-01-01T05:00:00Z")),
        ),
        "Europe/Amsterdam",
    ),
    "often": (
        tuple(Weekly(f"{day}", reading(day, 8), reading(day, 20)) for day in ("Mon", "Tue", "Wed")),
        "Australia/Lord_Howe",
    ),
}
STARTS = ("2026-03-28T20:00:00Z", "2026-10-24T20:00:00Z", "2027-10-30T12:00:00Z")

ACCIDENTS = (
    "lock_touched",
    "lock_removed",
    "marker_touched",
    "marker_removed",
    "marker_is_a_folder",
    "marker_is_a_full_folder",
    "marker_is_a_link",
    "marker_is_a_pipe",
    "journal_torn",
    "journal_has_garbage",
    "conveniences_lost",
)


@cache
def strip(name: str) -> Strip:
    """The oracle's strip of a calendar."""
    case, zone = CALENDARS[name]
    return Strip(case, zone, FIRST, LAST)


@dataclass(eq=False)
class Order:
    """A lock as the model knows it."""

    actor: str
    reason: str | None
    until: int | None

    def holds(self, now: int) -> bool:
        """Whether it still counts."""
        return self.until is None or now < self.until


class Runner(Protocol):
    """Runs a verb on a state directory at an instant, and gives the report's JSON."""

    def __call__(
        self, verb: str, config: Path, state: Path, now: int, request: dict[str, Any]
    ) -> dict[str, Any]:
        """Run it; a failure is the JSON object that says so."""


class ShopMachine(RuleBasedStateMachine):
    """One shop, one clock, many people and accidents."""

    runner: ClassVar[Runner]

    def __init__(self) -> None:
        """An empty place."""
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="pretix-maintenance-machine-"))
        self.state = self.root / "state"
        self.state.mkdir(mode=0o755)
        self.config = self.root / "core.toml"
        self.order: Order | None = None
        self.told_order: Order | None = None
        self.told_on = False
        self.latest = 0
        self.now = 0
        self.calendar = ""
        self.number = 0

    def teardown(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.root)

    # -- the clock ---------------------------------------------------------------------------

    @initialize(calendar=st.sampled_from(list(CALENDARS)), start=st.sampled_from(STARTS))
    def begin(self, calendar: str, start: str) -> None:
        """Choose the windows and the instant."""
        self.calendar = calendar
        self.now = minutes(start) * 60
        case, zone = CALENDARS[calendar]
        self.config.write_text(configuration(case, zone))

    @property
    def window_open(self) -> bool:
        """What the wall clock says."""
        painted = strip(self.calendar)
        return bool(painted.painted[self.now // 60 - painted.first])

    @property
    def behind(self) -> bool:
        """Whether the clock cannot be right, given what was recorded."""
        return self.now + TOLERATED < self.latest

    def next_edge(self, after: int) -> int:
        """The next instant at which a window begins or ends."""
        painted = strip(self.calendar)
        at = after // 60 - painted.first
        here = painted.painted[at]
        coming = painted.painted.find(b"\0" if here else b"\1", at)
        return (painted.first + coming) * 60

    @rule(seconds=st.one_of(st.integers(1, 2 * DAY * 60), st.sampled_from([1, 60, WEEK * 60])))
    def time_passes(self, seconds: int) -> None:
        """Later."""
        self.now = min(self.now + seconds, (LAST - 2 * WEEK) * 60)

    @rule(offset=st.sampled_from([-1, 0, 1, 61]))
    def the_next_edge_comes(self, offset: int) -> None:
        """To the edge of a window, or beside it."""
        self.now = max(self.now, self.next_edge(self.now) + offset)

    @rule(seconds=st.sampled_from([1, 60, TOLERATED, HOUR, WEEK * 60]))
    def the_clock_steps_back(self, seconds: int) -> None:
        """A clock that was set wrong, or is now."""
        self.now = max(self.now - seconds, (FIRST + WEEK) * 60)

    @precondition(lambda self: self.order is not None and self.order.until is not None)
    @rule(offset=st.sampled_from([-1, 0, 1]))
    def the_locks_end_comes(self, offset: int) -> None:
        """To the instant at which the lock ends by itself, or beside it."""
        assert self.order is not None
        self.now = max(self.now, (self.order.until or 0) + offset)

    # -- accidents ---------------------------------------------------------------------------

    @rule(what=st.sampled_from(ACCIDENTS))
    def an_accident(self, what: str) -> None:
        """By the hand of root, by a power cut, by a full disk."""
        getattr(self, f"_{what}")()

    def _lock_touched(self) -> None:
        if self.order is None:
            (self.state / LOCK).touch()
            self.order = Order("unknown", None, None)

    def _lock_removed(self) -> None:
        lock = self.state / LOCK
        if lock.exists():
            self._until_files_are_younger_than(lock)
            lock.unlink()
        self.order = None

    def _until_files_are_younger_than(self, old: Path) -> None:
        """No person is so quick that a new lock gets the same inode and the same instant."""
        probe = self.root / "probe"
        probe.touch()
        while probe.stat().st_mtime_ns <= old.stat().st_mtime_ns:
            probe.touch()

    def _marker_touched(self) -> None:
        if not os.path.lexists(self.state / MARKER):
            (self.state / MARKER).touch()

    def _marker_removed(self) -> None:
        marker = self.state / MARKER
        if marker.is_dir() and not marker.is_symlink():
            shutil.rmtree(marker)
        marker.unlink(missing_ok=True)

    def _marker_is_a_folder(self) -> None:
        self._marker_removed()
        (self.state / MARKER).mkdir()

    def _marker_is_a_full_folder(self) -> None:
        self._marker_is_a_folder()
        (self.state / MARKER / "inside").touch()

    def _marker_is_a_link(self) -> None:
        self._marker_removed()
        (self.state / MARKER).symlink_to("/nonexistent/place")

    def _marker_is_a_pipe(self) -> None:
        self._marker_removed()
        os.mkfifo(self.state / MARKER)

    def _journal_torn(self) -> None:
        self._append_to_the_journal(b'{"seq":99,"at":"2026')

    def _journal_has_garbage(self) -> None:
        self._append_to_the_journal(b"garbage\n\0\0\n\n")

    def _append_to_the_journal(self, tail: bytes) -> None:
        if (self.state / JOURNAL).exists():
            with (self.state / JOURNAL).open("ab") as journal:
                journal.write(tail)

    def _conveniences_lost(self) -> None:
        for path in self.state.glob(".*"):
            path.unlink()
        shutil.rmtree(self.state / "page", ignore_errors=True)

    # -- orders ------------------------------------------------------------------------------

    @rule(actor=st.sampled_from(["telegram:1", "unix:root"]), until=st.sampled_from([0, 1, 9, 90]))
    def lock(self, actor: str, until: int) -> None:
        """Closed until unlocked, or for some hours."""
        end = self.now + until * HOUR if until else None
        self._run("lock", actor=actor, reason="audit", until=end and rfc3339(end))
        if self._trusted_run:
            self._settle(only_if_expired=True)
            self.order = self.order or Order(actor, "audit", end)
            self._settle()
        self._check("lock")

    @rule(actor=st.sampled_from(["telegram:1", "mattermost:x"]))
    def unlock(self, actor: str) -> None:
        """No longer."""
        self._run("unlock", actor=actor)
        if self._trusted_run:
            self._settle()
            if self.order:
                self.order = self.told_order = None
                self._tell("unlocked", actor)
        self._check("unlock")

    @rule()
    def reconcile(self) -> None:
        """The timer."""
        self._run("reconcile", actor="systemd:timer")
        if self._trusted_run:
            self._settle()
        self._check("reconcile")

    # -- the model ---------------------------------------------------------------------------

    def _run(self, verb: str, **request: Any) -> None:
        self.number += 1
        self.expected: list[tuple[str, str | None]] = []
        self._trusted_run = not self.behind
        self.before = self._events()
        self.things_before = self._things()
        whole = {"version": 1, "request_id": f"r{self.number}", **request}
        self.said = type(self).runner(verb, self.config, self.state, self.now, whole)

    def _settle(self, *, only_if_expired: bool = False) -> None:
        """What one look at window and lock must make of the world."""
        expired = self.order is not None and not self.order.holds(self.now)
        if expired:
            self.order = self.told_order = None
            self._tell("lock-expired")
        elif only_if_expired:
            return
        if self.order is not self.told_order:
            kind = "locked" if self.order else "unlocked"
            self.told_order = self.order
            self._tell(kind)
        elif self.told_on is not self._wanted:
            self._tell("transition")

    def _tell(self, kind: str, actor: str | None = None) -> None:
        changes = self.told_on is not self._wanted
        self.told_on = self._wanted
        self.expected.append((kind, ("on" if self._wanted else "off") if changes else None))

    @property
    def _wanted(self) -> bool:
        return self.window_open or self.order is not None

    def _events(self) -> tuple[dict[str, Any], ...]:
        return look(self.state).events if not self._alien() else ()

    def _things(self) -> tuple[bool, bool, bytes | None]:
        """Closed or not, something alien or not, and the lock."""
        lock = self.state / LOCK
        content = lock.read_bytes() if lock.exists() else None
        return (self.state / MARKER).is_file(), self._alien(), content

    def _alien(self) -> bool:
        marker = self.state / MARKER
        return os.path.lexists(marker) and not marker.is_file()

    # -- what must hold ----------------------------------------------------------------------

    def _check(self, verb: str) -> None:
        assert self.said["ok"] is True, (verb, self.said)
        if self._trusted_run:
            self._check_exactly(verb)
        else:
            self._check_never_opened(verb)
        scene = look(self.state)
        assert self.said["seq"] == (scene.events[-1]["seq"] if scene.events else None)
        with contextlib.suppress(IndexError):
            self.latest = seconds(scene.events[-1]["at"])

    def _check_exactly(self, verb: str) -> None:
        scene = check_settled(self.state, self.now, window_open=self.window_open)
        known = len(self._known)
        told = [
            (event["kind"], event["transition"])
            for event in scene.events[known:]
            if event["kind"] != "healed"
        ]
        assert told == self.expected, f"{verb}: told {told}, expected {self.expected}"
        self._known = scene.events
        self._check_report(scene.closed)

    _known: tuple[dict[str, Any], ...] = ()

    def _check_report(self, closed: bool) -> None:  # noqa: FBT001 # the marker, as seen
        said = self.said
        assert said["maintenance"] is said["desired"] is closed is self._wanted
        reasons = ["window"] * self.window_open + ["lock"] * (self.order is not None)
        assert said["reasons"] == reasons
        assert (said["window"] is not None) is self.window_open
        assert (said["lock"] or {}).get("actor") == (self.order.actor if self.order else None)
        changes = [transition for _, transition in self.expected if transition]
        if changes:
            assert said["transition"] == changes[-1]
        assert said["changed"] is (self._things() != self.things_before)
        assert self._said_next() == self._next()

    def _said_next(self) -> tuple[int, bool] | None:
        coming = self.said["next_transition"]
        return coming and (seconds(coming["at"]), coming["maintenance"])

    def _next(self) -> tuple[int, bool] | None:
        if self.order is not None and self.order.until is None:
            return None
        free = self.order.until if self.order and self.order.until else self.now
        painted = strip(self.calendar)
        inside = bool(painted.painted[free // 60 - painted.first])
        if self.order is not None and not inside:
            return free, False
        return self.next_edge(free), not inside

    def _check_never_opened(self, verb: str) -> None:
        """A clock that cannot be right opens nothing; nothing is torn and nothing forgotten."""
        scene = look(self.state)
        if verb != "unlock":
            assert scene.closed or not self.things_before[0]
        assert scene.closed or not self.window_open
        assert scene.closed or not (scene.lock_holds(self.now))
        assert scene.events[: len(self.before)] == self.before
        state, lock = check_journal(scene.events)
        assert state == ("on" if scene.closed else "off")
        assert (lock is not None) is (scene.lock is not None)
        self._known = scene.events
        self.told_on = state == "on"
        if scene.lock is None:
            self.order = None
        elif self.order is None:
            until = scene.lock.get("until")
            self.order = Order(scene.lock["actor"], None, until and seconds(until))
        self.told_order = self.order
