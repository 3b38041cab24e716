"""What the bot says arrives once, whole, where it belongs."""

import asyncio

import pytest

from adapters.base import (
    Attachment,
    Button,
    Destination,
    OutcomeUnknown,
    Permanent,
    Receipt,
    Span,
    SpanKind,
    Temporary,
    Tone,
)
from adapters.mattermost.adapter import Mattermost
from tests.servers.mattermost import Fault
from tests.unit.adapters.mattermost.conftest import Bench, until

EVENT = "event-1"
NOTE = "(perhaps said before)"


@pytest.fixture
def adapter(bench: Bench) -> Mattermost:
    return bench.adapter()


async def test_a_post_is_the_bots_own_and_its_receipt_names_it(
    bench: Bench, adapter: Mattermost
) -> None:
    receipt = await bench.send(adapter, "Open.")
    (post,) = bench.server.bots_posts()
    assert receipt == Receipt(bench.here, post["id"])
    assert (post["message"], post["root_id"]) == ("Open.", "")


async def test_a_destinations_thread_is_its_root(bench: Bench, adapter: Mattermost) -> None:
    root = bench.server.write(bench.server.anna, "a thread")
    where = Destination("mattermost", bench.server.channel, root["id"])
    receipt = await bench.send(adapter, "Open.", to=where)
    assert bench.server.bots_posts()[0]["root_id"] == root["id"]
    assert receipt.destination == where


async def test_a_reply_is_in_the_thread_of_the_question(bench: Bench, adapter: Mattermost) -> None:
    asked = bench.server.write(bench.server.anna, "@maintenance status")
    await bench.send(adapter, "Open.", reply_to=asked["id"])
    assert bench.server.bots_posts()[0]["root_id"] == asked["id"]


async def test_a_reply_to_what_is_gone_stands_by_itself(bench: Bench, adapter: Mattermost) -> None:
    asked = bench.server.write(bench.server.anna, "@maintenance status")
    bench.server.state.delete_post(asked["id"])
    await bench.send(adapter, "Open.", reply_to=asked["id"])
    assert bench.server.bots_posts()[0]["root_id"] == ""


async def test_a_reply_in_a_conversation_of_two_makes_no_thread(bench: Bench) -> None:
    async with bench.running() as adapter:
        bench.server.direct(bench.server.anna, "status")
        heard = await bench.host.heard("status")
        await bench.send(
            adapter, "Open.", to=heard.destination, reply_to=heard.message_id, only_for="x" * 26
        )
    (post,) = bench.server.bots_posts(heard.destination.channel)
    assert post["root_id"] == ""


async def test_what_is_for_one_person_is_sent_to_that_person(
    bench: Bench, adapter: Mattermost
) -> None:
    asked = bench.server.write(bench.server.anna, "@maintenance lock")
    receipt = await bench.send(
        adapter, "You may not.", reply_to=asked["id"], only_for=bench.server.anna
    )
    direct = bench.server.state.direct(bench.server.anna, bench.server.bot)
    assert bench.said() == []
    assert [post["message"] for post in bench.server.bots_posts(direct)] == ["You may not."]
    assert receipt.destination == Destination("mattermost", direct)


async def test_without_direct_messages_it_is_said_in_the_thread(
    bench: Bench, adapter: Mattermost
) -> None:
    asked = bench.server.write(bench.server.anna, "@maintenance lock")
    bench.server.faults.plan(Fault.FORBIDDEN, path="/channels/direct")
    await bench.send(adapter, "You may not.", reply_to=asked["id"], only_for=bench.server.anna)
    assert bench.server.bots_posts()[0]["root_id"] == asked["id"]


@pytest.mark.parametrize(
    "fault", [Fault.LOST, Fault.HANG, Fault.LOST_502, Fault.RESET, Fault.BAD_GATEWAY, Fault.HTML]
)
async def test_an_announcement_whose_answer_was_lost_is_there_once(
    bench: Bench, adapter: Mattermost, fault: Fault
) -> None:
    bench.server.faults.plan(fault)
    with pytest.raises(OutcomeUnknown):
        await bench.send(adapter, "Closed.", event_id=EVENT)
    bench.server.state.pending.clear()
    receipt = await bench.send(adapter, "Closed.", event_id=EVENT, repeat_note=NOTE)
    (post,) = bench.server.bots_posts()
    assert receipt.message_id == post["id"]
    assert post["message"] == "Closed."


async def test_after_a_restart_an_announcement_is_found_as_well(bench: Bench) -> None:
    receipt = await bench.send(bench.adapter(), "Closed.", event_id=EVENT)
    bench.server.state.pending.clear()
    again = await bench.send(bench.adapter(), "Closed.", event_id=EVENT, repeat_note=NOTE)
    assert again == receipt
    assert bench.said() == ["Closed."]


