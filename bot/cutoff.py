"""Do the windows begin early enough before the payment provider's cut-off?

A payment that was begun before a window can still be paid while it is open: at Mollie iDEAL for 15
minutes, cards for 30, Bancontact for 60 (https://docs.mollie.com/payments/status-changes).
What is paid after the cut-off although it was begun before lands in the other week of the books.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from adapters.base import Finding
from bot.config import CutOff, Method
from bot.corestate import moment
from bot.findings import ok, warning
from core.protocol import Occurrence
from core.windows import first_instant

PAYABLE: Mapping[Method, timedelta] = {
    Method.IDEAL: timedelta(minutes=15),
    Method.CARD: timedelta(minutes=30),
    Method.BANCONTACT: timedelta(minutes=60),
}
"""How long a payment that was begun can still be paid."""

_MINUTE = timedelta(minutes=1)
_KNOWN = ", ".join(f"{method} {length // _MINUTE}" for method, length in PAYABLE.items())
_RULE = f"A payment that was begun stays payable (minutes: {_KNOWN})"


@dataclass(frozen=True, slots=True)
class Lead:
    """How long before a cut-off its window begins; None without a window."""

    cut_off: datetime
    length: timedelta | None


def leads(cut_off: CutOff, zone: tzinfo, windows: Sequence[Occurrence]) -> Iterator[Lead]:
    """Measure every cut-off from the first of the windows, in order, to the last."""
    if not windows:
        return
    first, last = moment(windows[0].start), moment(windows[-1].end)
    for at in _instants(cut_off.at, zone, first, last):
        around = (one for one in windows if moment(one.start) <= at <= moment(one.end))
        found = next(around, None)
        yield Lead(at, at - moment(found.start) if found else None)


def _instants(minutes: int, zone: tzinfo, first: datetime, last: datetime) -> Iterator[datetime]:
    day = first.astimezone(zone).date()
    monday = day - timedelta(days=day.weekday())
    while True:
        # By the wall clock: a change of the clock in between moves no weekday and no hour.
        wall = datetime.combine(monday, time()) + timedelta(minutes=minutes)
        at = datetime.fromtimestamp(first_instant(wall, zone), UTC)
        if at > last:
            return
        if at >= first:
            yield at
        monday += timedelta(weeks=1)


def look(cut_off: CutOff | None, zone: tzinfo, windows: Sequence[Occurrence]) -> Iterator[Finding]:
    """Say whether the lead does, through a year; `zone` is the one for people."""
    if cut_off is None:
        sentence = f"{_RULE}: whether windows begin that long before the cut-off is not known."
        yield ok(f"{sentence} To have it checked, add [cut_off] to bot.toml.")
        return
    if not windows:
        cure = "Add a [[window]] to core.toml, or take [cut_off] out of bot.toml."
        yield warning("no-window", "There is a cut-off, but no window is configured.", cure)
        return
    yield from _judged(cut_off, [*leads(cut_off, cut_off.timezone or zone, windows)], zone)


def _judged(cut_off: CutOff, found: Iterable[Lead], zone: tzinfo) -> Iterator[Finding]:
    zone = cut_off.timezone or zone
    needed = max(PAYABLE[method] for method in cut_off.methods)
    bare = [one for one in found if one.length is None]
    short = [(one.length, one.cut_off) for one in found if one.length is not None]
    if bare:
        yield warning(
            "no-window",
            f"No window is open at the cut-off of {_shown(bare[0].cut_off, zone)}.",
            "Look at the windows in core.toml, and at their time zone: best that of the cut-off.",
        )
    if short and min(short)[0] < needed:
        yield _too_short(cut_off, *min(short), zone)
    elif not bare:
        yield ok(f"Every window begins {needed // _MINUTE} minutes or more before the cut-off.")


def _too_short(cut_off: CutOff, length: timedelta, at: datetime, zone: tzinfo) -> Finding:
    late = [method for method in PAYABLE if method in cut_off.methods and PAYABLE[method] > length]
    needed = max(PAYABLE[method] for method in late) // _MINUTE
    return warning(
        "short-lead",
        f"The window begins {length // _MINUTE} minutes before the cut-off of {_shown(at, zone)}."
        f" {_RULE}: too short for {', '.join(late)}.",
        f"Let it begin {needed} minutes before, in the time zone of the cut-off ({zone}).",
    )


def _shown(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
