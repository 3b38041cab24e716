"""The demo's two configuration files."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from bot.demo.folder import DemoFolder

ZONE = "Europe/Amsterdam"

CORE = """\
[[window]]
name = "Mollie week"
start = "{day} 22:00"
end = "{next_day} 05:00"
timezone = "UTC"

[[extra_window]]
name = "Demo"
start = {start:%Y-%m-%dT%H:%M:%SZ}
end = {end:%Y-%m-%dT%H:%M:%SZ}
"""

BOT = """\
language = "{language}"
timezone = "{zone}"
state_dir = {bot}
core_config = {core_config}
core_state_dir = {state}
helper = {helper}
contact = "whoever runs this demo"

[[person]]
name = "Anna"
role = "treasurer"
ids = {{ console = "anna" }}

[[person]]
name = "Bram"
role = "board"
ids = {{ console = "bram" }}

[[destination]]
adapter = "console"
channel = "chat"
label = "this terminal"

[probe]
url = "{shop}"

[adapters.console]
speaker = "anna"
people = ["anna", "bram", "eve"]
"""


def core_settings(now: datetime, start: datetime, end: datetime) -> str:
    """Write `core.toml`: the demo's own window, and the weekly one of a real shop."""
    day, next_day = weekly(now)
    return CORE.format(day=day, next_day=next_day, start=start, end=end)


def weekly(now: datetime) -> tuple[str, str]:
    """Choose the nights of the weekly window: Sunday's, unless that would disturb the demo."""
    day_before = now + timedelta(hours=12)
    near = "Sun" in (f"{day_before:%a}", f"{now:%a}", f"{now - timedelta(hours=12):%a}")
    return ("Wed", "Thu") if near else ("Sun", "Mon")


def bot_settings(folder: DemoFolder, *, language: str, helper: list[str], shop: str) -> str:
    """Write `bot.toml`."""
    return BOT.format(
        language=language,
        zone=ZONE,
        bot=_quoted(folder.bot),
        core_config=_quoted(folder.core_config),
        state=_quoted(folder.state),
        helper=json.dumps(helper),
        shop=shop,
    )


def _quoted(path: Path) -> str:
    # JSON's strings are TOML's basic strings as far as paths go.
    return json.dumps(str(path))
