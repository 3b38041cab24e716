"""Every secret is planted, everything is made to fail, and nothing that is left shows one."""

import asyncio
import base64
import re
import resource
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.attacks.costs import log_of
from tests.attacks.loud_bot import loud_bot
from tests.figures import Figures
from tests.servers.mattermost import Fault as MattermostFault
from tests.servers.telegram import PORTAL, Fault
from tests.servers.two_platforms import (
    MATTERMOST,
    SLASH,
    TELEGRAM,
    TwoPlatforms,
    program,
    two_platforms,
    until,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

UNIT = Path(__file__).resolve().parents[2] / "deploy" / "systemd" / "pretix-maintenance-bot.service"
CREDENTIALS = ("telegram", "mattermost", "slash")
PRETIX = """\
[pretix]
url = "http://127.0.0.1:9/"
token = "file:{folder}/secrets/pretix"
[monitoring]
ping_url = "credential:ping"
"""


@dataclass
class Planted:
    """The bot with its secrets in files, and everything it was seen to show."""

    stage: TwoPlatforms
    secrets: dict[str, str]
    shown: dict[str, bytes] = field(default_factory=dict)

    def look(self, when: str) -> None:
        """Look at the bot's processes as another process can."""
        assert self.stage.bot is not None
        for pid in family(self.stage.bot.pid):
            for name in ("cmdline", "environ"):
                self.shown[f"/proc, {when}: {name} of {pid}"] = read(Path(f"/proc/{pid}/{name}"))

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """All that was seen and all that was left on disk, but where the secrets are kept."""
        yield from self.shown.items()
        folder = self.stage.core.folder
        for path in sorted(folder.rglob("*")):
            if path.is_file() and folder / "secrets" not in path.parents:
                yield str(path.relative_to(folder)), path.read_bytes()

    def leaks(self) -> list[str]:
        """Which secret is to be seen where, in whatever dress."""
        return [
            f"{secret} in {where}"
            for where, content in self.everything()
            for secret, value in self.secrets.items()
            if any(dress in content for dress in dresses(value))
        ]


def dresses(value: str) -> set[bytes]:
    """How a secret may look."""
    plain = value.encode()
    return {plain, quote(value, safe="").encode(), base64.b64encode(plain), repr(value).encode()}


def read(path: Path) -> bytes:
    """What is there, if it is still there."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    below = read(Path(f"/proc/{pid}/task/{pid}/children")).split()
    return [pid, *(one for child in below for one in family(int(child)))]


@pytest.fixture
async def planted(tmp_path: Path) -> AsyncIterator[Planted]:
    async with two_platforms(tmp_path) as stage:
        given = {
            "telegram": stage.account.token,
            "mattermost": stage.mattermost.bot_token,
            "slash": stage.environ["SLASH_TOKEN"],
            "pretix": "p1antedpretixt0ken" * 2,
            "ping": f"{stage.mattermost.url}/p1anted-ping-address",
        }
        folder = tmp_path / "secrets"
        folder.mkdir(mode=0o700)
        for name, value in given.items():
            (folder / name).write_text(value)
            (folder / name).chmod(0o600)
        tables = f"{TELEGRAM}{MATTERMOST}{SLASH}"
        for name in CREDENTIALS:
            tables = tables.replace(f"env:{name.upper()}_TOKEN", f"credential:{name}")
        stage.configure(tables, more=PRETIX)
        for name in CREDENTIALS:
            del stage.environ[f"{name.upper()}_TOKEN"]
        stage.environ["CREDENTIALS_DIRECTORY"] = str(folder)
        stage.command = loud_bot(stage.config)
        # Of an address the host is no secret.
        yield Planted(stage, given | {"ping": "p1anted-ping-address"})


async def test_no_secret_is_left_anywhere_whatever_fails(
    planted: Planted, figures: Figures
) -> None:
    stage = planted.stage
    await stage.start()
    planted.look("while it runs")
    await everything_fails(planted)
    assert await stage.stop() != 0
    await it_falls(planted)
    for words in (("check",), ("check", "--json"), ("report", "--week", "2026-W47")):
        planted.shown[" ".join(words)] = await asyncio.to_thread(one_run, stage, words)
    places = len(list(planted.everything()))
    figures.count("places searched for planted secrets", places, leaks=len(planted.leaks()))
    assert planted.leaks() == []
    # The search does find: the secrets are where they are kept, and the log is not empty.
    assert len(log_of(stage)) > 1000
    planted.shown["control"] = (stage.core.folder / "secrets" / "slash").read_bytes()
    assert planted.leaks() == ["slash in control"]


async def everything_fails(planted: Planted) -> None:
    """Answers that quote the token, refused log-ins, cut lines, and servers that are away."""
    stage = planted.stage
    token = stage.account.token
    quoting = Fault(400, f"Bad Request: no {token} here")
    for fault in (PORTAL, Fault(401, "Unauthorized"), Fault(404, page="{path}"), Fault(cut=True)):
        stage.telegram.fail("getUpdates", fault)
        stage.telegram.fail("sendMessage", fault)
    stage.telegram.fail("sendMessage", quoting, times=2)
    for one in (MattermostFault.UNAUTHORIZED, MattermostFault.HTML, MattermostFault.RESET):
        stage.mattermost.faults.plan(one)
    for number in range(3):
        stage.anna.says(stage.board, "/maintenance lock" if number % 2 else "/maintenance status")
    stage.mattermost.write(stage.mattermost.anna, "@maintenance status")
    await until(lambda: "bot.replies" in log_of(stage) or "bot.courier" in log_of(stage))
    planted.look("while all fails")
    await stage.telegram.go_away()
    await stage.mattermost.stop()
    await until(lambda: log_of(stage).count("adapters.telegram.polling: failure") > 1)


async def it_falls(planted: Planted) -> None:
    """A bug ends it, with its secrets in the exception's own text."""
    stage = planted.stage
    assert stage.bot is not None
    stage.environ["LOUD_BOT_FALLS"] = "1"
    await stage.begin()
    assert await stage.bot.wait() == 1
    assert "a bug that quotes" in log_of(stage)
    del stage.environ["LOUD_BOT_FALLS"]


def one_run(stage: TwoPlatforms, words: tuple[str, ...]) -> bytes:
    """Another of the bot's commands, with all it writes."""
    command = [program("pretix-maintenance-bot"), *words, "--config", str(stage.config)]
    done = subprocess.run(command, env=stage.environ, capture_output=True, check=False, timeout=120)
    return done.stdout + done.stderr


def limit_of_the_unit() -> int:
    """What the shipped unit sets for core dumps."""
    found = re.findall(r"(?m)^LimitCORE=(\S+)$", UNIT.read_text())
    assert found, "the unit sets no limit"
    return int(found[-1])


@pytest.mark.parametrize("limit", ["shipped", "none"])
def test_a_crash_leaves_no_core_dump_under_the_shipped_limit(tmp_path: Path, limit: str) -> None:
    if not Path("/proc/sys/kernel/core_pattern").read_text().startswith("core"):
        pytest.skip("core dumps of this machine go to a program")
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("no core dumps can be had here")
    most = limit_of_the_unit() if limit == "shipped" else 1 << 28

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))

    lines = "import os; secret = os.environ['SECRET']; print(1, flush=True); os.abort()"
    ended = subprocess.run(
        ["/usr/bin/python3", "-c", lines],
        cwd=tmp_path,
        env={"SECRET": "p1anted"},
        preexec_fn=limited,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGABRT
    left = [b"p1anted" in path.read_bytes() for path in tmp_path.iterdir()]
    assert left == ([] if limit == "shipped" else [True])
