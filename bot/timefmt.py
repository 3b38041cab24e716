"""One renderer of instants and durations, for every text that people read."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.units import format_unit

_DAYS_APART = timedelta(days=6)
"""Further away than this a weekday alone could be two days."""
_SOON = timedelta(minutes=2)
"""Seconds of a past instant are of use for so long."""

# CLDR's long Dutch forms lack days and hours; its short ones are whole words.
_UNIT_LENGTHS = {"en": "long", "nl": "short"}

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_STEPS = (
    # From this length on: the two units that are shown.
    (_DAY, ("day", "hour")),
    (_HOUR, ("hour", "minute")),
    (2 * _MINUTE, ("minute",)),
    (_MINUTE, ("minute", "second")),
    (timedelta(0), ("second",)),
)
_SIZES = {"day": _DAY, "hour": _HOUR, "minute": _MINUTE, "second": timedelta(seconds=1)}


@dataclass(frozen=True, slots=True)
class Times:
    """Shows instants in one zone and language, with UTC in brackets."""

    language: str
    zone: tzinfo

    def instant(self, at: datetime, now: datetime) -> str:
        """Show an instant: "Mon 07:00 (05:00 UTC)".

        The date is added when the weekday could mislead, with the year when it is another one, the
        zone's name when the clock shows this time twice, the weekday in brackets when it differs,
        seconds when there are any and they matter: a time ahead is a promise.
        """
        local, world = at.astimezone(self.zone), at.astimezone(UTC)
        clock = "HH:mm:ss" if at.second and at > now - _SOON else "HH:mm"
        shown = self._format(local, f"{self._day(at, now)} {clock}")
        if local.utcoffset() == timedelta(0) and local.tzname() == "UTC":
            return f"{shown} UTC"
        if _twice(local):
            shown += f" {local.tzname()}"
        other_day = "EEE " if local.date() != world.date() else ""
        return f"{shown} ({self._format(world, other_day + clock)} UTC)"

    def date(self, day: date) -> str:
        """Show a day: "Tue 1 Dec 2026"."""
        return format_date(day, "EEE d MMM y", locale=Locale(self.language))

    def duration(self, length: timedelta) -> str:
        """Show a duration by its two largest units: "3 days 4 hours"; never negative."""
        length = max(length, timedelta(0))
        units = next(units for start, units in _STEPS if length >= start)
        smallest = _SIZES[units[-1]]
        rest = round(length / smallest) * smallest
        amounts: list[str] = []
        for unit in units:
            count, rest = divmod(rest, _SIZES[unit])
            if count or unit == "second" == units[0]:
                amounts.append(self._unit(count, unit))
        return " ".join(amounts)

    def _day(self, at: datetime, now: datetime) -> str:
        if abs(at - now) <= _DAYS_APART:
            return "EEE"
        same_year = at.astimezone(self.zone).year == now.astimezone(self.zone).year
        return "EEE d MMM" if same_year else "EEE d MMM y"

    def _format(self, at: datetime, pattern: str) -> str:
        return format_datetime(at, pattern, tzinfo=at.tzinfo, locale=Locale(self.language))

    def _unit(self, count: int, unit: str) -> str:
        length = _UNIT_LENGTHS[self.language]
        return format_unit(count, f"duration-{unit}", length=length, locale=Locale(self.language))  # type: ignore[arg-type]  # a Literal


def _twice(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
