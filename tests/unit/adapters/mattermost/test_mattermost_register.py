"""Registering the slash command with an administrator's token that is not kept."""

import asyncio
import io
import stat
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from adapters.mattermost.register import VARIABLE, Console, main
from tests.servers.mattermost import Fault
from tests.unit.adapters.mattermost.conftest import Bench

PUBLIC = "https://bot.example/mattermost"


class Screen(io.StringIO):
    """Standard input at a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass
class Terminal:
    """A terminal, with what was typed, asked and printed."""

    stdin: io.StringIO = field(default_factory=Screen)
    stdout: io.StringIO = field(default_factory=io.StringIO)
    stderr: io.StringIO = field(default_factory=io.StringIO)
    environ: dict[str, str] = field(default_factory=dict)
    typed: str = ""
    asked: list[str] = field(default_factory=list)

    def ask(self, prompt: str) -> str:
        self.asked.append(prompt)
        return self.typed

    async def run(self, *argv: str, table: dict[str, object] | None = None) -> int:
        console = Console(self.stdin, self.stdout, self.stderr, self.environ, self.ask)
        return await asyncio.to_thread(main, argv, table=table, console=console)


@pytest.fixture
def terminal(bench: Bench) -> Terminal:
    return Terminal(environ={VARIABLE: bench.server.admin_token})


def wish(bench: Bench, *more: str) -> tuple[str, ...]:
    return ("--url", bench.server.url, "--team", "board", "--public-url", PUBLIC, *more)


async def test_the_command_is_registered_and_its_token_printed_alone(
    bench: Bench, terminal: Terminal
) -> None:
    assert await terminal.run(*wish(bench)) == 0
    (command,) = bench.server.state.commands.values()
    assert (command["trigger"], command["method"]) == ("maintenance", "P")
    assert command["url"] == f"{PUBLIC}/command"
    assert command["auto_complete"] is True
    assert terminal.stdout.getvalue() == command["token"] + "\n"
    assert bench.server.admin_token not in terminal.stderr.getvalue()


async def test_a_command_that_is_there_is_put_right_and_keeps_its_token(
    bench: Bench, terminal: Terminal
) -> None:
    token = bench.server.register("https://old.example/")
    assert await terminal.run(*wish(bench)) == 0
    (command,) = bench.server.state.commands.values()
    assert command["url"] == f"{PUBLIC}/command"
    assert terminal.stdout.getvalue() == token + "\n"


async def test_a_new_token_ends_the_old_one(bench: Bench, terminal: Terminal) -> None:
    token = bench.server.register(f"{PUBLIC}/command")
    assert await terminal.run(*wish(bench, "--new-token")) == 0
    (command,) = bench.server.state.commands.values()
    assert command["token"] != token
    assert terminal.stdout.getvalue() == command["token"] + "\n"


async def test_the_token_can_go_to_a_file_that_only_its_owner_reads(
    bench: Bench, terminal: Terminal, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    assert await terminal.run(*wish(bench, "--token-file", str(path))) == 0
    (command,) = bench.server.state.commands.values()
    assert path.read_text() == command["token"] + "\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert command["token"] not in terminal.stdout.getvalue() + terminal.stderr.getvalue()


async def test_a_file_that_is_there_is_not_written_over(
    bench: Bench, terminal: Terminal, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    path.write_text("precious")
    assert await terminal.run(*wish(bench, "--token-file", str(path))) == 1
    assert path.read_text() == "precious"


async def test_what_the_settings_say_need_not_be_typed(bench: Bench, terminal: Terminal) -> None:
    table: dict[str, object] = {
        "url": bench.server.url,
        "team": "board",
        "trigger": "shop",
        "token": "credential:not-looked-up",
        "slash": {"public_url": PUBLIC, "tokens": ["credential:not-there-yet"]},
    }
    assert await terminal.run(table=table) == 0
    (command,) = bench.server.state.commands.values()
    assert (command["trigger"], command["url"]) == ("shop", f"{PUBLIC}/command")


async def test_at_a_terminal_the_administrators_token_is_asked_for(bench: Bench) -> None:
    terminal = Terminal(typed=bench.server.admin_token)
    assert await terminal.run(*wish(bench)) == 0
    assert "not stored" in terminal.asked[0]


async def test_from_a_pipe_the_administrators_token_is_read(bench: Bench) -> None:
    terminal = Terminal(stdin=io.StringIO(bench.server.admin_token + "\n"))
    assert await terminal.run(*wish(bench)) == 0
    assert terminal.asked == []


async def test_everything_that_is_missing_is_told_at_once(bench: Bench) -> None:
    terminal = Terminal(stdin=io.StringIO())
    assert await terminal.run() == 2
    told = terminal.stderr.getvalue()
    assert all(f"{key}: " in told for key in ("url", "team", "public_url"))


async def test_an_empty_token_is_a_mistake_of_usage(bench: Bench) -> None:
    terminal = Terminal(stdin=io.StringIO("\n"))
    assert await terminal.run(*wish(bench)) == 2
    assert bench.server.rest.requests == []


@pytest.mark.parametrize(
    ("token", "team", "told"),
    [
        ("member", "board", "may not register"),
        ("admin", "nowhere", "no team of that name"),
        ("wrong", "board", "does not know"),
    ],
)
async def test_a_refusal_is_told_in_words(bench: Bench, token: str, team: str, told: str) -> None:
    server = bench.server
    tokens = {"member": server.state.log_in(server.anna), "admin": server.admin_token}
    terminal = Terminal(environ={VARIABLE: tokens.get(token, "x" * 26)})
    assert await terminal.run(*wish(bench, "--team", team)) == 1
    assert told in terminal.stderr.getvalue()
    assert terminal.stdout.getvalue() == ""


async def test_a_failure_on_the_way_is_told_and_not_tried_again(
    bench: Bench, terminal: Terminal
) -> None:
    bench.server.faults.plan(Fault.BAD_GATEWAY, path="/commands")
    assert await terminal.run(*wish(bench)) == 1
    assert "502" in terminal.stderr.getvalue()
