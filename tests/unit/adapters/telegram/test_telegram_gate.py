"""What the bot is told of what happens in Telegram."""

import logging
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.base import ChannelBack, ChannelLost, ChannelMoved, Destination, Mark
from adapters.telegram.channels import Channels
from adapters.telegram.gate import clean
from adapters.telegram.polling import BATCH
from tests.servers.telegram_people import Person

LOCK = "/maintenance lock audit"


async def test_a_command_is_told_with_all_that_telegram_knows_of_it(stage: Any) -> None:
    await stage.running()
    sent = stage.anna.says(stage.board, LOCK)
    (told,) = await stage.heard()
    assert told.destination == stage.place()
    assert told.message_id == str(sent["message_id"])
    assert told.sender_id == str(stage.anna.account.id)
    assert told.sender_name == "Anna"
    assert told.text == LOCK
    assert told.sent_at == datetime.fromtimestamp(sent["date"], UTC)
    assert told.bot_name == "ClosingBot"
    assert told.marks == frozenset()
    assert not told.private
    inner = str(stage.board.id).removeprefix("-100")
    assert told.link == f"https://t.me/c/{inner}/{sent['message_id']}"


@pytest.mark.parametrize(
    "text",
    [
        "/maintenance@ClosingBot lock",
        "/MAINTENANCE@closingbot lock",
        "/maintenance\nlock",
        "/maintenance\u00a0lock",
        "/status",
        "@ClosingBot lock",
        "hey @closingbot, lock please",
    ],
)
async def test_what_may_be_meant_for_the_bot_is_told(stage: Any, text: str) -> None:
    await stage.running()
    stage.anna.says(stage.board, text)
    assert [told.text for told in await stage.heard()] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "shall we close the shop?",
        "I typed /maintenance lock",
        " /maintenance lock",
        "/maintenance@OtherBot lock",
        "/maintenance@ClosingBot2 lock",
        "@anna lock it",
    ],
)
async def test_the_groups_talk_is_not_told(stage: Any, text: str) -> None:
    await stage.running()
    stage.anna.says(stage.board, text)
    assert await stage.heard() == []


async def test_a_caption_is_no_command(stage: Any) -> None:
    await stage.running()
    stage.anna.captions(stage.board, LOCK)
    assert await stage.heard() == []


async def test_an_answer_to_the_bot_is_told_and_one_to_a_person_is_not(stage: Any) -> None:
    adapter = await stage.running()
    await adapter.send(stage.message("Closed."))
    stage.bram.answers(stage.board, stage.posts()[0], "open it again")
    stage.bram.answers(stage.board, stage.anna.says(stage.board, "hm"), "what?")
    assert [told.text for told in await stage.heard()] == ["open it again"]


async def test_everything_said_in_private_is_told_as_private(stage: Any) -> None:
    await stage.running()
    stage.bram.says_privately(stage.bot, "hello")
    (told,) = await stage.heard()
    assert told.private
    assert told.destination.channel == str(stage.bram.account.id)
    assert told.link is None


async def test_another_chat_is_not_ours(stage: Any) -> None:
    await stage.running()
    other = stage.telegram.group("Other", stage.anna, stage.bot)
    stage.anna.says(other, LOCK)
    assert await stage.heard() == []


async def test_a_topic_is_told_as_a_thread(stage: Any) -> None:
    stage.threads = ("7",)
    await stage.running()
    stage.anna.says_in_topic(stage.board, 7, LOCK)
    assert (await stage.heard())[0].destination == stage.place(thread="7")


async def test_talk_in_a_topic_that_the_bot_opened_is_no_answer_to_it(stage: Any) -> None:
    await stage.running()
    opening = {"message_id": 7, "date": 0, "chat": stage.board.shown(), "from": stage.bot.shown()}
    opening["forum_topic_created"] = {"name": "Shop", "icon_color": 7322096}
    stage.anna.says(
        stage.board, "nice", message_thread_id=7, is_topic_message=True, reply_to_message=opening
    )
    assert await stage.heard() == []


async def test_a_reply_in_a_group_without_topics_is_in_no_thread(stage: Any) -> None:
    await stage.running()
    first = stage.anna.says(stage.board, "look")
    stage.anna.answers(stage.board, first, LOCK)
    assert (await stage.heard())[0].destination == stage.place()


async def test_halves_of_characters_are_replaced(stage: Any) -> None:
    await stage.running()
    stage.anna.account.first_name = "An\udc00na"
    stage.anna.says(stage.board, "/maintenance lock \ud83d \U0001f512")
    (told,) = await stage.heard()
    assert told.text == "/maintenance lock � \U0001f512"
    assert told.sender_name == "An�na"
    assert clean("whole é 🔒") == "whole é 🔒"


