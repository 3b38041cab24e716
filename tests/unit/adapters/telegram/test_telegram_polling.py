"""The connection: nothing is lost, nothing ends it, and it says what is wrong."""

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any

import pytest

from adapters.base import Connected, IncomingMessage, Trouble
from adapters.telegram.line import Line
from adapters.telegram.menu import show_menu
from adapters.telegram.settings import Options
from tests.servers.telegram import BAD_GATEWAY, PORTAL, Fault, rate_limit
from tests.servers.telegram_updates import DAY

UNAUTHORIZED = Fault(401, "Unauthorized")
NOT_FOUND = Fault(404, "Not Found")
LOCK = "/maintenance lock"


def troubles(stage: Any) -> list[str]:
    return [one.problem for one in stage.host.notices if isinstance(one, Trouble)]


def alarms(stage: Any) -> list[str]:
    return [one.problem for one in stage.host.notices if isinstance(one, Trouble) and one.alarm]


async def test_a_message_is_confirmed_only_after_the_host_has_it(stage: Any) -> None:
    await stage.running()
    seen: list[int] = []
    deliver = stage.host.deliver

    def look(message: IncomingMessage) -> None:
        seen.append(len(stage.bot.updates.waiting()))
        deliver(message)

    stage.host.deliver = look
    stage.anna.says(stage.board, LOCK)
    await stage.host.heard(LOCK)
    assert seen == [1]
    polls = stage.bot.updates.polls
    await stage.telegram.asked("getUpdates", polls + 1)
    assert stage.bot.updates.waiting() == []


async def test_what_the_host_could_not_take_is_delivered_to_the_next_run(stage: Any) -> None:
    class FullDisk(Exception):
        pass

    def refuse(message: IncomingMessage) -> None:
        raise FullDisk

    keep, stage.host.deliver = stage.host.deliver, refuse
    stage.anna.says(stage.board, LOCK)
    stage.anna.says(stage.board, "/maintenance status")
    with pytest.raises(FullDisk):
        await stage.begin()
    stage.host.deliver = keep
    await stage.running()
    await stage.host.heard("/maintenance status")
    assert [told.text for told in stage.host.messages] == [LOCK, "/maintenance status"]


async def test_what_was_written_while_the_bot_was_away_is_told_in_order(stage: Any) -> None:
    for number in range(250):
        stage.anna.says(stage.board, f"/maintenance status {number}")
    await stage.running()
    await stage.host.heard("status 249")
    assert len(stage.host.messages) == 250
    assert stage.host.messages[7].text == "/maintenance status 7"


async def test_a_day_old_message_is_not_delivered(stage: Any) -> None:
    moment = time.time()
    stage.telegram._now = stage.bot.updates._now = lambda: moment
    stage.anna.says(stage.board, LOCK)
    moment += DAY + 1
    await stage.running()
    assert await stage.heard() == []


async def test_an_update_number_may_start_anew_lower_after_a_silence(stage: Any) -> None:
    await stage.running()
    stage.anna.says(stage.board, LOCK)
    await stage.host.heard(LOCK)
    await stage.bot.updates.polling.wait()
    stage.bot.updates.time_out()
    await stage.bot.updates.polling.wait()
    stage.bot.updates.next_id = 5
    stage.anna.says(stage.board, "/maintenance status")
    await stage.host.heard("/maintenance status")


@pytest.mark.parametrize("fault", [UNAUTHORIZED, NOT_FOUND])
async def test_a_refused_token_is_an_alarm_and_tried_again_slowly(stage: Any, fault: Fault) -> None:
    stage.telegram.fail("getUpdates", fault, times=3)
    stage.anna.says(stage.board, LOCK)
    await stage.running()
    await stage.host.heard(LOCK)
    assert alarms(stage) == ["token-refused"]
    assert stage.naps == [60.0, 60.0, 60.0]


async def test_a_refused_token_at_the_start_is_an_alarm_too(stage: Any) -> None:
    stage.telegram.fail("getMe", UNAUTHORIZED, times=2)
    await stage.running()
    assert alarms(stage) == ["token-refused"]


async def test_a_proxys_404_is_no_refused_token(stage: Any) -> None:
    stage.telegram.fail("getUpdates", Fault(404, page="<h1>no such page</h1>"))
    await stage.running()
    assert troubles(stage) == ["no-answer"]
    assert alarms(stage) == []


