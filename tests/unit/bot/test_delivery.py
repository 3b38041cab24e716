import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.base import Attachment, Destination, Moved, OutcomeUnknown, Permanent, Temporary
from bot.courier import FILE_TRIES
from bot.parcel import Notice
from tests.unit.bot.telling import CONSOLE, MATTERMOST, START, TELEGRAM, Clock, Stage, event, settle

KICKED = Permanent("kicked", "the bot was removed from the group")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage(tmp_path, [TELEGRAM, MATTERMOST]) as stage:
        yield stage


async def test_every_destination_is_told_once_and_in_order(stage: Stage) -> None:
    stage.happen(event(1), event(2, transition=None))
    await stage.clock.advance(5)
    assert stage.chat.texts("-100") == ["1:on", "2:transition"]
    assert stage.chat.texts("town") == ["1:on", "2:transition"]
    assert stage.states(TELEGRAM) == ["sent", "sent"]


async def test_a_receipt_is_kept(stage: Stage) -> None:
    stage.happen(event(1), to=[TELEGRAM])
    await stage.clock.advance()
    row = stage.database.rows("SELECT receipt_channel, receipt_message FROM delivery")[0]
    assert tuple(row) == ("-100", "m1")


async def test_messages_to_one_destination_are_a_second_apart(stage: Stage) -> None:
    stage.happen(event(1), event(2, transition=None))
    await stage.clock.advance(0.9)
    assert stage.chat.texts("-100") == ["1:on"]
    await stage.clock.advance(0.2)
    assert stage.chat.texts("-100") == ["1:on", "2:transition"]


async def test_what_was_not_accepted_is_sent_again_without_a_note(stage: Stage) -> None:
    stage.chat.answer("-100", Temporary("down", "no connection"), Temporary("down", "again"))
    stage.happen(event(1))
    await stage.clock.advance(10)
    assert stage.chat.texts("-100") == ["1:on"]
    assert [one.repeat_note for one in stage.chat.asked if one.destination == TELEGRAM] == [
        None,
        None,
        None,
    ]


async def test_the_platform_says_how_long_to_wait(stage: Stage) -> None:
    stage.chat.answer("-100", Temporary("flood", "too many", retry_after=40))
    stage.happen(event(1))
    await stage.clock.advance(39.9)
    stage.delivery.connected("telegram")
    await stage.clock.advance(0)
    assert stage.chat.texts("-100") == []
    await stage.clock.advance(1.2)
    assert stage.chat.texts("-100") == ["1:on"]


async def test_a_wait_that_the_platform_asked_for_outlives_a_restart(tmp_path: Path) -> None:
    async with Stage(tmp_path, [TELEGRAM]) as first:
        first.chat.answer("-100", Temporary("flood", "too many", retry_after=40))
        first.happen(event(1))
        await first.clock.advance(10)
    async with Stage(tmp_path, [TELEGRAM], first.clock) as second:
        second.delivery.connected("telegram")
        await second.clock.advance(29)
        assert second.chat.asked == []
        await second.clock.advance(3)
        assert second.chat.texts("-100") == ["1:on"]


async def test_a_lost_answer_leads_to_a_repeat_that_says_so(stage: Stage) -> None:
    stage.chat.answer("-100", OutcomeUnknown("timeout", "no answer"))
    stage.chat.accepts_before_failing = True
    stage.happen(event(1), to=[TELEGRAM])
    await stage.clock.advance(5)
    first, second = stage.chat.shown
    assert first.repeat_note is None
    assert second.repeat_note == "#1-1-1795989600 (repeat)"
    assert first.event_id == second.event_id


async def test_doubt_stays_when_the_repeat_is_certainly_not_accepted(stage: Stage) -> None:
    stage.chat.answer("-100", OutcomeUnknown("timeout", "no answer"), Temporary("down", "down"))
    stage.happen(event(1), to=[TELEGRAM])
    await stage.clock.advance(10)
    assert stage.chat.shown[-1].repeat_note is not None


