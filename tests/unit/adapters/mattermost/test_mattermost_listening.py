"""The websocket: nothing lost, nothing twice, never given up, never in the way."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from adapters.base import (
    ChannelBack,
    ChannelLost,
    Connected,
    Destination,
    Host,
    IncomingMessage,
    Mark,
    Notice,
)
from adapters.mattermost.backoff import Backoff
from adapters.mattermost.records import post_of
from adapters.mattermost.stream import event_of
from tests.servers.mattermost import Fault
from tests.unit.adapters.mattermost.conftest import QUICK, Bench, until

CALL = "@maintenance"


def texts(bench: Bench) -> list[str]:
    return [message.text for message in bench.host.messages]


async def test_a_mention_is_delivered_with_all_that_is_known_of_it(bench: Bench) -> None:
    async with bench.running():
        root = bench.server.write(bench.server.bram, "a thread")
        post = bench.server.write(bench.server.anna, f"{CALL} lock", root_id=root["id"])
        message = await bench.host.heard(f"{CALL} lock")
    assert message.destination == replace(bench.here, thread=root["id"])
    assert (message.message_id, message.sender_id) == (post["id"], bench.server.anna)
    assert (message.sender_name, message.bot_name) == ("anna", "maintenance")
    assert message.sent_at.timestamp() * 1000 == pytest.approx(post["create_at"])
    assert message.link == f"{bench.server.url}/_redirect/pl/{post['id']}"
    assert not message.private


@pytest.mark.parametrize(
    "text",
    ["hello", "maintenance lock", "@maintenance2 lock", "x@maintenance lock", "@maint lock"],
)
async def test_other_talk_is_not_delivered(bench: Bench, text: str) -> None:
    async with bench.running():
        bench.server.write(bench.server.anna, text)
        bench.server.write(bench.server.anna, f"{CALL} end")
        await bench.host.heard("end")
    assert texts(bench) == [f"{CALL} end"]


@pytest.mark.parametrize(
    "text", [f"{CALL}: status", "Status, @Maintenance.", " /maintenance lock", "(@maintenance) x"]
)
async def test_every_way_of_calling_the_bot_is_heard(bench: Bench, text: str) -> None:
    async with bench.running():
        bench.server.write(bench.server.anna, text)
        assert (await bench.host.heard(text)).text == text


async def test_a_direct_message_needs_no_name_and_is_private(bench: Bench) -> None:
    async with bench.running():
        bench.server.direct(bench.server.anna, "status")
        message = await bench.host.heard("status")
    assert message.private


async def test_joining_a_channel_is_no_message(bench: Bench) -> None:
    async with bench.running():
        bench.server.write(bench.server.anna, f"anna added {CALL}", type="system_add_to_channel")
        bench.server.write(bench.server.anna, f"{CALL} end")
        await bench.host.heard("end")
    assert len(bench.host.messages) == 1


async def test_an_edit_into_a_command_is_not_heard_or_marked(bench: Bench) -> None:
    async with bench.running():
        post = bench.server.write(bench.server.anna, "nothing")
        bench.server.state.edit_post(post["id"], {"message": f"{CALL} unlock"})
        bench.server.write(bench.server.anna, f"{CALL} end")
        await bench.host.heard("end")
    assert all(Mark.EDITED in one.marks for one in bench.host.all_of("unlock"))


@pytest.mark.parametrize(
    ("user", "mark"),
    [
        ({"is_bot": True}, Mark.BOT),
        ({"roles": "system_guest"}, Mark.OUTSIDER),
        ({"delete_at": 1}, Mark.OUTSIDER),
        ({"remote_id": "r"}, Mark.OUTSIDER),
    ],
)
async def test_an_account_that_is_no_members_is_marked(
    bench: Bench, user: dict[str, Any], mark: Mark
) -> None:
    other = bench.server.state.add_user("other", **user)
    bench.server.state.members[bench.server.channel].add(other)
    async with bench.running():
        bench.server.write(other, f"{CALL} lock")
        message = await bench.host.heard("lock")
    assert mark in message.marks


@pytest.mark.parametrize(
    ("more", "mark"),
    [
        ({"props": {"from_webhook": "true"}}, Mark.BOT),
        ({"props": {"from_plugin": "true"}}, Mark.BOT),
        ({"props": {"from_oauth_app": "true"}}, Mark.BOT),
        ({"props": {"from_bot": "true"}}, Mark.BOT),
        ({"props": {"override_username": "Anna"}}, Mark.BOT),
        ({"type": "custom_x"}, Mark.BOT),
        ({"remote_id": "r" * 26}, Mark.OUTSIDER),
        ({"edit_at": 5}, Mark.EDITED),
    ],
)
async def test_a_post_that_is_no_members_own_is_marked(
    bench: Bench, more: dict[str, Any], mark: Mark
) -> None:
    async with bench.running():
        bench.server.write(bench.server.anna, f"{CALL} lock", **more)
        message = await bench.host.heard("lock")
    assert message.marks == {mark}


async def test_the_log_in_is_in_the_header(bench: Bench) -> None:
    async with bench.running():
        pass
    upgrade = next(one for one in bench.server.rest.requests if "websocket" in one[1])
    assert upgrade[2]["Authorization"] == f"Bearer {bench.server.bot_token}"


async def test_a_broken_connection_is_taken_up_where_it_was(bench: Bench) -> None:
    async with bench.running():
        bench.server.write(bench.server.anna, f"{CALL} one")
        await bench.host.heard("one")
        bench.server.sockets.cut()
        bench.server.write(bench.server.anna, f"{CALL} two")
        await bench.host.heard("two")
    query = bench.server.sockets.requests[1]
    assert query["sequence_number"] == "2"
    assert query["connection_id"] in bench.server.sockets.streams
    assert len(bench.server.sockets.streams) == 1
    assert texts(bench) == [f"{CALL} one", f"{CALL} two"]


async def test_after_a_restart_of_the_server_what_was_missed_is_looked_up(bench: Bench) -> None:
    async with bench.running():
        bench.server.write(bench.server.anna, f"{CALL} one")
        bench.server.direct(bench.server.bram, "private one")
        await bench.host.heard("private one")
        await bench.server.stop()
        bench.server.sockets.forget()
        bench.server.write(bench.server.anna, f"{CALL} two")
        bench.server.direct(bench.server.bram, "private two")
        await bench.server.start()
        await bench.host.until(lambda: len(bench.host.messages) == 4)
        bench.server.write(bench.server.anna, f"{CALL} three")
        await bench.host.heard("three")
    assert sorted(texts(bench)) == sorted(
        [f"{CALL} one", "private one", f"{CALL} two", "private two", f"{CALL} three"]
    )


async def test_a_missing_number_makes_it_look_back_before_it_goes_on(bench: Bench) -> None:
    async with bench.running():
        bench.server.write(bench.server.anna, f"{CALL} one")
        await bench.host.heard("one")
        bench.server.sockets.lose_next = 1
        bench.server.write(bench.server.anna, f"{CALL} two")
        bench.server.write(bench.server.anna, f"{CALL} three")
        await bench.host.heard("three")
    assert texts(bench) == [f"{CALL} one", f"{CALL} two", f"{CALL} three"]


async def test_what_was_written_while_the_bot_was_off_is_heard_with_its_time(bench: Bench) -> None:
    post = bench.server.write(bench.server.anna, f"{CALL} lock")
    bench.server.direct(bench.server.bram, "status")
    async with bench.running():
        await bench.host.until(lambda: len(bench.host.messages) == 2)
    message = next(one for one in bench.host.messages if "lock" in one.text)
    assert int(message.sent_at.timestamp() * 1000) == post["create_at"]
    assert [one.private for one in bench.host.messages] == [False, True]


async def test_old_commands_that_are_edited_or_replied_to_are_not_heard_again(
    bench: Bench,
) -> None:
    post = bench.server.write(bench.server.anna, f"{CALL} lock", create_at=1000)
    bench.server.write(bench.server.bram, "a reply", root_id=post["id"])
    async with bench.running():
        bench.server.write(bench.server.anna, f"{CALL} end")
        await bench.host.heard("end")
    assert texts(bench) == [f"{CALL} end"]


async def test_a_frame_that_comes_twice_is_heard_once(bench: Bench) -> None:
    async with bench.running():
        bench.server.write(bench.server.anna, f"{CALL} one")
        bench.server.write(bench.server.anna, f"{CALL} two")
        await bench.host.heard("two")
        await bench.server.sockets.repeat(2)
        await bench.server.sockets.repeat()
        await bench.server.sockets.repeat(2)
        bench.server.write(bench.server.anna, f"{CALL} end")
        await bench.host.heard("end")
    assert texts(bench) == [f"{CALL} one", f"{CALL} two", f"{CALL} end"]
    # Once at the start: a frame that came before is no gap.
    assert len([path for _, path, _ in bench.server.rest.requests if "since=" in path]) == 1


async def test_a_dead_line_is_noticed_by_its_silence(bench: Bench) -> None:
    async with bench.running(pace=replace(QUICK, heartbeat=0.1)):
        bench.server.sockets.freeze()
        await bench.host.until(lambda: bench.troubles() != [])
        bench.server.sockets.forget()
        bench.server.write(bench.server.anna, f"{CALL} end")
        await bench.host.heard("end")


@pytest.mark.parametrize(
    "frame",
    [
        "{",
        "[]",
        "7",
        '{"status":"OK","seq_reply":1}',
        '{"event":"posted","seq":1}',
        '{"event":"posted","seq":1,"data":{"post":"{"}}',
        '{"event":"posted","seq":1,"data":{"post":"{\\"id\\":7}"}}',
        '{"event":7}',
    ],
)
async def test_a_strange_frame_ends_nothing(bench: Bench, frame: str) -> None:
    async with bench.running():
        await bench.server.sockets.send_raw(frame)
        bench.server.write(bench.server.anna, f"{CALL} end")
        await bench.host.heard("end")
    assert bench.troubles() == []


async def test_a_frame_beyond_all_limits_is_not_asked_for_again(bench: Bench) -> None:
    async with bench.running():
        bench.server.write(bench.server.anna, f"{CALL} one")
        await bench.host.heard("one")
        await bench.server.sockets.send_raw("x" * (9 * 1024 * 1024))
        await bench.host.until(lambda: bench.troubles() != [])
        bench.server.write(bench.server.anna, f"{CALL} two")
        await bench.host.heard("two")
    assert bench.troubles()[0].problem == "too-large"
    assert bench.server.sockets.requests[1] == {}


async def test_a_rejected_token_is_an_alarm_and_not_a_loop(bench: Bench) -> None:
    bench.server.state.tokens.clear()
    adapter = bench.adapter(pace=replace(QUICK, token_wait=3000.0))
    task = asyncio.create_task(adapter.run(bench.host))
    await bench.host.until(lambda: bench.troubles() != [])
    await until(lambda: any(wait >= 3000 for wait in bench.waits))
    asked = len(bench.server.rest.requests)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    (trouble,) = bench.troubles()
    assert (trouble.problem, trouble.alarm) == ("token", True)
    assert asked == 1
    assert bench.server.sockets.requests == []


async def test_a_token_taken_away_from_an_open_connection_is_noticed(bench: Bench) -> None:
    async with bench.running(pace=replace(QUICK, token_check=0.02)):
        bench.server.state.tokens.clear()
        await bench.host.until(lambda: any(one.problem == "token" for one in bench.troubles()))
    assert any(one.alarm for one in bench.troubles())


async def test_a_token_that_comes_back_is_used(bench: Bench) -> None:
    bench.server.state.tokens.clear()
    task = asyncio.create_task(bench.adapter().run(bench.host))
    await bench.host.until(lambda: bench.troubles() != [])
    bench.server.state.tokens[bench.server.bot_token] = bench.server.bot
    await bench.host.connected()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(("status", "alarm"), [(404, True), (400, True), (200, True), (502, False)])
async def test_a_proxy_that_passes_no_upgrade_is_told_and_tried_again(
    bench: Bench, status: int, *, alarm: bool
) -> None:
    bench.server.sockets.refuse_with = status
    task = asyncio.create_task(bench.adapter().run(bench.host))
    await bench.host.until(lambda: len(bench.troubles()) >= 3)
    bench.server.sockets.refuse_with = None
    await bench.host.connected()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert bench.troubles()[0].problem == "websocket"
    assert "Upgrade" in bench.troubles()[0].sentence
    assert bench.troubles()[0].alarm is alarm


async def test_a_server_that_falls_silent_is_noticed(bench: Bench) -> None:
    async with bench.running(pace=replace(QUICK, heartbeat=0.1, read=0.1)):
        bench.server.sockets.silent = True
        bench.server.sockets.cut()
        await bench.host.until(lambda: bench.troubles() != [])
        bench.server.sockets.silent = False
        bench.server.sockets.forget()
        await bench.host.until(
            lambda: isinstance(bench.host.notices[-1], Connected) and bench.server.sockets.open > 0
        )
        bench.server.write(bench.server.anna, f"{CALL} end")
        await bench.host.heard("end")


async def test_a_rate_limit_at_the_log_in_is_waited_for(bench: Bench) -> None:
    bench.server.faults.plan(Fault.RATE_LIMIT, method="GET", path="/users/me", retry_after=9)
    async with bench.running():
        assert any(9 <= wait < 10 for wait in bench.waits)


async def test_it_waits_longer_each_time_and_never_gives_up(bench: Bench) -> None:
    waits = Backoff(replace(QUICK, first_wait=1.0, longest_wait=60.0), lambda: 1.0)
    assert [waits.next() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert waits.next(300.0) == 360
    waits.reset()
    assert waits.next() == 1
    lucky = Backoff(replace(QUICK, first_wait=1.0, longest_wait=60.0), lambda: 0.0)
    assert lucky.next() == 0.5
    assert all(lucky.next() <= 60 for _ in range(2000))


async def test_questions_to_the_server_are_repeated_until_they_are_answered(bench: Bench) -> None:
    async with bench.running():
        for fault in (Fault.BAD_GATEWAY, Fault.RESET, Fault.HTML, Fault.RATE_LIMIT):
            bench.server.faults.plan(fault, method="GET", path=f"/users/{bench.server.anna}")
        bench.server.write(bench.server.anna, f"{CALL} one")
        await bench.host.heard("one")
    assert bench.host.messages[0].marks == frozenset()


async def test_an_account_that_is_not_there_is_an_outsiders(bench: Bench) -> None:
    async with bench.running():
        bench.server.faults.plan(Fault.GONE, method="GET", path=f"/users/{bench.server.anna}")
        bench.server.write(bench.server.anna, f"{CALL} one")
        assert (await bench.host.heard("one")).marks == {Mark.OUTSIDER}


async def test_an_account_is_asked_for_once_a_minute(bench: Bench) -> None:
    async with bench.running():
        for number in range(3):
            bench.server.write(bench.server.anna, f"{CALL} {number}")
        await bench.host.heard("2")
    asked = [path for _, path, _ in bench.server.rest.requests if bench.server.anna in path]
    assert len(asked) == 1


class Grumpy:
    """A host whose disk is full for a while."""

    def __init__(self, bench: Bench, refusals: int) -> None:
        self._bench = bench
        self.left = refusals

    def deliver(self, message: IncomingMessage) -> None:
        if self.left:
            self.left -= 1
            raise OSError(28, "No space left on device")
        self._bench.host.deliver(message)

    def report(self, notice: Notice) -> None:
        self._bench.host.report(notice)


async def with_host(bench: Bench, host: Host, work: Callable[[], Any]) -> None:
    task = asyncio.create_task(bench.adapter().run(host))
    await bench.host.connected()
    await work()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_message_that_could_not_be_stored_is_handed_over_again(bench: Bench) -> None:
    async def work() -> None:
        bench.server.write(bench.server.anna, f"{CALL} one")
        await bench.host.heard("one")
        bench.server.write(bench.server.anna, f"{CALL} two")
        await bench.host.heard("two")

    await with_host(bench, Grumpy(bench, 3), work)
    assert [one.problem for one in bench.troubles()] == ["not-stored"] * 3
    assert not any(one.alarm for one in bench.troubles())
    assert len(bench.server.sockets.requests) == 1


async def test_a_message_that_is_never_stored_is_an_alarm_and_holds_up_nothing(
    bench: Bench,
) -> None:
    async def work() -> None:
        bench.server.write(bench.server.anna, f"{CALL} one")
        bench.server.write(bench.server.anna, f"{CALL} two")
        await bench.host.heard("two")

    await with_host(bench, Grumpy(bench, 5), work)
    assert [one.alarm for one in bench.troubles()] == [False, False, False, False, True]
    assert texts(bench) == [f"{CALL} two"]


async def test_a_channel_that_is_lost_and_found_is_told(bench: Bench) -> None:
    where = Destination("mattermost", bench.server.other_channel)
    async with bench.running(bench.options(bench.server.channel, bench.server.other_channel)):
        bench.server.leave(bench.server.foreign_channel)
        bench.server.leave(bench.server.other_channel)
        await bench.host.until(
            lambda: any(isinstance(one, ChannelLost) for one in bench.host.notices)
        )
        bench.server.join(bench.server.other_channel)
        await bench.host.until(lambda: ChannelBack(where) in bench.host.notices)
    lost = [one for one in bench.host.notices if isinstance(one, ChannelLost)]
    assert [one.destination for one in lost] == [where]


async def test_a_channel_that_is_closed_from_the_start_is_told_and_the_others_are_heard(
    bench: Bench,
) -> None:
    bench.server.write(bench.server.anna, f"{CALL} one")
    async with bench.running(bench.options(bench.server.foreign_channel, bench.server.channel)):
        await bench.host.heard("one")
    lost = [one for one in bench.host.notices if isinstance(one, ChannelLost)]
    assert [one.destination.channel for one in lost] == [bench.server.foreign_channel]


async def test_an_older_server_without_a_list_of_channels_will_do(bench: Bench) -> None:
    bench.server.state.knows_user_channels = False
    bench.server.write(bench.server.anna, f"{CALL} one")
    async with bench.running():
        await bench.host.heard("one")


async def test_it_ends_within_a_second_while_the_server_hangs(bench: Bench) -> None:
    bench.server.faults.plan(Fault.HANG, method="GET", path="/users/me", times=9)
    task = asyncio.create_task(bench.adapter(pace=replace(QUICK, read=30, call=60)).run(bench.host))
    await until(lambda: bench.server.rest.requests)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=1.0)
    assert done


def test_a_post_calls_a_name_and_no_longer_one() -> None:
    def post(text: str) -> bool:
        ids = {"id": "p" * 26, "user_id": "u" * 26, "channel_id": "c" * 26}
        return post_of({**ids, "message": text, "create_at": 1}).names("main.bot")

    assert all(map(post, ["@main.bot", "@MAIN.BOT x", "hi @main.bot.", "@main.bot, @main.bot2"]))
    assert not any(map(post, ["@main.bot2", "a@main.bot", "@main.bot-x", "main.bot", "@main"]))


def test_events_are_read_and_the_rest_is_not() -> None:
    event = event_of(json.dumps({"event": "hello", "seq": 3, "data": None}))
    assert event is not None
    assert (event.kind, event.seq, event.data) == ("hello", 3, {})
    assert event_of('{"status":"OK"}') is None
