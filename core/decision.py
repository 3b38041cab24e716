"""The truth table: may the shop be open? Pure and light; used by every verb and by the bot."""

from core.vocabulary import LockInfo, Occurrence, Transition, Value

WINDOW, LOCK, UNREADABLE_LOCK = "window", "lock", "unreadable-lock"


class Decision(Value):
    """What should be, why, and what comes next given the present lock.

    `next_transition` is None while something endless holds the shop closed, and when no window
    is to come.
    """

    __slots__ = ("maintenance", "next_transition", "reasons", "window")

    def __init__(
        self,
        *,
        reasons: tuple[str, ...],
        window: Occurrence | None,
        next_transition: Transition | None,
    ) -> None:
        """Keep it; any reason at all means maintenance."""
        self.maintenance = bool(reasons)
        self.reasons = reasons
        self.window = window
        self.next_transition = next_transition


def decide(
    now: int,
    occurrences: list[Occurrence],
    lock: LockInfo | None,
    unreadable: bool = False,  # noqa: FBT001, FBT002 - the contract names it so
    doubts: tuple[str, ...] = (),
) -> Decision:
    """Decide for the instant `now`.

    `occurrences` are merged and sorted and hold those around `now` and, if the lock ends by
    itself, around that instant, each with the next one after it. `unreadable` says that there is
    a lock which nobody could read: it holds without end. `doubts` are further reasons to stay
    closed (uncertain means closed); nothing is foretold while there are any.
    """
    window = _containing(now, occurrences)
    reasons: tuple[str, ...] = (WINDOW,) if window else ()
    if unreadable:
        reasons += (UNREADABLE_LOCK,)
    elif lock is not None and holds(lock, now):
        reasons += (LOCK,)
    return Decision(
        reasons=reasons + doubts,
        window=window,
        next_transition=None
        if unreadable or doubts
        else _next_transition(now, occurrences, lock if LOCK in reasons else None),
    )


def holds(lock: LockInfo, now: int) -> bool:
    """Tell whether `lock` still holds at `now`; at its end it no longer does."""
    return lock.until is None or now < lock.until


def _containing(now: int, occurrences: list[Occurrence]) -> Occurrence | None:
    return next((one for one in occurrences if now in one), None)


def _next_transition(
    now: int,
    occurrences: list[Occurrence],
    lock: LockInfo | None,
) -> Transition | None:
    if lock is not None and lock.until is None:
        return None
    free_from = now if lock is None or lock.until is None else lock.until
    window = _containing(free_from, occurrences)
    if window:
        return Transition(window.end, maintenance=False)
    if lock is not None:
        return Transition(free_from, maintenance=False)
    coming = next((one for one in occurrences if one.start > now), None)
    return Transition(coming.start, maintenance=True) if coming else None
