"""Other chat bots, each in an environment of its own below `.bench/`, running with nothing to do.

From PyPI and npm, once; Hubot from its lock file. mmpy_bot and opsdroid are connected to the fake
Mattermost. Errbot has its Text backend and Hubot its Shell without a web server, so both hold less
than they would with a chat platform.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from tests.servers.mattermost import FakeMattermost
from tests.servers.two_platforms import until
from tests.web.nginx_process import free_port

BENCH = Path(__file__).parents[2] / ".bench"
HUBOT = Path(__file__).parent / "hubot"
PACKAGES: Mapping[str, Sequence[str]] = {
    "mmpy_bot": ["mmpy_bot==2.2.1"],
    "errbot": ["errbot==6.2.1"],
    # It asks for pkg_resources, which newer ones have no more.
    "opsdroid": ["opsdroid[connector-mattermost]==0.31.0", "setuptools<80"],
}
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")

Running = Callable[[], AbstractAsyncContextManager[int]]
"""Starts a bot, gives its process id when it is ready, and ends it."""

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

OPSDROID_CONFIG = """\
welcome-message: false
logging: {{level: error, console: false, path: false}}
web: {{host: 127.0.0.1, port: {web}}}
connectors:
  mattermost: {{token: {token}, url: 127.0.0.1, scheme: http, port: {port}, team-name: board}}
skills:
  nothing: {{path: {skill}}}
"""
# It ends at once without a skill.
OPSDROID_SKILL = """\
from opsdroid.matchers import match_regex
from opsdroid.skill import Skill
class Nothing(Skill):
    @match_regex("^nothing$")
    async def nothing(self, message):
        pass
"""

HUBOT_PROMPT = b"Hubot> "


def provide(name: str) -> None:
    """Make its environment when it is not there.

    Raises:
        subprocess.CalledProcessError: it cannot be installed here.
        FileNotFoundError: its installer is not there.
    """
    folder = BENCH / name
    if (folder / ".made").exists():
        return
    print(f"installing {name} into {folder} (once)", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    if name == "hubot":
        shutil.copytree(HUBOT, folder)
        subprocess.run(["npm", *NPM_CI], cwd=folder, check=True, stdout=sys.stderr)
    else:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
        pip = [str(folder / "bin/python"), "-m", "pip", "install", *quiet]
        subprocess.run([*pip, *PACKAGES[name]], check=True)
    (folder / ".made").touch()


def rivals(folder: Path, server: FakeMattermost) -> tuple[Mapping[str, Running], Sequence[str]]:
    """Return those that can run here, and a sentence about each that cannot."""
    known: Mapping[str, Callable[[Path], AbstractAsyncContextManager[int]]] = {
        "mmpy_bot": partial(_mmpy_bot, server=server),
        "errbot": _errbot,
        "opsdroid": partial(_opsdroid, server=server),
        "hubot": _hubot,
    }
    found, missing = {}, []
    for name, running in known.items():
        home = folder / name
        home.mkdir()
        try:
            provide(name)
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            missing.append(f"{name} could not be installed here: {error}")
        else:
            found[name] = partial(running, home)
    return found, missing


@asynccontextmanager
async def _mmpy_bot(folder: Path, server: FakeMattermost) -> AsyncIterator[int]:
    """It on the fake Mattermost, without plugins."""
    arguments = ("-c", RUN_MMPY_BOT, str(server.port), server.bot_token)
    async with _connected(server, folder, str(BENCH / "mmpy_bot/bin/python"), *arguments) as pid:
        yield pid


@asynccontextmanager
async def _opsdroid(folder: Path, server: FakeMattermost) -> AsyncIterator[int]:
    """It on the fake Mattermost, without skills."""
    config, skill = folder / "configuration.yaml", folder / "nothing.py"
    skill.write_text(OPSDROID_SKILL)
    values = {"token": server.bot_token, "port": server.port, "web": free_port(), "skill": skill}
    config.write_text(OPSDROID_CONFIG.format(**values))
    program = str(BENCH / "opsdroid/bin/opsdroid")
    async with _connected(server, folder, program, "start", "-f", str(config)) as pid:
        yield pid


@asynccontextmanager
async def _connected(server: FakeMattermost, folder: Path, *command: str) -> AsyncIterator[int]:
    before = len(server.sockets.requests)
    async with _quietly(folder, *command) as process:
        await until(lambda: len(server.sockets.requests) > before, f"{command} did not connect")
        yield process.pid


@asynccontextmanager
async def _errbot(folder: Path) -> AsyncIterator[int]:
    """It with the backend that needs nothing, waiting for a line."""
    data, log, config = folder / "data", folder / "errbot.log", folder / "config.py"
    data.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    config.write_text(ERRBOT_CONFIG.format(data=str(data), log=str(log)))
    program = str(BENCH / "errbot/bin/errbot")
    async with _quietly(folder, program, "-c", str(config), "-T") as process:
        await until(lambda: log.exists() and ERRBOT_STARTED in log.read_text(), "no Errbot")
        yield process.pid


@asynccontextmanager
async def _hubot(folder: Path) -> AsyncIterator[int]:
    """It at its own prompt, without scripts and without a web server."""
    program = str(BENCH / "hubot/node_modules/hubot/bin/Hubot.mjs")
    arguments = ("--adapter", "Shell", "--disable-httpd")
    async with _quietly(folder, "node", program, *arguments) as process:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            await process.stdout.readuntil(HUBOT_PROMPT)
        yield process.pid


@asynccontextmanager
async def _quietly(folder: Path, *command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=os.environ | {"HOME": str(folder)},  # some of them keep things at home
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