class TestMarks:
    """Each reason why a message may not be its sender's word, and how the bot then behaves."""

    async def told(self, stage: Any) -> AbstractSet[Mark] | None:
        heard = await stage.heard()
        return heard[0].marks if heard else None

    async def test_an_edit(self, stage: Any) -> None:
        await stage.running()
        stage.bot.updates.put_raw({"update_id": 2000, "edited_message": _edited(stage)})
        assert await self.told(stage) == {Mark.EDITED}

    async def test_an_edit_is_not_even_asked_for(self, stage: Any) -> None:
        await stage.running()
        stage.anna.edits(stage.board, stage.anna.says(stage.board, "hm"), LOCK)
        assert await self.told(stage) is None

    async def test_a_message_that_was_changed_before_it_was_fetched(self, stage: Any) -> None:
        await stage.running()
        stage.anna.says(stage.board, LOCK, edit_date=stage.telegram.date())
        assert await self.told(stage) == {Mark.EDITED}

    async def test_a_forward(self, stage: Any) -> None:
        await stage.running()
        stage.anna.forwards(stage.board, LOCK, stage.bram)
        assert await self.told(stage) == {Mark.FORWARDED}

    async def test_a_forward_as_older_servers_tell_it(self, stage: Any) -> None:
        await stage.running()
        stage.anna.says(stage.board, LOCK, forward_date=1, forward_from=stage.bram.account.shown())
        assert await self.told(stage) == {Mark.FORWARDED}

    async def test_an_anonymous_administrator_is_no_bot_so_that_he_is_answered(
        self, stage: Any
    ) -> None:
        await stage.running()
        stage.anna.says_anonymously(stage.board, LOCK)
        assert await self.told(stage) == {Mark.ANONYMOUS}

    async def test_who_writes_as_a_channel(self, stage: Any) -> None:
        await stage.running()
        channel = stage.telegram.group("News", kind="channel")
        stage.anna.says_as_channel(stage.board, LOCK, channel)
        assert await self.told(stage) == {Mark.ANONYMOUS}

    async def test_the_linked_channels_own_post_is_a_programs_and_gets_no_answer(
        self, stage: Any
    ) -> None:
        await stage.running()
        channel = stage.telegram.group("News", kind="channel")
        stage.anna.posts_in_linked_channel(stage.board, LOCK, channel)
        assert await self.told(stage) == {Mark.BOT, Mark.FORWARDED}

    async def test_another_bot(self, stage: Any) -> None:
        await stage.running()
        Person(stage.telegram, stage.telegram.bot("OtherBot")).says(stage.board, LOCK)
        assert await self.told(stage) == {Mark.BOT}

    async def test_a_text_that_an_inline_bot_made(self, stage: Any) -> None:
        await stage.running()
        stage.anna.says(stage.board, LOCK, via_bot=stage.telegram.bot("OtherBot").shown())
        assert await self.told(stage) == {Mark.BOT}

    async def test_the_bots_own(self, stage: Any) -> None:
        await stage.running()
        own = _edited(stage) | {"from": stage.bot.shown()}
        del own["edit_date"]
        stage.bot.updates.put_raw({"update_id": 2000, "message": own})
        assert await self.told(stage) == {Mark.BOT, Mark.OWN}

    @pytest.mark.parametrize(
        "more",
        [
            {"guest_query_id": "1"},
            {"guest_bot_caller_user": {"id": 1, "is_bot": False, "first_name": "G"}},
            {"business_connection_id": "b"},
        ],
    )
    async def test_a_guest_or_a_business_account(self, stage: Any, more: dict[str, Any]) -> None:
        await stage.running()
        stage.anna.says(stage.board, LOCK, **more)
        assert await self.told(stage) == {Mark.OUTSIDER}

    @pytest.mark.parametrize("kind", ["guest_message", "business_message"])
    async def test_kinds_of_updates_that_were_never_asked_for(self, stage: Any, kind: str) -> None:
        await stage.running()
        message = _edited(stage)
        del message["edit_date"]
        stage.bot.updates.put_raw({"update_id": 2000, kind: message})
        assert await self.told(stage) == {Mark.OUTSIDER}

    async def test_a_message_that_only_the_bot_sees(self, stage: Any) -> None:
        await stage.running()
        stage.anna.says(stage.board, LOCK, message_id=0, ephemeral_message_id=5)
        (told,) = await stage.heard()
        assert told.marks == {Mark.ANONYMOUS}
        assert told.message_id == "ephemeral:5"
        assert told.link is None

    async def test_a_channels_post_has_no_author(self, stage: Any) -> None:
        await stage.running()
        post = _edited(stage)
        del post["edit_date"], post["from"]
        post["sender_chat"] = stage.board.shown()
        stage.bot.updates.put_raw({"update_id": 2000, "channel_post": post})
        (told,) = await stage.heard()
        assert told.marks == {Mark.ANONYMOUS}
        assert told.sender_name == "Board"

    async def test_a_channels_post_is_nobodys_word_whoever_it_names(self, stage: Any) -> None:
        await stage.running()
        post = _edited(stage)
        del post["edit_date"]
        assert post["from"]["id"] == stage.anna.account.id
        stage.bot.updates.put_raw({"update_id": 2000, "channel_post": post})
        assert await self.told(stage) == {Mark.ANONYMOUS}


