"""The machine under the shop: does systemd's timer fit the configuration, is the clock right?

Both are found out by asking systemd's own programs, as any user may. Where there is no systemd, or
it does not answer, nothing is known and nothing is said: what really goes wrong with the shop, the
watch finds by itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from bot.health import Health
from core import config
from core.errors import ConfigurationError
from core.timer import unit

log = logging.getLogger(__name__)

BEAT = 300.0
"""Seconds between two looks."""

PATIENCE = 5.0
"""Seconds that a program may take."""

TIMER = Path("/etc/systemd/system/pretix-maintenance.timer")

Program = Callable[..., Awaitable[str | None]]
"""Runs a program with arguments; gives what it wrote, None if there is no answer."""

Look = Callable[[], Awaitable[str | None]]
"""Looks at one thing; gives the sentence for the operator if it is wrong."""


async def run(*argv: str) -> str | None:
    """Run a program for at most `PATIENCE` seconds."""
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(PATIENCE):
            said, _ = await process.communicate()
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return said.decode(errors="replace").strip()


class Clock:
    """Is the clock kept right by a time server?"""

    def __init__(self, program: Program = run) -> None:
        """Ask by `program`."""
        self._program = program

    async def __call__(self) -> str | None:
        """Look once."""
        said = await self._program("timedatectl", "show", "-p", "NTPSynchronized", "--value")
        return "the clock is not synchronised with a time server" if said == "no" else None


class Timer:
    """Does the installed timer run, and come at the edges that are configured?"""

    def __init__(self, core_config: Path, installed: Path = TIMER, program: Program = run) -> None:
        """Compare the unit file `installed` with the core's configuration."""
        self._core_config = core_config
        self._installed = installed
        self._program = program

    async def __call__(self) -> str | None:
        """Look once; without a unit file this machine has another way to keep the time."""
        try:
            text = self._installed.read_text(encoding="utf-8")
        except OSError:
            return None
        if await self._program("systemctl", "is-active", TIMER.name) in {"inactive", "failed"}:
            return f"{TIMER.name} does not run: systemctl enable --now {TIMER.name}"
        return self._compared(text)

    def _compared(self, text: str) -> str | None:
        try:
            wanted = unit(config.load(str(self._core_config)).windows)
        except ConfigurationError:
            return None  # said by everything else already
        if _settings(text) == _settings(wanted):
            return None
        return f"{TIMER.name} does not fit core.toml: make it again with `pretix-maintenance timer`"


def _settings(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return sorted(line for line in lines if line and not line.startswith(("#", ";")))


class Machine:
    """Looks again and again; what is wrong twice in a row is a difficulty until it is over."""

    def __init__(
        self,
        health: Health,
        looks: Mapping[str, Look],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`looks` are found under the subjects for which `bot.messages.machine` has words."""
        self._health = health
        self._looks = looks
        self._sleep = sleep
        self._suspected: set[str] = set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await self._sleep(BEAT)

    async def look(self) -> None:
        """Look at everything once."""
        for subject, look in self._looks.items():
            self._judge(subject, await look())

    def _judge(self, subject: str, sentence: str | None) -> None:
        if sentence is None:
            self._suspected.discard(subject)
            self._health.over(subject)
        elif subject in self._suspected:
            self._health.trouble(subject, sentence, alarm=True)
        else:
            # After a boot, or while a timer is being replaced, it is over the next time.
            self._suspected.add(subject)
            log.info("%s: %s", subject, sentence)
