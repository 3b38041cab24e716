"""What the idle bot costs, beside two others: `python -m tests.bench.memory`.

Each bot runs in a process of its own, all in the same run and idle at the same time: ours with
Telegram, with Mattermost and with both; mmpy_bot on the same fake Mattermost; Errbot with its Text
backend. The others come from PyPI into environments of their own under `.bench/`, once. Then a
command's way to its reply is timed against its two unavoidable parts, a bare exchange by httpx and
the helper. Ends with 1 if a limit is exceeded.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.installed import install
from tests.servers.two_platforms import (
    MATTERMOST,
    SLASH,
    TELEGRAM,
    TwoPlatforms,
    two_platforms,
    until,
)

BENCH = Path(__file__).parents[2] / ".bench"
MMPY_BOT, ERRBOT = "mmpy_bot==2.2.1", "errbot==6.2.1"
SETTLING = 10.0
"""Seconds from the connections to the first figure."""

LIMITS = {"telegram": ("mmpy_bot", 1.2, 1.0), "both": ("errbot", 1.0, 0.8)}
"""Resident memory of ours: against whose, at most, and the aim."""

LIMIT_CPU = 0.2
"""Percent of a core."""

LIMIT_REPLY = 1.5
"""Times the exchange and the helper together."""

RUN_MMPY_BOT = """\
import sys
from mmpy_bot import Bot, Settings
settings = Settings(MATTERMOST_URL="http://127.0.0.1", MATTERMOST_PORT=int(sys.argv[1]),
                    BOT_TOKEN=sys.argv[2], BOT_TEAM="board", SSL_VERIFY=False)
