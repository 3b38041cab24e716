"""One message out to Telegram, through whatever happens to it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.base import (
    AdapterError,
    Attachment,
    Button,
    Destination,
    Moved,
    OutcomeUnknown,
    Permanent,
    Receipt,
    Span,
    SpanKind,
    Temporary,
)
from tests.servers.telegram import BAD_GATEWAY, LOST_ANSWER, PORTAL, Fault, rate_limit
from tests.servers.telegram_chats import stretch

NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
LONG = "".join(f"line {number} <&>\n" for number in range(700))
NOBODY = "http://127.0.0.1:9"
"""A port on which nothing listens."""
FILE = Attachment("windows.ics", "text/calendar", b"BEGIN:VCALENDAR")


def asked(stage: Any, method: str) -> list[dict[str, Any]]:
    return [dict(params) for name, params in stage.telegram.requests if name == method]


async def test_a_message_goes_out_without_preview_and_with_a_sound(stage: Any) -> None:
    receipt = await stage.adapter().send(stage.message("Closed, see https://tickets.example/"))
    (post,) = stage.posts()
    assert post["text"] == "Closed, see https://tickets.example/"
    assert receipt == Receipt(stage.place(), str(post["message_id"]))
    (params,) = asked(stage, "sendMessage")
    assert json.loads(params["link_preview_options"]) == {"is_disabled": True}
    assert params["parse_mode"] == "HTML"
    assert not stage.telegram.quiet[stage.board.id, post["message_id"]]


async def test_a_silent_message_makes_no_sound(stage: Any) -> None:
    await stage.adapter().send(stage.message("Open.", silent=True))
    assert stage.telegram.quiet[stage.board.id, stage.posts()[0]["message_id"]]


async def test_it_answers_in_the_topic(stage: Any) -> None:
    stage.board.topics[7] = True
    place = stage.place(thread="7")
    await stage.adapter().send(stage.message("Open.").__class__(place, "Open."))
    assert stage.posts()[0]["message_thread_id"] == 7


async def test_it_answers_the_command_or_nothing_if_that_is_gone(stage: Any) -> None:
    adapter = stage.adapter()
    command = stage.anna.says(stage.board, "/maintenance status")
    asking = str(command["message_id"])
    await adapter.send(stage.message("Open.", reply_to=asking))
    stage.anna.deletes(stage.board, command["message_id"])
    await adapter.send(stage.message("Still open.", reply_to=asking))
    first, second = stage.posts()
    assert first["reply_to_message"]["message_id"] == command["message_id"]
    assert "reply_to_message" not in second


@pytest.mark.parametrize("press", ["press:4611686018427387904", "4611686018427387904", "0", "²"])
async def test_a_press_is_answered_without_naming_a_message(stage: Any, press: str) -> None:
    await stage.adapter().send(stage.message("Open.", reply_to=press))
    assert "reply_parameters" not in asked(stage, "sendMessage")[0]


async def test_buttons_carry_their_token_and_danger(stage: Any) -> None:
    buttons = [Button("Unlock", "t" * 64, dangerous=True), Button("Refresh", "r1")]
    await stage.adapter().send(stage.message("Closed.", buttons=buttons))
    ((unlock, refresh),) = stage.posts()[0]["reply_markup"]["inline_keyboard"]
    assert unlock == {"text": "Unlock", "callback_data": "t" * 64, "style": "danger"}
    assert refresh == {"text": "Refresh", "callback_data": "r1"}


async def test_an_edit_replaces_text_and_buttons(stage: Any) -> None:
    adapter = stage.adapter()
    first = await adapter.send(stage.message("Sure?", buttons=[Button("Yes", "y")]))
    again = await adapter.send(stage.message("Closed.", replaces=first))
    assert again == first
    (post,) = stage.posts()
    assert post["text"] == "Closed."
    assert "reply_markup" not in post


async def test_an_edit_to_the_same_is_success(stage: Any) -> None:
    adapter = stage.adapter()
    first = await adapter.send(stage.message("Closed."))
    assert await adapter.send(stage.message("Closed.", replaces=first)) == first
    assert len(stage.posts()) == 1


@pytest.mark.parametrize("whose", ["nobody's", "anna's"])
async def test_what_cannot_be_edited_is_sent_anew(stage: Any, whose: str) -> None:
    number = 4711 if whose == "nobody's" else stage.anna.says(stage.board, "hm")["message_id"]
    earlier = Receipt(stage.place(), str(number))
    receipt = await stage.adapter().send(stage.message("Closed.", replaces=earlier))
    assert receipt.message_id == str(stage.posts()[0]["message_id"]) != str(number)


async def test_a_message_of_another_chat_is_not_edited(stage: Any) -> None:
    adapter = stage.adapter()
    await adapter.send(stage.message("Keep me."))
    old = Receipt(Destination("telegram", "-5"), str(stage.posts()[0]["message_id"]))
    await adapter.send(stage.message("Closed.", replaces=old))
    assert [post["text"] for post in stage.posts()] == ["Keep me.", "Closed."]


async def test_an_edit_that_is_refused_for_another_reason_is_an_error(stage: Any) -> None:
    adapter = stage.adapter()
    first = await adapter.send(stage.message("Closed."))
    stage.telegram.fail("editMessageText", Fault(400, "Bad Request: chat not found"))
    with pytest.raises(Permanent):
        await adapter.send(stage.message("Open.", replaces=first))


async def test_a_long_text_goes_in_parts_of_which_only_the_first_answers_and_rings(
    stage: Any,
) -> None:
    command = stage.anna.says(stage.board, "/maintenance history")
    bold = Span(3000, 4000, SpanKind.STRONG)
    message = stage.message(
        LONG, spans=[bold], reply_to=str(command["message_id"]), buttons=[Button("R", "r")]
    )
    receipt = await stage.adapter().send(message)
    first, *middle, last = stage.posts()
    assert "\n".join(post["text"] for post in stage.posts()) == LONG.strip()
    strong = "".join(
        stretch(post["text"], one) for post in (first, *middle) for one in post["entities"]
    )
    assert strong.replace("\n", "") == LONG[3000:4000].replace("\n", "")
    assert receipt.message_id == str(first["message_id"])
    assert "reply_to_message" in first
    assert all("reply_to_message" not in post for post in (*middle, last))
    assert ["reply_markup" in post for post in stage.posts()] == [False] * len(middle) + [
        False,
        True,
    ]
    rings = [not stage.telegram.quiet[stage.board.id, one["message_id"]] for one in stage.posts()]
    assert rings == [True] + [False] * (len(middle) + 1)


async def test_a_long_text_replaces_a_short_one_and_goes_on_below(stage: Any) -> None:
    adapter = stage.adapter()
    first = await adapter.send(stage.message("⏳"))
    assert await adapter.send(stage.message(LONG, replaces=first)) == first
    assert stage.posts()[0]["text"].startswith("line 0")
    assert len(stage.posts()) > 1


async def test_after_a_part_arrived_the_outcome_of_the_whole_is_unknown(stage: Any) -> None:
    stage.telegram.weather = lambda method: rate_limit(5) if stage.posts() else None
    with pytest.raises(OutcomeUnknown) as caught:
        await stage.adapter().send(stage.message(LONG))
    assert caught.value.problem == "partly-sent"
    assert len(stage.posts()) == 1


async def test_a_repeat_says_so(stage: Any) -> None:
    await stage.adapter().send(stage.message("Closed.", repeat_note="#7 (repeat)"))
    assert stage.posts()[0]["text"] == "Closed.\n#7 (repeat)"


class TestMarkup:
    async def test_a_server_that_knows_no_times_gets_the_rest_of_the_markup(
        self, stage: Any
    ) -> None:
        stage.telegram.knows_times = False
        spans = [Span(0, 6, SpanKind.STRONG), Span(13, 18, SpanKind.TIME, NOON)]
        await stage.adapter().send(stage.message("Closed until 12:00", spans=spans))
        (post,) = stage.posts()
        assert post["text"] == "Closed until 12:00"
        assert [one["type"] for one in post["entities"]] == ["bold"]

    async def test_an_instant_reaches_the_readers_app(self, stage: Any) -> None:
        spans = [Span(13, 18, SpanKind.TIME, NOON)]
        await stage.adapter().send(stage.message("Closed until 12:00", spans=spans))
        (entity,) = stage.posts()[0]["entities"]
        assert (entity["type"], entity["unix_time"]) == ("date_time", int(NOON.timestamp()))

    async def test_a_server_that_reads_no_markup_gets_plain_text(self, stage: Any) -> None:
        refusal = Fault(400, "Bad Request: can't parse entities: no")
        stage.telegram.fail("sendMessage", refusal, times=2)
        spans = [Span(0, 6, SpanKind.STRONG), Span(13, 18, SpanKind.TIME, NOON)]
        await stage.adapter().send(stage.message("Closed until 12:00", spans=spans))
        (post,) = stage.posts()
        assert post["text"] == "Closed until 12:00"
        assert "entities" not in post

    async def test_a_server_that_refuses_plain_text_too_is_obeyed(self, stage: Any) -> None:
        refusal = Fault(400, "Bad Request: can't parse entities: no")
        stage.telegram.fail("sendMessage", refusal, times=2)
        with pytest.raises(Permanent):
            await stage.adapter().send(stage.message("Closed"))
        assert stage.telegram.count("sendMessage") == 2

    async def test_another_refusal_is_not_met_with_plainer_text(self, stage: Any) -> None:
        stage.telegram.fail("sendMessage", Fault(400, "Bad Request: chat not found"))
        with pytest.raises(Permanent):
            await stage.adapter().send(stage.message("Closed"))
        assert stage.telegram.count("sendMessage") == 1

    async def test_halves_of_characters_do_not_stop_a_message(self, stage: Any) -> None:
        await stage.adapter().send(stage.message("by An\udc00na"))
        assert stage.posts()[0]["text"] == "by An�na"

    async def test_a_message_without_text_is_refused_here(self, stage: Any) -> None:
        with pytest.raises(Permanent, match="no text"):
            await stage.adapter().send(stage.message(""))


class TestFiles:
    async def test_a_file_goes_with_its_text_under_it(self, stage: Any) -> None:
        message = stage.message("The <windows>", attachment=FILE, buttons=[Button("R", "r")])
        receipt = await stage.adapter().send(message)
        (post,) = stage.posts()
        assert receipt.message_id == str(post["message_id"])
        assert post["caption"] == "The <windows>"
        assert post["document"]["file_name"] == "windows.ics"
        assert post["document"]["file_size"] == len(FILE.content)
        assert "reply_markup" in post
        assert asked(stage, "sendDocument")[0]["disable_content_type_detection"] == "true"

    async def test_a_file_may_have_no_text(self, stage: Any) -> None:
        await stage.adapter().send(stage.message("", attachment=FILE))
        assert "caption" not in stage.posts()[0]

    async def test_a_text_too_long_for_a_caption_goes_before_the_file(self, stage: Any) -> None:
        await stage.adapter().send(stage.message("🔒" * 501, attachment=FILE))
        text, file = stage.posts()
        assert text["text"] == "🔒" * 501
        assert "document" in file
        assert "caption" not in file

    async def test_a_file_refused_after_its_text_does_not_make_the_text_fail(
        self, stage: Any
    ) -> None:
        refusal = Fault(400, "Bad Request: not enough rights to send documents to the chat")
        stage.telegram.fail("sendDocument", refusal)
        receipt = await stage.adapter().send(stage.message("🔒" * 501, attachment=FILE))
        (text,) = stage.posts()
        assert receipt.message_id == str(text["message_id"])

    async def test_a_result_with_a_file_is_edited_in_and_the_file_follows(self, stage: Any) -> None:
        adapter = stage.adapter()
        first = await adapter.send(stage.message("⏳"))
        assert await adapter.send(stage.message("Done", replaces=first, attachment=FILE)) == first
        assert ["document" in post for post in stage.posts()] == [False, True]


class TestPins:
    async def test_a_pinned_message_is_pinned_without_a_sound(self, stage: Any) -> None:
        stage.board.standing[stage.bot.id] = "administrator"
        receipt = await stage.adapter().send(stage.message("Open.", pinned=True))
        assert stage.board.pinned == [int(receipt.message_id)]
        assert asked(stage, "pinChatMessage")[0]["disable_notification"] == "true"

    async def test_a_message_that_cannot_be_pinned_was_sent_all_the_same(self, stage: Any) -> None:
        await stage.adapter().send(stage.message("Open.", pinned=True))
        assert len(stage.posts()) == 1
        assert stage.telegram.count("pinChatMessage") == 1


class TestFaults:
    async def fails(self, stage: Any, fault: Fault) -> AdapterError:
        stage.telegram.fail("sendMessage", fault)
        with pytest.raises(AdapterError) as caught:
            await stage.adapter(timeout=0.1).send(stage.message("Closed."))
        return caught.value

    @pytest.mark.parametrize(
        ("fault", "kind", "problem"),
        [
            (rate_limit(7), Temporary, "rate-limited"),
            (Fault(429, page="slow down"), Temporary, "rate-limited"),
            (BAD_GATEWAY, OutcomeUnknown, "server-error"),
            (PORTAL, OutcomeUnknown, "server-error"),
            (Fault(200, page='{"ok":false}'), OutcomeUnknown, "server-error"),
            (Fault(200, page='["result"]'), OutcomeUnknown, "server-error"),
            (Fault(200, page='{"ok":true,"result":{}}'), OutcomeUnknown, "unclear"),
            (Fault(404, page="no such page"), Temporary, "intercepted"),
            (Fault(cut=True), OutcomeUnknown, "answer-lost"),
            (LOST_ANSWER, OutcomeUnknown, "answer-lost"),
            (Fault(hang=True), OutcomeUnknown, "answer-lost"),
            (Fault(hang=True, taken=True), OutcomeUnknown, "answer-lost"),
            (Fault(403, "Forbidden: bot was blocked by the user"), Permanent, "forbidden"),
            (Fault(401, "Unauthorized"), Permanent, "token-refused"),
        ],
    )
    async def test_a_fault_says_whether_the_message_may_have_arrived(
        self, stage: Any, fault: Fault, kind: type[AdapterError], problem: str
    ) -> None:
        error = await self.fails(stage, fault)
        assert (type(error), error.problem) == (kind, problem)

    async def test_the_wait_is_obeyed(self, stage: Any) -> None:
        error = await self.fails(stage, rate_limit(7))
        assert isinstance(error, Temporary)
        assert error.retry_after == 7.0

    async def test_a_server_out_of_reach_has_certainly_nothing(self, stage: Any) -> None:
        await stage.telegram.go_away()
        with pytest.raises(Temporary) as caught:
            await stage.adapter().send(stage.message("Closed."))
        assert caught.value.problem == "unreachable"

    async def test_the_proxy_of_the_settings_is_used_and_one_of_the_environment_is_not(
        self, stage: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, NOBODY)
        await stage.adapter().send(stage.message("Closed."))
        with pytest.raises(Temporary):
            await stage.adapter(proxy=NOBODY).send(stage.message("Closed."))

    @pytest.mark.parametrize(
        ("status", "problem"),
        [("kicked", "forbidden"), ("left", "forbidden"), ("restricted", "muted")],
    )
    async def test_a_chat_that_shuts_the_bot_out_is_permanent(
        self, stage: Any, status: str, problem: str
    ) -> None:
        stage.board.standing[stage.bot.id] = status
        with pytest.raises(Permanent) as caught:
            await stage.adapter().send(stage.message("Closed."))
        assert caught.value.problem == problem

    @pytest.mark.parametrize(
        ("topics", "problem"), [({7: False}, "topic-closed"), ({}, "topic-gone")]
    )
    async def test_a_topic_that_is_closed_or_gone_is_permanent(
        self, stage: Any, topics: dict[int, bool], problem: str
    ) -> None:
        stage.board.topics = topics
        message = stage.message("Closed.")
        with pytest.raises(Permanent) as caught:
            await stage.adapter().send(type(message)(stage.place(thread="7"), "Closed."))
        assert caught.value.problem == problem

    async def test_a_group_with_a_new_id_is_named(self, stage: Any) -> None:
        old, new = stage.message("Closed."), stage.telegram.migrate(stage.board)
        with pytest.raises(Moved) as caught:
            await stage.adapter().send(old)
        assert caught.value.destination == stage.place(new)

    async def test_nothing_of_the_sdk_is_behind_an_error(self, stage: Any) -> None:
        error = await self.fails(stage, BAD_GATEWAY)
        assert error.__cause__ is None
        assert error.__suppress_context__
