"""The slash command: proven, stored, answered in time and to the asker alone."""

import asyncio
import base64
import http.client
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.base import Attachment, Button, IncomingMessage, Mark, Receipt, Span, SpanKind, Tone
from adapters.mattermost.adapter import Mattermost
from adapters.mattermost.answers import PREFIX
from adapters.mattermost.options import Slash
from adapters.mattermost.presses import LIFETIME
from tests.servers.mattermost import Fault
from tests.unit.adapters.mattermost.conftest import QUICK, Bench

SOON_BUSY = replace(QUICK, answer=1.5)
"""For what happens when the answer does not come in time; half of it is for asking who asks."""

BUSY = "⏳ Nog geen antwoord. Als er geen volgt, is deze opdracht niet uitgevoerd."


@pytest.fixture
async def adapter(bench: Bench) -> AsyncIterator[Mattermost]:
    async with bench.running(bench.options(slash=True)) as made:
        yield made


def typed(bench: Bench, text: str = "/maintenance lock audit") -> "asyncio.Task[dict[str, Any]]":
    return asyncio.create_task(bench.server.type(bench.server.anna, text))


async def post(bench: Bench, form: dict[str, str], path: str = "/command") -> dict[str, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://{bench.address}{path}", data=form) as answer,
    ):
        assert answer.status == 200
        value = await answer.json()
        assert isinstance(value, dict)
        return value


async def answered(
    bench: Bench, adapter: Mattermost, asking: "asyncio.Task[dict[str, Any]]"
) -> IncomingMessage:
    """Have the bot answer what was asked, so that nobody waits; give what it heard."""
    await bench.host.until(lambda: bench.host.messages != [])
    (message,) = bench.host.messages
    await bench.send(adapter, "Open.", reply_to=message.message_id, only_for=message.sender_id)
    assert (await asking)["text"] == "Open."
    return message


def form(bench: Bench, **changed: str) -> dict[str, str]:
    token = next(iter(bench.server.state.commands.values()))["token"]
    return {
        "token": token,
        "user_id": bench.server.anna,
        "user_name": "anna",
        "channel_id": bench.server.channel,
        "channel_name": "board-private",
        "command": "/maintenance",
        "text": "status",
        "trigger_id": bench.server.integrations.trigger_id(bench.server.anna),
        "response_url": f"{bench.server.url}/hooks/commands/{'h' * 26}",
        **changed,
    }


async def test_a_command_is_delivered_and_its_answer_is_the_askers_alone(
    bench: Bench, adapter: Mattermost
) -> None:
    asking = typed(bench)
    heard = await bench.host.heard("lock audit")
    receipt = await bench.send(
        adapter, "Locked *now*.", reply_to=heard.message_id, tone=Tone.CLOSED
    )
    answer = await asking
    assert heard.text == "/maintenance lock audit"
    assert (heard.sender_id, heard.sender_name) == (bench.server.anna, "anna")
    assert heard.destination == bench.here
    assert (heard.bot_name, heard.private, heard.marks) == ("maintenance", False, frozenset())
    assert answer["text"] == r"Locked \*now\*."
    assert answer["response_type"] == "ephemeral"
    assert answer["skip_slack_parsing"] is True
    assert bench.said() == []
    assert receipt.message_id.startswith(PREFIX)
    assert receipt.destination != bench.here, "in the channel it is not to be seen"


async def test_the_time_of_a_command_is_the_servers(bench: Bench, adapter: Mattermost) -> None:
    before = bench.server.state.now()
    asking = typed(bench)
    heard = await bench.host.heard("audit")
    assert before <= heard.sent_at.timestamp() * 1000 <= bench.server.state.now()
    await answered(bench, adapter, asking)


async def test_a_command_in_a_thread_says_so(bench: Bench, adapter: Mattermost) -> None:
    asking = asyncio.create_task(post(bench, form(bench, root_id="r" * 26)))
    heard = await answered(bench, adapter, asking)
    assert heard.destination == replace(bench.here, thread="r" * 26)


async def test_a_command_in_the_conversation_with_the_bot_is_private(
    bench: Bench, adapter: Mattermost
) -> None:
    direct = bench.server.state.direct(bench.server.anna, bench.server.bot)
    typing = bench.server.type(bench.server.anna, "/maintenance status", channel=direct)
    heard = await answered(bench, adapter, asyncio.create_task(typing))
    assert heard.private