async def test_after_a_doubtful_try_it_looks_even_unasked(
    bench: Bench, adapter: Mattermost
) -> None:
    bench.server.faults.plan(Fault.LOST)
    with pytest.raises(OutcomeUnknown):
        await bench.send(adapter, "Closed.", event_id=EVENT)
    bench.server.state.pending.clear()
    await bench.send(adapter, "Closed.", event_id=EVENT)
    assert bench.said() == ["Closed."]


async def test_a_repeat_looks_only_at_posts_of_its_own(bench: Bench, adapter: Mattermost) -> None:
    props = {"pretix_maintenance_event": EVENT, "pretix_maintenance_part": 0}
    bench.server.write(bench.server.anna, "Closed.", props=props)
    await bench.send(adapter, "Closed.", event_id="event-0")
    await bench.send(adapter, "Closed.", event_id=EVENT, repeat_note=NOTE)
    assert bench.said() == ["Closed.", "Closed."]


async def test_an_announcement_that_somebody_deleted_was_made(
    bench: Bench, adapter: Mattermost
) -> None:
    receipt = await bench.send(adapter, "Closed.", event_id=EVENT)
    bench.server.state.delete_post(receipt.message_id)
    again = await bench.send(adapter, "Closed.", event_id=EVENT, repeat_note=NOTE)
    assert again == receipt


async def test_while_nobody_can_look_a_repeat_is_not_sent(
    bench: Bench, adapter: Mattermost
) -> None:
    bench.server.faults.plan(Fault.BAD_GATEWAY, method="GET", path="/posts")
    with pytest.raises(Temporary):
        await bench.send(adapter, "Closed.", event_id=EVENT, repeat_note=NOTE)
    assert bench.said() == []


async def test_the_rest_of_a_long_announcement_is_sent_after_its_beginning(
    bench: Bench, adapter: Mattermost
) -> None:
    text = "a" * 16_000 + " " + "b" * 16_000
    bench.server.faults.plan(Fault.LOST)
    with pytest.raises(OutcomeUnknown):
        await bench.send(adapter, text, event_id=EVENT)
    await bench.send(adapter, text, event_id=EVENT, repeat_note=NOTE)
    assert [message.strip()[0] for message in bench.said()] == ["a", "b"]


async def test_the_same_announcement_within_thirty_seconds_is_the_servers_to_recognise(
    bench: Bench,
) -> None:
    first = await bench.send(bench.adapter(), "Closed.", event_id=EVENT)
    second = await bench.send(bench.adapter(), "Closed.", event_id=EVENT)
    assert first == second
    assert len(bench.said()) == 1


async def test_one_event_is_announced_in_every_channel(bench: Bench, adapter: Mattermost) -> None:
    await bench.send(adapter, "Closed.", event_id=EVENT)
    other = Destination("mattermost", bench.server.other_channel)
    await bench.send(adapter, "Closed.", event_id=EVENT, to=other)
    assert len(bench.server.bots_posts(bench.server.other_channel)) == 1


async def test_the_same_words_twice_are_two_messages(bench: Bench, adapter: Mattermost) -> None:
    await bench.send(adapter, "Open.")
    await bench.send(adapter, "Open.")
    assert bench.said() == ["Open.", "Open."]


async def test_a_message_still_on_its_way_in_is_not_sent_again_blindly(
    bench: Bench, adapter: Mattermost
) -> None:
    bench.server.faults.plan(Fault.PENDING)
    with pytest.raises(OutcomeUnknown):
        await bench.send(adapter, "Closed.", event_id=EVENT)


async def test_a_toned_text_has_its_first_line_outside_and_the_rest_in_colour(
    bench: Bench, adapter: Mattermost
) -> None:
    text = "🔒 Closed @all\n\nBecause: *audit*\nUndo: /maintenance unlock"
    span = Span(text.index("/"), len(text), SpanKind.CODE)
    await bench.send(adapter, text, tone=Tone.CLOSED, spans=[span])
    (post,) = bench.server.bots_posts()
    (attachment,) = post["props"]["attachments"]
    assert post["message"] == "🔒 Closed @\u200ball"
    assert attachment["text"] == "Because: \\*audit\\*\nUndo: `/maintenance unlock`"
    assert attachment["fallback"] == "🔒 Closed @\u200ball"
    assert attachment["color"] == "#c62828"