async def test_an_answer_that_is_always_lost_makes_few_copies(stage: Stage) -> None:
    stage.chat.always("-100", lambda: OutcomeUnknown("timeout", "no answer"))
    stage.happen(event(1), to=[TELEGRAM])
    await stage.clock.advance(299)
    assert len(stage.chat.asked) == 3
    await stage.clock.advance(24 * 3600)
    assert len(stage.chat.asked) < 40
    assert stage.states(TELEGRAM) == ["dead"]


async def test_what_may_have_been_told_is_repeated_as_it_was_before_what_is_new(
    stage: Stage,
) -> None:
    stage.chat.answer("-100", OutcomeUnknown("timeout", "no answer"))
    stage.happen(event(1), to=[TELEGRAM])
    await stage.clock.advance()
    for seq in range(2, 9):
        stage.happen(event(seq, transition=None), to=[TELEGRAM])
    await stage.clock.advance(10)
    assert [one.event_id for one in stage.chat.shown] == [
        "1-1-1795989600",
        "2-8-1795989600",
    ]
    assert stage.chat.shown[1].repeat_note is None


async def test_after_a_crash_what_was_leaving_is_a_marked_repeat(tmp_path: Path) -> None:
    async with Stage(tmp_path, [TELEGRAM]) as first:
        first.chat.hangs.add("-100")
        first.happen(event(1))
        await first.clock.advance()
        assert first.states(TELEGRAM) == ["inflight"]
    async with Stage(tmp_path, [TELEGRAM], first.clock) as second:
        await second.clock.advance(1)
        assert [one.repeat_note for one in second.chat.shown] == ["#1-1-1795989600 (repeat)"]


async def test_what_was_waiting_at_a_stop_is_told_after_it_without_a_note(tmp_path: Path) -> None:
    async with Stage(tmp_path, [TELEGRAM]) as first:
        first.chat.answer("-100", Temporary("down", "no connection"))
        first.happen(event(1))
        await first.clock.advance(0.5)
    async with Stage(tmp_path, [TELEGRAM], first.clock) as second:
        await second.clock.advance(2)
        assert [one.repeat_note for one in second.chat.shown] == [None]


async def test_the_row_is_inflight_on_disk_before_the_request(tmp_path: Path) -> None:
    async with Stage(tmp_path, [TELEGRAM]) as stage:
        stage.chat.hangs.add("-100")
        stage.happen(event(1))
        await stage.clock.advance()
        assert len(stage.chat.asked) == 1
        assert stage.states(TELEGRAM) == ["inflight"]


async def test_a_moved_channel_is_followed_at_once_and_for_ever(stage: Stage) -> None:
    new = Destination("telegram", "-200")
    stage.chat.answer("-100", Moved("moved", "now a supergroup", destination=new))
    stage.happen(event(1), to=[TELEGRAM])
    await stage.clock.advance()
    assert stage.chat.texts("-200") == ["1:on"]
    assert stage.chat.shown[0].repeat_note is None
    stage.happen(event(2), to=[TELEGRAM])
    await stage.clock.advance(2)
    assert stage.chat.texts("-200") == ["1:on", "2:on"]
    assert stage.moves.configured(new) == TELEGRAM


async def test_channels_that_move_in_a_circle_are_not_chased(stage: Stage) -> None:
    stage.chat.always("-100", lambda: Moved("moved", "there", destination=MATTERMOST))
    stage.chat.always("town", lambda: Moved("moved", "here", destination=TELEGRAM))
    stage.happen(event(1), to=[TELEGRAM])
    await stage.clock.advance(60)
    assert len(stage.chat.asked) < 15


async def test_a_destination_that_hangs_delays_no_other(stage: Stage) -> None:
    stage.chat.hangs.add("-100")
    for seq in range(1, 4):
        stage.happen(event(seq, transition=None))
    await stage.clock.advance(3)
    assert stage.chat.texts("town") == ["1:transition", "2:transition", "3:transition"]


