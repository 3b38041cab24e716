"""One process serves Telegram and Mattermost, with a real core: what people see in each."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.servers.mattermost import Fault
from tests.servers.small_bot import one_window
from tests.servers.telegram import LOST_ANSWER
from tests.servers.telegram_chats import Chat
from tests.servers.two_platforms import TwoPlatforms, those, two_platforms, until

pytestmark = pytest.mark.slow

POSTING = ("POST", "/api/v4/posts")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[TwoPlatforms]:
    async with two_platforms(tmp_path) as made:
        yield made


async def told_everywhere(stage: TwoPlatforms, part: str) -> None:
    await until(lambda: all(those(one, part) for one in stage.everywhere()), part)


async def told_in(stage: TwoPlatforms, chat: Chat, part: str) -> None:
    await until(lambda: those(stage.in_telegram(chat), part), part)


async def told_in_mattermost(stage: TwoPlatforms, part: str) -> None:
    await until(lambda: those(stage.in_mattermost(), part), part)


async def test_a_lock_in_telegram_is_answered_there_and_announced_in_mattermost(
    stage: TwoPlatforms,
) -> None:
    await stage.start()
    stage.anna.says(stage.board, "/maintenance lock audit")
    await until(lambda: those(stage.in_telegram(), "Locked"))
    await told_everywhere(stage, "audit")
    assert "Anna" in stage.in_mattermost()[0]
    assert "board chat" in stage.in_mattermost()[0]
    assert [len(one) for one in stage.everywhere()] == [1, 1, 1]


async def test_a_lock_by_mention_in_mattermost_is_announced_in_telegram(
    stage: TwoPlatforms,
) -> None:
    await stage.start()
    asked = stage.mattermost.write(stage.mattermost.anna, "@maintenance lock audit")
    await until(lambda: those(stage.in_mattermost(), "Locked"))
    await told_everywhere(stage, "audit")
    assert stage.mattermost.bots_posts()[0]["root_id"] == asked["id"]
    assert "town square" in stage.in_telegram()[0]


async def test_a_lock_by_slash_command_is_announced_in_telegram(stage: TwoPlatforms) -> None:
    await stage.start()
    anna = stage.mattermost.anna
    await stage.mattermost.type(anna, "/maintenance lock audit")
    told = stage.mattermost.integrations.told
    await until(lambda: those([one.text for one in told], "Locked"))
    assert {one.user_id for one in told} == {anna}
    # In the channel nobody else saw the command or its answer.
    await told_everywhere(stage, "locked by Anna")
    assert [len(one) for one in stage.everywhere()] == [1, 1, 1]


async def test_a_direct_message_in_mattermost_is_answered_there_and_announced_to_all(
    stage: TwoPlatforms,
) -> None:
    await stage.start()
    anna = stage.mattermost.anna
    stage.mattermost.direct(anna, "lock audit")
    alone = stage.mattermost.state.direct(anna, stage.mattermost.bot)
    await until(lambda: those(stage.in_mattermost(alone), "Locked"))
    await told_everywhere(stage, "audit")


def soon() -> datetime:
    """Give a whole second that is still to come."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)


async def tell_the_edge(stage: TwoPlatforms, edge: datetime, said: str) -> None:
    await asyncio.sleep(max(0.0, (edge - datetime.now(UTC)).total_seconds()))
    await stage.pretix("reconcile")
    await told_everywhere(stage, said)


async def test_a_windows_start_and_end_are_announced_once_in_each(stage: TwoPlatforms) -> None:
    await stage.start()
    start = soon()
    stage.core.configure(one_window(start, start + timedelta(hours=1)))
    await tell_the_edge(stage, start, "closed")
    # Only now, as nobody knows how long the bot needs to tell of the start.
    end = soon()
    stage.core.configure(one_window(start, end))
    await tell_the_edge(stage, end, "open again")
    assert [len(one) for one in stage.everywhere()] == [2, 2, 2], stage.everywhere()


async def test_a_lock_whose_answer_did_not_arrive_is_announced_where_it_was_typed(
    stage: TwoPlatforms,
) -> None:
    await stage.start()
    # Where the machine is slow, the first is only the sign that the bot is at work.
    stage.telegram.fail("sendMessage", LOST_ANSWER, times=2)
    stage.anna.says(stage.board, "/maintenance lock audit")
    await until(lambda: those(stage.in_telegram(), "locked by Anna"))


@pytest.mark.parametrize("down", ["telegram", "mattermost"])
async def test_a_platform_that_is_down_at_the_start_is_told_when_it_is_back(
    stage: TwoPlatforms, down: str
) -> None:
    await (stage.telegram.go_away() if down == "telegram" else stage.mattermost.stop())
    await stage.begin()
    if down == "telegram":
        await until(lambda: stage.hears_mattermost)
        stage.mattermost.write(stage.mattermost.anna, "@maintenance lock audit")
        await until(lambda: those(stage.in_mattermost(), "Locked"))
        await stage.telegram.come_back()
    else:
        stage.anna.says(stage.board, "/maintenance lock audit")
        await until(lambda: those(stage.in_telegram(), "Locked"))
        await stage.mattermost.start()
    await told_everywhere(stage, "audit")
    assert [len(those(one, "audit")) for one in stage.everywhere()] == [1, 1, 1]


async def test_sigterm_ends_it_soon_though_a_chat_is_away_and_nothing_is_lost(
    stage: TwoPlatforms,
) -> None:
    await stage.start()
    await stage.mattermost.stop()
    stage.anna.says(stage.board, "/maintenance lock audit")
    await until(lambda: those(stage.in_telegram(), "Locked"))
    begun = time.monotonic()
    assert await stage.stop() == 0
    # A request that hangs is given 30 s: it was not waited for.
    assert time.monotonic() - begun < 15
    await stage.pretix("unlock", "--name", "Bram")
    await stage.mattermost.start()
    await stage.start()
    await told_everywhere(stage, "Bram")
    assert those(stage.in_mattermost(), "audit")


async def test_a_chat_that_never_answers_holds_up_no_other(stage: TwoPlatforms) -> None:
    stage.mattermost.faults.plan(Fault.HANG, times=1000)
    await stage.start()
    for number in range(4):
        await stage.pretix("unlock" if number % 2 else "lock", "--name", f"N{number}")
        for chat in (stage.board, stage.club):
            await told_in(stage, chat, f"N{number}")
    rest = stage.mattermost.rest
    assert [path for method, path, _ in rest.requests if (method, path) == POSTING]
    assert [one for one in rest.exchanges if (one.method, one.path) == POSTING] == []


async def test_a_chat_that_comes_back_gets_one_truthful_summary(stage: TwoPlatforms) -> None:
    await stage.start()
    stage.telegram.stand(stage.club, stage.account, "kicked", stage.anna)
    await until(lambda: those(stage.in_mattermost(), "club chat"))
    for verb, name in (("lock", "Bram"), ("unlock", "Cleo"), ("lock", "Dirk")):
        await stage.pretix(verb, "--name", name)
        await told_in_mattermost(stage, name)
    stage.telegram.stand(stage.club, stage.account, "member", stage.anna)
    await until(lambda: stage.in_telegram(stage.club))
    await until(lambda: len(those(stage.in_mattermost(), "club chat")) == 2)
    (summary,) = stage.in_telegram(stage.club)
    assert "Dirk" in summary
    assert "closed" in summary