Bot(settings=settings, plugins=[]).run()
"""

ERRBOT_STARTED = "Plugin activation done"

ERRBOT_CONFIG = """\
import logging
BACKEND = "Text"
BOT_DATA_DIR = {data!r}
BOT_EXTRA_PLUGIN_DIR = None
BOT_EXTRA_BACKEND_DIR = []
BOT_LOG_FILE = {log!r}
BOT_LOG_LEVEL = logging.INFO
BOT_ADMINS = ("@nobody",)
"""


@dataclass(frozen=True)
class Figures:
    """Of an idle process: resident and unshared memory in MiB, threads, percent of a core."""

    resident: float
    unshared: float
    threads: int
    cpu: float


@dataclass(frozen=True)
class Reply:
    """Medians in milliseconds."""

    command: float
    exchange: float
    helper: float

    @property
    def ratio(self) -> float:
        return self.command / (self.exchange + self.helper)


# The others


def provide(package: str) -> None:
    """Make an environment with the package in it when it is not there."""
    folder = BENCH / package.partition("==")[0]
    python = folder / "bin" / "python"
    if not (folder / ".made").exists():
        print(f"installing {package} into {folder} (once)", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
        subprocess.run([str(python), "-m", "pip", "install", *quiet, package], check=True)
        (folder / ".made").touch()


@asynccontextmanager
async def mmpy_bot(stage: TwoPlatforms) -> AsyncIterator[asyncio.subprocess.Process]:
    """It on the fake Mattermost, without plugins."""
    server = stage.mattermost
    before = len(server.sockets.requests)
    arguments = ("-c", RUN_MMPY_BOT, str(server.port), server.bot_token)
    async with _quietly(str(BENCH / "mmpy_bot/bin/python"), *arguments) as process:
        await until(lambda: len(server.sockets.requests) > before, "mmpy_bot did not connect")
        yield process


@asynccontextmanager
async def errbot(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """It with the backend that needs nothing, waiting for a line."""
    data, log, config = folder / "data", folder / "errbot.log", folder / "config.py"
    data.mkdir(parents=True)
    config.write_text(ERRBOT_CONFIG.format(data=str(data), log=str(log)))
    program = BENCH / "errbot/bin/errbot"
    async with _quietly(str(program), "-c", str(config), "-T") as process:
        await until(lambda: log.exists() and ERRBOT_STARTED in log.read_text(), "no Errbot")
        yield process


@asynccontextmanager
async def _quietly(*command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


# Ours


@asynccontextmanager
async def ours(folder: Path, *tables: str) -> AsyncIterator[TwoPlatforms]:
    """The installed program between both servers, with these tables in its configuration."""
    async with two_platforms(folder) as stage:
        stage.configure(*tables)
        await stage.begin()
        if TELEGRAM in tables:
            await until(stage.account.updates.polling.is_set, "no poll")
        if MATTERMOST in tables:
            await until(lambda: stage.hears_mattermost, "no websocket")
        yield stage


def process_of(stage: TwoPlatforms) -> asyncio.subprocess.Process:
    assert stage.bot is not None
    return stage.bot


# Idle


async def idle(
    processes: Mapping[str, asyncio.subprocess.Process], seconds: float
) -> Mapping[str, Figures]:
    """Leave all alone, and look at what they hold and what they did meanwhile."""
    await asyncio.sleep(SETTLING)
    before = {name: _ticks(one.pid) for name, one in processes.items()}
    begun = time.monotonic()
    await asyncio.sleep(seconds)
    spent = (time.monotonic() - begun) * os.sysconf("SC_CLK_TCK")
    return {
        name: Figures(
            _kib(one.pid, "status", "VmRSS") / 1024,
            _kib(one.pid, "smaps_rollup", "Private_Clean", "Private_Dirty") / 1024,
            _kib(one.pid, "status", "Threads"),
            100 * (_ticks(one.pid) - before[name]) / spent,
        )
        for name, one in processes.items()
    }


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _kib(pid: int, file: str, *keys: str) -> int:
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.partition(":")[0] in keys)


# A command and its reply


async def reply(folder: Path, rounds: int) -> Reply:
    """Time `/maintenance lock` and `unlock` in Telegram, and in turn their parts alone."""
    async with two_platforms(folder) as stage:
        where = ("--config", str(stage.core.config), "--state-dir", str(stage.core.state))
        stage.core.command = [str(install(folder / "core")), *where]
        # What is announced meanwhile would wait in the same queue of requests.
        stage.configure(TELEGRAM.replace("label =", "announcements = false\nlabel ="))
        await stage.begin()
        await until(stage.account.updates.polling.is_set, "no poll")
        async with httpx.AsyncClient(trust_env=False) as client:
            commands, exchanges, helpers = [], [], []
            for number in range(2 * rounds):
                verb = "unlock" if number % 2 else "lock"
                commands.append(await _command(stage, verb))
                exchanges.append(await _exchange(stage, client))
                helpers.append(await _helper(stage, verb))
    return Reply(*(statistics.median(one) * 1000 for one in (commands, exchanges, helpers)))


async def _command(stage: TwoPlatforms, verb: str) -> float:
    before = stage.telegram.count("sendMessage")
    await until(stage.account.updates.polling.is_set, "no poll")
    begun = time.perf_counter()
    stage.anna.says(stage.board, f"/maintenance {verb}")
    await stage.telegram.asked("sendMessage", before + 1)
    return time.perf_counter() - begun


async def _exchange(stage: TwoPlatforms, client: httpx.AsyncClient) -> float:
    address = f"{stage.telegram.url}/bot{stage.account.token}/getMe"
    begun = time.perf_counter()
    (await client.post(address)).raise_for_status()
    return time.perf_counter() - begun


async def _helper(stage: TwoPlatforms, verb: str) -> float:
    # Undone at once, so that the next command finds the state that it expects.
    request = json.dumps({"version": 1, "actor": "telegram:1"}).encode()
    other = "lock" if verb == "unlock" else "unlock"
    spent = 0.0
    for one in (other, verb):
        command = [*stage.core.command, one, "--json", "--stdin"]
        begun = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        await process.communicate(request)
        spent += time.perf_counter() - begun
    return spent / 2


# All of it


async def measure(folder: Path, seconds: float, rounds: int) -> tuple[Mapping[str, Figures], Reply]:
    """Everything, in one run."""
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(ours(folder / "t", TELEGRAM))
        mattermost = await stack.enter_async_context(ours(folder / "m", MATTERMOST, SLASH))
        both = await stack.enter_async_context(ours(folder / "b", TELEGRAM, MATTERMOST, SLASH))
        processes = {
            "telegram": process_of(telegram),
            "mattermost": process_of(mattermost),
            "both": process_of(both),
            "mmpy_bot": await stack.enter_async_context(mmpy_bot(mattermost)),
            "errbot": await stack.enter_async_context(errbot(folder / "errbot")),
        }
        figures = await idle(processes, seconds)
    return figures, await reply(folder / "r", rounds)


def verdict(figures: Mapping[str, Figures], timed: Reply, say: Callable[[str], None]) -> int:
    """Print the tables; 1 if a limit is exceeded."""
    say(f"{'idle':12} {'RSS MiB':>8} {'USS MiB':>8} {'threads':>8} {'CPU %':>7}")
    for name, one in figures.items():
        row = f"{name:12} {one.resident:8.1f} {one.unshared:8.1f} {one.threads:8d} {one.cpu:7.2f}"
        say(row)
    exceeded = False
    for name, (other, limit, aim) in LIMITS.items():
        ratio = figures[name].resident / figures[other].resident
        exceeded |= ratio > limit
        say(f"{name} / {other}: {ratio:.2f} (at most {limit}, aim {aim}){_mark(ratio > limit)}")
    for name in ("telegram", "mattermost", "both"):
        over = figures[name].cpu >= LIMIT_CPU
        exceeded |= over
        say(f"{name}: {figures[name].cpu:.2f} % of a core (below {LIMIT_CPU}){_mark(over)}")
    over = timed.ratio > LIMIT_REPLY
    say(
        f"command to reply {timed.command:.1f} ms; exchange {timed.exchange:.1f} ms, helper "
        f"{timed.helper:.1f} ms: {timed.ratio:.2f} (at most {LIMIT_REPLY}){_mark(over)}"
    )
    return int(exceeded or over)


def _mark(exceeded: bool) -> str:  # noqa: FBT001 - reads as the sentence that it makes
    return "  EXCEEDED" if exceeded else ""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="of being idle")
    parser.add_argument("--rounds", type=int, default=15, help="pairs of lock and unlock")
    options = parser.parse_args(argv)
    for package in (MMPY_BOT, ERRBOT):
        provide(package)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name in "tmbr":
            (folder / name).mkdir()
        figures, timed = asyncio.run(measure(folder, options.seconds, options.rounds))
    return verdict(figures, timed, print)


if __name__ == "__main__":
    sys.exit(main())
