"""The set-up in docs/telegram.md and docs/mattermost.md, followed against the fake servers.

The blocks of `bot.toml` and the commands are taken from the documents themselves; only example
values (ids, addresses) give way to those of the fakes.
"""

import asyncio
import json
import re
import shlex
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from tests.servers.mattermost_state import Refusal
from tests.servers.two_platforms import GENERAL, TwoPlatforms, program, those, two_platforms, until

DOCS = Path(__file__).parents[2] / "docs"
BEFORE_PEOPLE = GENERAL.partition("[[person]]")[0]


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of a language, without the indentation of the list they stand in."""
    text = (DOCS / document).read_text()
    found = re.findall(r"^( *)```(\w*)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [
        "".join(line.removeprefix(indent) for line in block.splitlines(keepends=True))
        for indent, spoken, block in found
        if spoken == language
    ]


def replaced(text: str, values: Mapping[str, str]) -> str:
    """Put real values for the examples; each example must be there."""
    for example, value in values.items():
        assert example in text, f"the document no longer says {example}"
        text = text.replace(example, value)
    return text


class Volunteer:
    """Somebody at the server's keyboard."""

    def __init__(self, stage: TwoPlatforms) -> None:
        self.stage = stage
        self.secrets = stage.core.folder / "credentials"
        self.secrets.mkdir()
        stage.environ["CREDENTIALS_DIRECTORY"] = str(self.secrets)

    def keeps(self, credential: str, secret: str) -> None:
        (self.secrets / credential).write_text(f"{secret}\n")

    def writes(self, text: str) -> None:
        stage = self.stage
        general = BEFORE_PEOPLE.format(
            folder=stage.core.folder, core=stage.core, helper=stage.core.command
        )
        stage.config.write_text(general + text)

    async def types(self, command: str, stdin: str = "") -> tuple[int | None, str, str]:
        """Type a command of the document; return its exit code and what it said."""
        name, *words = shlex.split(command.replace("\\\n", " "))
        process = await asyncio.create_subprocess_exec(
            program(name),
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.stage.core.folder,
            env=self.stage.environ,
        )
        out, errors = await process.communicate(stdin.encode())
        return process.returncode, out.decode(), errors.decode()

    async def checks(self) -> dict[str, str]:
        """How each finding of `check` about an adapter weighs, by its problem."""
        command = f"pretix-maintenance-bot check --json --config {self.stage.config}"
        _, out, errors = await self.types(command)
        assert not errors, errors
        about = [one for one in json.loads(out) if one["subject"].startswith("adapter")]
        return {one["problem"]: one["severity"] for one in about}


@pytest.fixture
async def volunteer(tmp_path: Path) -> AsyncIterator[Volunteer]:
    async with two_platforms(tmp_path) as stage:
        yield Volunteer(stage)


async def test_telegram(volunteer: Volunteer) -> None:
    stage = volunteer.stage
    volunteer.keeps("telegram-token", stage.account.token)
    (toml,) = blocks("telegram.md", "toml")
    group = stage.telegram.group("Forum", stage.anna, stage.account, forum=True)
    group.topics[7] = True
    values = {
        "-1002012345678": str(group.id),
        "12345": str(stage.anna.account.id),
        "[adapters.telegram]\n": f'[adapters.telegram]\nbase_url = "{stage.telegram.url}"\n',
    }
    volunteer.writes(replaced(toml, values))

    # Step 2 forgotten: privacy mode is on.
    stage.account.reads_all = False
    assert (await volunteer.checks())["privacy"] == "warning"
    stage.account.reads_all = True
    assert set((await volunteer.checks()).values()) == {"ok"}

    await stage.begin()
    await until(stage.account.updates.polling.is_set)
    topic = {"message_thread_id": 7, "is_topic_message": True}
    stage.anna.says(group, "/maintenance status", **topic)
    await until(lambda: those(stage.in_telegram(group), "open"))
    stage.anna.says(group, "/maintenance whoami", **topic)
    await until(lambda: those(stage.in_telegram(group), str(stage.anna.account.id)))
    stage.anna.says_privately(stage.account, "/maintenance status")
    alone = stage.telegram.private(stage.anna, stage.account)
    await until(lambda: those(stage.in_telegram(alone), "open"))

    # A small group's id is in the log.
    small = stage.telegram.group("Small", stage.anna, kind="group")
    stage.telegram.stand(small, stage.account, "member", stage.anna)
    told = f"the bot is in the chat {small.id}, which is not configured"
    assert re.sub(r"-\d+", str(small.id), _quoted("the bot is in the chat")) == told
    await until(lambda: told in stage.log.read_text())


def _quoted(beginning: str) -> str:
    text = " ".join((DOCS / "telegram.md").read_text().split())
    found = re.search(rf"`({beginning}[^`]*)`", text)
    assert found
    return found[1]


async def test_mattermost(volunteer: Volunteer) -> None:
    stage, server = volunteer.stage, volunteer.stage.mattermost
    server.state.commands.clear()
    volunteer.keeps("mattermost-token", server.bot_token)
    first, slash = blocks("mattermost.md", "toml")
    values = {
        "4xp9fdt7pbgium38k7q8t9jx5o": server.channel,
        'https://chat.example"': f'{server.url}"',
        '…" }': f'{server.anna}" }}',
    }
    first = replaced(first, values)
    volunteer.writes(first)
    good = dict.fromkeys(("account", "channel", "websocket"), "ok")
    assert await volunteer.checks() == good | {"slash": "warning"}

    # Step 3: without a slash command.
    await stage.begin()
    await until(lambda: stage.hears_mattermost)
    asked = server.write(server.anna, "@maintenance status")
    await until(lambda: those(stage.in_mattermost(), "open"))
    assert server.bots_posts()[0]["root_id"] == asked["id"]
    server.direct(server.anna, "lock")
    alone = server.state.direct(server.anna, server.bot)
    await until(lambda: those(stage.in_mattermost(alone), "Locked"))
    assert await stage.stop() == 0

    # Step 4: register, then tell the bot.
    (command,) = [one for one in blocks("mattermost.md", "") if "mattermost register" in one]
    addresses = {
        "https://chat.example": server.url,
        "https://bot.example/mattermost": f"http://{stage.slash}",
    }
    code, _, said = await volunteer.types(replaced(command, addresses), f"{server.admin_token}\n")
    assert code == 0, said
    token = (stage.core.folder / "slash-token").read_text()
    volunteer.keeps("mattermost-slash-token", token)
    values = {
        "127.0.0.1:8066": stage.slash,
        "https://bot.example/mattermost": f"http://{stage.slash}",
    }
    volunteer.writes(first + replaced(slash, values))
    assert await volunteer.checks() == good | {"slash": "ok", "private-address": "warning"}

    # Step 4.4 and 4.5: a private address must be allowed.
    await stage.begin()
    await until(lambda: stage.hears_mattermost)
    server.integrations.allows_private = False
    with pytest.raises(Refusal, match=r"execute_command\.failed"):
        await server.type(server.anna, "/maintenance status")
    server.integrations.allows_private = True
    assert "locked" in (await server.type(server.anna, "/maintenance status"))["text"]
    assert server.anna in (await server.type(server.anna, "/maintenance whoami"))["text"]
