"""One demo from its first line to its last: the shop, the timer, the chat, and the way out."""

import asyncio
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.config import load
from bot.demo import greeting, nginx
from bot.demo.answer import ChangeTeller, ask
from bot.demo.chat import chat
from bot.demo.endings import stop_on_signal
from bot.demo.errors import DemoError
from bot.demo.folder import DemoFolder, claimed
from bot.demo.options import Options
from bot.demo.premises import opened
from bot.demo.settings import bot_settings, core_settings
from bot.demo.timer import ACTOR, call_at
from bot.helper import Helper, HelperError, Verb
from bot.logs import set_up
from bot.timefmt import Times
from core.protocol import Request


@dataclass(frozen=True, slots=True)
class Stage:
    """Where one demo plays: its folder, its shop and the way to the core."""

    folder: DemoFolder
    url: str
    kind: str
    command: list[str]


def play(options: Options) -> None:
    """Play until the chat ends.

    Raises:
        DemoError: something that it needs is missing.
    """
    program = _core()
    with (
        claimed(options.folder, lambda old: nginx.end_leftover(old.nginx)) as folder,
        folder.log.open("w") as log,
        opened(folder, program=nginx.find(), stand_in=options.stand_in) as (url, kind),
    ):
        set_up(log, {}, lambda: ())  # the terminal belongs to the chat
        files = ["--config", str(folder.core_config), "--state-dir", str(folder.state)]
        asyncio.run(_play(options, Stage(folder, url, kind, [program, *files])))


async def _play(options: Options, stage: Stage) -> None:
    with stop_on_signal() as stop:
        # 1. The window is counted from here, and written down for the core and the bot.
        now = _clock()
        start = now.replace(microsecond=0) + timedelta(seconds=options.window_in + 1)
        end = start + timedelta(seconds=options.window_for)
        _write_settings(options, stage, now, start, end)
        # 2. The core decides how things are, so shop and chat agree from the first line on.
        helper = Helper(stage.command)
        await _begin(helper)
        # 3. The timer and the chat run side by side; the chat's end is the end.
        print(_welcome(options, stage, start, end), flush=True)
        edges = call_at([start, end], helper, clock=_clock, sleep=asyncio.sleep)
        timer = asyncio.create_task(edges)
        try:
            teller = ChangeTeller(stage.url, stage.folder.marker)
            await chat(load(stage.folder.bot_config), teller, _clock, stop)
        finally:
            timer.cancel()
    print(greeting.GOODBYE, flush=True)


def _write_settings(
    options: Options, stage: Stage, now: datetime, start: datetime, end: datetime
) -> None:
    folder = stage.folder
    folder.core_config.write_text(core_settings(now, start, end))
    folder.bot_config.write_text(
        bot_settings(folder, language=options.language, helper=stage.command, shop=stage.url)
    )


async def _begin(helper: Helper) -> None:
    try:
        await helper.ask(Verb.RECONCILE, Request(ACTOR))
    except HelperError as error:
        raise DemoError(f"The demo's own pretix-maintenance does not work: {error}") from error


def _welcome(options: Options, stage: Stage, start: datetime, end: datetime) -> str:
    zone = load(stage.folder.bot_config).timezone
    return greeting.welcome(
        shop=stage.url,
        kind=stage.kind,
        answer=ask(stage.url).removeprefix("the shop "),
        start=start,
        end=end,
        now=_clock(),
        folder=_short(stage.folder.root),
        show=Times(options.language, zone).instant,
    )


def _core() -> str:
    """Find the core's program beside the bot's own."""
    program = Path(sys.executable).parent / "pretix-maintenance"
    if not program.exists():
        raise DemoError(f"{program} is missing; make setup installs it.")
    return str(program)


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _clock() -> datetime:
    return datetime.now(UTC)
