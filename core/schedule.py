"""The coming occurrences, and the decision for any instant. Touches nothing."""

from core.decision import decide
from core.instants import text_of
from core.timetable import Timetable
from core.vocabulary import LockInfo, Occurrence, Report


def coming(config_path: str, moment: int, count: int) -> list[Occurrence]:
    """Return the next `count` occurrences that end after `moment`.

    Raises:
        ConfigurationError: the configuration is wrong.
    """
    from core.windows import following  # noqa: PLC0415 - explain may do without

    found: list[Occurrence] = []
    for one in following(Timetable(config_path).configuration().windows, moment):
        if len(found) == count:
            break
        found.append(one)
    return found


def explain(config_path: str, at: int, *, locked: bool) -> Report:
    """Return what would be decided at `at`, without a lock or with an endless one.

    Raises:
        ConfigurationError: the configuration is wrong.
    """
    lock = LockInfo("unknown") if locked else None
    decided = decide(at, Timetable(config_path).around(at), lock)
    return Report(
        at=at,
        maintenance=decided.maintenance,
        desired=decided.maintenance,
        reasons=decided.reasons,
        window=decided.window,
        lock=lock,
        next_transition=decided.next_transition,
    )


def text(occurrences: list[Occurrence]) -> str:
    """Return one line for each."""
    if not occurrences:
        return "No window is to come."
    lines = [f"{text_of(one.start)}  {text_of(one.end)}  {one.name}" for one in occurrences]
    return "\n".join(["closes                opens                 why", *lines])
