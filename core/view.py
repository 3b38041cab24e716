"""What the state directory shows, and what follows from it. Reads only.

Every verb that tells or changes something looks through here, so they cannot disagree.
"""

from core import decision, lockfile, marker, tail
from core.decision import Decision
from core.errors import ConfigurationError, StateError
from core.instants import text_of
from core.places import JOURNAL
from core.statedir import StateDir
from core.timetable import Timetable
from core.vocabulary import ON, Occurrence, Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from core.lockfile import Lock
    from core.tail import Tail

UNREADABLE_CONFIGURATION = "unreadable-configuration"
UNREADABLE_JOURNAL = "unreadable-journal"
IMPLAUSIBLE_CLOCK = "implausible-clock"

LOCKS = {decision.LOCK, decision.UNREADABLE_LOCK}

# NTP may step a clock back a little; what is behind the journal by more is not the time.
_TOLERANCE = 600


class View:
    """Lock, marker and journal as they are now.

    `tail` is None where this user may not read the journal or nobody can (`journal_fault`).
    """

    __slots__ = ("journal_fault", "lock", "maintenance", "marker", "tail")

    def __init__(self, home: StateDir) -> None:
        """Look.

        Raises:
            StateError: the system does not say what is there.
        """
        self.look_again(home)
        self.tail: Tail | None = None
        self.journal_fault: StateError | None = None
        try:
            self.tail = tail.read_tail(home)
        except PermissionError as error:
            if home.writable:
                self.journal_fault = home.unreadable(JOURNAL, error)
        except StateError as error:
            self.journal_fault = error

    def look_again(self, home: StateDir) -> None:
        """Look at lock and marker; the journal stays as it was seen.

        Raises:
            StateError: the system does not say what is there.
        """
        # Lock first: a run that places or removes one at this moment changes the marker after it.
        self.lock: Lock | None = lockfile.look(home)
        self.marker, self.maintenance = marker.look(home)

    @property
    def lock_identity(self) -> str | None:
        """The identity of the lock, None where there is none."""
        return self.lock.identity if self.lock else None

    def clock_is_behind(self, now: int) -> bool:
        """Tell whether the journal is from the future, so that `now` cannot be right."""
        return self.tail is not None and self.tail.at > text_of(now + _TOLERANCE)

    def is_kept_on(self) -> bool:
        """Tell whether there is anything that a doubt could keep on."""
        return self.maintenance or (self.tail is not None and self.tail.state == ON)


class Assessment:
    """The decision on a view, with what made it doubtful."""

    __slots__ = ("configuration_fault", "decision")

    def __init__(self, decided: Decision, fault: ConfigurationError | None) -> None:
        """Keep both."""
        self.decision = decided
        self.configuration_fault = fault


def assess(
    view: View,
    timetable: Timetable,
    now: int,
    *,
    without_lock: bool = False,
) -> Assessment:
    """Decide for `now`. What is uncertain keeps the shop closed, and a wrong configuration closes.

    `without_lock` decides as if the lock were gone already.
    """
    lock = None if without_lock else view.lock
    moments = [now]
    # A lock may end by itself: the windows around that instant decide what comes next.
    if lock and lock.info.until is not None and lock.info.until > now:
        moments.append(lock.info.until)
    occurrences: list[Occurrence] = []
    doubts: list[str] = []
    fault = None
    try:
        occurrences = timetable.around(*moments)
    except ConfigurationError as error:
        fault = error
        doubts.append(UNREADABLE_CONFIGURATION)
    if view.is_kept_on():
        if view.clock_is_behind(now):
            doubts.append(IMPLAUSIBLE_CLOCK)
        if view.journal_fault:
            doubts.append(UNREADABLE_JOURNAL)
    decided = decision.decide(
        now,
        occurrences,
        lock.info if lock else None,
        lock is not None and lock.unreadable,
        tuple(doubts),
    )
    return Assessment(decided, fault)


def report(view: View, decided: Decision, now: int) -> Report:
    """Return the report on what is seen, as of a call that changed nothing."""
    hidden = view.lock is not None and view.lock.hidden
    return Report(
        at=now,
        maintenance=view.maintenance,
        desired=decided.maintenance,
        reasons=decided.reasons,
        window=decided.window,
        lock=view.lock.info if view.lock and (LOCKS & {*decided.reasons}) else None,
        next_transition=None if hidden else decided.next_transition,
        seq=view.tail.seq or None if view.tail else None,
        notes=tuple(notes(view)),
    )


def notes(view: View) -> list[str]:
    """Return a sentence for everything that is missing or not as it should be."""
    found = []
    if view.lock and view.lock.hidden:
        found.append("This user may not read whose lock it is and when it ends.")
    if view.lock and view.lock.unreadable:
        found.append("The lock cannot be read. It holds until somebody unlocks.")
    if view.marker == marker.ALIEN:
        found.append("Something else stands in the marker's place; the next reconcile removes it.")
    if view.journal_fault:
        found.append(f"{view.journal_fault}.")
    elif view.tail is None:
        found.append("This user may not read the journal.")
    return found
