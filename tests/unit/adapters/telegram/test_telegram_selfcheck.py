"""What the self-check finds in a set-up, and what it advises."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.base import Checkable, Destination, Finding, Severity
from adapters.telegram.effects import Effects
from adapters.telegram.line import Line
from adapters.telegram.selfcheck import clock_finding
from adapters.telegram.settings import Options
from tests.servers.telegram import BAD_GATEWAY, Fault


async def findings(stage: Any, *more: Destination) -> dict[str, Finding]:
    found = await stage.adapter(*more).check()
    return {one.problem: one for one in found}


async def test_a_good_set_up_is_well_in_every_point(stage: Any) -> None:
    found = await findings(stage)
    assert {one.severity for one in found.values()} == {Severity.OK}
    assert set(found) == {"token", "clock", "membership", "privacy"}
    assert "@ClosingBot" in found["token"].sentence
    assert "'Board'" in found["membership"].sentence


async def test_it_changes_nothing(stage: Any) -> None:
    stage.threads = ("7",)
    await findings(stage)
    changing = {"sendMessage", "setMyCommands", "deleteWebhook", "getUpdates"}
    assert not {method for method, _ in stage.telegram.requests} & changing


async def test_an_adapter_can_be_checked(stage: Any) -> None:
    assert isinstance(stage.adapter(), Checkable)


async def test_a_refused_token_is_said_first_and_alone(stage: Any) -> None:
    stage.telegram.fail("getMe", Fault(401, "Unauthorized"))
    found = await findings(stage)
    assert set(found) == {"token-refused"}
    assert "@BotFather" in found["token-refused"].cure


async def test_a_server_out_of_reach_is_said(stage: Any) -> None:
    await stage.telegram.go_away()
    found = await findings(stage)
    assert set(found) == {"unreachable"}
    assert "proxy" in found["unreachable"].cure


async def test_privacy_mode_is_a_warning_with_the_way_out(stage: Any) -> None:
    stage.bot.reads_all = False
    warning = (await findings(stage))["privacy"]
    assert warning.severity is Severity.WARNING
    assert "/maintenance@ClosingBot" in warning.sentence
    assert "/setprivacy" in warning.cure
    assert "add it again" in warning.cure


async def test_an_administrator_hears_everything_in_spite_of_privacy_mode(stage: Any) -> None:
    stage.bot.reads_all = False
    stage.board.standing[stage.bot.id] = "administrator"
    assert (await findings(stage))["privacy"].severity is Severity.OK


async def test_a_chat_that_is_not_known(stage: Any) -> None:
    found = await findings(stage, Destination("telegram", "-1005"))
    assert found["chat-not-found"].severity is Severity.WRONG
    assert "-1005" in found["chat-not-found"].sentence


async def test_a_chat_that_the_bot_was_put_out_of(stage: Any) -> None:
    stage.board.standing[stage.bot.id] = "kicked"
    found = await findings(stage)
    assert found["no-answer"].severity is Severity.WRONG
    assert "add the bot" in found["no-answer"].cure


async def test_a_chat_in_which_the_bot_may_not_write(stage: Any) -> None:
    stage.board.standing[stage.bot.id] = "restricted"
    assert (await findings(stage))["muted"].severity is Severity.WRONG


@pytest.mark.parametrize(
    ("kind", "topics", "severity"),
    [
        ("forum", {7: True}, Severity.OK),
        ("forum", {7: False}, Severity.WRONG),
        ("forum", {}, Severity.WRONG),
        ("plain", {7: True}, Severity.WRONG),
    ],
)
async def test_a_topic(stage: Any, kind: str, topics: dict[int, bool], severity: Severity) -> None:
    stage.threads = ("7",)
    stage.board.forum, stage.board.topics = kind == "forum", topics
    assert (await findings(stage))["topic"].severity is severity


async def test_a_topic_that_telegram_tells_nothing_of(stage: Any) -> None:
    stage.threads = ("7",)
    stage.board.forum = True
    stage.telegram.fail("sendChatAction", BAD_GATEWAY)
    assert "topic 7" in (await findings(stage))["no-answer"].sentence


@pytest.mark.parametrize(
    ("seconds", "severity", "words"),
    [(0, "ok", "differ"), (90, "wrong", "ahead of"), (-90, "wrong", "behind")],
)
async def test_the_clock(stage: Any, seconds: int, severity: str, words: str) -> None:
    stage.clock_error = timedelta(seconds=seconds)
    clock = (await findings(stage))["clock"]
    assert clock.severity == severity
    assert words in clock.sentence
    assert bool(clock.cure) == bool(seconds)


def test_a_clock_that_nobody_told_the_time_of_is_a_warning() -> None:
    assert clock_finding(None).severity is Severity.WARNING


async def test_an_answer_without_a_readable_date_tells_no_clock(stage: Any) -> None:
    line = Line(Options(stage.bot.token), stage.now)
    for date in ({}, {"date": "soon"}, {"date": "Sun, 29 Nov 2026 12:00:00 -0000"}):
        await line._compare_clocks(httpx.Response(200, headers=date))
    assert line.clock_gap is None


def test_our_own_clock_is_in_utc() -> None:
    assert Effects().clock().utcoffset() == timedelta()


async def test_a_webhook_and_guest_mode_are_warnings(stage: Any) -> None:
    stage.bot.webhook = "https://elsewhere.example/"
    stage.bot.guests = True
    found = await findings(stage)
    assert found["webhook-set"].severity is Severity.WARNING
    assert found["guest-mode"].severity is Severity.WARNING


async def test_a_webhook_that_cannot_be_looked_up(stage: Any) -> None:
    stage.telegram.fail("getWebhookInfo", BAD_GATEWAY)
    assert "unreachable" in await findings(stage)


async def test_no_chat_at_all_is_a_warning(stage: Any) -> None:
    stage.threads = ()
    assert (await findings(stage))["no-chat"].severity is Severity.WARNING


async def test_a_private_chat_needs_no_privacy_setting(stage: Any) -> None:
    stage.threads = ()
    place = stage.place(stage.telegram.private(stage.anna, stage.bot))
    assert set(await findings(stage, place)) == {"token", "clock", "membership"}