@pytest.mark.parametrize(
    ("text", "tone"),
    [("Closed.", Tone.CLOSED), ("one\ntwo", Tone.NEUTRAL), ("one\n" + "x" * 7000, Tone.OPEN)],
)
async def test_other_texts_are_the_post_itself(
    bench: Bench, adapter: Mattermost, text: str, tone: Tone
) -> None:
    await bench.send(adapter, text, tone=tone)
    (post,) = bench.server.bots_posts()
    assert post["message"] == text
    assert "attachments" not in post["props"]


async def test_news_call_whom_the_settings_name_and_answers_do_not(bench: Bench) -> None:
    adapter = bench.adapter(bench.options(mention="@channel"))
    await bench.send(adapter, "Closed.", event_id=EVENT)
    await bench.send(adapter, "Quietly.", event_id="event-2", silent=True)
    await bench.send(adapter, "Open.")
    assert bench.said() == ["@channel Closed.", "Quietly.", "Open."]


async def test_a_silent_message_is_sent_as_such(bench: Bench, adapter: Mattermost) -> None:
    await bench.send(adapter, "Quietly.", silent=True)
    assert bench.server.rest.requests[-1][1].endswith("/posts?silent=true")


async def test_a_pinned_message_is_pinned_and_stands_if_that_fails(
    bench: Bench, adapter: Mattermost
) -> None:
    await bench.send(adapter, "Kept.", pinned=True)
    bench.server.faults.plan(Fault.BAD_GATEWAY, path="/pin")
    await bench.send(adapter, "Not kept.", pinned=True)
    assert [post["is_pinned"] for post in bench.server.bots_posts()] == [True, False]


async def test_a_file_comes_with_its_message(bench: Bench, adapter: Mattermost) -> None:
    file = Attachment("windows.ics", "text/calendar", b"BEGIN")
    await bench.send(adapter, "The windows.", attachment=file)
    (post,) = bench.server.bots_posts()
    assert [bench.server.state.files[one] for one in post["file_ids"]] == [b"BEGIN"]


async def test_a_result_takes_the_place_of_the_waiting_note(
    bench: Bench, adapter: Mattermost
) -> None:
    waiting = await bench.send(adapter, "⏳ closing…")
    result = await bench.send(adapter, "Closed.\nUndo", replaces=waiting, tone=Tone.CLOSED)
    (post,) = bench.server.bots_posts()
    assert result == waiting
    assert post["message"] == "Closed."
    await bench.send(adapter, "Open.", replaces=result)
    assert bench.server.bots_posts()[0]["props"]["attachments"] == []


@pytest.mark.parametrize("fault", [Fault.GONE, Fault.FORBIDDEN])
async def test_where_the_waiting_note_cannot_be_changed_the_result_is_new(
    bench: Bench, adapter: Mattermost, fault: Fault
) -> None:
    waiting = await bench.send(adapter, "⏳ closing…")
    bench.server.faults.plan(fault, method="PUT", path="/patch")
    result = await bench.send(adapter, "Closed.", replaces=waiting)
    assert result.message_id != waiting.message_id
    assert bench.said() == ["⏳ closing…", "Closed."]


async def test_a_result_too_long_for_the_waiting_notes_place_is_new(
    bench: Bench, adapter: Mattermost
) -> None:
    waiting = await bench.send(adapter, "⏳")
    await bench.send(adapter, "word " * 5000, replaces=waiting)
    assert len(bench.said()) == 3


async def test_a_failed_change_may_be_tried_again(bench: Bench, adapter: Mattermost) -> None:
    waiting = await bench.send(adapter, "⏳")
    bench.server.faults.plan(Fault.LOST, method="PUT", path="/patch")
    with pytest.raises(Temporary):
        await bench.send(adapter, "Closed.", replaces=waiting)
    await bench.send(adapter, "Closed.", replaces=waiting)
    assert bench.said() == ["Closed."]


async def test_a_channel_that_hangs_does_not_hold_up_another(bench: Bench) -> None:
    adapter = bench.adapter()
    bench.server.faults.plan(Fault.HANG)
    slow = asyncio.create_task(bench.send(adapter, "slow", event_id=EVENT))
    await until(bench.said)
    other = Destination("mattermost", bench.server.other_channel)
    await bench.send(adapter, "quick", to=other)
    assert not slow.done()
    with pytest.raises(OutcomeUnknown):
        await slow


async def test_buttons_without_an_endpoint_are_left_away(bench: Bench, adapter: Mattermost) -> None:
    await bench.send(adapter, "Closed.", buttons=[Button("Open", "token")])
    assert "attachments" not in bench.server.bots_posts()[0]["props"]


async def test_a_channel_of_others_is_permanent(bench: Bench, adapter: Mattermost) -> None:
    with pytest.raises(Permanent) as caught:
        await bench.send(adapter, "x", to=Destination("mattermost", bench.server.foreign_channel))
    assert caught.value.problem == "forbidden"