async def test_a_command_in_somebody_elses_conversation_is_not(
    bench: Bench, adapter: Mattermost
) -> None:
    direct = bench.server.state.direct(bench.server.anna, bench.server.bram)
    await bench.server.type(bench.server.anna, "/maintenance status", channel=direct)
    assert bench.host.messages == []


@pytest.mark.parametrize(
    ("language", "words"), [("nl", "In dit kanaal"), ("en", "in this channel")]
)
async def test_a_command_in_a_channel_that_is_not_configured_is_refused_in_words(
    bench: Bench, language: str, words: str
) -> None:
    async with bench.running(bench.options(slash=True, language=language)):
        elsewhere = bench.server.other_channel
        answer = await bench.server.type(bench.server.anna, "/maintenance lock", channel=elsewhere)
    assert words in answer["text"]
    assert answer["response_type"] == "ephemeral"
    assert bench.host.messages == []


async def test_when_the_bot_says_nothing_the_asker_is_not_left_waiting(bench: Bench) -> None:
    async with bench.running(bench.options(slash=True, language="en"), SOON_BUSY):
        answer = await typed(bench)
    assert answer["text"].startswith("⏳ No answer yet. If none follows")


async def test_a_bot_that_takes_its_time_answers_later_at_the_response_address(
    bench: Bench,
) -> None:
    async with bench.running(bench.options(slash=True), SOON_BUSY) as adapter:
        assert (await typed(bench))["text"] == BUSY
        heard = bench.host.messages[0]
        await bench.send(adapter, "Locked.", reply_to=heard.message_id, only_for=heard.sender_id)
    told = bench.server.integrations.told
    assert [(one.user_id, one.text) for one in told] == [
        (bench.server.anna, BUSY),
        (bench.server.anna, "Locked."),
    ]
    assert bench.said() == []


async def test_a_result_in_time_takes_the_waiting_notes_place(bench: Bench) -> None:
    patient = replace(QUICK, answer=10.0, settle=10.0)
    async with bench.running(bench.options(slash=True), patient) as adapter:
        asking = typed(bench)
        heard = await bench.host.heard("audit")
        waiting = await bench.send(adapter, "closing…", reply_to=heard.message_id)
        assert await asyncio.wait({asking}, timeout=0.2) == (set(), {asking})
        done = await bench.send(adapter, "Locked.", reply_to=heard.message_id, replaces=waiting)
        assert (await asking)["text"] == "Locked."
    assert done == waiting
    assert len(bench.server.integrations.told) == 1


async def test_a_result_too_late_for_that_is_a_second_note(
    bench: Bench, adapter: Mattermost
) -> None:
    asking = typed(bench)
    heard = await bench.host.heard("audit")
    waiting = await bench.send(adapter, "closing…", reply_to=heard.message_id)
    assert (await asking)["text"] == "closing…"
    await bench.send(adapter, "Locked.", reply_to=heard.message_id, replaces=waiting)
    assert [one.text for one in bench.server.integrations.told] == ["closing…", "Locked."]


async def test_when_the_response_address_is_used_up_the_answer_is_a_direct_message(
    bench: Bench, adapter: Mattermost
) -> None:
    heard = await answered(bench, adapter, typed(bench))
    for number in range(6):
        await bench.send(adapter, f"part {number}", reply_to=heard.message_id)
    direct = bench.server.state.direct(bench.server.anna, bench.server.bot)
    assert [one["message"] for one in bench.server.bots_posts(direct)] == ["part 5"]
    assert bench.said() == []


async def test_an_answer_goes_to_the_configured_server_whatever_the_request_says(
    bench: Bench, adapter: Mattermost
) -> None:
    asked = form(bench, response_url=f"https://evil.example/hooks/commands/{'h' * 26}")
    heard = await answered(bench, adapter, asyncio.create_task(post(bench, asked)))
    await bench.send(adapter, "Locked.", reply_to=heard.message_id)
    assert any(path == f"/hooks/commands/{'h' * 26}" for _, path, _ in bench.server.rest.requests)


async def test_after_a_restart_an_answer_still_reaches_the_asker(bench: Bench) -> None:
    async with bench.running(bench.options(slash=True), SOON_BUSY):
        assert (await typed(bench))["text"] == BUSY
    heard = bench.host.messages[0]
    later = bench.adapter()
    await bench.send(later, "Locked.", reply_to=heard.message_id, only_for=heard.sender_id)
    direct = bench.server.state.direct(bench.server.anna, bench.server.bot)
    assert [one["message"] for one in bench.server.bots_posts(direct)] == ["Locked."]
    await bench.send(later, "For all.", reply_to=heard.message_id)
    assert bench.said() == ["For all."]


