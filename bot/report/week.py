"""Weeks of the books: ISO weeks, from Monday 00:00 to Monday 00:00 in the zone for people.

A window belongs to the week that it closes: the week in which it begins, and one that begins
exactly at Monday 00:00 to the week that is just over. So Sunday 23:00 to Monday 06:00 belongs to
the week that ends at that midnight; so does a window fixed at Sunday 22:00 UTC, which in
Amsterdam begins at 23:00 in winter and at 00:00 in summer.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.report.model import Span
from core.windows import first_instant

_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})", re.ASCII)


class NotAWeek(ValueError):
    """A text names no ISO week; `str()` is the sentence."""


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO week by its Monday."""

    monday: date

    def __str__(self) -> str:
        """Show it as ISO 8601 does: "2026-W48"."""
        year, number, _ = self.monday.isocalendar()
        return f"{year:04}-W{number:02}"

    def span(self, zone: tzinfo) -> Span:
        """Return its edges as instants in UTC."""
        return Span(_midnight(self.monday, zone), _midnight(_next(self.monday), zone))

    def closed_by(self, start: datetime, zone: tzinfo) -> bool:
        """Tell whether a window that begins at `start` belongs to this week."""
        span = self.span(zone)
        return span.start < start <= span.end


def parse(text: str) -> Week:
    """Read "2026-W48".

    Raises:
        NotAWeek: it is not that, or that year has no such week.
    """
    found = _WEEK.fullmatch(text.strip().upper())
    if not found:
        raise NotAWeek(f'"{text}" is not a week such as 2026-W48')
    try:
        week = Week(date.fromisocalendar(int(found[1]), int(found[2]), 1))
        _next(week.monday)
    except (ValueError, OverflowError) as error:
        raise NotAWeek(f"there is no week {found[2]} in {found[1]}") from error
    return week


def week_of(start: datetime, zone: tzinfo) -> Week:
    """Return the week to which a window that begins at `start` belongs."""
    before = (start.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone).date()
    return Week(before - timedelta(days=before.weekday()))


def _next(monday: date) -> date:
    return monday + timedelta(weeks=1)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(first_instant(datetime.combine(day, time()), zone), UTC)