async def test_another_copy_is_an_alarm_and_gets_its_turn(stage: Any) -> None:
    await stage.running()
    await stage.bot.updates.polling.wait()
    await stage.bot.updates.get(0, 100, 0, None)
    await stage.host.until(lambda: alarms(stage) == ["another-copy"])
    await stage.host.until(lambda: isinstance(stage.host.notices[-1], Connected))
    assert stage.naps == [30.0]


async def test_a_webhook_is_taken_away_with_an_alarm(stage: Any) -> None:
    stage.bot.webhook = "https://elsewhere.example/"
    stage.anna.says(stage.board, LOCK)
    await stage.running()
    await stage.host.heard(LOCK)
    assert alarms(stage) == ["webhook-set"]
    assert stage.bot.webhook == ""


async def test_a_conflict_is_told_even_if_the_webhook_cannot_be_looked_up(stage: Any) -> None:
    stage.bot.webhook = "https://elsewhere.example/"
    stage.telegram.fail("getWebhookInfo", BAD_GATEWAY)
    await stage.running()
    assert alarms(stage) == ["another-copy", "webhook-set"]


async def test_too_many_requests_are_waited_out(stage: Any) -> None:
    stage.telegram.fail("getUpdates", rate_limit(77))
    await stage.running()
    assert troubles(stage) == ["rate-limited"]
    assert stage.naps == [77.0]


@pytest.mark.parametrize(
    "fault",
    [
        BAD_GATEWAY,
        PORTAL,
        Fault(500, "Internal Server Error"),
        Fault(200, page='{"ok":false}'),
        Fault(200, page='{"ok":true,"result":7}'),
        Fault(200, page="[" * 100_000),
        Fault(302, page=""),
        Fault(429, page="slow down"),
        Fault(cut=True),
    ],
)
@pytest.mark.parametrize("method", ["getMe", "getUpdates"])
async def test_no_answer_of_any_shape_ends_it(stage: Any, fault: Fault, method: str) -> None:
    stage.telegram.fail(method, fault, times=3)
    stage.anna.says(stage.board, LOCK)
    await stage.running()
    await stage.host.heard(LOCK)
    assert len(troubles(stage)) == 1
    assert stage.naps == [1.0, 2.0, 4.0]


async def test_a_server_that_never_answers_is_given_up_and_asked_again(stage: Any) -> None:
    stage.telegram.fail("getUpdates", Fault(hang=True))
    await stage.running(timeout=0.05)
    assert troubles(stage) == ["unreachable"]


async def test_waits_grow_up_to_a_minute_and_start_anew_after_success(stage: Any) -> None:
    stage.telegram.fail("getUpdates", BAD_GATEWAY, times=8)
    await stage.running()
    assert stage.naps == [1, 2, 4, 8, 16, 32, 60, 60]
    stage.telegram.fail("getUpdates", BAD_GATEWAY)
    stage.telegram.cut()
    await stage.host.until(lambda: len(stage.naps) >= 9)
    assert stage.naps[8] == 1


async def test_trouble_is_told_once_and_its_end_too(stage: Any) -> None:
    stage.telegram.fail("getUpdates", BAD_GATEWAY, times=5)
    await stage.running()
    assert [type(one) for one in stage.host.notices] == [Trouble, Connected]


