"""`bot.toml`: read once, checked at the door, frozen from then on.

    language = "nl"                    # "nl" or "en": the chats' language
    timezone = "Europe/Amsterdam"      # for people; UTC always stands in brackets
    state_dir = "/var/lib/pretix-maintenance-bot"
    core_config = "/etc/pretix-maintenance/core.toml"
    core_state_dir = "/var/lib/pretix-maintenance"      # instead of core.toml's own
    helper = ["sudo", "-n", "/usr/sbin/pretix-maintenance"]
    max_command_age = 120              # seconds
    contact = "IT"                     # whom to ask, in refusals
    [[person]]
    name = "Anna"
    role = "treasurer"                 # treasurer, board: may lock and unlock; member: may ask
    ids = { telegram = "12345", mattermost = "abc" }
    expires = 2027-09-01               # the last day on which it counts
    [[destination]]
    adapter = "telegram"
    channel = "-1001234"
    thread = "7"
    label = "board chat"
    commands = true
    announcements = true
    language = "nl"
    card = true                        # keep a pinned message there that says how things are
    treasurer = true                   # tell there, after each window, how the closing went
    [announcements]
    max_age = 24                       # hours of trying before an announcement is given up
    merge_after_events = 3             # more than so many waiting become one summary
    merge_after_minutes = 15           # as do those that have waited longer
    ahead = 30                         # minutes before a window; left out: no notice ahead
    remind_after = 24                  # hours after which a lock is brought to mind, then daily
    [probe]
    url = "https://tickets.example/"
    more_urls = ["https://party.example/"]
    fingerprint = "pretix-maintenance" # what the closed page contains and no other page does
    ip = "any"                         # "4", "6", or "both" to ask by each
    timeout = 3                        # seconds
    beat = 5                           # minutes between two questions while nothing changes
    ca_file = "/etc/ssl/own.pem"       # trusted instead of the system's authorities
    nginx_url = "https://127.0.0.1/"   # also ask nginx on this machine, without the way to it
    nginx_host = "tickets.example"     # for this site; the name in url if it is left out
    [monitoring]
    listen = "127.0.0.1:9478"          # /metrics and /healthz; loopback only
    ping_url = "credential:ping-url"   # is pinged while all is well, as for healthchecks.io
    ping_every = 5                     # minutes
    [pretix]                           # for the treasurer's note: what the closing did not stop
    url = "https://tickets.example/"
    token = "credential:pretix-token"  # of a team that may see orders, and nothing else
    host = "tickets.example"           # to ask for where url is loopback
    ca_file = "/etc/ssl/own.pem"
    [cut_off]                          # for `check`: do windows begin early enough?
    at = "Mon 00:00"                   # when the payment provider's week ends
    timezone = "Europe/Amsterdam"      # instead of the one for people
    methods = ["ideal", "card", "bancontact"]    # in which buyers pay
    [adapters.telegram]                # one table per adapter, checked by the adapter
    token = "credential:telegram-token"

Every fault is found in one pass, each as `key.path: sentence`. The file holds no secrets, only
references to them. Without people nobody may do anything.
"""

import tomllib
from pathlib import Path
from typing import Any

from bot.config.convert import faults_of, structure
from bot.config.crosscheck import crosscheck
from bot.config.shape import (
    Announcements,
    Config,
    ConfigurationFaults,
    CutOff,
    Language,
    Method,
    ProbeSettings,
)
from bot.policy import Person, Place, Role

__all__ = [
    "Announcements",
    "Config",
    "ConfigurationFaults",
    "CutOff",
    "Language",
    "Method",
    "Person",
    "Place",
    "ProbeSettings",
    "Role",
    "load",
]


def load(path: Path) -> Config:
    """Read and check the file.

    Raises:
        ConfigurationFaults: the file cannot be read, is not TOML, or says something wrong.
    """
    raw = _read(path)
    faults = faults_of(raw) + crosscheck(raw)
    if faults:
        raise ConfigurationFaults(faults)
    return structure(raw)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationFaults([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigurationFaults([f"{path}: is not UTF-8 text"]) from error
    except (ValueError, RecursionError) as error:  # also numbers and lists without measure
        raise ConfigurationFaults([f"{path}: is not TOML: {error}"]) from error