async def test_a_long_answer_loses_nothing(bench: Bench, adapter: Mattermost) -> None:
    asking = typed(bench)
    heard = await bench.host.heard("audit")
    await bench.send(adapter, "word " * 5000, reply_to=heard.message_id, only_for=heard.sender_id)
    await asking
    told = "".join(one.text for one in bench.server.integrations.told)
    assert told.split() == ["word"] * 5000


async def test_a_file_in_an_answer_comes_as_a_direct_message(
    bench: Bench, adapter: Mattermost
) -> None:
    asking = typed(bench)
    heard = await bench.host.heard("audit")
    file = Attachment("windows.ics", "text/calendar", b"BEGIN")
    await bench.send(adapter, "The windows.", reply_to=heard.message_id, attachment=file)
    direct = bench.server.state.direct(bench.server.anna, bench.server.bot)
    assert bench.server.bots_posts(direct)[0]["file_ids"]
    assert (await asking)["text"] == "The windows."


async def test_foreign_words_in_an_answer_call_nobody(bench: Bench, adapter: Mattermost) -> None:
    asking = typed(bench)
    heard = await bench.host.heard("audit")
    text = "Because: @all <!channel> `x`"
    span = Span(text.index("`"), len(text), SpanKind.CODE)
    await bench.send(
        adapter, text, reply_to=heard.message_id, spans=[span], only_for=heard.sender_id
    )
    assert (await asking)["text"] == "Because: @\u200ball <\u200b!channel> `` `x` ``"


async def test_the_same_request_twice_is_one_message_and_one_answer(
    bench: Bench, adapter: Mattermost
) -> None:
    asked = form(bench)
    both = [asyncio.create_task(post(bench, asked)) for _ in range(2)]
    await bench.host.until(lambda: len(bench.host.messages) == 2)
    first, second = bench.host.messages
    assert first.message_id == second.message_id
    await bench.send(adapter, "Open.", reply_to=first.message_id, only_for=first.sender_id)
    assert [(await one)["text"] for one in both] == ["Open.", "Open."]


async def test_every_configured_token_counts(bench: Bench, adapter: Mattermost) -> None:
    await answered(bench, adapter, asyncio.create_task(post(bench, form(bench, token="w" * 26))))


@pytest.mark.parametrize(
    "changed",
    [
        {"token": "wrong"},
        {"token": ""},
        {"token": "ünicode"},
        {"user_id": "anna"},
        {"user_id": ""},
        {"channel_id": "../users/me"},
        {"trigger_id": ""},
    ],
)
async def test_what_is_not_mattermosts_is_refused_in_words_and_not_delivered(
    bench: Bench, adapter: Mattermost, changed: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = await post(bench, form(bench, **changed))
    assert answer["response_type"] == "ephemeral"
    assert " " in answer["text"]
    assert bench.host.messages == []
    assert "refused" in caplog.text
    token = next(iter(bench.server.state.commands.values()))["token"]
    assert token not in caplog.text


async def test_a_request_beyond_the_limit_is_refused(bench: Bench, adapter: Mattermost) -> None:
    answer = await post(bench, form(bench, text="x" * 70_000))
    assert "too long" in answer["text"]
    assert bench.host.messages == []


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x"])
async def test_another_form_of_request_is_refused(
    bench: Bench, adapter: Mattermost, content_type: str
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"http://{bench.address}/command", data=b"{}", headers={"Content-Type": content_type}
        ) as answer,
    ):
        assert answer.status == 200
        assert (await answer.json())["response_type"] == "ephemeral"
    assert bench.host.messages == []


async def test_a_request_that_never_ends_is_let_go(bench: Bench) -> None:
    def slow() -> str:
        host, port = bench.address.split(":")
        with socket.create_connection((host, int(port)), timeout=20) as stream:
            stream.sendall(
                b"POST /command HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n\r\ntoken="
            )
            response = http.client.HTTPResponse(stream)
            response.begin()
            return response.read().decode()

    async with bench.running(bench.options(slash=True), replace(QUICK, body=0.1)):
        assert "incomplete" in await asyncio.to_thread(slow)


