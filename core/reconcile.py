"""Make the marker agree with windows and lock, and record what happened. Runs under the mutex.

On = effect first, record second; off = record first, effect second. Whatever fails or is killed
in between, the shop is rather closed than open, and the next run finds in lock, marker and journal
how far this one came.
"""

from core import lockfile, marker, page, spares
from core.decision import LOCK, Decision, holds
from core.errors import ApplyError, ConfigurationError, RequestError, StateError
from core.instants import instant, text_of
from core.journal import append, finish_line
from core.places import JOURNAL, MARKER
from core.protocol import Event
from core.statedir import StateDir
from core.tail import Tail
from core.timetable import Timetable
from core.view import Assessment, View, assess, report
from core.vocabulary import Report, Request, state_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

TRANSITION, HEALED = "transition", "healed"
LOCKED, UNLOCKED, LOCK_EXPIRED = "locked", "unlocked", "lock-expired"


class Run:
    """One run on a state directory: what it sees, what it did."""

    def __init__(self, home: StateDir, timetable: Timetable, now: int, caller: Request) -> None:
        """Look; `caller` is who gets the blame for a window's edges.

        Raises:
            StateError: the state cannot be read. The marker is set, if that is possible.
        """
        self._home = home
        self._timetable = timetable
        self._now = now
        self._caller = caller
        self._notes: list[str] = []
        self._changed = False
        self._recorded = True
        self._transition: str | None = None
        try:
            self.view = View(home)
        except StateError as error:
            raise _closed_in_doubt(home, error) from error
        # What was not read at first is not written after: a second look may miss the first's fault.
        self._journal_fault = self.view.journal_fault
        self._finish_line()
        self._tail = self.view.tail or Tail()
        self._assessment = self._assess()

    # -- looking ---------------------------------------------------------------------------------

    def _assess(self) -> Assessment:
        return assess(self.view, self._timetable, self._now)

    def _finish_line(self) -> None:
        """End a record that was cut off before its line's end: it counts, so it must last."""
        if self.view.tail and self.view.tail.torn:
            try:
                finish_line(self._home)
            except OSError as error:
                self._journal_fault = self._home.unreadable(JOURNAL, error)

    def _look_again(self) -> None:
        self.view.look_again(self._home)
        # Nobody else writes the journal meanwhile: what this run read and wrote of it is known, and
        # a fault of reading it once more would be a doubt about nothing.
        if not self.view.journal_fault:
            self.view.tail = self._tail
        self._assessment = self._assess()

    def note(self, sentence: str) -> None:
        """Keep a sentence for the report."""
        self._notes.append(sentence)

    def placed(self) -> None:
        """Take note that the lock was placed by this call."""
        self._changed = True
        self._look_again()

    def _lock_has_ended(self) -> bool:
        """Tell a recorded end that was cut short from a lock that somebody put back later."""
        lock = self.view.lock
        recorded = lock is not None and lock.identity == self._tail.ended
        return recorded and lock is not None and lock.changed_ns <= self._tail.written_ns

    def _lock_has_expired(self) -> bool:
        lock = self.view.lock
        over = lock is not None and not holds(lock.info, self._now)
        return over and not self.view.clock_is_behind(self._now)

    @property
    def configuration_fault(self) -> ConfigurationError | None:
        """What is wrong with the configuration, if anything."""
        return self._assessment.configuration_fault

    def report(self) -> Report:
        """Return the report on what is now true, and what this run did."""
        told = report(self.view, self._assessment.decision, self._now)
        told.changed = self._changed
        told.transition = self._transition
        told.recorded = self._recorded
        told.seq = self._tail.seq or None
        told.notes = (*self._notes, *told.notes)
        return told

    # -- acting ----------------------------------------------------------------------------------

    def reconcile(self) -> None:
        """Make marker and journal agree with the decision.

        Raises:
            ApplyError: it could not be done; where it was an opening, the shop stays closed.
            StateError: the journal cannot be read.
        """
        self.end_what_is_over()
        # 3. Close or open, as decided.
        decided = self._assessment.decision
        if decided.maintenance:
            self._close(decided)
        else:
            self._open(decided)
        self._refuse_unreadable_journal(decided)

    def end_what_is_over(self) -> None:
        """Remove a lock that has ended, and open nothing.

        Raises:
            ApplyError: it could not be recorded or done.
        """
        # 1. An end that is recorded but not carried out: killed in between. Nothing new happened.
        if self._lock_has_ended():
            self._remove_lock()
        # 2. A lock that ends by itself ends like any other: recorded first.
        if self.view.lock and self._lock_has_expired():
            placed = self._news(self._assessment.decision)
            self._close_before_recording()
            if placed and placed.kind == LOCKED:
                self._record_first(placed)
            self.end_lock(LOCK_EXPIRED, self.view.lock.order)

    def end_lock(self, kind: str, who: Request) -> None:
        """Record that the lock ends, and remove it.

        Raises:
            ApplyError: it could not be recorded, so nothing was done.
        """
        identity = self.view.lock_identity
        after = assess(self.view, self._timetable, self._now, without_lock=True).decision
        event = self._event(kind, after, who, ended=identity)
        event.until = self.view.lock.info.until if self.view.lock else None
        self._record_first(event)
        self._remove_lock()

    def _close_before_recording(self) -> None:
        """Close what must be closed without the lock too: its end may not be recordable."""
        after = assess(self.view, self._timetable, self._now, without_lock=True).decision
        if after.maintenance and self.view.marker != marker.PRESENT:
            with _Applying(self._home):
                marker.put(self._home)
                self._home.sync()
            self._changed = True
            self._look_again()

    def _remove_lock(self) -> None:
        with _Applying(self._home):
            lockfile.remove(self._home)
            self._changed = True
            self._home.sync()
        self._look_again()

    def _close(self, decided: Decision) -> None:
        """Effect first, then the record; a journal that cannot be written never keeps it open."""
        found = self.view.marker
        if found != marker.PRESENT:
            with _Applying(self._home):
                marker.put(self._home)
            self._changed = True
        event = self._news(decided)
        if event is None and found != marker.PRESENT:
            event = self._event(HEALED, decided, self._caller)
        if event is None:
            return
        with _Applying(self._home):
            self._home.sync()
        self._look_again()
        try:
            self._record(event)
        except OSError as error:
            self._recorded = False
            self.note(f"The journal could not be written ({error.strerror or error}).")

    def _open(self, decided: Decision) -> None:
        """Record first; what cannot be recorded is not done."""
        found = self.view.marker
        event = self._news(decided)
        if event is None:
            if found == marker.ABSENT:
                return
            if found == marker.ALIEN or self._was_put_after_the_record():
                event = self._event(HEALED, decided, self._caller)
        if event:
            self._record_first(event)
        if found != marker.ABSENT:
            with _Applying(self._home):
                marker.take(self._home)
                self._home.sync()
            self._changed = True
        self._look_again()

    def _was_put_after_the_record(self) -> bool:
        """Tell a marker set by hand from one whose recorded removal was cut short."""
        info = self._home.look(MARKER)
        return info is None or info.st_ctime_ns > self._tail.written_ns

    def _news(self, decided: Decision) -> Event | None:
        """Return the one event for what happened since the last record, None if nothing did."""
        lock = self.view.lock
        if self._tail.lock != self.view.lock_identity:
            if lock is None:
                unknown = Request(lockfile.UNKNOWN)
                return self._event(UNLOCKED, decided, unknown, ended=self._tail.lock)
            event = self._event(LOCKED, decided, lock.order, ended=self._tail.lock)
            event.until = lock.info.until
            return event
        if self._tail.state == state_word(maintenance=decided.maintenance):
            return None
        event = self._event(TRANSITION, decided, self._caller)
        event.planned = self._edge(decided)
        return event

    def _edge(self, decided: Decision) -> int | None:
        """Return the window's edge that this transition belongs to, if it is one."""
        if decided.window:
            return decided.window.start
        if decided.maintenance:
            return None
        try:
            end = self._timetable.last_end(self._now)
        except ConfigurationError:
            return None
        return end if end is not None and text_of(end) >= self._tail.at else None

    # -- recording -------------------------------------------------------------------------------

    def _event(
        self,
        kind: str,
        after: Decision,
        who: Request,
        *,
        ended: str | None = None,
    ) -> Event:
        state = state_word(maintenance=after.maintenance)
        return Event(
            seq=self._tail.seq + 1,
            at=self._moment(),
            state=state,
            kind=kind,
            transition=state if state != self._tail.state else None,
            reasons=after.reasons,
            actor=who.actor,
            name=who.name,
            reason=who.reason,
            request_id=who.request_id,
            origin=who.origin,
            window=after.window,
            next_transition=after.next_transition,
            lock=None if kind in (UNLOCKED, LOCK_EXPIRED) else self.view.lock_identity,
            ended=ended,
        )

    def _moment(self) -> int:
        """Return when this is recorded: the journal never goes back, else it forgot the time."""
        if self._tail.at <= text_of(self._now):
            return self._now
        try:
            return instant(self._tail.at)
        except RequestError:
            return self._now

    def _record(self, event: Event) -> None:
        if self._journal_fault:
            raise OSError(0, str(self._journal_fault))
        self._tail = append(self._home, event)
        self._transition = event.transition or self._transition

    def _record_first(self, event: Event) -> None:
        try:
            self._record(event)
        except OSError as error:
            shop = "stays closed" if self.view.maintenance else "is open"
            raise ApplyError(
                f"{self._home.path}/{JOURNAL} could not be written "
                f"({error.strerror or error}); nothing was changed and the shop {shop}",
            ) from error

    # -- the rest --------------------------------------------------------------------------------

    def _refuse_unreadable_journal(self, decided: Decision) -> None:
        """Say it loudly where nothing but doubt decides."""
        fault = self._journal_fault
        if fault and not decided.window and LOCK not in decided.reasons:
            raise StateError(f"{fault}; {_shop(self.view)}")

    def tidy(self) -> None:
        """Make what is only convenient: spares, page facts, almanac. No failure matters."""
        found = self.report()
        self._try("the spare files", lambda: spares.make(self._home))
        self._try("the page's facts", lambda: page.write(self._home, found))
        if not self.configuration_fault:
            self._try("the coming windows", lambda: self._timetable.keep(self._home, self._now))

    def _try(self, what: str, make: "Callable[[], None]") -> None:
        try:
            make()
        except (OSError, StateError, ConfigurationError) as error:
            self.note(f"Could not write {what} ({error}).")


class _Applying:
    """Turns a failing system call into the error that says so."""

    def __init__(self, home: StateDir) -> None:
        self._home = home

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, OSError):
            cause = error.strerror or error
            raise ApplyError(f"{self._home.path} could not be changed: {cause}") from error


def _shop(view: View) -> str:
    return "the shop is closed" if view.maintenance else "the shop is open"


def _closed_in_doubt(home: StateDir, fault: StateError) -> StateError:
    try:
        marker.put(home)
        home.sync()
    except OSError as error:
        return StateError(f"{fault}; and the shop could not be closed: {error.strerror}")
    return StateError(f"{fault}; the shop is closed")
