"""Window sets in words of the test's own, and the configuration file that says the same."""

from dataclasses import dataclass
from datetime import UTC, datetime

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY = 24 * 60
WEEK = 7 * DAY
ZONES = ("UTC", "Europe/Amsterdam", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca")


def reading(day: str, hour: int, minute: int = 0) -> int:
    """The minute of the week that a local clock shows; Monday 00:00 is 0."""
    return DAYS.index(day) * DAY + hour * 60 + minute


def words(minute_of_week: int) -> str:
    """The same minute as the configuration spells it."""
    day, rest = divmod(minute_of_week, DAY)
    return f"{DAYS[day]} {rest // 60:02}:{rest % 60:02}"


def minutes(text: str) -> int:
    """UTC minutes since 1970 of an RFC 3339 instant."""
    return int(datetime.fromisoformat(text).timestamp()) // 60


FIRST = minutes("2026-01-01T00:00:00Z")
LAST = minutes("2028-01-01T00:00:00Z")
"""The two years, in UTC minutes since 1970."""


def rfc3339(seconds: int) -> str:
    """An epoch second as the command line takes and gives it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Weekly:
    """A weekly window: local readings in minutes of the week, with an end or a length."""

    name: str
    start: int
    end: int | None = None
    length: int | None = None

    def toml(self, zone: str) -> str:
        """The window's table."""
        last = f'end = "{words(self.end)}"' if self.end is not None else self._duration()
        return (
            f'[[window]]\nname = "{self.name}"\nstart = "{words(self.start)}"\n'
            f'{last}\ntimezone = "{zone}"\n'
        )

    def _duration(self) -> str:
        assert self.length is not None
        hours, rest = divmod(self.length, 60)
        text = (f"{hours}h" if hours else "") + (f"{rest}m" if rest else "")
        return f'duration = "{text}"'


@dataclass(frozen=True)
class Extra:
    """A one-off window, in UTC minutes since 1970."""

    name: str
    start: int
    end: int

    def toml(self, zone: str) -> str:
        """The window's table; a one-off window has no zone."""
        return (
            f'[[extra_window]]\nname = "{self.name}"\n'
            f"start = {rfc3339(self.start * 60)}\nend = {rfc3339(self.end * 60)}\n"
        )


Case = tuple[Weekly | Extra, ...]


def configuration(case: Case, zone: str, state_dir: str = "/nonexistent") -> str:
    """The whole `core.toml` of a case."""
    return f'state_dir = "{state_dir}"\n' + "".join(window.toml(zone) for window in case)


# The clock changes of the five zones fall on Sunday between 00:00 and 04:00 local time:
# 02:00 → 03:00 (Amsterdam, St John's, Casablanca) and 02:00 → 02:30 (Lord Howe).
CASES: dict[str, Case] = {
    "crosses midnight and the week's end": (Weekly("w", reading("Sun", 22), reading("Mon", 5)),),
    "crosses midnight": (Weekly("w", reading("Sat", 22, 15), reading("Sun", 6, 45)),),
    "starts in a gap": (Weekly("w", reading("Sun", 2, 10), reading("Sun", 9)),),
    "ends in a gap": (Weekly("w", reading("Sat", 20), reading("Sun", 2, 20)),),
    "starts in an overlap": (Weekly("w", reading("Sun", 1, 45), reading("Sun", 4)),),
    "ends in an overlap": (Weekly("w", reading("Sat", 23), reading("Sun", 2, 15)),),
    "starts in a late overlap": (Weekly("w", reading("Sun", 2, 40), reading("Sun", 3, 10)),),
    "ends in an early overlap": (Weekly("w", reading("Sat", 23), reading("Sun", 1, 40)),),
    "lies in a gap": (Weekly("w", reading("Sun", 2, 5), reading("Sun", 2, 25)),),
    "lies in an overlap": (Weekly("w", reading("Sun", 1, 40), reading("Sun", 1, 50)),),
    "edge at the change": (
        Weekly("a", reading("Sun", 2), reading("Sun", 3)),
        Weekly("b", reading("Sat", 12), reading("Sun", 2)),
    ),
    "duration over the change": (Weekly("w", reading("Sat", 22), length=7 * 60),),
    "duration of a minute": (Weekly("w", reading("Sun", 2, 30), length=1),),
    "almost a week": (Weekly("w", reading("Sun", 2, 30), reading("Sun", 2, 29)),),
    "overlapping, touching, nested": (
        Weekly("a", reading("Fri", 8), reading("Fri", 12)),
        Weekly("b", reading("Fri", 11, 30), reading("Fri", 14)),
        Weekly("c", reading("Fri", 9), reading("Fri", 9, 30)),
        Weekly("d", reading("Fri", 14), reading("Fri", 15)),
    ),
    "several and one-off": (
        Weekly("a", reading("Sun", 22), reading("Mon", 5)),
        Weekly("b", reading("Wed", 23, 59), length=2 * DAY),
        Extra("year end", minutes("2026-12-31T20:00:00Z"), minutes("2027-01-01T05:00:00Z")),
        Extra("leap of faith", minutes("2026-11-29T23:00:00Z"), minutes("2026-12-06T22:59:00Z")),
    ),
    "nothing": (),
}