@pytest.mark.parametrize(
    "poison",
    [
        {"message": {"message_id": 1}},
        {"message": {"message_id": 1, "date": 99999999999999, "chat": {"id": 1, "type": "group"}}},
        {"message": "text"},
        {"message": {"message_id": 1, "date": "soon", "chat": []}},
        {"callback_query": {}},
        {"my_chat_member": {"chat": None}},
    ],
)
async def test_one_unreadable_update_hides_no_other(
    stage: Any, poison: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    stage.anna.says(stage.board, "/before")
    stage.bot.updates.put_raw({"update_id": stage.bot.updates.next_id} | poison)
    stage.anna.says(stage.board, "/after")
    await stage.running()
    await stage.host.heard("/after")
    assert [told.text for told in stage.host.messages] == ["/before", "/after"]
    assert stage.naps == []
    assert "skipped" in caplog.text


async def test_an_update_without_a_number_is_passed_over(stage: Any) -> None:
    page = '{"ok":true,"result":[{"message":{}},7,{"update_id":"x"}]}'
    stage.telegram.fail("getUpdates", Fault(200, page=page))
    await stage.running()
    assert await stage.heard() == []


async def test_a_server_that_forgets_what_was_confirmed_is_not_asked_without_pause(
    stage: Any,
) -> None:
    page = '{"ok":true,"result":[{"update_id":7}]}'
    stage.telegram.fail("getUpdates", Fault(200, page=page), times=4)
    stage.begin()
    await stage.host.until(lambda: troubles(stage) == ["no-progress"])
    await stage.host.until(lambda: isinstance(stage.host.notices[-1], Connected))
    assert stage.naps == [1, 2, 4]


@pytest.mark.parametrize("when", ["polling", "hanging", "napping", "introducing"])
async def test_it_ends_at_once_whatever_it_waits_for(stage: Any, when: str) -> None:
    forever = asyncio.Event()
    if when == "hanging":
        stage.telegram.fail("getUpdates", Fault(hang=True))
    if when == "introducing":
        stage.telegram.fail("getMe", Fault(hang=True))
    if when == "napping":

        async def nap(seconds: float) -> None:
            stage.naps.append(seconds)
            await forever.wait()

        stage.nap = nap
        stage.telegram.fail("getUpdates", UNAUTHORIZED)
    task = stage.begin(stage.adapter(timeout=30))
    await stage.telegram.asked("getMe" if when == "introducing" else "getUpdates")
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=1)
    assert done
    with suppress(asyncio.CancelledError):
        await task


async def test_a_hanging_acknowledgement_or_menu_does_not_hold_up_the_next_message(
    stage: Any,
) -> None:
    stage.telegram.fail("answerCallbackQuery", Fault(hang=True))
    stage.telegram.fail("setMyCommands", Fault(hang=True))
    adapter = await stage.running(timeout=30)
    await adapter.send(stage.message("Closed."))
    stage.anna.presses(stage.board, stage.posts()[0], "token")
    stage.anna.says(stage.board, LOCK)
    await stage.host.heard(LOCK)


async def test_a_late_acknowledgement_harms_nothing(stage: Any) -> None:
    adapter = await stage.running()
    await adapter.send(stage.message("Closed."))
    stage.anna.presses(stage.board, stage.posts()[0], "token")
    stage.bot.presses.clear()
    await stage.telegram.asked("answerCallbackQuery")
    assert len(await stage.heard()) == 1


async def test_the_menu_is_shown_in_each_chat_in_both_languages_and_after_a_move(
    stage: Any,
) -> None:
    await stage.running()
    old = stage.board
    await stage.telegram.asked("setMyCommands", 2)
    stage.board = stage.telegram.migrate(old)
    await stage.telegram.asked("setMyCommands", 4)
    await stage.heard()
    places = {(old.id, None), (old.id, "nl"), (stage.board.id, None), (stage.board.id, "nl")}
    assert set(stage.bot.menus) == places
    menu = stage.bot.menus[old.id, "nl"]
    assert [one["command"] for one in menu] == ["maintenance"]
    assert "sluiten" in menu[0]["description"]


async def test_no_menu_is_shown_where_it_is_not_wanted(stage: Any) -> None:
    await stage.running(menu=False)
    stage.board = stage.telegram.migrate(stage.board)
    await stage.heard()
    assert stage.telegram.count("setMyCommands") == 0


async def test_a_refused_menu_is_no_trouble(stage: Any) -> None:
    stage.telegram.fail("setMyCommands", Fault(400, "Bad Request: chat not found"))
    line = Line(Options(stage.bot.token, base_url=stage.telegram.url), stage.now)
    async with line as bot:
        await show_menu(bot, str(stage.board.id))
    assert stage.bot.menus == {}
    assert stage.telegram.count("setMyCommands") == 1


async def test_a_clock_that_is_off_is_logged(stage: Any, caplog: pytest.LogCaptureFixture) -> None:
    stage.clock_error = stage.now() - stage.now().replace(year=2020)
    caplog.set_level(logging.WARNING)
    await stage.running()
    assert "ahead of Telegram's" in caplog.text
