"""Read `core.toml`; every fault is found and told at once."""

import os
import re
import stat
import tomllib
from collections.abc import Callable
from datetime import datetime, tzinfo

from core.errors import ConfigurationError
from core.instants import LATEST
from core.jsontext import CONTROLS
from core.places import DEFAULT_STATE_DIR
from core.windows import (
    MINUTES_A_WEEK,
    WEEK,
    ExtraWindow,
    WeeklyWindow,
    Window,
    first_instant,
    last_instant,
    leaves_open,
)
from core.zones import load as load_zone
from core.zones import path_of

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEKLY = re.compile(rf"({'|'.join(DAYS)}) ([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_DURATION = re.compile(r"(?=.)(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?", re.ASCII)
_LARGEST = 1 << 20
_NAME_LENGTH = 100


class Configuration:
    """What `core.toml` says: where the state is, the windows, and the zone files they need."""

    def __init__(self, state_dir: str, windows: list[Window], zone_files: list[str]) -> None:
        """Keep all three."""
        self.state_dir = state_dir
        self.windows = windows
        self.zone_files = zone_files


def load(path: str, zone: Callable[[str], tzinfo] = load_zone) -> Configuration:
    """Read and check the file; `zone` finds a time zone by name.

    Raises:
        ConfigurationError: with every fault.
    """
    return parse(_read(path), path, zone)


def _read(path: str) -> str:
    try:
        # A FIFO in the file's place must not stop a run for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ConfigurationError([f"{path}: is not a file"])
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise ConfigurationError([f"{path}: is larger than {_LARGEST} bytes"])
        return content.decode()
    except OSError as error:
        raise ConfigurationError([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigurationError([f"{path}: is not UTF-8 text"]) from None


def parse(text: str, path: str, zone: Callable[[str], tzinfo] = load_zone) -> Configuration:
    """Check the file's text; `path` names it in sentences.

    Raises:
        ConfigurationError: with every fault.
    """
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError([f"{path}: is not TOML: {error}"]) from None
    faults: list[str] = []
    top = _Table(data, "", faults)
    state_dir = top.text("state_dir") if "state_dir" in data else DEFAULT_STATE_DIR
    if state_dir and not os.path.isabs(state_dir):
        top.fault("state_dir", "is not an absolute path")
    windows: list[Window | None] = [_weekly(table, zone) for table in top.tables("window")]
    windows += [_extra(table, zone) for table in top.tables("extra_window")]
    top.refuse_rest()
    good = [window for window in windows if window]
    if not faults and not leaves_open(good):
        faults.append("window: together they leave no minute of the week open")
    if faults:
        raise ConfigurationError(faults, state_dir or None)
    names = {window.zone_name for window in good if isinstance(window, WeeklyWindow)}
    files = [path_of(name) for name in sorted(names - {"UTC"})]
    return Configuration(state_dir, good, files)


class _Table:
    """A TOML table whose keys are taken one by one; faults are collected, never raised."""

    def __init__(self, data: dict[str, object], place: str, faults: list[str]) -> None:
        self._data = data
        self._place = place
        self._faults = faults
        self._taken = set[str]()

    def fault(self, key: str, sentence: str) -> None:
        self._faults.append(f"{self._place}{key}: {sentence}")

    def take(self, key: str) -> object:
        self._taken.add(key)
        return self._data.get(key)

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def text(self, key: str) -> str:
        value = self.take(key)
        if value is None:
            self.fault(key, "is missing")
        elif not isinstance(value, str) or not value:
            self.fault(key, "is not text in quotes")
        elif not frozenset(CONTROLS).isdisjoint(map(ord, value)):
            self.fault(key, "holds a control character")
        else:
            return value
        return ""

    def name(self) -> str:
        name = self.text("name")
        if len(name) > _NAME_LENGTH:
            self.fault("name", f"has more than {_NAME_LENGTH} characters")
        return name

    def tables(self, key: str) -> list["_Table"]:
        value = self.take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fault(key, f"is not a list of tables: write [[{key}]]")
            return []
        return [
            _Table(item, f"{key} {number}, ", self._faults)
            for number, item in enumerate(value, start=1)
        ]

    def refuse_rest(self) -> None:
        for key in self._data:
            if key not in self._taken:
                self.fault(key, "is not a known key")

    def end_or_duration(self) -> str | None:
        """Return which of the two is there; exactly one must be."""
        self._taken |= {"end", "duration"}
        there = [key for key in ("end", "duration") if key in self._data]
        if len(there) == 1:
            return there[0]
        self.fault("end", "give it or duration, not both" if there else "give it or duration")
        return None

    def duration(self) -> int:
        """Return seconds; 0 with a fault told."""
        text = self.text("duration")
        match = _DURATION.fullmatch(text)
        if not match:
            if text:
                self.fault("duration", 'is not a length such as "7h", "90m" or "1d12h"')
            return 0
        days, hours, minutes = (int(part or 0) for part in match.groups())
        seconds = ((days * 24 + hours) * 60 + minutes) * 60
        if not 0 < seconds < WEEK:
            self.fault("duration", "is not between a minute and a week")
            return 0
        return seconds

    def zone(self, find: Callable[[str], tzinfo]) -> tuple[tzinfo, str] | None:
        name = self.text("timezone")
        if not name:
            return None
        try:
            return find(name), name
        except ValueError as error:
            self.fault("timezone", str(error))
            return None

    def minute_of_week(self, key: str) -> int | None:
        text = self.text(key)
        match = _WEEKLY.fullmatch(text)
        if match:
            day, hour, minute = match.groups()
            return (DAYS.index(day) * 24 + int(hour)) * 60 + int(minute)
        if text:
            self.fault(key, 'is not a weekday and a time such as "Sun 22:00"')
        return None

    def moment(self, key: str) -> datetime | None:
        value = self.take(key)
        if value is None:
            self.fault(key, "is missing")
        elif not isinstance(value, datetime) or value.microsecond:
            self.fault(key, "is not a date and time such as 2026-12-31T20:00:00Z")
        else:
            return value
        return None


def _weekly(table: _Table, find: Callable[[str], tzinfo]) -> WeeklyWindow | None:
    name = table.name()
    start = table.minute_of_week("start")
    zone = table.zone(find)
    wall_minutes = duration = None
    match table.end_or_duration():
        case "end":
            end = table.minute_of_week("end")
            if start is not None and end is not None:
                wall_minutes = (end - start) % MINUTES_A_WEEK
                if not wall_minutes:
                    table.fault("end", "is the start again: a window is shorter than a week")
        case "duration":
            duration = table.duration()
    table.refuse_rest()
    if not name or start is None or not zone or not (wall_minutes or duration):
        return None
    return WeeklyWindow(
        name,
        start,
        zone=zone[0],
        zone_name=zone[1],
        wall_minutes=wall_minutes,
        duration=duration,
    )


def _extra(table: _Table, find: Callable[[str], tzinfo]) -> ExtraWindow | None:
    name = table.name()
    zone = table.zone(find) if "timezone" in table else None
    start = _edge(table, "start", zone, first_instant)
    end = None
    match table.end_or_duration():
        case "end":
            end = _edge(table, "end", zone, last_instant)
            if start is not None and end is not None and not 0 < end - start < WEEK:
                table.fault("end", "is not after the start and less than a week later")
                end = None
        case "duration":
            seconds = table.duration()
            end = start + seconds if start is not None and seconds else None
    table.refuse_rest()
    return None if not name or start is None or end is None else ExtraWindow(name, start, end)


def _edge(
    table: _Table,
    key: str,
    zone: tuple[tzinfo, str] | None,
    instant_of: Callable[[datetime, tzinfo], int],
) -> int | None:
    moment = table.moment(key)
    if moment is None:
        return None
    if moment.tzinfo is not None:
        instant = int(moment.timestamp())
    elif zone:
        instant = instant_of(moment, zone[0])
    elif "timezone" in table:
        return None  # the zone's own fault is told already
    else:
        table.fault(key, "has no offset: end it in Z, or give a timezone")
        return None
    if not 0 <= instant <= LATEST:
        table.fault(key, "is not between 1970 and 9998")
        return None
    return instant
