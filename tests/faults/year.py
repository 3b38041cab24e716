"""A year in the life of one shop: its windows, its people, its accidents, and broken machines.

The model is that of the property tests. What it adds are runs that are broken off or cannot write:
after one, either all of the order was done or nothing of it, and the next reconcile sets it right.
"""

import os
import random
import resource
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.child import in_a_child
from tests.judge import LOCK, MARKER, check_journal, look, seconds
from tests.property.calendar_cases import rfc3339
from tests.property.shop_machine import ACCIDENTS, HOUR, Order, ShopMachine, strip
from tests.property.test_any_order_of_orders import in_process

DEATHS = 140
"""A run makes about so many calls of the system's functions; it dies before one of them."""

MISSED = 5 * HOUR
PEOPLE = ("telegram:1", "mattermost:x", "unix:root")
Breaking = Callable[[random.Random], None]


def dies(dice: random.Random) -> None:
    """This process is killed before one of its next calls to the kernel."""
    left = dice.randrange(1, DEATHS)

    def count(_: FrameType, event: str, function: Any) -> None:
        nonlocal left
        if event == "c_call" and getattr(function, "__module__", None) in {"posix", "fcntl"}:
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)


def has_no_room(dice: random.Random) -> None:
    """No file of this process can hold more than so many bytes: nothing, or half a line."""
    room = dice.choice((0, 0, 100, 1000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))


class Year(ShopMachine):
    """Lives from `start` until `end` (epoch seconds), by the dice."""

    def __init__(self, dice: random.Random) -> None:
        """An empty place."""
        super().__init__()
        self.dice = dice
        self.figures: Counter[str] = Counter()

    def live(self, start: int, end: int, orders: int) -> None:
        """Meet every edge in that time, late now and then, and so many orders between them."""
        self.begin("the year", rfc3339(start))
        painted = strip(self.calendar)
        edges = [60 * at for at, _ in painted.edges() if start < 60 * at < end]
        self.figures["windows"] = len(edges) // 2
        told = [(edge + self._lag(), "timer") for edge in edges]
        told += [(self.dice.randrange(start, end), "order") for _ in range(orders)]
        for at, what in sorted(told):
            self.now = max(self.now, at)
            self._happen(what)
        self.figures["events"] = len(self._known)

    def _lag(self) -> int:
        """The timer's second; or hours, where the machine was off."""
        return self.dice.choice((0, 0, 0, 1, 59, self.dice.randrange(MISSED)))

    def _happen(self, what: str) -> None:
        fate = self.dice.random()
        verb = "reconcile" if what == "timer" else self.dice.choice(("lock", "unlock", "lock"))
        if fate < 0.15:
            self._broken_off(verb)
        elif fate < 0.30 and what == "order":
            self._accident()
        elif fate < 0.34:
            self._clock_steps()
        elif fate < 0.37:
            self._garbage_in_the_lock()
        self._order(verb)

    def _order(self, verb: str) -> None:
        self.figures["steps"] += 1
        actor = self.dice.choice(PEOPLE)
        if verb == "lock":
            self.lock(actor, self.dice.choice((0, 1, 9, 90)))
        elif verb == "unlock":
            self.unlock(actor)
        else:
            self.reconcile()

    def _accident(self) -> None:
        self.figures["accidents"] += 1
        self.an_accident(self.dice.choice(ACCIDENTS))

    def _clock_steps(self) -> None:
        """An hour back, and back to the right time after a run; or an hour ahead."""
        self.figures["clock steps"] += 1
        right = self.now
        self.now += self.dice.choice((-HOUR, -HOUR, HOUR))
        self._order("reconcile")
        self.now = max(self.now, right)

    def _garbage_in_the_lock(self) -> None:
        """It counts as a lock by somebody unknown, until somebody unlocks."""
        if self.order is not None or self.behind or (self.state / LOCK).exists():
            return
        self.figures["unreadable locks"] += 1
        (self.state / LOCK).write_bytes(self.dice.choice((b"{", b"\0\xff", b"[]", b'{"actor":7}')))
        self._run("reconcile", actor="systemd:timer")
        scene = look(self.state)
        assert scene.closed, "open with a lock that nobody can read"
        assert "unreadable-lock" in self.said["reasons"], self.said
        self._take_over(scene.events)
        self._order("unlock")

    # -- runs that are broken off ----------------------------------------------------------------

    def _broken_off(self, verb: str) -> None:
        """Have a run die or fail, look that it opened nothing, and believe what it left behind."""
        breaking = self.dice.choice((dies, dies, has_no_room))
        before, was_behind, order = look_if_plain(self.state), self.behind, self.order
        killed = self._in_a_child(verb, breaking)
        self.figures["killed runs" if killed else "full disks"] += killed or breaking is has_no_room
        if before is not None and before.closed:
            kept = order is not None and order.holds(self.now) and verb != "unlock"
            after = look_if_plain(self.state)
            wanted = self.window_open or kept or was_behind
            assert not wanted or (after is not None and after.closed), f"{verb} opened the shop"
        self._settle_after(before.events if before else None)

    def _in_a_child(self, verb: str, breaking: Breaking) -> bool:
        """Run it; return whether it was killed."""
        self.number += 1
        request = {"version": 1, "request_id": f"r{self.number}", "actor": PEOPLE[0]}

        def broken_run() -> None:
            # Never the installed program: faketime itself needs room for a file.
            breaking(self.dice)
            in_process(verb, self.config, self.state, self.now, request)

        code = in_a_child(broken_run)
        assert code in {0, -signal.SIGKILL}, f"a {verb} that {breaking.__name__} ended with {code}"
        return code != 0

    def _settle_after(self, before: tuple[dict[str, Any], ...] | None) -> None:
        """The recovery, by a model that has read what was left behind."""
        if (self.state / MARKER).is_dir():
            return self._order("reconcile")
        scene = look(self.state)
        if before is not None:
            assert scene.events[: len(before)] == before, "an event was lost"
        self._take_over(scene.events)
        return self._order("reconcile")

    def _take_over(self, events: tuple[dict[str, Any], ...]) -> None:
        """Go on from what journal and lock file say."""
        state, identity = check_journal(events)
        kinds = [event["kind"] for event in events[len(self._known) :]]
        ended = kinds[-1:] in (["unlocked"], ["lock-expired"])
        self._known = events
        self.told_on = state == "on"
        found = look(self.state).lock
        # The lock whose end is recorded may still be there; or a new one is, recorded or not yet.
        another = ended and identity_of(self.state / LOCK) != last_lock(events)
        if found is None or (ended and not another):
            self.order = None
        elif (
            another or "locked" in kinds or self.order is None or self.told_order is not self.order
        ):
            until = found.get("until")
            end = None if until is None else seconds(until)
            self.order = Order(found.get("actor", "unknown"), None, end)
        self.told_order = self.order if identity is not None else None
        if identity is not None and self.order is None:
            # The journal still tells of a lock that is gone.
            self.told_order = Order("gone", None, None)


def identity_of(lock: Path) -> str | None:
    """Name a lock file as the journal does; None if it is not there."""
    try:
        found = lock.stat()
    except FileNotFoundError:
        return None
    return f"{found.st_ino}-{found.st_mtime_ns}"


def last_lock(events: tuple[dict[str, Any], ...]) -> str | None:
    """Return the identity of the last lock that the journal tells of."""
    return next((event["lock"] for event in reversed(events) if event["lock"]), None)


def look_if_plain(state: Path) -> Any:
    """The scene, or None where something alien stands for the marker."""
    marker = state / MARKER
    return None if os.path.lexists(marker) and not marker.is_file() else look(state)
