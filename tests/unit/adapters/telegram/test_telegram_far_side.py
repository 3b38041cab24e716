"""The fake Telegram keeps the rules of the real one, and its names and types."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from adapters.base import Attachment, Button, Span, SpanKind
from tests.servers.telegram import BAD_GATEWAY, FakeTelegram, Fault, rate_limit
from tests.servers.telegram_chats import Refusal, standing_of
from tests.servers.telegram_markup import found_in, read_html
from tests.servers.telegram_people import Person
from tests.servers.telegram_structure import PLACE, Structure
from tests.servers.telegram_updates import DAY, Updates

needs_structure = pytest.mark.skipif(
    not PLACE.exists(), reason="the published structure of the Bot API is not at hand"
)


def updates(same_offset: float = 0.0) -> Updates:
    made = Updates(time.time, same_offset)
    for number in range(3):
        made.put("message", {"text": str(number)})
    return made


class TestPolling:
    async def test_offset_zero_gives_the_oldest_and_confirms_nothing(self) -> None:
        queue = updates()
        assert len(await queue.get(0, 2, 0, None)) == 2
        assert len(await queue.get(0, 100, 0, None)) == 3

    async def test_a_later_offset_confirms(self) -> None:
        queue = updates()
        first, *_ = await queue.get(0, 100, 0, None)
        assert len(await queue.get(first["update_id"] + 1, 100, 0, None)) == 2
        assert len(queue.waiting()) == 2

    async def test_a_long_poll_is_answered_by_the_next_update(self) -> None:
        queue = Updates(time.time, 0.0)
        poll = asyncio.create_task(queue.get(0, 100, 50, None))
        await queue.polling.wait()
        queue.put("message", {})
        assert len(await poll) == 1

    async def test_a_second_poll_ends_the_first_with_a_conflict(self) -> None:
        queue = Updates(time.time, 0.0)
        older = asyncio.create_task(queue.get(0, 100, 50, None))
        await queue.polling.wait()
        await queue.get(0, 100, 0, None)
        with pytest.raises(Refusal, match="only one bot instance") as caught:
            await older
        assert caught.value.status == 409

    async def test_the_same_offset_again_at_once_takes_its_time(self) -> None:
        queue = Updates(time.time, 0.05)
        started = time.monotonic()
        await queue.get(0, 100, 0, None)
        await queue.get(0, 100, 0, None)
        assert time.monotonic() - started >= 0.05

    async def test_updates_live_for_a_day(self) -> None:
        moment = 0.0
        queue = Updates(lambda: moment, 0.0)
        queue.put("message", {})
        moment = DAY - 1
        assert len(queue.waiting()) == 1
        moment = DAY + 1
        assert queue.waiting() == []

    async def test_only_kinds_asked_for_are_queued(self) -> None:
        queue = Updates(time.time, 0.0)
        await queue.get(0, 100, 0, ["message"])
        queue.put("edited_message", {})
        queue.put("message", {})
        assert len(queue.waiting()) == 1


class TestPrivacyMode:
    """Which messages reach a bot that may not read everything."""

    @pytest.fixture
    def board(self, stage: Any) -> Any:
        stage.bot.reads_all = False
        return stage.board

    def seen(self, stage: Any) -> list[str]:
        return [update["message"]["text"] for update in stage.bot.updates.waiting()]

    def test_a_command_with_its_name_does_and_another_bots_does_not(
        self, stage: Any, board: Any
    ) -> None:
        for text in ("/maintenance@ClosingBot", "/maintenance@OtherBot", "hello", "@ClosingBot hi"):
            stage.anna.says(board, text)
        assert self.seen(stage) == ["/maintenance@ClosingBot"]

    async def test_a_plain_command_does_if_it_spoke_last(self, stage: Any, board: Any) -> None:
        stage.anna.says(board, "/before")
        await stage.adapter().send(stage.message("I am here."))
        stage.anna.says(board, "/after")
        board.last_bot = 1
        stage.anna.says(board, "/later")
        assert self.seen(stage) == ["/after"]

    async def test_a_reply_to_it_does(self, stage: Any, board: Any) -> None:
        await stage.adapter().send(stage.message("Closed."))
        stage.anna.answers(board, stage.posts()[0], "why?")
        assert self.seen(stage) == ["why?"]

    def test_everything_does_in_private_and_for_an_administrator(
        self, stage: Any, board: Any
    ) -> None:
        stage.anna.says_privately(stage.bot, "psst")
        board.standing[stage.bot.id] = "administrator"
        stage.anna.says(board, "hello")
        assert self.seen(stage) == ["psst", "hello"]


@pytest.mark.parametrize(
    "source", ["a < b", "<b>open", "</b>", "<b><code></b></code>", "<script>", '<tg-time unix="x">']
)
def test_markup_that_telegram_cannot_read_is_refused(source: str) -> None:
    with pytest.raises(Refusal, match="can't parse entities"):
        read_html(source)


def test_names_in_code_are_not_found() -> None:
    text, entities = read_html("@anna <code>@bram /x</code> /y")
    found = {(one["type"], one["offset"]) for one in found_in(text, entities)}
    assert found == {("mention", 0), ("bot_command", 15)}


async def test_a_form_and_a_json_body_mean_the_same(stage: Any) -> None:
    address = f"{stage.telegram.url}/bot{stage.bot.token}/sendMessage"
    body = {"chat_id": stage.board.id, "text": "hi", "reply_parameters": {"message_id": 9}}
    async with httpx.AsyncClient(trust_env=False) as client:
        refused = await client.post(address, json=body)
        form = {key: str(value).replace("'", '"') for key, value in body.items()}
        also = await client.post(address, data=form)
    assert refused.json() == also.json()
    assert refused.json()["description"] == "Bad Request: message to be replied not found"


@pytest.mark.parametrize(
    ("path", "status"), [("botnone/getMe", 401), ("bot{token}/getNobody", 404)]
)
async def test_a_strange_token_or_method_is_refused(stage: Any, path: str, status: int) -> None:
    path = path.format(token=stage.bot.token)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{stage.telegram.url}/{path}")
    assert (answer.status_code, answer.json()["ok"]) == (status, False)


async def test_it_comes_back_at_the_same_address(stage: Any) -> None:
    url = stage.telegram.url
    await stage.telegram.go_away()
    await stage.telegram.come_back()
    assert stage.telegram.url == url
    await stage.adapter().send(stage.message("back"))


async def test_the_weather_decides_where_no_fault_is_scripted(stage: Any) -> None:
    stage.telegram.weather = lambda method: BAD_GATEWAY if method == "getMe" else None
    stage.begin()
    await stage.telegram.asked("getMe", 3)


@needs_structure
class TestStructure:
    """What passes between bot and fake has the published names and types."""

    async def traffic(self, stage: Any) -> FakeTelegram:
        """Let nearly everything happen once."""
        stage.threads = (None, "7")
        stage.board.topics[7] = True
        stage.board.standing[stage.bot.id] = "administrator"
        adapter = await stage.running()
        spans = [Span(0, 6, SpanKind.STRONG), Span(7, 12, SpanKind.TIME, stage.now())]
        message = stage.message("Closed 12:00", spans=spans, pinned=True, reply_to="1")
        first = await adapter.send(message)
        buttons = [Button("Open", "t", dangerous=True)]
        await adapter.send(stage.message("Sure?", replaces=first, buttons=buttons))
        file = Attachment("windows.ics", "text/calendar", b"x")
        await adapter.send(stage.message("File", attachment=file, silent=True))
        stage.bram.presses(stage.board, stage.posts()[0], "t")
        telegram: FakeTelegram = stage.telegram
        await telegram.asked("answerCallbackQuery")
        await adapter.check()
        await stage.heard()
        return telegram

    async def test_every_request_that_was_obeyed_is_one_of_the_api(self, stage: Any) -> None:
        structure = Structure()
        telegram = await self.traffic(stage)
        methods = {exchange.method for exchange in telegram.exchanges}
        assert {"sendMessage", "sendDocument", "editMessageText", "getUpdates"} <= methods
        assert {"setMyCommands", "pinChatMessage", "answerCallbackQuery"} <= methods
        for exchange in telegram.exchanges:
            assert structure.call_misfits(exchange.method, exchange.params) == []
            assert structure.answer_misfits(exchange.method, exchange.result) == []

    async def test_every_update_that_people_cause_is_one_of_the_api(self, stage: Any) -> None:
        anna, board, bot = stage.anna, stage.board, stage.bot
        await bot.updates.get(0, 100, 0, ["message", "edited_message", "my_chat_member"])
        channel = stage.telegram.group("News", kind="channel")
        anna.edits(board, anna.says(board, "/maintenance lock @bram"), "changed")
        anna.says_in_topic(board, 7, "/x")
        anna.answers(board, anna.captions(board, "words"), "answer")
        anna.forwards(board, "/x", stage.bram)
        anna.says_anonymously(board, "/x")
        anna.says_as_channel(board, "/x", channel)
        anna.posts_in_linked_channel(board, "/x", channel)
        anna.says_privately(bot, "/x")
        Person(stage.telegram, stage.telegram.bot("OtherBot")).says(board, "/x")
        for status in ("restricted", "left", "kicked", "administrator", "member"):
            stage.telegram.stand(board, bot, status, anna)
        stage.telegram.service(board, {"forum_topic_reopened": {}})
        stage.telegram.migrate(board)
        structure = Structure()
        wrong = [
            structure.misfits(["Update"], update, "update") for update in bot.updates.waiting()
        ]
        assert len(wrong) > 15
        assert sum(wrong, []) == []  # noqa: RUF017 -- some twenty lists of nothing

    def test_what_does_not_fit_is_seen(self, stage: Any) -> None:
        structure = Structure()
        assert structure.misfits(["User"], {"id": "1"}, "user") == [
            "user.id: '1' is no Integer",
            "user: User needs is_bot",
            "user: User needs first_name",
        ]
        assert structure.misfits(["Boolean"], 1, "x")
        assert structure.misfits(["Array of Update"], {}, "x")
        assert structure.misfits(["ChatMember"], standing_of(stage.bot, "left") | {"x": 1}, "x")
        assert structure.call_misfits("sendMessage", {"chat_id": "1", "txt": "x"}) == [
            "sendMessage: txt is no parameter",
            "sendMessage: text is missing",
        ]


def test_faults_describe_themselves() -> None:
    assert rate_limit(7) == Fault(429, "Too Many Requests: retry after 7", {"retry_after": 7})
