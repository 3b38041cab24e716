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
    [announcements]
    max_age = 24                       # hours of trying before an announcement is given up
    merge_after_events = 3             # more than so many waiting become one summary
    merge_after_minutes = 15           # as do those that have waited longer
    [probe]
    url = "https://tickets.example/"
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
    Language,
    ProbeSettings,
)
from bot.policy import Person, Place, Role

__all__ = [
    "Announcements",
    "Config",
    "ConfigurationFaults",
    "Language",
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
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationFaults([f"{path}: is not TOML: {error}"]) from error