def _edited(stage: Any) -> dict[str, Any]:
    return {
        "message_id": 900,
        "date": stage.telegram.date(),
        "edit_date": stage.telegram.date(),
        "chat": stage.board.shown(),
        "from": stage.anna.account.shown(),
        "text": LOCK,
    }


class TestPresses:
    async def test_a_press_is_told_with_who_pressed_and_acknowledged(self, stage: Any) -> None:
        adapter = await stage.running()
        await adapter.send(stage.message("Closed."))
        number = stage.bram.presses(stage.board, stage.posts()[0], "token-1")
        (told,) = await stage.heard()
        assert (told.action, told.text) == ("token-1", "")
        assert told.sender_id == str(stage.bram.account.id)
        assert told.message_id == f"press:{number}"
        assert told.destination == stage.place()
        await stage.telegram.asked("answerCallbackQuery")
        assert stage.bot.answered == [number]

    async def test_a_press_without_a_chat_or_in_a_strange_one_is_acknowledged_only(
        self, stage: Any
    ) -> None:
        await stage.running()
        other = stage.telegram.group("Other", stage.anna, stage.bot)
        stage.anna.presses_out_of_the_blue(stage.bot.id, "x", inline_message_id="i")
        stage.anna.presses(other, {"from": stage.bot.shown(), **_shown(other)}, "x")
        assert await stage.heard() == []
        await stage.telegram.asked("answerCallbackQuery", 2)

    async def test_a_press_under_a_message_too_old_to_see_is_told(self, stage: Any) -> None:
        await stage.running()
        old = {"chat": stage.board.shown(), "message_id": 5, "date": 0}
        stage.anna.presses_out_of_the_blue(stage.bot.id, "x", message=old)
        (told,) = await stage.heard()
        assert told.action == "x"
        assert told.destination == stage.place()

    async def test_a_press_while_the_bot_listens_is_as_young_as_the_last_answer(
        self, stage: Any
    ) -> None:
        adapter = await stage.running()
        await adapter.send(stage.message("Closed."))
        post = stage.posts()[0] | {"date": 1_000_000_000}
        stage.bram.presses(stage.board, post, "token-1")
        (told,) = await stage.heard()
        assert abs(told.sent_at - stage.now()) < timedelta(seconds=60)

    async def test_a_press_from_before_the_start_is_as_old_as_its_message(self, stage: Any) -> None:
        adapter = stage.adapter()
        await adapter.send(stage.message("Closed."))
        post = stage.posts()[0] | {"date": 1_000_000_000}
        stage.bram.presses(stage.board, post, "token-1")
        stage.begin(adapter)
        (told,) = await stage.heard()
        assert told.sent_at == datetime.fromtimestamp(1_000_000_000, UTC)

    async def test_a_press_far_back_in_a_long_queue_is_as_old_as_its_message(
        self, stage: Any
    ) -> None:
        adapter = stage.adapter()
        await adapter.send(stage.message("Closed."))
        for _ in range(BATCH):
            stage.anna.says(stage.board, "chat")
        post = stage.posts()[0] | {"date": 1_000_000_000}
        stage.bram.presses(stage.board, post, "token-1")
        stage.begin(adapter)
        (told,) = await stage.heard()
        assert told.sent_at == datetime.fromtimestamp(1_000_000_000, UTC)

    async def test_a_bots_press_is_marked(self, stage: Any) -> None:
        adapter = await stage.running()
        await adapter.send(stage.message("Closed."))
        other = Person(stage.telegram, stage.telegram.bot("OtherBot"))
        other.presses(stage.board, stage.posts()[0], "token-1")
        assert (await stage.heard())[0].marks == {Mark.BOT}


