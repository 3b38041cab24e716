"""Look at what surrounds the bot on its host: its user, its folder, the clock."""

import asyncio
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from adapters.base import Finding
from bot.findings import ok, warning, wrong

CREDENTIALS = Path("/run/credentials/pretix-maintenance-bot.service")
"""Where systemd keeps the running bot's credentials; its user, and root, may look."""

ASK_CLOCK = ("timedatectl", "show", "--property=NTPSynchronized", "--value")
PATIENCE = 5.0
"""Seconds that the system may take to say whether its clock is synchronised."""


def environment(environ: Mapping[str, str], running: Path = CREDENTIALS) -> dict[str, str]:
    """Return the environment in which secrets are looked up, also outside the bot's own unit."""
    found = dict(environ)
    if "CREDENTIALS_DIRECTORY" not in found and running.is_dir() and os.access(running, os.R_OK):
        found["CREDENTIALS_DIRECTORY"] = str(running)
    return found


def user(uid: int) -> Iterator[Finding]:
    """Root may do everything, so what root finds says nothing about the bot's own rights."""
    if uid == 0:
        yield warning(
            "root",
            "This runs as root, so rights and the sudo rule are not really tried.",
            "Run it as the bot: sudo -u pretix-maintenance-bot pretix-maintenance-bot check",
        )


def folder(path: Path) -> Iterator[Finding]:
    """The bot's own folder must be writable, and its chats nobody else's to read."""
    there = path if os.access(path, os.F_OK) else path.parent
    if not os.access(there, os.W_OK | os.X_OK):
        cure = f"Make it and give it to the bot's user: install -d -o USER -m 700 {path}"
        yield wrong("state-dir", f"{path} cannot be written.", cure)
        return
    for file in sorted(path.glob("bot.sqlite3*")):
        if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield wrong("database-mode", f"Others can read {file}.", f"chmod 600 {file}")


def journal(path: Path) -> Iterator[Finding]:
    """Without the journal nothing is announced."""
    # A folder that may not be entered hides whether there is a journal at all.
    hidden = path.parent.is_dir() and not os.access(path.parent, os.X_OK)
    if hidden or (os.access(path, os.F_OK) and not os.access(path, os.R_OK)):
        yield wrong(
            "journal",
            f"The bot may not read {path}, so it announces nothing.",
            "Add the bot's user to the group pretix-maintenance, then restart the bot.",
        )


async def clock(command: Sequence[str] = ASK_CLOCK, patience: float = PATIENCE) -> Finding:
    """Ask the system; commands that look too old or too new are refused by the bot."""
    answer = await _told(command, patience)
    if answer == "yes":
        return ok("The clock is synchronised.")
    sentence = "The clock is not synchronised."
    if answer != "no":
        sentence = "Nobody says whether the clock is synchronised."
    return warning("clock", sentence, "timedatectl set-ntp true")


async def _told(command: Sequence[str], patience: float) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return ""
    try:
        async with asyncio.timeout(patience):
            out, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return out.decode(errors="replace").strip()
