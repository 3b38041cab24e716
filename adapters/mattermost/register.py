"""`pretix-maintenance-bot mattermost register`: registers the slash command, once for each team.

Only an administrator may do that, so it is done with an administrator's token, which is read, used
and forgotten. What comes out is the command's own token, by which the bot recognises Mattermost.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from getpass import getpass
from pathlib import Path
from typing import TextIO

from adapters.base import AdapterError, Permanent, Settings, SettingsError
from adapters.mattermost.api import Api
from adapters.mattermost.options import TRIGGER, Options, Table, base_of
from adapters.mattermost.pace import Pace
from adapters.mattermost.records import RegisteredCommand

VARIABLE = "MATTERMOST_ADMIN_TOKEN"
"""Where the administrator's token is looked for before it is asked for."""

OK, FAILED, USAGE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Console:
    """The terminal: a test brings its own."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    environ: Mapping[str, str]
    ask: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be registered."""

    team: str
    trigger: str
    public_url: str
    new_token: bool = False


def main(
    argv: Sequence[str] | None = None,
    *,
    table: Mapping[str, object] | None = None,
    console: Console | None = None,
) -> int:
    """Register; give the exit code: 0 done, 1 refused by Mattermost, 2 usage.

    `table` is `[adapters.mattermost]` of `bot.toml` where there is one: what it says need not be
    typed. Its secrets are not looked up.
    """
    console = console or Console(sys.stdin, sys.stdout, sys.stderr, os.environ, getpass)
    arguments = _parser(table or {}).parse_args(argv)
    try:
        options, wish = _checked(arguments, table or {})
        token = _admin_token(console)
    except SettingsError as error:
        for fault in error.faults:
            print(f"{fault.key}: {fault.sentence}", file=console.stderr)
        return USAGE
    try:
        command = asyncio.run(register(options, token, wish))
    except AdapterError as error:
        print(_explained(error), file=console.stderr)
        return FAILED
    return _hand_out(command, arguments.token_file, console)


async def register(options: Options, token: str, wish: Wish) -> RegisteredCommand:
    """Register the command, or put right the one that is there.

    Raises:
        AdapterError: Mattermost refuses.
    """
    api = Api(options, Pace(), token=token)
    try:
        team_id = await api.team(wish.team)
        listed = await api.commands(team_id, all_of_them=True)
        there = next((one for one in listed if one.trigger == wish.trigger), None)
        if there is None:
            return await api.create_command(_body(wish, team_id))
        changed = await api.update_command(there.id, {**_body(wish, team_id), "id": there.id})
        if not wish.new_token:
            return RegisteredCommand(
                there.id, wish.trigger, team_id, changed.url, changed.token or there.token
            )
        fresh = await api.new_token(there.id)
        return RegisteredCommand(there.id, wish.trigger, team_id, changed.url, fresh)
    finally:
        api.close()


def _parser(table: Mapping[str, object]) -> argparse.ArgumentParser:
    slash = table.get("slash")
    public_url = slash.get("public_url") if isinstance(slash, Mapping) else None
    parser = argparse.ArgumentParser(
        prog="pretix-maintenance-bot mattermost register",
        description="Register the slash command, with an administrator's token from "
        f"${VARIABLE}, from standard input, or asked for.",
    )
    parser.add_argument("--url", default=table.get("url"), help="Mattermost's address")
    parser.add_argument("--team", default=table.get("team"), help="the team's name in its address")
    parser.add_argument("--public-url", default=public_url, help="where Mattermost reaches the bot")
    parser.add_argument("--trigger", default=table.get("trigger", "maintenance"))
    parser.add_argument("--ca-file", default=table.get("ca_file"))
    parser.add_argument("--proxy", default=table.get("proxy"))
    parser.add_argument(
        "--new-token", action="store_true", help="let an earlier token of the command end"
    )
    parser.add_argument(
        "--token-file", help="write the command's token to this new file instead of the screen"
    )
    return parser


def _checked(arguments: argparse.Namespace, table: Mapping[str, object]) -> tuple[Options, Wish]:
    given = {
        key: getattr(arguments, key)
        for key in ("url", "team", "public_url", "trigger", "ca_file", "proxy")
        if getattr(arguments, key) is not None
    }
    checked = Table({**{key: table[key] for key in ("ca_file",) if key in table}, **given})
    options = Options(
        name="mattermost",
        base=base_of(checked),
        token="",
        ca_file=checked.text("ca_file"),
        proxy=checked.text("proxy"),
    )
    wish = Wish(
        team=checked.text("team", needed=True) or "",
        trigger=checked.matching("trigger", TRIGGER, "maintenance"),
        public_url=(checked.text("public_url", needed=True) or "").rstrip("/"),
        new_token=arguments.new_token,
    )
    checked.done()
    return options, wish


def _admin_token(console: Console) -> str:
    token = console.environ.get(VARIABLE, "")
    if not token and console.stdin.isatty():
        token = console.ask("An administrator's token (not shown, not stored): ")
    elif not token:
        token = console.stdin.readline()
    settings = Settings("mattermost", {"admin": token.strip()})
    table = Table(settings.options)
    checked = table.secret("admin", settings)
    table.done()
    return checked


def _body(wish: Wish, team_id: str) -> dict[str, object]:
    return {
        "team_id": team_id,
        "trigger": wish.trigger,
        "method": "P",
        "url": f"{wish.public_url}/command",
        "auto_complete": True,
        "auto_complete_hint": "lock | unlock | status | help",
        "auto_complete_desc": "Close and open the ticket shop",
        "display_name": "Ticket shop maintenance",
        "description": "Close and open the ticket shop",
    }


def _explained(error: AdapterError) -> str:
    if isinstance(error, Permanent) and error.problem == "forbidden":
        return (
            "This token may not register slash commands: use one of a system administrator or of "
            "this team's administrator."
        )
    if error.problem == "gone":
        return "Mattermost knows no team of that name: use the one in the address bar."
    return str(error)


def _hand_out(command: RegisteredCommand, token_file: str | None, console: Console) -> int:
    said = f"/{command.trigger} now calls {command.url}"
    if token_file is None:
        print(f"{said}; its token:", file=console.stderr)
        print(command.token, file=console.stdout)
        return OK
    try:
        # Never over an existing file, and readable for nobody else from its first byte.
        descriptor = os.open(token_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        print(f"{said}, but {token_file}: {error.strerror}", file=console.stderr)
        return FAILED
    with os.fdopen(descriptor, "w") as stream:
        print(command.token, file=stream)
    print(f"{said}; its token is in {Path(token_file).absolute()}", file=console.stderr)
    return OK
