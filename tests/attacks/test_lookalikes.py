"""What looks like a board member's command in a chat and is none changes nothing."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.costs import effects, log_of
from tests.attacks.loud_bot import loud_bot
from tests.figures import Figures
from tests.servers.telegram_chats import Json
from tests.servers.telegram_people import Person
from tests.servers.two_platforms import MATTERMOST, TELEGRAM, TwoPlatforms, two_platforms, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PROPS = (
    "from_webhook",
    "from_bot",
    "from_plugin",
    "from_oauth_app",
    "override_username",
    "override_icon_url",
    "override_icon_emoji",
)
COMMAND = "/maintenance lock forged"
MEMBER = """\
[[person]]
name = "Mia"
role = "member"
ids = {{ telegram = "{mia}", mattermost = "{mattermost.bram}" }}
[[person]]
name = "Otto"
role = "treasurer"
ids = {{ telegram = "{otto}" }}
expires = 2020-01-01
"""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[TwoPlatforms]:
    async with two_platforms(tmp_path) as made:
        yield made


class Telegram:
    """Everything that reaches a bot as `/maintenance lock` without being a member's word."""

    def __init__(self, stage: TwoPlatforms) -> None:
        self.stage = stage
        self.anna, self.board = stage.anna, stage.board
        # The treasurer's own name, as anybody can take it.
        self.eve = stage.telegram.person("Anna", "anna")
        self.mia = stage.telegram.person("Mia")
        self.otto = stage.telegram.person("Otto")
        self.robot = stage.telegram.bot("HelperBot")
        self.elsewhere = stage.telegram.group("Elsewhere", self.anna, stage.account)
        self.channel = stage.telegram.group("News", self.anna, kind="channel")

    def raw(self, kind: str, **more: Any) -> Json:
        """A kind of update that was never asked for, about a message of the treasurer's."""
        message = self.anna._message(self.board) | {"text": COMMAND} | more
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": 12}]
        return {"update_id": self.stage.account.updates.next_id, kind: message}

    def cases(self) -> dict[str, Callable[[], Any]]:
        """Each by name; the bot answers or logs every one of the first kind."""
        anna, board, put = self.anna, self.board, self.stage.account.updates.put_raw
        robot = Person(self.stage.telegram, self.robot)
        old = self.stage.telegram.date() - 3600
        via = {"via_bot": self.robot.shown()}
        business = {"business_connection_id": "b", "sender_business_bot": self.robot.shown()}
        return {
            "same name, other id": lambda: self.eve.says(board, COMMAND),
            "member without the right": lambda: self.mia.says(board, COMMAND),
            "former treasurer": lambda: self.otto.says(board, COMMAND),
            "forwarded": lambda: anna.forwards(board, COMMAND, self.eve),
            "forwarded, of old servers": lambda: put(self.raw("message", forward_date=old)),
            "anonymous administrator": lambda: anna.says_anonymously(board, COMMAND),
            "as a channel": lambda: anna.says_as_channel(board, COMMAND, self.channel),
            "linked channel": lambda: anna.posts_in_linked_channel(board, COMMAND, self.channel),
            "another bot": lambda: robot.says(board, COMMAND),
            "via an inline bot": lambda: anna.says(board, COMMAND, **via),
            "edited": lambda: put(self.raw("edited_message", edit_date=old)),
            "changed before it was fetched": lambda: anna.says(board, COMMAND, edit_date=old),
            "channel post": lambda: put(self.raw("channel_post")),
            "edited channel post": lambda: put(self.raw("edited_channel_post", edit_date=old)),
            "business account": lambda: put(self.raw("business_message", **business)),
            "guest mode": lambda: put(self.raw("guest_message", guest_query_id="7")),
            "ephemeral": lambda: put(self.raw("message", message_id=0, ephemeral_message_id=3)),
            "no sender": lambda: put(self.raw("message", **{"from": None})),
            "an hour old": lambda: anna.says(board, COMMAND, date=old),
            "from the future": lambda: anna.says(board, COMMAND, date=old + 2 * 3600),
            "stranger in private": lambda: self.eve.says_privately(self.stage.account, COMMAND),
        }

    def unheard(self) -> dict[str, Callable[[], Any]]:
        """What is not even taken for a command, and leaves no line in the log."""
        anna, board = self.anna, self.board
        return {
            "another bot's command": lambda: anna.says(board, "/maintenance@HelperBot lock"),
            "in the middle of a text": lambda: anna.says(board, f"please {COMMAND}"),
            "press out of the blue": lambda: anna.presses_out_of_the_blue(
                self.stage.account.id, "lock:1", message=anna._message(board)
            ),
            "caption": lambda: anna.captions(board, COMMAND),
            "a chat that is not configured": lambda: anna.says(self.elsewhere, COMMAND),
            "joined words": lambda: anna.says(board, "/maintenance_lock"),
            "full-width slash": lambda: anna.says(board, "\uff0fmaintenance lock"),
        }


