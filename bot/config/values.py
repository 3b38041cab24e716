"""What single values in `bot.toml` must be; TOML's own types, never a silent conversion."""

import datetime as dt
import enum
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.config.shape import (
    Count,
    Hours,
    Language,
    Listen,
    Method,
    Minutes,
    Seconds,
    Url,
    WeekMinute,
)
from bot.policy import Role
from bot.probe import Family
from core.zones import load as load_zone

LARGEST = 1_000_000
PORTS = 65536
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEKLY = re.compile(rf"({'|'.join(DAYS)}) ([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class Wrong(ValueError):
    """A value is not what its key needs; `str()` is the sentence."""


def _text(value: Any, _: Any = None) -> str:
    if not isinstance(value, str):
        raise Wrong(f"must be text in quotes, not {_kind(value)}")
    if not value.strip():
        raise Wrong("must not be empty")
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise Wrong("must not hold control characters")
    return value


def _boolean(value: Any, _: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"must be true or false, not {_kind(value)}")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(f"must be a whole number, not {_kind(value)}")
    if not 1 <= value <= LARGEST:
        raise Wrong(f"must be between 1 and {LARGEST}, not {value}")
    return value


def _path(value: Any, _: Any) -> Path:
    return Path(_text(value))


def _zone(value: Any, _: Any) -> ZoneInfo:
    name = _text(value)
    try:
        load_zone(name)  # refuses a file that is cut short; `zoneinfo` would read it for ever
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        if isinstance(error, Wrong):
            raise
        raise Wrong(f'"{value}" is not a known time zone, such as "Europe/Amsterdam"') from error


def _date(value: Any, _: Any) -> dt.date:
    if type(value) is not dt.date:  # a date with a time is a subclass of a date
        raise Wrong("must be a date without quotes and without a time, such as 2027-09-01")
    return value


def _url(value: Any, _: Any) -> Url:
    parts = urlsplit(_text(value))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Wrong('must be an address such as "https://tickets.example/"')
    if parts.username is not None:
        raise Wrong("must not hold a user name or password")
    return Url(value)


def _week_minute(value: Any, _: Any) -> WeekMinute:
    found = _WEEKLY.fullmatch(_text(value))
    if not found:
        raise Wrong('must be a weekday and a time such as "Mon 00:00"')
    day, hour, minute = found.groups()
    return WeekMinute((DAYS.index(day) * 24 + int(hour)) * 60 + int(minute))


def _listen(value: Any, _: Any) -> Listen:
    host, _colon, port = _text(value).rpartition(":")
    try:
        loopback = ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        loopback = False
    if not loopback or not (port.isascii() and port.isdecimal()) or not 0 < int(port) < PORTS:
        raise Wrong('must be a port of this machine alone, such as "127.0.0.1:9478"')
    return Listen((host.strip("[]"), int(port)))


def _choice(value: Any, choices: type[enum.StrEnum]) -> enum.StrEnum:
    known = [choice.value for choice in choices]
    if value not in known:
        raise Wrong(f'must be one of {", ".join(known)}, not "{value}"')
    return choices(value)


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"


HOOKS: Mapping[Any, Callable[[Any, Any], Any]] = {
    str: _text,
    bool: _boolean,
    Path: _path,
    ZoneInfo: _zone,
    dt.date: _date,
    Family: _choice,
    Language: _choice,
    Method: _choice,
    Role: _choice,
    Url: _url,
    Listen: _listen,
    WeekMinute: _week_minute,
    Count: lambda value, _: Count(_whole(value)),
    Seconds: lambda value, _: Seconds(dt.timedelta(seconds=_whole(value))),
    Minutes: lambda value, _: Minutes(dt.timedelta(minutes=_whole(value))),
    Hours: lambda value, _: Hours(dt.timedelta(hours=_whole(value))),
}
"""How each type of the shape is made of a TOML value; raises `Wrong`."""
