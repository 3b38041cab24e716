"""Windows: from rules to occurrences. Pure.

Local time is read here and nowhere else. Each edge becomes UTC once; all comparing and adding is
in UTC. Where a clock change makes local time doubtful, the shop is rather closed: a skipped time
means the first instant after the gap, a repeated one the first time for a start and the last for
an end, and an occurrence that is left empty does not happen.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo

from core.instants import LATEST
from core.vocabulary import Occurrence, Value

DAY = 86400
WEEK = 7 * DAY
MINUTES_A_WEEK = 7 * 24 * 60

# Nothing lasts longer than a week, and no clock change is longer than a day.
_REACH = 8 * DAY
# Windows that touch become one. Those that leave no gap for more than a year are cut there.
_FURTHEST = 60 * WEEK
_STEP = 5 * WEEK
_NAME_LENGTH = 200


class WeeklyWindow(Value):
    """Every week from `start` on (minutes after Monday 00:00, local time in `zone`).

    It lasts `wall_minutes` by the wall clock, or else `duration` seconds of real time.
    """

    __slots__ = ("duration", "name", "start", "wall_minutes", "zone", "zone_name")

    def __init__(  # noqa: PLR0913 - one name for each thing that a window is made of
        self,
        name: str,
        start: int,
        *,
        zone: tzinfo,
        zone_name: str,
        wall_minutes: int | None = None,
        duration: int | None = None,
    ) -> None:
        """Keep the rule; exactly one of `wall_minutes` and `duration` is given."""
        self.name = name
        self.start = start
        self.wall_minutes = wall_minutes
        self.duration = duration
        self.zone = zone
        self.zone_name = zone_name

    @property
    def minutes(self) -> int:
        """How long it is by the wall clock, in a week without a clock change."""
        return (self.duration or 0) // 60 if self.wall_minutes is None else self.wall_minutes

    def starting(self, start: int, end: int) -> Iterator[Occurrence]:
        """Yield the occurrences that start in `[start, end)`."""
        # A local date is at most a day from the UTC date, a clock change moves at most one more.
        first = _monday(start - 2 * DAY)
        for monday in range(first, _monday(end + 2 * DAY) + 1, 7):
            one = self._in_week(monday)
            if one and start <= one.start < end:
                yield one

    def _in_week(self, monday: int) -> Occurrence | None:
        wall = datetime.combine(date.fromordinal(monday), datetime.min.time())
        wall += timedelta(minutes=self.start)
        start = first_instant(wall, self.zone)
        if self.duration is not None:
            return Occurrence(start, start + self.duration, self.name)
        end = last_instant(wall + timedelta(minutes=self.minutes), self.zone)
        return Occurrence(start, end, self.name) if start < end else None


class ExtraWindow(Value):
    """Once, from `start` to `end` (epoch seconds)."""

    __slots__ = ("end", "name", "start")

    def __init__(self, name: str, start: int, end: int) -> None:
        """Keep name and edges."""
        self.name = name
        self.start = start
        self.end = end

    def starting(self, start: int, end: int) -> Iterator[Occurrence]:
        """Yield the one occurrence if it starts in `[start, end)`."""
        if start <= self.start < end:
            yield Occurrence(self.start, self.end, self.name)


Window = WeeklyWindow | ExtraWindow


def _monday(moment: int) -> int:
    ordinal = datetime.fromtimestamp(max(moment, 0), UTC).toordinal()
    return ordinal - (ordinal - 1) % 7


def first_instant(wall: datetime, zone: tzinfo) -> int:
    """Return when local time `wall` is reached first, epoch seconds."""
    return _instants(wall, zone)[0]


def last_instant(wall: datetime, zone: tzinfo) -> int:
    """Return when local time `wall` is reached last, epoch seconds."""
    return _instants(wall, zone)[1]


def _instants(wall: datetime, zone: tzinfo) -> tuple[int, int]:
    # PEP 495: in a gap, fold=0 reads the clock as if it had not been changed, fold=1 as if it had.
    first = int(wall.replace(tzinfo=zone, fold=0).timestamp())
    last = int(wall.replace(tzinfo=zone, fold=1).timestamp())
    if last < first:
        first = last = _change(last, first, zone)
    return first, last


def _change(before: int, after: int, zone: tzinfo) -> int:
    """Return the instant in `(before, after]` from which `zone` has its new offset."""
    new = datetime.fromtimestamp(after, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == new:
            after = middle
        else:
            before = middle
    return after


def occurrences(windows: Sequence[Window], start: int, end: int) -> list[Occurrence]:
    """Return what touches `[start, end)`: merged, sorted, whole even where it reaches outside."""
    earliest, latest = start - _REACH, end + _REACH
    while True:
        found = [
            one for one in _merged(windows, earliest, latest) if one.start < end and one.end > start
        ]
        # What touches the first may start a week before it; what touches the last, at its end.
        before = min([found[0].start - _REACH if found else earliest, earliest])
        after = max([found[-1].end + 1 if found else latest, latest])
        if (before, after) == (earliest, latest) or after - before > _FURTHEST + end - start:
            return found
        earliest, latest = before, after + _REACH


def _merged(windows: Sequence[Window], start: int, end: int) -> list[Occurrence]:
    """Return the occurrences that start in `[start, end)`, those that touch made one."""
    single = sorted(
        (one for window in windows for one in window.starting(start, end)),
        key=lambda one: one.start,
    )
    groups: list[list[Occurrence]] = []
    reach = 0
    for one in single:
        if groups and one.start <= reach:
            groups[-1].append(one)
            reach = max(reach, one.end)
        else:
            groups.append([one])
            reach = one.end
    return [_joined(group) for group in groups]


def _joined(group: list[Occurrence]) -> Occurrence:
    if len(group) == 1:
        return group[0]
    names = " + ".join(dict.fromkeys(one.name for one in group))
    if len(names) > _NAME_LENGTH:
        names = names[: _NAME_LENGTH - 1] + "…"
    return Occurrence(group[0].start, max(one.end for one in group), names)


def following(windows: Sequence[Window], moment: int) -> Iterator[Occurrence]:
    """Yield the merged occurrences that end after `moment`, in order, as long as there are any."""
    weekly = any(isinstance(window, WeeklyWindow) for window in windows)
    extra = sorted(window.start for window in windows if isinstance(window, ExtraWindow))
    shown = moment
    while moment <= LATEST:
        for one in occurrences(windows, moment, moment + _STEP):
            yield one
            shown = one.end
        moment = max(moment + _STEP, shown)
        if not weekly:
            moment = max(moment, next((start for start in extra if start >= moment), LATEST + 1))


def around(windows: Sequence[Window], *moments: int) -> list[Occurrence]:
    """Return all that `decision.decide` needs to know about each of `moments`."""
    found = set[Occurrence]()
    for moment in moments:
        for one in following(windows, moment):
            found.add(one)
            if one.start > moment:
                break
    return sorted(found, key=lambda one: one.start)


def leaves_open(windows: Sequence[Window]) -> bool:
    """Tell whether the weekly windows of each zone leave some minute of the week open."""
    closed: dict[str, list[tuple[int, int]]] = {}
    for window in windows:
        if isinstance(window, WeeklyWindow):
            spans = closed.setdefault(window.zone_name, [])
            end = window.start + window.minutes
            spans += [(window.start, end), (window.start - MINUTES_A_WEEK, end - MINUTES_A_WEEK)]
    return all(_has_gap(sorted(spans)) for spans in closed.values())


def _has_gap(spans: list[tuple[int, int]]) -> bool:
    reach = 0
    for start, end in spans:
        if start > reach:
            return True
        reach = max(reach, end)
    return reach < MINUTES_A_WEEK
