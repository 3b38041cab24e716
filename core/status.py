"""What is true now, without touching anything."""

import os

from core.errors import ConfigurationError, StateMissing
from core.timetable import Timetable, settle
from core.view import View, assess, report
from core.vocabulary import Report


def read_report(config_path: str, state_dir: str | None, now: int) -> Report:
    """Return the report for `now` (epoch seconds); `state_dir` None means the configuration's.

    Raises:
        ConfigurationError: the configuration is wrong; the sentence says what the shop does.
        StateError: the state cannot be read or trusted.
    """
    config_path = os.path.abspath(config_path)
    try:
        home, timetable = settle(config_path, state_dir)
    except StateMissing as error:
        return _without_state(Timetable(config_path), now, f"{error}; reconcile makes it.")
    with home:
        view = View(home)
    assessment = assess(view, timetable, now)
    if assessment.configuration_fault:
        raise told(assessment.configuration_fault, maintenance=view.maintenance)
    return report(view, assessment.decision, now)


def told(fault: ConfigurationError, *, maintenance: bool) -> ConfigurationError:
    """Return the fault, saying also what the shop does meanwhile."""
    shop = "the shop is closed" if maintenance else "the shop is open"
    return ConfigurationError([*fault.faults, shop])


def _without_state(timetable: Timetable, now: int, note: str) -> Report:
    """Report where nothing was ever set up: no marker, so nginx lets everybody in."""
    from core.decision import decide  # noqa: PLC0415 - only before the first run

    decided = decide(now, timetable.around(now), None)
    return Report(
        at=now,
        maintenance=False,
        desired=decided.maintenance,
        reasons=decided.reasons,
        window=decided.window,
        next_transition=decided.next_transition,
        notes=(note,),
    )
