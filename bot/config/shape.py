"""What `bot.toml` becomes: frozen, with every default spelled out once."""

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NewType
from zoneinfo import ZoneInfo

from adapters.base import Destination
from bot.policy import Person, Place

# A whole number in the file, in the unit that the type names.
Seconds = NewType("Seconds", dt.timedelta)
Minutes = NewType("Minutes", dt.timedelta)
Hours = NewType("Hours", dt.timedelta)
Count = NewType("Count", int)
Url = NewType("Url", str)

DAY = Hours(dt.timedelta(hours=24))
FEW = Count(3)
SOON = Minutes(dt.timedelta(minutes=15))
FRESH = Seconds(dt.timedelta(seconds=120))


class Language(enum.StrEnum):
    """A language that the bot speaks."""

    NL = "nl"
    EN = "en"


@dataclass(frozen=True, slots=True)
class PlaceTable:
    """A `[[destination]]` as it is written; `Place` is what it becomes."""

    adapter: str
    channel: str
    thread: str | None = None
    label: str = ""
    commands: bool = True
    announcements: bool = True
    language: Language | None = None

    def place(self) -> Place:
        """Return it with its destination as adapters know it."""
        destination = Destination(self.adapter, self.channel, self.thread)
        return Place(destination, self.label, self.commands, self.announcements, self.language)


@dataclass(frozen=True, slots=True)
class Announcements:
    """How long an undelivered announcement is tried, and when waiting ones become one summary."""

    max_age: Hours = DAY
    merge_after_events: Count = FEW
    merge_after_minutes: Minutes = SOON


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """The public shop, asked after every change."""

    url: Url


@dataclass(frozen=True, slots=True)
class Config:
    """The whole of `bot.toml`; `adapters` holds each adapter's table as it stands in the file."""

    people: tuple[Person, ...] = ()
    destinations: tuple[Place, ...] = ()
    language: Language = Language.NL
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Amsterdam"))
    state_dir: Path = Path("/var/lib/pretix-maintenance-bot")
    core_config: Path = Path("/etc/pretix-maintenance/core.toml")
    core_state_dir: Path | None = None
    helper: tuple[str, ...] = ("sudo", "-n", "/usr/sbin/pretix-maintenance")
    max_command_age: Seconds = FRESH
    contact: str = "IT"
    announcements: Announcements = field(default_factory=Announcements)
    probe: ProbeSettings | None = None
    adapters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)


class ConfigurationFaults(Exception):
    """The configuration is wrong; `faults` names everything that was found, `key: sentence`."""

    def __init__(self, faults: Sequence[str]) -> None:
        """Keep all faults."""
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)
