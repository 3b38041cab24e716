"""A wrong clock closes and opens the shop at the wrong time."""

from collections.abc import Iterator

from core.check.finding import Finding, ok, warning, wrong
from core.check.scene import Scene
from core.instants import text_of
from core.view import IMPLAUSIBLE_CLOCK, View, assess

_PROJECT_BEGAN = 1767225600  # 2026-01-01: no clock that is right says less
_CURE = "timedatectl set-ntp true"


def plausible(scene: Scene) -> Iterator[Finding]:
    """It cannot be before the project began, nor before the journal's last event."""
    now = text_of(scene.now)
    if scene.now < _PROJECT_BEGAN:
        yield wrong("clock", f"The clock says {now}.", _CURE)
        return
    if scene.home:
        decided = assess(View(scene.home), scene.timetable, scene.now).decision
        if IMPLAUSIBLE_CLOCK in decided.reasons:
            yield wrong(
                "clock",
                f"The clock says {now}, which is before the journal's last event.",
                "Set the clock; if it is right, move the journal away.",
            )
            return
    yield ok("clock", f"The clock says {now}.")


def synchronised(scene: Scene) -> Iterator[Finding]:
    """Ask systemd, and where that knows nothing, chrony."""
    told = scene.run("timedatectl", "show", "--property=NTPSynchronized", "--value")
    answer = told.out.strip()
    if answer != "yes":
        leap = leap_status(scene.run("chronyc", "-n", "tracking").out)
        answer = {"": answer, "Not synchronised": "no"}.get(leap, "yes")
    if answer == "yes":
        yield ok("clock-sync", "The clock is synchronised.")
    elif answer == "no":
        yield warning("clock-sync", "The clock is not synchronised.", _CURE)
    else:
        sentence = f"Nobody says whether the clock is synchronised ({told.complaint})."
        yield warning("clock-sync", sentence, "Install systemd-timesyncd or chrony.")


def leap_status(tracking: str) -> str:
    """Return what `chronyc tracking` says, "" where it says nothing."""
    for line in tracking.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "Leap status":
            return value.strip()
    return ""