class Mattermost:
    """Everything that reaches a bot as `@maintenance lock` with a member's id or name."""

    def __init__(self, stage: TwoPlatforms) -> None:
        self.stage = stage
        self.mattermost = stage.mattermost
        state = stage.mattermost.state
        anna = stage.mattermost.anna
        channel = stage.mattermost.channel
        self.eve = state.add_user("anna.", roles="system_user")
        self.guest = state.add_user("guest", roles="system_guest")
        self.robot = state.add_user("helper", is_bot=True)
        for user in (self.eve, self.guest, self.robot):
            state.members[channel].add(user)
        self.anna = anna

    def cases(self) -> dict[str, Callable[[], Any]]:
        """Each by name."""
        write, anna = self.mattermost.write, self.anna
        text = "@maintenance lock forged"
        made = {f"prop {name}": partial(write, anna, text, props={name: "true"}) for name in PROPS}
        return made | {
            "custom type": lambda: write(anna, text, type="custom_plugin"),
            "edited by an administrator": lambda: write(anna, text, edit_at=1795993200000),
            "remote cluster": lambda: write(anna, text, remote_id="r" * 26),
            "deleted": lambda: write(anna, text, delete_at=1795993200000),
            "similar name, other id": lambda: write(self.eve, text),
            "member without the right": lambda: write(self.mattermost.bram, text),
            "administrator outside the roster": lambda: write(self.mattermost.admin, text),
            "guest": lambda: write(self.guest, text),
            "another bot": lambda: write(self.robot, text),
            "stranger, direct": lambda: self.mattermost.direct(self.eve, "lock forged"),
        }


LOOKED_AT = ("refused ", "nothing said to", "skipped", "button")
"""One of these is in the log when the bot has looked at a message."""


def over(stage: TwoPlatforms, start: int, before: int) -> bool:
    """Whether the bot has looked at it since then, or was even taken in by it."""
    return effects(stage) > before or any(one in log_of(stage)[start:] for one in LOOKED_AT)


async def faults_of(stage: TwoPlatforms, cases: dict[str, Callable[[], Any]]) -> list[str]:
    """Try each by itself; what is not as it must be, in words."""
    found = []
    for name, attack in cases.items():
        start, before = len(log_of(stage)), effects(stage)
        attack()
        try:
            await until(partial(over, stage, start, before))
        except AssertionError:
            found.append(f"{name}: no line in the log")
        if "dropped" in log_of(stage)[start:]:
            found.append(f"{name}: not even looked at")
        if effects(stage) != before:
            # What follows would find the shop locked, and tell nothing.
            return [*found, f"{name}: obeyed"]
    return found


async def test_no_lookalike_in_telegram_changes_anything(
    stage: TwoPlatforms, figures: Figures
) -> None:
    far = Telegram(stage)
    people = MEMBER.replace("{mia}", str(far.mia.account.id))
    people = people.replace("{otto}", str(far.otto.account.id))
    stage.configure(TELEGRAM, more=people)
    stage.command = loud_bot(stage.config)
    await stage.begin()
    await stage.telegram.asked("getUpdates", 2)
    found = await faults_of(stage, far.cases())
    figures.count("look-alikes in Telegram", len(far.cases()), effects=effects(stage))
    assert found == []
    for attack in far.unheard().values():
        attack()
    figures.count("look-alikes in Telegram", len(far.unheard()), effects=effects(stage))
    # All those before it were looked at when this one, the real one, is done.
    stage.anna.says(stage.board, "/maintenance lock audit")
    await until(lambda: effects(stage) > 0)
    assert "forged" not in (stage.core.state / "journal.jsonl").read_text()
    assert effects(stage) == 1
    assert stage.account.token not in log_of(stage)


async def test_no_lookalike_in_mattermost_changes_anything(
    stage: TwoPlatforms, figures: Figures
) -> None:
    far = Mattermost(stage)
    people = MEMBER.replace("{mia}", "1").replace("{otto}", "2")
    stage.configure(MATTERMOST, more=people)
    stage.command = loud_bot(stage.config)
    await stage.begin()
    await until(lambda: stage.hears_mattermost)
    found = await faults_of(stage, far.cases())
    figures.count("look-alikes in Mattermost", len(far.cases()), effects=effects(stage))
    assert found == []
    # An edit into a command is not even heard.
    post = stage.mattermost.write(far.anna, "good morning")
    stage.mattermost.state.edit_post(post["id"], {"message": "@maintenance lock forged"})
    stage.mattermost.write(far.anna, "@maintenance lock audit")
    await until(lambda: effects(stage) > 0)
    assert "forged" not in (stage.core.state / "journal.jsonl").read_text()
    assert effects(stage) == 1
    assert stage.mattermost.bot_token not in log_of(stage)