async def test_a_chat_whose_adapter_never_comes_back_is_tried_again(tmp_path: Path) -> None:
    async with Stage(tmp_path, [TELEGRAM], patience=0) as stage:
        stage.chat.hangs.add("-100")
        stage.happen(event(1))
        await stage.clock.advance(1)
        stage.chat.hangs.clear()
        await stage.clock.advance(600)
        assert stage.chat.texts("-100")[0].startswith("1:")


async def test_a_destination_that_refuses_is_reported_once(stage: Stage) -> None:
    stage.chat.always("-100", lambda: KICKED)
    stage.happen(event(1))
    await stage.clock.advance(2)
    stage.happen(event(2))
    await stage.clock.advance(2)
    assert stage.dead == [("telegram:-100", "kicked")]
    assert stage.chat.texts("town") == ["1:on", "2:on"]
    pending = stage.outbox.overview([TELEGRAM])[0]
    assert (pending.dead, pending.waiting, pending.problem) == (2, 0, "kicked")
    assert pending.sentence == "the bot was removed from the group"
    assert pending.since == START


async def test_a_destination_that_refuses_is_tried_every_hour(stage: Stage) -> None:
    stage.chat.always("-100", lambda: KICKED)
    stage.happen(event(1), to=[TELEGRAM])
    await stage.clock.advance(3 * 3600 + 60)
    assert len(stage.chat.asked) == 4


async def test_a_destination_that_comes_back_gets_one_summary(stage: Stage) -> None:
    stage.chat.always("-100", lambda: KICKED)
    stage.happen(event(1), to=[TELEGRAM])
    await stage.clock.advance(10)
    stage.happen(event(2, START, "off"), to=[TELEGRAM])
    await stage.clock.advance(1800)
    stage.chat.always("-100", None)
    stage.delivery.back(TELEGRAM)
    await stage.clock.advance()
    assert stage.chat.texts("-100") == ["late 1:on 2:off"]
    assert stage.states(TELEGRAM) == ["sent", "merged"]
    assert stage.back == ["telegram:-100"]
    assert stage.outbox.overview([TELEGRAM])[0].problem is None
    stage.happen(event(3, stage.clock.now()), to=[TELEGRAM])
    await stage.clock.advance(2)
    assert stage.chat.texts("-100")[1:] == ["3:on"]


async def test_a_merged_row_points_to_the_summary(stage: Stage) -> None:
    for seq in range(1, 6):
        stage.happen(event(seq, transition=None), to=[TELEGRAM])
    await stage.clock.advance()
    rows = stage.database.rows("SELECT seq, batch FROM delivery WHERE state = 'merged'")
    head = stage.database.rows("SELECT id FROM delivery WHERE state = 'sent'")[0]["id"]
    assert [tuple(row) for row in rows] == [(seq, head) for seq in range(2, 6)]


async def test_a_restart_tries_a_refusing_destination_at_once(tmp_path: Path) -> None:
    async with Stage(tmp_path, [TELEGRAM]) as first:
        first.chat.answer("-100", KICKED)
        first.happen(event(1))
        await first.clock.advance(1)
    async with Stage(tmp_path, [TELEGRAM], first.clock) as second:
        await second.clock.advance()
        assert second.chat.texts("-100") == ["1:on"]


async def test_a_channel_that_the_platform_calls_lost_is_reported_and_comes_back(
    stage: Stage,
) -> None:
    stage.delivery.lost(TELEGRAM, "kicked", "removed")
    stage.delivery.lost(TELEGRAM, "kicked", "removed")
    assert stage.dead == [("telegram:-100", "kicked")]
    stage.delivery.back(TELEGRAM)
    assert stage.back == ["telegram:-100"]
    assert stage.outbox.trouble(TELEGRAM) is None


async def test_back_without_trouble_says_nothing(stage: Stage) -> None:
    stage.delivery.back(TELEGRAM)
    assert stage.back == []