def _shown(chat: Any) -> dict[str, Any]:
    return {"message_id": 1, "date": 1, "chat": chat.shown()}


class TestChats:
    def test_a_move_to_a_chat_that_is_configured_already_makes_no_second_destination(self) -> None:
        old, new = Destination("telegram", "-1"), Destination("telegram", "-1002")
        channels = Channels([old, new])
        assert channels.follow("-1", "-1002") == [ChannelMoved(old, new)]
        assert channels.destinations("-1002") == (new,)
        assert list(channels) == ["-1002"]
        assert channels.follow("-1", "-1002") == []

    async def test_a_group_that_got_a_new_id_is_followed(self, stage: Any) -> None:
        await stage.running()
        old = stage.place()
        stage.board = stage.telegram.migrate(stage.board)
        stage.anna.says(stage.board, LOCK)
        (told,) = await stage.heard()
        assert told.destination == stage.place()
        moves = [one for one in stage.host.notices if isinstance(one, ChannelMoved)]
        assert moves == [ChannelMoved(old, stage.place())]

    async def test_every_destination_in_a_moved_group_moves(self, stage: Any) -> None:
        stage.threads = (None, "7")
        await stage.running()
        old = stage.board
        stage.board = stage.telegram.migrate(old)
        await stage.heard()
        moves = [one for one in stage.host.notices if isinstance(one, ChannelMoved)]
        assert moves == [
            ChannelMoved(stage.place(old), stage.place()),
            ChannelMoved(stage.place(old, "7"), stage.place(thread="7")),
        ]

    async def test_a_strange_group_that_moves_is_not_taken_in(self, stage: Any) -> None:
        await stage.running()
        other = stage.telegram.migrate(stage.telegram.group("Other", stage.anna, stage.bot))
        stage.anna.says(other, LOCK)
        assert await stage.heard() == []

    @pytest.mark.parametrize(
        ("status", "problem"), [("kicked", "removed"), ("left", "removed"), ("restricted", "muted")]
    )
    async def test_a_chat_that_is_lost_and_comes_back(
        self, stage: Any, status: str, problem: str
    ) -> None:
        await stage.running()
        stage.telegram.stand(stage.board, stage.bot, status, stage.anna)
        stage.telegram.stand(stage.board, stage.bot, "member", stage.anna)
        stage.telegram.stand(stage.board, stage.bot, "administrator", stage.anna)
        await stage.heard()
        lost, *back = stage.host.notices[1:]
        assert isinstance(lost, ChannelLost)
        assert (lost.destination, lost.problem) == (stage.place(), problem)
        assert back == [ChannelBack(stage.place())]

    async def test_a_strange_chat_is_not_missed(self, stage: Any) -> None:
        await stage.running()
        other = stage.telegram.group("Other", stage.anna, stage.bot)
        stage.telegram.stand(other, stage.bot, "kicked", stage.anna)
        await stage.heard()
        assert len(stage.host.notices) == 1

    async def test_the_id_of_a_strange_chat_is_logged_for_who_sets_the_bot_up(
        self, stage: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        await stage.running()
        other = stage.telegram.group("Other", stage.anna, stage.bot)
        stage.telegram.stand(other, stage.bot, "left", stage.anna)
        await stage.heard()
        assert str(other.id) not in caplog.text
        stage.telegram.stand(other, stage.bot, "member", stage.anna)
        stage.host.messages.clear()
        await stage.heard()
        assert f"the chat {other.id}, which is not configured" in caplog.text

    async def test_a_topic_that_is_opened_again_is_told(self, stage: Any) -> None:
        stage.threads = ("7",)
        await stage.running()
        for thread in (7, 8):
            more = {"message_thread_id": thread, "is_topic_message": True}
            stage.telegram.service(stage.board, {"forum_topic_reopened": {}} | more)
        await stage.heard()
        assert stage.host.notices[1:] == [ChannelBack(stage.place(thread="7"))]

    async def test_a_move_found_by_sending_lets_the_new_chat_be_heard(self, stage: Any) -> None:
        adapter = await stage.running()
        old = stage.place()
        stage.board.migrated_to = -1009999
        stage.telegram.chats[-1009999] = type(stage.board)(-1009999, "supergroup", "Board")
        stage.telegram.chats[-1009999].standing = dict(stage.board.standing)
        with pytest.raises(Exception, match="new id -1009999"):
            await adapter.send(stage.message("hello"))
        stage.board = stage.telegram.chats[-1009999]
        stage.anna.says(stage.board, LOCK)
        assert (await stage.heard())[0].destination == Destination("telegram", "-1009999")
        assert old.channel != "-1009999"
