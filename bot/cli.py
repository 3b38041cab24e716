"""`pretix-maintenance-bot`: run the bot, check its set-up, try the demo, list the adapters.

`calendar` writes the coming windows as an iCalendar file, `report` the treasurer's note of a week.

`mattermost register` registers the slash command there.

Exit codes: 0 done · 1 something is wrong or went wrong · 2 usage · 3 configuration.
"""

import argparse
import asyncio
import importlib
import logging
import os
import secrets
import signal
import sqlite3
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from adapters import registry
from bot import addresses, app, checkup, config, hostcheck, logs
from bot.claim import Claim, Claimed
from bot.corestate import CoreState
from bot.database import NewerDatabase
from bot.helper import Helper
from bot.messages import Voice
from bot.sdnotify import Notifier
from bot.secrets import Secrets
from bot.threads import AbandonableThreads
from core.errors import CoreError

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

DEFAULT_CONFIG = Path("/etc/pretix-maintenance/bot.toml")

CALENDAR = 60
"""Occurrences in a calendar: a year of weekly windows."""

DONE, WRONG, CONFIGURATION = 0, 1, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    if words[:1] == ["demo"]:
        # Only the demo needs the demo, and it reads its own options.
        from bot import demo  # noqa: PLC0415 - see above

        return demo.main(words[1:])
    options, rest = _parser().parse_known_args(words)
    options.rest = rest
    if rest and options.command not in (_mattermost, _report):
        _parser().parse_args(words)
    try:
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except config.ConfigurationFaults as error:
        return _configuration(error, as_json=getattr(options, "json", False))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pretix-maintenance-bot", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    run = commands.add_parser("run", help="run the bot until it is told to end")
    run.set_defaults(command=_run)
    check = commands.add_parser("check", help="look at everything that the bot needs")
    check.add_argument("--json", action="store_true", help="for machines")
    check.set_defaults(command=_check)
    for one in (run, check):
        one.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE")
    calendar = commands.add_parser("calendar", help="the coming windows as an iCalendar file")
    calendar.set_defaults(command=_calendar)
    calendar.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE")
    calendar.add_argument("--output", type=Path, metavar="FILE", help="instead of standard output")
    report = commands.add_parser("report", help="the treasurer's note of a week", add_help=False)
    report.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE")
    report.set_defaults(command=_report)
    commands.add_parser("demo", help="try it in this terminal", add_help=False)
    listed = commands.add_parser("adapters", help="list the chat platforms that can be used")
    listed.set_defaults(command=_adapters)
    mattermost = commands.add_parser("mattermost", help="`register` its slash command")
    actions = mattermost.add_subparsers(metavar="ACTION", required=True)
    register = actions.add_parser("register", help="needs an administrator's token", add_help=False)
    register.add_argument("--config", type=Path, metavar="FILE")
    register.set_defaults(command=_mattermost)
    return parser


def _configuration(error: config.ConfigurationFaults, *, as_json: bool) -> int:
    if as_json:
        print(checkup.as_json(checkup.of_faults(error.faults)))
    for fault in error.faults:
        print(fault, file=sys.stderr)
    return CONFIGURATION


def _run(options: argparse.Namespace) -> int:
    settings = config.load(options.config)
    if not settings.adapters:
        raise config.ConfigurationFaults(["adapters: none is configured, so nobody is heard"])
    found = Secrets(os.environ)
    logs.set_up(sys.stderr, os.environ, lambda: found.known)
    outside = app.Outside(
        now=_now,
        error_id=lambda: secrets.token_hex(2),
        load=registry.load,
        secret=found,
        notifier=Notifier.from_environment(os.environ, os.getpid()),
    )
    try:
        claim = Claim(settings.state_dir)
        in_a_loop(until_told_to_end(app.App(settings, outside)))
        claim.release()
    except (Claimed, NewerDatabase, sqlite3.OperationalError, OSError) as error:
        log.critical("the bot cannot work: %s", error)
        return WRONG
    # The top level of the process: say it in the log, with what is secret blanked out.
    except Exception:
        log.critical("the bot fell", exc_info=True)
        return WRONG
    return DONE


async def until_told_to_end(bot: app.App) -> None:
    """Run the bot until SIGTERM or SIGINT."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await bot.run(stop)


def _calendar(options: argparse.Namespace) -> int:
    # Its library costs every other command a tenth of a second.
    from bot import calendar  # noqa: PLC0415 - see above

    settings = config.load(options.config)
    voice = Voice(settings.language, settings.timezone, settings.contact)
    core = CoreState(settings.core_config, settings.core_state_dir)
    try:
        coming = core.occurrences(_now(), CALENDAR)
        content = calendar.calendar(coming, voice, _now())
        if options.output:
            calendar.write(options.output, content)
        else:
            sys.stdout.write(content.decode())
    except (CoreError, OSError) as error:
        print(error, file=sys.stderr)
        return WRONG
    return DONE


def _report(options: argparse.Namespace) -> int:
    # Nothing else needs its tables and its calendar of weeks.
    from bot.reporting import parsed, print_note  # noqa: PLC0415 - see above

    wanted = parsed(options.rest)
    settings = config.load(options.config)
    found = Secrets(hostcheck.environment(os.environ))
    logs.set_up(sys.stderr, os.environ, lambda: found.known, logging.ERROR)
    database = settings.state_dir / app.DATABASE
    return in_a_loop(print_note(wanted, settings, database=database, secret=found, now=_now()))


def _check(options: argparse.Namespace) -> int:
    settings = config.load(options.config)
    found = Secrets(hostcheck.environment(os.environ))
    logs.set_up(sys.stderr, os.environ, lambda: found.known, logging.ERROR)
    looks = checkup.CheckUp(
        settings,
        settings=app.settings_of(settings, found),
        load=registry.load,
        core=CoreState(settings.core_config, settings.core_state_dir),
        helper=Helper(settings.helper),
        probe=addresses.shop(settings.probe, _now),
        now=_now,
    )
    looked = in_a_loop(looks.run())
    print(checkup.as_json(looked) if options.json else checkup.as_text(looked))
    return WRONG if checkup.is_wrong(looked) else DONE


def _adapters(_: argparse.Namespace) -> int:
    for candidate in registry.available():
        broken = f"  BROKEN: {candidate.problem}" if candidate.problem else ""
        print(f"{candidate.name}  ({candidate.package}){broken}")
    return DONE


def _mattermost(options: argparse.Namespace) -> int:
    # The adapter's own program: of it, the bot knows no more than that it is there.
    register = importlib.import_module(f"{registry.load('mattermost').__module__}.register")
    code: int = register.main(options.rest, table=_mattermost_table(options.config))
    return code


def _mattermost_table(chosen: Path | None) -> Mapping[str, object]:
    if chosen is None and not os.access(DEFAULT_CONFIG, os.R_OK):
        return {}
    return config.load(chosen or DEFAULT_CONFIG).adapters.get("mattermost", {})


def in_a_loop(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run to the end, without waiting for threads that hang."""

    async def with_abandonable_threads() -> _Result:
        # Asking a dead name server must not hold up the end of the process.
        asyncio.get_running_loop().set_default_executor(AbandonableThreads())
        return await work

    return asyncio.run(with_abandonable_threads())


def _now() -> datetime:
    return datetime.now(UTC)