async def test_notices_of_a_moved_channel_reach_its_courier(stage: Stage) -> None:
    new = Destination("telegram", "-200")
    stage.moves.store(TELEGRAM, new)
    stage.delivery.lost(new, "kicked", "removed")
    assert stage.dead == [("telegram:-100", "kicked")]


async def test_an_outage_of_a_day_ends_in_one_summary(stage: Stage) -> None:
    stage.chat.always("-100", lambda: Temporary("down", "no connection"))
    stage.happen(event(1), to=[TELEGRAM])
    await stage.clock.advance(7 * 3600)
    stage.happen(event(2, stage.clock.now(), "off"), to=[TELEGRAM])
    await stage.clock.advance(25 * 3600)
    assert stage.dead == [("telegram:-100", "down")]
    stage.chat.always("-100", None)
    await stage.clock.advance(3600)
    assert stage.chat.texts("-100") == ["late 1:on 2:off"]


async def test_trying_goes_on_for_a_day_and_at_least_every_five_minutes(stage: Stage) -> None:
    stage.chat.always("-100", lambda: Temporary("down", "no connection"))
    stage.happen(event(1), to=[TELEGRAM])
    await stage.clock.advance(23 * 3600)
    assert stage.states(TELEGRAM) == ["due"]
    assert len(stage.chat.asked) > 23 * 12
    assert stage.dead == []


async def test_a_connection_that_is_there_again_is_used_at_once(stage: Stage) -> None:
    stage.chat.always("-100", lambda: Temporary("down", "no connection"))
    stage.happen(event(1), to=[TELEGRAM])
    await stage.clock.advance(600)
    stage.chat.always("-100", None)
    stage.delivery.connected("mattermost")
    await stage.clock.advance()
    assert stage.chat.texts("-100") == []
    stage.delivery.connected("telegram")
    await stage.clock.advance()
    assert stage.chat.texts("-100") == ["late 1:on"]


async def test_a_start_and_an_end_that_both_passed_become_one_message(stage: Stage) -> None:
    stage.chat.always("-100", lambda: Temporary("down", "no connection"))
    stage.happen(event(1), to=[TELEGRAM])
    stage.happen(event(2, START, "off"), to=[TELEGRAM])
    await stage.clock.advance(90)
    stage.chat.always("-100", None)
    await stage.clock.advance(300)
    assert stage.chat.texts("-100") == ["late 1:on 2:off"]


async def test_an_adapters_fault_costs_its_destination_a_minute_and_no_other(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.chat.answer("-100", KeyError("result"))
    stage.happen(event(1))
    await stage.clock.advance(5)
    assert stage.chat.texts("town") == ["1:on"]
    assert "delivery to telegram:-100 failed" in caplog.text
    await stage.clock.advance(56)
    assert [one.repeat_note for one in stage.chat.shown if one.destination == TELEGRAM] == [
        "#1-1-1795989600 (repeat)"
    ]


async def test_cancelling_ends_everything_at_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [TELEGRAM, MATTERMOST, CONSOLE])
    stage.chat.hangs.add("-100")
    stage.chat.always("town", lambda: Temporary("down", "no connection"))
    stage.happen(event(1))
    task = asyncio.create_task(stage.delivery.run())
    await settle()
    task.cancel()
    await settle()
    assert task.cancelled()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    stage.database.close()


async def test_a_destination_taken_from_the_configuration_is_told_no_more(tmp_path: Path) -> None:
    async with Stage(tmp_path, [TELEGRAM, MATTERMOST]) as first:
        first.chat.always("-100", lambda: Temporary("down", "no connection"))
        first.happen(event(1))
        await first.clock.advance(1)
    async with Stage(tmp_path, [MATTERMOST], first.clock) as second:
        await second.clock.advance(60)
        assert second.chat.asked == []
        assert second.states(TELEGRAM) == ["dead"]


async def test_without_destinations_the_delivery_waits(tmp_path: Path) -> None:
    async with Stage(tmp_path, []) as stage:
        await stage.clock.advance(10)
        stage.delivery.wake()