async def test_who_opens_the_address_in_a_browser_is_told_where_they_are(
    bench: Bench, adapter: Mattermost
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://{bench.address}/") as answer,
    ):
        assert "slash command" in await answer.text()


@pytest.mark.parametrize(
    ("user", "mark"), [({"roles": "system_guest"}, Mark.OUTSIDER), ({"is_bot": True}, Mark.BOT)]
)
async def test_the_askers_account_is_looked_at(
    bench: Bench, adapter: Mattermost, user: dict[str, Any], mark: Mark
) -> None:
    bench.server.state.users[bench.server.anna].update(user)
    assert (await answered(bench, adapter, typed(bench))).marks == {mark}


async def test_where_nobody_can_tell_who_asks_nothing_is_delivered(bench: Bench) -> None:
    bench.server.faults.plan(Fault.HANG, method="GET", path=f"/users/{bench.server.anna}")
    async with bench.running(bench.options(slash=True), replace(QUICK, answer=1.0)):
        answer = await typed(bench)
    assert "say it again" in answer["text"]
    assert bench.host.messages == []


async def test_the_tokens_are_compared_one_and_all(
    bench: Bench, adapter: Mattermost, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []

    def compare(given: bytes, expected: bytes) -> bool:
        compared.append(expected)
        return given == expected

    monkeypatch.setattr("hmac.compare_digest", compare)
    await answered(bench, adapter, asyncio.create_task(post(bench, form(bench, token="w" * 26))))
    assert len(compared) == 2


async def test_an_address_that_is_taken_is_an_alarm_and_tried_again(bench: Bench) -> None:
    host, port = bench.address.split(":")
    taken = await asyncio.start_server(lambda _reader, writer: writer.close(), host, int(port))
    async with bench.running(bench.options(slash=True)):
        (trouble, *_) = bench.troubles()
        assert (trouble.problem, trouble.alarm) == ("listen", True)
        taken.close()
        await taken.wait_closed()
        async with aiohttp.ClientSession() as session:
            await until_it_answers(session, f"http://{bench.address}/")


async def until_it_answers(session: aiohttp.ClientSession, address: str) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                async with session.get(address) as answer:
                    return answer.raise_for_status()
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.005)


async def test_a_unix_socket_is_for_its_group_and_outlives_a_killed_bot(
    bench: Bench, tmp_path: Path
) -> None:
    path = tmp_path / "mattermost.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    options = bench.options(slash=True)
    assert isinstance(options.slash, Slash)
    listen = replace(options.slash.listen, path=str(path))
    options = replace(options, slash=replace(options.slash, listen=listen))
    async with bench.running(options, SOON_BUSY):
        assert path.stat().st_mode & 0o777 == 0o660
        connector = aiohttp.UnixConnector(str(path))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.post("http://x/some/where/command", data=form(bench)) as answer,
        ):
            assert (await answer.json())["text"] == BUSY
    assert len(bench.host.messages) == 1


# Buttons


async def offered(bench: Bench, adapter: Mattermost) -> str:
    receipt = await bench.send(
        adapter, "Closed.", tone=Tone.CLOSED, buttons=[Button("Open", "token-1", dangerous=True)]
    )
    return receipt.message_id


async def press(bench: Bench, post_id: str) -> None:
    await bench.server.integrations.press(bench.server.bram, post_id, "button0")


async def test_a_press_is_delivered_with_the_buttons_token(
    bench: Bench, adapter: Mattermost
) -> None:
    post_id = await offered(bench, adapter)
    pressing = asyncio.create_task(press(bench, post_id))
    await bench.host.until(lambda: bench.host.messages != [])
    (message,) = bench.host.messages
    await bench.send(adapter, "Not yours.", only_for=message.sender_id)
    await pressing
    assert (message.action, message.text) == ("token-1", "")
    assert (message.sender_id, message.destination) == (bench.server.bram, bench.here)
    (told,) = bench.server.integrations.told
    assert (told.user_id, told.text) == (bench.server.bram, "Not yours.")


async def test_the_result_of_a_press_takes_the_place_of_the_buttons(
    bench: Bench, adapter: Mattermost
) -> None:
    post_id = await offered(bench, adapter)
    pressing = asyncio.create_task(press(bench, post_id))
    await bench.host.until(lambda: bench.host.messages != [])
    receipt = await bench.send(adapter, "Open.", replaces=Receipt(bench.here, post_id))
    await pressing
    assert receipt.message_id == post_id
    assert bench.server.state.posts[post_id]["message"] == "Open."
    assert bench.server.state.posts[post_id]["props"]["attachments"] == []


