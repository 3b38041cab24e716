"""An end as a moment: "18:00", "Fri 18:00", "tomorrow at 9:00", "1 dec 18u30"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot import endwords
from bot.commands import EndFault
from bot.notaken import NotTakenError
from core.windows import last_instant

_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.u]([0-9]{2})(?::([0-9]{2}))?)?(am|pm|u)?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DATE_AND_CLOCK = re.compile(r"([0-9-]+)t([0-9:.]+)(z?)")
_DAY_OF_MONTH = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|e)?")
_YEAR = re.compile(r"[0-9]{4}")
_WEEK = 7
_NOON = 12


@dataclass(frozen=True, slots=True)
class _Clock:
    """A time of day; `late` is 24:00, the end of the day."""

    at: time
    late: bool = False


def end_at(words: Sequence[str], now: datetime, zone: tzinfo) -> datetime:
    """Return the moment in UTC; the next one that fits where no date is given.

    Raises:
        NotTakenError: this is no moment, or a day without a time.
    """
    keys, zone = _in_zone(_without_brackets(words), zone)
    keys = _joined_clock([key for key in keys if key not in endwords.FILLERS])
    today = now.astimezone(zone).date()
    if not keys:
        raise NotTakenError(EndFault.UNKNOWN)
    clock = _clock(keys[-1])
    if clock is None:
        raise NotTakenError(EndFault.UNKNOWN if _day(keys, today) is None else EndFault.NO_TIME)
    return _on_day(keys[:-1], clock, today, now, zone)


def _on_day(
    keys: Sequence[str], clock: _Clock, today: date, now: datetime, zone: tzinfo
) -> datetime:
    day = _day(keys, today) if keys else today
    if day is None:
        raise NotTakenError(EndFault.UNKNOWN)
    end = _instant(day, clock, today, zone)
    if end > now:
        return end
    if not keys:
        return _instant(day + timedelta(days=1), clock, today, zone)
    if len(keys) == 1 and keys[0] in endwords.WEEKDAYS:
        return _instant(day + timedelta(days=_WEEK), clock, today, zone)
    return end


def _instant(day: date, clock: _Clock, today: date, zone: tzinfo) -> datetime:
    # Years that no calendar of a zone reaches would overflow; no lock ends there.
    if abs(day.year - today.year) > 1:
        raise NotTakenError(EndFault.PAST if day < today else EndFault.TOO_FAR)
    wall = datetime.combine(day + timedelta(days=clock.late), clock.at)
    return datetime.fromtimestamp(last_instant(wall, zone), UTC)


def _without_brackets(words: Sequence[str]) -> list[str]:
    """Drop what we show ourselves and people copy: "Mon 07:00 (05:00 UTC)"."""
    keys = list(words)
    opened = [index for index, key in enumerate(keys) if key.startswith("(")]
    if opened and keys[-1].endswith(")"):
        return keys[: opened[-1]]
    return keys


def _in_zone(keys: list[str], zone: tzinfo) -> tuple[list[str], tzinfo]:
    """Read a UTC at the end, and split "2026-12-01T18:00Z"."""
    both = _DATE_AND_CLOCK.fullmatch(keys[-1]) if keys else None
    if both:
        keys = [*keys[:-1], both[1], both[2], *([both[3]] if both[3] else [])]
    if keys and keys[-1] in endwords.UTC_NAMES:
        return keys[:-1], UTC
    return keys, zone


def _joined_clock(keys: list[str]) -> list[str]:
    """Put "6 pm" and "18 uur" together; "18:00 uur" is "18:00"."""
    if len(keys) < 2 or keys[-1] not in {"am", "pm", "u", "uur"}:  # noqa: PLR2004 - a pair
        return keys
    suffix = keys[-1][:2].replace("uu", "u")
    clock = keys[-2]
    return [*keys[:-2], clock if suffix == "u" and not clock.isdecimal() else clock + suffix]


def _clock(key: str) -> _Clock | None:
    match = _CLOCK.fullmatch(key)
    if not match or not (match[2] or match[4]):
        return None
    hour, minute, second = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if match[4] in {"am", "pm"}:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if match[4] == "pm" else 0)
    if (hour, minute, second) == (24, 0, 0):
        return _Clock(time(0), late=True)
    try:
        return _Clock(time(hour, minute, second))
    except ValueError:
        return None


def _day(keys: Sequence[str], today: date) -> date | None:
    """Read the day; None if this is none."""
    first, rest = keys[0], keys[1:]
    if first in endwords.WEEKDAYS:
        weekday = endwords.WEEKDAYS[first]
        return _date_on(rest, weekday, today) if rest else _coming(today, weekday)
    if first in endwords.DAYS_AHEAD and not rest:
        return today + timedelta(days=endwords.DAYS_AHEAD[first])
    return _date(keys, today)


def _date_on(keys: Sequence[str], weekday: int, today: date) -> date | None:
    day = _date(keys, today)
    if day and day.weekday() != weekday:
        raise NotTakenError(EndFault.CONTRADICTION)
    return day


def _coming(today: date, weekday: int) -> date:
    return today + timedelta(days=(weekday - today.weekday()) % _WEEK)


def _date(keys: Sequence[str], today: date) -> date | None:
    """Read "2026-12-01", "1 dec", "1st december 2026"."""
    iso = _DATE.fullmatch(keys[0])
    if iso and len(keys) == 1:
        return _calendar(int(iso[1]), int(iso[2]), int(iso[3]))
    number = _DAY_OF_MONTH.fullmatch(keys[0])
    month = endwords.MONTHS.get(keys[1]) if len(keys) > 1 else None
    if not number or not month:
        return None
    if len(keys) == 2:  # noqa: PLR2004 - a day and a month
        day = _calendar(today.year, month, int(number[1]))
        return day if day and day >= today else _calendar(today.year + 1, month, int(number[1]))
    if len(keys) == 3 and _YEAR.fullmatch(keys[2]):  # noqa: PLR2004 - and a year
        return _calendar(int(keys[2]), month, int(number[1]))
    return None


def _calendar(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