async def test_a_notice_is_told_in_its_turn_and_only_once(stage: Stage) -> None:
    stage.happen(event(1, transition=None), to=[TELEGRAM])
    stage.outbox.put_notice(Notice("shop", START, {"url": "x"}), [TELEGRAM])
    stage.happen(event(2, transition=None), to=[TELEGRAM])
    await stage.clock.advance(5)
    assert stage.chat.texts("-100") == ["1:transition", "shop {'url': 'x'}", "2:transition"]


NOTE = Notice("note", START, {}, Attachment("closing.csv", "text/csv", b"kind"), lasting=True)


async def test_a_file_goes_with_its_text(stage: Stage) -> None:
    stage.outbox.put_notice(NOTE, [TELEGRAM])
    stage.delivery.wake()
    await stage.clock.advance(5)
    assert [one.attachment for one in stage.chat.shown] == [NOTE.attachment]


async def test_a_chat_that_refuses_files_gets_the_text_alone(stage: Stage) -> None:
    stage.chat.answer("-100", Permanent("no-files", "files are not allowed here"))
    stage.outbox.put_notice(NOTE, [TELEGRAM])
    stage.delivery.wake()
    await stage.clock.advance(5)
    assert [one.attachment for one in stage.chat.asked] == [NOTE.attachment, None]
    assert (stage.states(TELEGRAM), stage.dead) == (["sent"], [])


async def test_a_file_that_cannot_be_brought_does_not_hold_up_what_waits_behind_it(
    stage: Stage,
) -> None:
    stage.chat.refuses_files = True
    stage.outbox.put_notice(NOTE, [TELEGRAM])
    stage.delivery.wake()
    stage.happen(event(1), to=[TELEGRAM])
    await stage.clock.advance(3600)
    assert [one.attachment for one in stage.chat.shown] == [None, None]
    assert [one.attachment for one in stage.chat.asked].count(NOTE.attachment) == FILE_TRIES + 1


async def test_a_file_waits_for_a_chat_that_takes_nothing_at_all(stage: Stage) -> None:
    stage.chat.always("-100", lambda: Temporary("away", "no answer"))
    stage.outbox.put_notice(NOTE, [TELEGRAM])
    stage.delivery.wake()
    await stage.clock.advance(7200)
    assert len(stage.chat.asked) > 2 * FILE_TRIES
    stage.chat.always("-100", None)
    await stage.clock.advance(3600)
    assert [one.attachment for one in stage.chat.shown] == [NOTE.attachment]


async def test_a_note_given_up_is_told_when_the_chat_is_back(stage: Stage) -> None:
    stage.chat.always("-100", lambda: Permanent("kicked", "not a member"))
    stage.outbox.put_notice(NOTE, [TELEGRAM])
    stage.delivery.wake()
    await stage.clock.advance(5)
    assert stage.states(TELEGRAM) == ["dead"]
    stage.chat.always("-100", None)
    stage.delivery.back(TELEGRAM)
    await stage.clock.advance(5)
    assert [one.attachment for one in stage.chat.shown] == [NOTE.attachment]


async def test_a_notice_that_is_old_news_is_dropped(stage: Stage) -> None:
    stage.words.stale_notices = True
    stage.outbox.put_notice(Notice("shop", START, {}), [TELEGRAM])
    stage.happen(event(1), to=[TELEGRAM])
    await stage.clock.advance(5)
    assert stage.chat.texts("-100") == ["1:on"]
    assert stage.states(TELEGRAM) == ["merged", "sent"]


async def test_a_bot_that_was_off_for_a_week_tells_one_summary(tmp_path: Path) -> None:
    clock = Clock(START + timedelta(days=7))
    async with Stage(tmp_path, [TELEGRAM], clock) as stage:
        stage.happen(event(1), event(2, START + timedelta(hours=7), "off"))
        await clock.advance(5)
        assert stage.chat.texts("-100") == ["late 1:on 2:off"]
