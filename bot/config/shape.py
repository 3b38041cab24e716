"""What `bot.toml` becomes: frozen, with every default spelled out once."""

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NewType
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from adapters.base import Destination
from bot.policy import Person, Place
from bot.probe import FINGERPRINT, Family

# A whole number in the file, in the unit that the type names.
Seconds = NewType("Seconds", dt.timedelta)
Minutes = NewType("Minutes", dt.timedelta)
Hours = NewType("Hours", dt.timedelta)
Count = NewType("Count", int)
Url = NewType("Url", str)
# Minutes after Monday 00:00.
WeekMinute = NewType("WeekMinute", int)
# A host and a port of loopback.
Listen = NewType("Listen", tuple[str, int])

DAY = Hours(dt.timedelta(hours=24))
FEW = Count(3)
SOON = Minutes(dt.timedelta(minutes=15))
FRESH = Seconds(dt.timedelta(seconds=120))
PATIENT = Seconds(dt.timedelta(seconds=3))
BEAT = Minutes(dt.timedelta(minutes=5))


class Language(enum.StrEnum):
    """A language that the bot speaks."""

    NL = "nl"
    EN = "en"


class Method(enum.StrEnum):
    """A way to pay."""

    IDEAL = "ideal"
    CARD = "card"
    BANCONTACT = "bancontact"


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
    card: bool = False
    treasurer: bool = False

    def place(self) -> Place:
        """Return it with its destination as adapters know it."""
        destination = Destination(self.adapter, self.channel, self.thread)
        return Place(
            destination,
            self.label,
            self.commands,
            self.announcements,
            self.language,
            self.card,
            self.treasurer,
        )


@dataclass(frozen=True, slots=True)
class Announcements:
    """How long an undelivered announcement is tried, and when waiting ones become one summary.

    A window is announced `ahead` of it, if that is given; a lock that is on is brought to mind
    after `remind_after`, and daily from then on.
    """

    max_age: Hours = DAY
    merge_after_events: Count = FEW
    merge_after_minutes: Minutes = SOON
    ahead: Minutes | None = None
    remind_after: Hours = DAY


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """The public shop, asked after every change and every `beat`.

    `nginx_url` goes straight to nginx on this machine and asks it for `nginx_host`, which is the
    shop's own name if it is not given.
    """

    url: Url
    more_urls: tuple[Url, ...] = ()
    fingerprint: str = FINGERPRINT
    ip: Family = Family.ANY
    timeout: Seconds = PATIENT
    beat: Minutes = BEAT
    ca_file: Path | None = None
    nginx_url: Url | None = None
    nginx_host: str | None = None

    @property
    def all_urls(self) -> tuple[Url, ...]:
        """Every address that buyers use."""
        return (self.url, *self.more_urls)

    @property
    def site(self) -> str:
        """The name for which nginx on this machine is asked."""
        return self.nginx_host or urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Who watches the bot from outside: by asking it at `listen`, by missing its ping."""

    listen: Listen | None = None
    ping_url: str | None = field(default=None, repr=False)
    ping_every: Minutes = BEAT


@dataclass(frozen=True, slots=True)
class PretixSettings:
    """A pretix whose books the treasurer's note is held against.

    `token` is a secret's reference; `host` is the name to ask for where `url` is loopback.
    """

    url: Url
    token: str = field(repr=False)
    host: str | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class CutOff:
    """When the payment provider's week ends; without a zone of its own, in the one for people.

    `methods` are the ways in which buyers pay.
    """

    at: WeekMinute
    timezone: ZoneInfo | None = None
    methods: tuple[Method, ...] = tuple(Method)


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
    monitoring: Monitoring = field(default_factory=Monitoring)
    pretix: PretixSettings | None = None
    cut_off: CutOff | None = None
    adapters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)


class ConfigurationFaults(Exception):
    """The configuration is wrong; `faults` names everything that was found, `key: sentence`."""

    def __init__(self, faults: Sequence[str]) -> None:
        """Keep all faults."""
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)
