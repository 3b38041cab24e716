"""The verbs that change something: reconcile, lock, unlock. Each holds the mutex."""

import os

from core import lockfile, marker, page, spares
from core.decision import holds
from core.errors import ApplyError, Busy, RequestError, StateError
from core.mutex import Mutex
from core.reconcile import UNLOCKED, Run
from core.statedir import StateDir
from core.status import told
from core.timetable import Timetable, settle
from core.view import View, assess, report
from core.vocabulary import Report, Request, state_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 5.0  # seconds to wait for the mutex: a run takes a twentieth of a second


class House:
    """Where a verb works: the two paths, the clock (epoch seconds) and how long to wait."""

    __slots__ = ("clock", "config_path", "patience", "state_dir")

    def __init__(
        self,
        config_path: str,
        state_dir: str | None,
        clock: "Callable[[], int]",
        patience: float = PATIENCE,
    ) -> None:
        """Keep it; the paths are made absolute."""
        self.config_path = os.path.abspath(config_path)
        self.state_dir = os.path.abspath(state_dir) if state_dir else None
        self.clock = clock
        self.patience = patience

    def enter(self) -> tuple[StateDir, Timetable]:
        """Open the state directory for writing, made if it is missing.

        Raises:
            StateError: it cannot be trusted, or this user may not write in it.
        """
        home, timetable = settle(self.config_path, self.state_dir, create=True)
        if not home.writable:
            home.close()
            raise StateError(f"only the owner of {home.path} may change anything there")
        return home, timetable


def idle(house: House) -> Report | None:
    """Return the report if a reconcile would find nothing to do, None if it must run.

    It takes no mutex. A run that is at work meanwhile leaves marker and journal agreeing with its
    own decision; and whatever is seen half done here is something to do.
    """
    home, timetable = house.enter()
    with home:
        now = house.clock()
        try:
            view = View(home)
            assessment = assess(view, timetable, now)
            found = report(view, assessment.decision, now)
            quiet = (
                not assessment.configuration_fault
                and _is_settled(view, found)
                and timetable.is_kept_for(now)
                and page.is_current(home, found)
                and not spares.missing(home)
                and not _is_at_work(home)
            )
        except StateError:
            return None
    return found if quiet else None


def _is_settled(view: View, found: Report) -> bool:
    """Tell whether marker and journal agree with the decision, and the lock with the journal."""
    tail, lock = view.tail, view.lock
    return (
        tail is not None
        and not tail.torn
        and tail.lock == view.lock_identity
        and (lock is None or holds(lock.info, found.at))
        and tail.state == state_word(maintenance=found.desired)
        and view.marker == (marker.PRESENT if found.desired else marker.ABSENT)
    )


def _is_at_work(home: StateDir) -> bool:
    """Tell whether another run holds the mutex; its end is worth waiting for."""
    try:
        Mutex(home, 0).release()
    except (Busy, ApplyError):
        return True
    return False


def reconcile(house: House, caller: Request) -> Report:
    """Make the marker agree with windows and lock.

    Raises:
        Busy, StateError, ApplyError: as they say.
        ConfigurationError: it cannot be read; the shop was closed.
    """
    home, timetable = house.enter()
    with home, Mutex(home, house.patience):
        run = Run(home, timetable, house.clock(), caller)
        run.reconcile()
        run.tidy()
        found = run.report()
    if run.configuration_fault:
        raise told(run.configuration_fault, maintenance=found.maintenance)
    return found


def lock(house: House, order: Request) -> Report:
    """Place the lock, unless there is one, and reconcile.

    Raises:
        RequestError: the lock would end in the past.
        Busy, StateError, ApplyError: as they say.
    """
    order.checked()
    home, timetable = house.enter()
    with home, Mutex(home, house.patience):
        now = house.clock()
        if order.until is not None and order.until <= now:
            raise RequestError("the lock would end in the past")
        run = Run(home, timetable, now, order)
        run.end_what_is_over()
        if run.view.lock is None:
            _place(home, order, now, run)
        run.reconcile()
        run.tidy()
        return run.report()


def _place(home: StateDir, order: Request, now: int, run: Run) -> None:
    try:
        lockfile.put(home, order, now)
    except OSError as error:
        try:
            lockfile.put_nameless(home)
        except OSError:
            raise ApplyError(f"the lock could not be written: {error.strerror}") from error
        run.note("The lock does not say whose it is and why: it could not be written in full.")
    run.placed()


def unlock(house: House, order: Request) -> Report:
    """Remove the lock, if there is one, and reconcile. Inside a window the shop stays closed.

    Raises:
        Busy, StateError: as they say.
        ApplyError: it could not be recorded or done; the shop stays closed.
    """
    order.checked()
    home, timetable = house.enter()
    with home, Mutex(home, house.patience):
        run = Run(home, timetable, house.clock(), order)
        run.reconcile()
        if run.view.lock:
            run.end_lock(UNLOCKED, order)
        run.reconcile()
        run.tidy()
        return run.report()