async def test_a_readers_copy_of_a_button_shows_no_secret(
    bench: Bench, adapter: Mattermost
) -> None:
    post_id = await offered(bench, adapter)
    (action,) = bench.server.state.posts[post_id]["props"]["attachments"][0]["actions"]
    assert action["style"] == "danger"
    assert bench.server.bot_token not in str(action)


@pytest.mark.parametrize(
    "change",
    [
        {"mac": ""},
        {"mac": "ü"},
        {"token": "token-2"},
        {"until": 99999999999},
        {"channel": "x" * 26},
        None,
    ],
)
async def test_a_button_that_is_not_ours_is_refused(
    bench: Bench, adapter: Mattermost, change: dict[str, Any] | None
) -> None:
    post_id = await offered(bench, adapter)
    (action,) = bench.server.state.posts[post_id]["props"]["attachments"][0]["actions"]
    context = action["integration"]["context"]
    context.clear() if change is None else context.update(change)
    await press(bench, post_id)
    assert bench.host.messages == []
    assert "ended" in bench.server.integrations.told[0].text


async def test_a_button_copied_to_another_channel_is_refused(
    bench: Bench, adapter: Mattermost
) -> None:
    post_id = await offered(bench, adapter)
    props = bench.server.state.posts[post_id]["props"]
    copy = bench.server.write(
        bench.server.anna, "Closed.", channel=bench.server.other_channel, props=props
    )
    await press(bench, copy["id"])
    assert bench.host.messages == []


async def test_a_button_ends_with_time(bench: Bench, adapter: Mattermost) -> None:
    post_id = await offered(bench, adapter)
    bench.late = timedelta(seconds=LIFETIME + 60)
    await press(bench, post_id)
    assert bench.host.messages == []


async def test_a_button_in_an_answer_for_one_can_be_pressed_and_answered_with_buttons(
    bench: Bench, adapter: Mattermost
) -> None:
    asking = typed(bench)
    heard = await bench.host.heard("audit")
    receipt = await bench.send(
        adapter, "Closed.", reply_to=heard.message_id, buttons=[Button("Open", "token-1")]
    )
    (attachment,) = (await asking)["attachments"]
    hidden = bench.server.write(bench.server.admin, "x", props={"attachments": [attachment]})
    pressing = asyncio.create_task(press(bench, hidden["id"]))
    await bench.host.until(lambda: len(bench.host.messages) == 2)
    await bench.send(adapter, "Open.", replaces=receipt, buttons=[Button("Close", "token-2")])
    await pressing
    told = bench.server.integrations.told[-1]
    assert told.text == "Open."
    assert told.attachments[0]["actions"][0]["name"] == "Close"


# The server's signature


@pytest.fixture
async def signed(bench: Bench) -> AsyncIterator[Mattermost]:
    ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec")
    hashes = pytest.importorskip("cryptography.hazmat.primitives.hashes")
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    key = ec.generate_private_key(ec.SECP256R1())
    bench.server.integrations.sign = lambda data: key.sign(data, ec.ECDSA(hashes.SHA256()))
    bench.server.rest.signing_key = base64.b64encode(
        key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    ).decode()
    options = bench.options(slash=True)
    assert options.slash is not None
    options = replace(options, slash=replace(options.slash, verify_trigger=True))
    async with bench.running(options) as adapter:
        yield adapter


async def test_a_request_that_the_server_signed_is_taken(bench: Bench, signed: Mattermost) -> None:
    await answered(bench, signed, asyncio.create_task(post(bench, form(bench))))


@pytest.mark.parametrize("fault", ["user", "old", "unsigned", "form"])
async def test_a_request_that_the_server_did_not_sign_so_is_refused(
    bench: Bench, signed: Mattermost, fault: str
) -> None:
    asked = form(bench)
    if fault == "user":
        asked["user_id"] = bench.server.bram
    elif fault == "old":
        bench.late = timedelta(minutes=1)
    elif fault == "unsigned":
        bench.server.integrations.sign = lambda _: b"signature"
        asked = form(bench)
    else:
        asked["trigger_id"] = "something"
    answer = await post(bench, asked)
    assert "signature" in answer["text"]
    assert bench.host.messages == []
