"""A host in small, for timing orders: core, sudo rule, nginx with the snippet, and a watcher."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.e2e.sudo_host import RULE, SudoHost, rule_text, sudo_host, why_not
from tests.installed import install
from tests.servers.small_bot import far_window
from tests.web import nginx_process
from tests.web.rendering import page, snippet

PATIENCE = 60.0
WATCHER = Path(__file__).with_name("shopwatcher.py")
SHOP, CLOSED = 200, 503

_HTTP = """\
    {cache}
    server {{
        listen 127.0.0.1:{port};
        access_log off;
        keepalive_requests 1000000;
        location / {{ root {folder}/files; }}
        include {folder}/pretix-maintenance.conf;
    }}
"""
CACHE = "open_file_cache max=100 inactive=60s; open_file_cache_valid 8s; open_file_cache_errors on;"
"""Broken on purpose: nginx looks for the marker every eight seconds."""


@dataclass(frozen=True)
class Core:
    """An installed core, and how a bot without rights calls it."""

    launcher: Path
    state: Path
    before: tuple[str, ...]

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.launcher.parent / "core.toml"

    @property
    def helper(self) -> list[str]:
        """The helper's command, without the verb."""
        return [*self.before, str(self.launcher)]


class Shop:
    """What a visitor sees, and when it changed."""

    def __init__(self, watcher: asyncio.subprocess.Process) -> None:
        """Listen to the watcher."""
        self._watcher = watcher
        self._status = 0
        self._since = 0.0

    async def shows(self, status: int) -> float:
        """Wait until visitors get this status; return since when (monotonic seconds)."""
        assert self._watcher.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while self._status != status:
                instant, shown = (await self._watcher.stdout.readline()).split()
                self._since, self._status = float(instant), int(shown)
        return self._since


@contextmanager
def core() -> Iterator[Core]:
    """Install a core; behind the shipped sudo rule where that is possible."""
    with ExitStack() as stack:
        if why_not() is None:
            host = stack.enter_context(sudo_host())
            stack.enter_context(host.rule(_rule_for_root(host), "bench"))
            made = Core(host.launcher, host.state, ("sudo", "-n"))
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            (folder / "state").mkdir(mode=0o755)
            where = ("--config", f"{folder}/core.toml", "--state-dir", f"{folder}/state")
            made = Core(install(folder, *where), folder / "state", ())
        made.config.write_text(far_window(datetime.now(UTC)))
        yield made


def _rule_for_root(host: SudoHost) -> str:
    """The shipped rule's lines and settings, for the bot that root runs here."""
    assert RULE.exists()
    alias = f"PRETIX_MAINTENANCE_BENCH{os.getpid()}"
    text = rule_text(host.launcher, "root")
    return text.replace("PRETIX_MAINTENANCE_ROOT", alias)


@asynccontextmanager
async def shop(state: Path, *, cached: bool) -> AsyncIterator[Shop]:
    """Serve a shop that the state directory closes, and watch it."""
    folder = Path(tempfile.mkdtemp(prefix="shop-bench-"))
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        port = _configure(folder, state, cached=cached)
        stack.enter_context(nginx_process.running(folder, port))
        watcher = await asyncio.create_subprocess_exec(
            sys.executable, "-IS", str(WATCHER), str(port), stdout=asyncio.subprocess.PIPE
        )
        stack.push_async_callback(watcher.wait)
        stack.callback(watcher.kill)
        yield Shop(watcher)


def _configure(folder: Path, state: Path, *, cached: bool) -> int:
    folder.chmod(0o755)
    for name in ("files", "pages"):
        (folder / name).mkdir()
    (folder / "files/index.html").write_bytes(b"x" * 1000)
    (folder / "pages/pretix-maintenance.html").write_text(page())
    (folder / "pretix-maintenance.conf").write_text(snippet(state, folder / "pages"))
    port = nginx_process.free_port()
    cache = CACHE if cached else ""
    nginx_process.configure(folder, _HTTP.format(folder=folder, port=port, cache=cache))
    return port


def order(core: Core, verb: str) -> None:
    """Give an order as root does, untimed."""
    words = [str(core.launcher), verb, "--json"]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def now() -> float:
    """The instant, of the clock that the watcher uses."""
    return time.monotonic()
