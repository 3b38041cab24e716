"""The calendar by the most patient method: look at the wall clock every minute, write it down.

Nothing is computed backwards: the walk only asks `zoneinfo` what the clock on the wall shows at a
UTC minute, and notes when each reading was seen first and last. No `fold`, no offset arithmetic,
no list of clock changes. A reading that was never seen (a gap) is taken to be the next one that
was. Windows are then painted on a strip with one byte for each UTC minute.
"""

from array import array
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from tests.property.calendar_cases import DAY, FIRST, LAST, WEEK, Case, Extra, Weekly

MARGIN = 3 * WEEK
"""Minutes painted before and after what is asked: more than windows that touch last together."""

_ORDINAL_1970 = datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 # a calendar date has no zone
_MONDAY = (_ORDINAL_1970 - 1) % 7 * DAY


class Wall:
    """What the clock on the wall of a zone showed, minute by minute."""

    def __init__(self, zone: str, first: int, last: int) -> None:
        """Walk the UTC minutes [first, last)."""
        self.base = first - 2 * DAY
        span = last - first + 4 * DAY
        self._first = array("q", bytes(8 * span))
        self._last = array("q", bytes(8 * span))
        where = ZoneInfo(zone)
        for minute in range(first, last):
            now = datetime.fromtimestamp(minute * 60, where)
            shown = (now.toordinal() - _ORDINAL_1970) * DAY + now.hour * 60 + now.minute
            at = shown - self.base
            self._first[at] = self._first[at] or minute
            self._last[at] = minute
        for at in range(span - 2, -1, -1):
            if not self._first[at]:
                self._first[at] = self._last[at] = self._first[at + 1]

    def first(self, shown: int) -> int:
        """The first UTC minute at which the wall showed this reading, or leapt over it."""
        return self._first[shown - self.base]

    def last(self, shown: int) -> int:
        """The last such minute."""
        return self._last[shown - self.base]


@cache
def two_years(zone: str) -> Wall:
    """The wall of a zone over all of FIRST to LAST; it is walked once."""
    return Wall(zone, FIRST - 2 * MARGIN, LAST + 2 * MARGIN)


class Strip:
    """Which minutes of [first, last) are inside a window, and inside which."""

    def __init__(self, case: Case, zone: str, first: int, last: int) -> None:
        """Paint every window of the case."""
        self.first = first
        self.last = last
        self.painted = bytearray(last - first)
        self._spans: list[tuple[int, int, str]] = []
        for window in case:
            if isinstance(window, Extra):
                self._paint(window.start, window.end, window.name)
            else:
                self._paint_weeks(window, two_years(zone))

    def _paint_weeks(self, window: Weekly, wall: Wall) -> None:
        shown = self.first - MARGIN
        while (shown + _MONDAY) % WEEK != window.start:
            shown += 1
        while shown < self.last + MARGIN:
            start = wall.first(shown)
            if window.end is None:
                end = start + (window.length or 0)
            else:
                end = wall.last(shown + (window.end - window.start) % WEEK)
            self._paint(start, end, window.name)
            shown += WEEK

    def _paint(self, start: int, end: int, name: str) -> None:
        if end <= start:
            return
        self._spans.append((start, end, name))
        for minute in range(max(start, self.first), min(end, self.last)):
            self.painted[minute - self.first] = 1

    def edges(self) -> list[tuple[int, bool]]:
        """The minutes at which the paint changes, with what begins there."""
        found = []
        at, inside = 0, self.painted[0]
        while (at := self.painted.find(1 - inside, at)) >= 0:
            inside = self.painted[at]
            found.append((self.first + at, bool(inside)))
        return found

    def names(self, start: int, end: int) -> set[str]:
        """Names of the windows that touch [start, end)."""
        return {name for begin, stop, name in self._spans if begin < end and stop > start}
