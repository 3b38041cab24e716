"""What an attack costs the bot, and what it brought about."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.servers.two_platforms import TwoPlatforms


@dataclass(frozen=True)
class Costs:
    """Of a process: resident memory in MiB, processor time in seconds, open descriptors."""

    memory: float
    processor: float
    descriptors: int


def costs(pid: int) -> Costs:
    """Measure now."""
    folder = Path(f"/proc/{pid}")
    found = re.search(r"VmRSS:\s+(\d+) kB", (folder / "status").read_text())
    assert found is not None
    words = (folder / "stat").read_text().rsplit(")", 1)[1].split()
    ticks = int(words[11]) + int(words[12])
    return Costs(int(found[1]) / 1024, ticks / 100, len(list((folder / "fd").iterdir())))


def of_bot(stage: TwoPlatforms) -> Costs:
    """Measure the bot."""
    assert stage.bot is not None
    return costs(stage.bot.pid)


def effects(stage: TwoPlatforms) -> int:
    """How often the core was changed by anybody: every order leaves a line in the journal."""
    journal = stage.core.state / "journal.jsonl"
    return len(journal.read_text().splitlines()) if journal.exists() else 0


def log_of(stage: TwoPlatforms) -> str:
    """Everything that the bot has logged."""
    return stage.log.read_text()
