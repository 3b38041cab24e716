"""Flow A on a real core: a command in, the state after it out."""

import asyncio
import resource
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.base import (
    Destination,
    IncomingMessage,
    Mark,
    OutgoingMessage,
    Permanent,
    Receipt,
    Temporary,
    Tone,
)
from bot.desk import request_id_of
from bot.helper import Finished, Helper, run_process
from bot.probe import ProbeResult, Verdict
from core.protocol import Request
from tests.servers.lying_helper import LyingHelper, failure
from tests.servers.memory_adapter import MemoryAdapter
from tests.servers.small_bot import (
    BOARD,
    BRAM,
    DUTCH,
    ELSEWHERE,
    EVE,
    MIA,
    CoreFolder,
    SmallBot,
    open_window,
    small_bot,
)


@pytest.fixture
def core(tmp_path: Path) -> CoreFolder:
    return CoreFolder(tmp_path)


@pytest.fixture
def liar(tmp_path: Path) -> LyingHelper:
    folder = tmp_path / "liar"
    folder.mkdir()
    return LyingHelper(folder)


class Shop:
    """A shop that answers as the marker is, when it is let."""

    def __init__(self) -> None:
        self.last: ProbeResult | None = None
        self.may_answer = asyncio.Event()
        self.asked: list[bool | None] = []

    async def ask(self, expected: bool | None) -> ProbeResult:  # noqa: FBT001 - the state
        self.asked.append(expected)
        await self.may_answer.wait()
        verdict, status = (Verdict.CLOSED, 503) if expected else (Verdict.OPEN, 200)
        self.last = ProbeResult(datetime.now(UTC), "shop.example", status, verdict, expected)
        return self.last


class Disk:
    """This process may write no byte more to any file, until somebody cleans up."""

    def __init__(self) -> None:
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fills(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, self.before[1]))

    def cleaned(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


async def test_lock_closes_the_shop_and_says_so(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        asked = bot.says("/maintenance lock audit")
        answer = await bot.hears()
    assert core.marker.exists()
    assert "Locked" in answer.text
    assert "audit" in answer.text
    assert (answer.destination, answer.reply_to) == (BOARD, asked.message_id)
    assert (answer.tone, answer.silent, answer.only_for) == (Tone.CLOSED, False, None)


async def test_a_second_lock_says_whose_it_is_and_changes_nothing(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        await bot.answer("/maintenance lock audit")
        answer = await bot.answer("/maintenance lock", by=BRAM)
    assert "Anna" in answer.text
    assert len(core.seen().recent(10)) == 1


async def test_unlock_opens_the_shop_and_says_so(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        await bot.answer("/maintenance lock")
        answer = await bot.answer("/maintenance unlock")
    assert not core.marker.exists()
    assert answer.tone is Tone.OPEN


async def test_unlock_of_what_is_not_locked_says_so(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        answer = await bot.answer("/maintenance unlock")
    assert "Not locked" in answer.text


async def test_unlock_without_a_lock_that_puts_the_shop_right_speaks_of_no_lock(
    core: CoreFolder,
) -> None:
    core.marker.touch()
    async with small_bot(core) as bot:
        answer = await bot.answer("/maintenance unlock")
    assert not core.marker.exists()
    assert "Not locked. The shop is open" in answer.text


async def test_unlock_inside_the_window_keeps_the_shop_closed_and_says_so(
    core: CoreFolder,
) -> None:
    core.configure(open_window(datetime.now(UTC)))
    async with small_bot(core) as bot:
        await bot.answer("/maintenance lock")
        answer = await bot.answer("/maintenance unlock")
    assert core.marker.exists()
    assert "stays closed" in answer.text
    assert answer.tone is Tone.CLOSED


async def test_the_journal_names_who_ordered_it_where_and_by_which_request(
    core: CoreFolder,
) -> None:
    async with small_bot(core) as bot:
        asked = bot.says("/maintenance lock audit for 2h")
        await bot.hears()
    event = core.seen().recent(1)[0]
    assert (event.actor, event.name, event.reason) == ("chat:anna", "Anna", "audit")
    assert (event.origin, event.request_id) == (str(BOARD), request_id_of(asked))
    assert event.until is not None


async def test_status_changes_nothing_and_is_quiet(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        answer = await bot.answer("/maintenance status")
    assert answer.tone is Tone.OPEN
    assert answer.silent
    assert list(core.state.iterdir()) == []


async def test_status_tells_what_does_not_work(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        bot.health.trouble("telegram", "the token is refused", alarm=True)
        answer = await bot.answer("/maintenance status")
    assert "the token is refused" in answer.text


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("/maintenance history", "Anna"),
        ("/maintenance schedule", "Year end"),
        ("/maintenance whoami", "anna"),
        ("/maintenance help", "/maintenance lock"),
        ("/maintenance stauts", "status"),
        ("/maintenance close", "/maintenance lock"),
        ("/maintenance unlock now pls", "now pls"),
    ],
)
async def test_every_question_is_answered_and_changes_nothing(
    core: CoreFolder, text: str, part: str
) -> None:
    async with small_bot(core) as bot:
        await bot.answer("/maintenance lock audit")
        answer = await bot.answer(text)
    assert part in answer.text
    assert len(core.seen().recent(10)) == 1


async def test_the_language_is_the_chats(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        english = await bot.answer("/maintenance status")
        dutch = await bot.answer("/maintenance status", where=DUTCH)
    assert "open" in english.text
    assert english.text != dutch.text


async def test_a_stranger_is_refused_in_private_and_once_an_hour(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        answer = await bot.answer("/maintenance lock", by=EVE)
        bot.says("/maintenance lock", by=EVE)
        await bot.is_idle()
        assert len(bot.adapter.sent) == 1
        bot.clock.ahead = timedelta(minutes=61)
        later = await bot.answer("/maintenance lock", by=EVE)
    assert answer.only_for == EVE
    assert EVE in answer.text
    assert later.only_for == EVE
    assert not core.marker.exists()


async def test_a_member_may_ask_but_not_lock(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        refused = await bot.answer("/maintenance lock", by=MIA)
        status = await bot.answer("/maintenance", by=MIA)
    assert not core.marker.exists()
    assert "Only treasurer and board" in refused.text
    assert labels(status) == ["Refresh"]


async def test_a_stale_command_is_not_executed_and_that_is_said(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        old = bot.message("/maintenance lock")
        bot.dispatcher.deliver(replace(old, sent_at=old.sent_at - timedelta(minutes=5)))
        answer = await bot.hears()
    assert not core.marker.exists()
    assert "send it again" in answer.text


@pytest.mark.parametrize("mark", [Mark.OWN, Mark.BOT])
async def test_programs_get_no_answer(core: CoreFolder, mark: Mark) -> None:
    async with small_bot(core) as bot:
        bot.dispatcher.deliver(replace(bot.message("/maintenance lock"), marks=frozenset({mark})))
        await bot.is_idle()
    assert bot.adapter.sent == []
    assert not core.marker.exists()


async def test_other_chats_and_small_talk_get_no_answer(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        bot.says("/maintenance lock", where=ELSEWHERE)
        bot.says("shall we lock the door?")
        await bot.is_idle()
    assert bot.adapter.sent == []
    assert not core.marker.exists()


async def test_messages_of_one_chat_are_handled_in_their_order(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        for text in ("lock audit", "unlock", "lock refunds", "unlock", "lock books"):
            bot.says(f"/maintenance {text}")
        for _ in range(5):
            await bot.hears()
    kinds = [event.kind for event in core.seen().recent(10)]
    assert kinds == ["locked", "unlocked", "locked", "unlocked", "locked"]


# The shop's own answer.


async def test_the_shops_answer_is_in_the_reply(core: CoreFolder) -> None:
    shop = Shop()
    shop.may_answer.set()
    async with small_bot(core, probe=shop) as bot:
        answer = await bot.answer("/maintenance lock")
    assert "503" in answer.text
    assert shop.asked == [True]


async def test_a_shop_that_hangs_does_not_hold_up_the_reply_and_is_added_later(
    core: CoreFolder,
) -> None:
    shop = Shop()
    async with small_bot(core, probe=shop, grace=0.05) as bot:
        bot.says("/maintenance lock")
        said = [await bot.hears()]
        while "Locked" not in said[-1].text:
            said.append(await bot.hears())
        assert "503" not in said[-1].text
        shop.may_answer.set()
        checked = await bot.hears()
    assert "Locked" in checked.text
    assert "503" in checked.text
    assert checked.replaces == Receipt(BOARD, f"sent-{len(said)}")
    assert checked.buttons == said[-1].buttons


async def test_what_the_shop_answers_does_not_overwrite_the_result_of_a_press(
    core: CoreFolder,
) -> None:
    shop = Shop()
    async with small_bot(core, probe=shop, grace=0.05) as bot:
        answer = await bot.answer("/maintenance status")
        bot.presses(answer.buttons[0].token)
        while "Locked" not in (await bot.hears()).text:
            pass
        so_far = len(bot.adapter.sent)
        shop.may_answer.set()
        await bot.is_idle()
    assert ["Locked" in message.text for message in bot.adapter.sent[so_far:]] == [True]


# What goes wrong.


async def test_something_slow_is_announced_and_edited_into_the_result(
    core: CoreFolder, liar: LyingHelper
) -> None:
    liar.plan({"wait": True, "say": failure("apply")["say"]})
    async with small_bot(core, helper=Helper(liar.command), grace=0) as bot:
        waiting = await bot.answer("/maintenance lock")
        await asyncio.to_thread(liar.release)
        result = await bot.hears()
    assert waiting.text.startswith("⏳")
    assert waiting.silent
    assert result.replaces == Receipt(BOARD, "sent-1")
    assert not result.text.startswith("⏳")


@pytest.mark.parametrize("problem", ["busy", "apply", "state", "configuration"])
async def test_a_failure_is_told_with_the_state_and_an_id(
    core: CoreFolder, liar: LyingHelper, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    liar.plan(*[failure(problem)] * 9)
    quick = Helper(liar.command, sleep=_no_time)
    async with small_bot(core, helper=quick) as bot:
        answer = await bot.answer("/maintenance lock")
    assert "7f3a" in answer.text
    assert "open" in answer.text
    assert "7f3a" in caplog.text
    assert f"it is {problem}" in caplog.text


async def test_a_lost_answer_is_not_called_a_success_when_nothing_was_done(
    core: CoreFolder, liar: LyingHelper
) -> None:
    liar.plan({"die": True})
    async with small_bot(core, helper=Helper(liar.command)) as bot:
        answer = await bot.answer("/maintenance lock")
    assert "Locked." not in answer.text
    assert "open" in answer.text
    assert "7f3a" in answer.text


async def test_anothers_lock_is_not_taken_for_the_one_whose_answer_was_lost(
    core: CoreFolder, liar: LyingHelper
) -> None:
    liar.plan({"die": True})
    run_process([*core.command, "lock", "--actor", "chat:bram", "--name", "Bram"], b"")
    async with small_bot(core, helper=Helper(liar.command)) as bot:
        answer = await bot.answer("/maintenance lock")
    assert "not done" in answer.text
    assert "Bram" in answer.text


async def test_a_lost_answer_is_a_success_when_the_journal_says_so(core: CoreFolder) -> None:
    def deaf(command: object, order: bytes) -> Finished:
        run_process([*core.command, "lock", "--json", "--stdin"], order)
        return Finished(-9, b"", b"")

    async with small_bot(core, helper=Helper(core.command, runner=deaf)) as bot:
        answer = await bot.answer("/maintenance lock audit")
    assert "Locked" in answer.text
    assert "audit" in answer.text
    assert core.marker.exists()


async def test_a_fault_of_ours_costs_one_command_an_apology_and_no_more(
    core: CoreFolder, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(command: object, order: bytes) -> Finished:
        raise ZeroDivisionError

    async with small_bot(core, helper=Helper(core.command, runner=broken)) as bot:
        answer = await bot.answer("/maintenance lock")
        assert "7f3a" in answer.text
        assert (await bot.answer("/maintenance status")).tone is Tone.OPEN
    assert "ZeroDivisionError" in caplog.text


class Foreign(MemoryAdapter):
    """An adapter of others, which raises what it may not."""

    async def send(self, message: OutgoingMessage) -> Receipt:
        if "lock" in message.text.lower():
            raise KeyError("theirs")
        return await super().send(message)


async def test_a_fault_of_an_adapter_costs_one_answer_and_no_more(
    core: CoreFolder, caplog: pytest.LogCaptureFixture
) -> None:
    async with small_bot(core, adapter=Foreign()) as bot:
        bot.says("/maintenance lock")
        await bot.is_idle()
        answer = await bot.answer("/maintenance schedule")
    assert core.marker.exists()
    assert answer.text
    assert "and nobody was told" in caplog.text


async def test_an_unreadable_core_is_said_and_not_guessed(core: CoreFolder) -> None:
    core.configure("[[window]]\nstart = 5\n")
    async with small_bot(core) as bot:
        answer = await bot.answer("/maintenance status")
    assert "7f3a" in answer.text
    assert answer.tone is Tone.WARNING


async def test_a_reply_that_is_refused_is_logged_and_the_next_is_tried(
    core: CoreFolder, caplog: pytest.LogCaptureFixture
) -> None:
    adapter = MemoryAdapter()
    adapter.failures = [Permanent("gone", "no such chat")]
    async with small_bot(core, adapter=adapter) as bot:
        bot.says("/maintenance lock")
        answer = await bot.answer("/maintenance status")
    assert core.marker.exists()
    assert answer.tone is Tone.CLOSED
    assert "no such chat" in caplog.text


async def test_a_reply_that_is_not_taken_at_first_is_tried_again(core: CoreFolder) -> None:
    adapter = MemoryAdapter()
    adapter.failures = [Temporary("net", "no network")]
    async with small_bot(core, adapter=adapter) as bot:
        assert "Locked" in (await bot.answer("/maintenance lock")).text


# After a crash.


async def leave_unanswered(bot: SmallBot, text: str) -> None:
    """Deliver, have it handed out, and let the bot die over it."""
    bot.inbox.add(bot.message(text), bot.clock())
    assert bot.inbox.take() is not None


async def test_a_command_that_was_done_before_the_crash_is_answered_and_not_repeated(
    core: CoreFolder,
) -> None:
    async with small_bot(core) as bot:
        message = bot.message("/maintenance lock audit")
        bot.inbox.add(message, bot.clock())
        bot.inbox.take()
        _run_lock(core, request_id_of(message))
    async with small_bot(core) as again:
        answer = await again.hears()
    assert "Locked" in answer.text
    assert "Already" not in answer.text
    assert len(core.seen().recent(10)) == 1


async def test_what_was_done_before_the_crash_is_not_done_again_when_nothing_can_be_seen(
    core: CoreFolder,
) -> None:
    calls = []

    def counting(command: Sequence[str], order: bytes) -> Finished:
        calls.append(command)
        return run_process(command, order)

    async with small_bot(core) as bot:
        message = bot.message("/maintenance lock audit")
        bot.inbox.add(message, bot.clock())
        bot.inbox.take()
        _run_lock(core, request_id_of(message))
    core.configure("nonsense")
    async with small_bot(core, helper=Helper(core.command, runner=counting)) as again:
        answer = await again.hears()
    assert calls == []
    assert "I do not know whether that was done" in answer.text


async def test_it_is_answered_however_late_because_it_was_in_time(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        message = bot.message("/maintenance lock audit")
        early = replace(message, sent_at=message.sent_at - timedelta(hours=1))
        bot.inbox.add(early, bot.clock())
        bot.inbox.take()
        _run_lock(core, request_id_of(early))
    async with small_bot(core) as again:
        answer = await again.hears()
    assert "Locked" in answer.text


async def test_a_command_that_was_not_done_before_the_crash_is_done_now(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        await leave_unanswered(bot, "/maintenance lock audit")
    async with small_bot(core) as again:
        answer = await again.hears()
    assert "Locked" in answer.text
    assert core.marker.exists()


async def test_a_command_that_was_not_done_before_a_long_outage_is_refused(
    core: CoreFolder,
) -> None:
    async with small_bot(core) as bot:
        message = bot.message("/maintenance lock")
        early = replace(message, sent_at=message.sent_at - timedelta(hours=1))
        bot.inbox.add(early, bot.clock())
        bot.inbox.take()
    async with small_bot(core) as again:
        await again.hears()
    assert not core.marker.exists()


async def test_the_answer_replaces_what_was_said_before_the_crash(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        bot.inbox.add(bot.message("/maintenance lock"), bot.clock())
        taken = bot.inbox.take()
        assert taken is not None
        bot.inbox.keep_reply(taken.id, Receipt(BOARD, "waiting"))
    async with small_bot(core) as again:
        assert (await again.hears()).replaces == Receipt(BOARD, "waiting")


async def test_a_press_that_was_done_before_the_crash_is_answered_without_its_button(
    core: CoreFolder,
) -> None:
    async with small_bot(core) as bot:
        press = replace(bot.message(""), action="lost-with-the-process")
        bot.inbox.add(press, bot.clock())
        bot.inbox.take()
        _run_lock(core, request_id_of(press))
    async with small_bot(core) as again:
        assert "Locked" in (await again.hears()).text


async def test_a_command_that_kills_the_bot_again_and_again_is_given_up_and_that_is_said(
    core: CoreFolder, caplog: pytest.LogCaptureFixture
) -> None:
    async with small_bot(core) as bot:
        bot.inbox.add(bot.message("/maintenance lock"), bot.clock())
        while bot.inbox.take() is not None and not bot.inbox.recover():
            pass
        bot.inbox.add(bot.message("/maintenance lock"), bot.clock())
        for _ in range(20):
            bot.inbox.take()
            if bot.inbox.recover():
                break
        else:
            pytest.fail("it is never given up")
        with sqlite3.connect(core.folder / "bot.sqlite3") as database:
            database.execute("UPDATE inbox SET state = 'taken' WHERE id = 2")
        database.close()
    async with small_bot(core) as again:
        answer = await again.hears()
    assert "7f3a" in answer.text
    assert not core.marker.exists()
    assert "too often" in caplog.text


async def test_a_full_disk_is_waited_out(
    core: CoreFolder, caplog: pytest.LogCaptureFixture
) -> None:
    disk = Disk()

    async def until_somebody_cleans_up(_: float) -> None:
        disk.cleaned()

    async with small_bot(core, sleep=until_somebody_cleans_up) as bot:
        bot.says("/maintenance lock audit")
        disk.fills()
        assert "Locked" in (await bot.hears()).text
    assert "cannot be used" in caplog.text


async def test_an_answer_that_cannot_be_noted_stands_all_the_same(
    core: CoreFolder, caplog: pytest.LogCaptureFixture
) -> None:
    disk = Disk()

    class FillsTheDisk(MemoryAdapter):
        async def send(self, message: OutgoingMessage) -> Receipt:
            disk.fills()
            return await super().send(message)

    async with small_bot(core, adapter=FillsTheDisk()) as bot:
        bot.says("/maintenance lock")
        await bot.hears()
        await bot.is_idle()
        disk.cleaned()
    assert ["Locked" in message.text for message in bot.adapter.sent] == [True]
    assert "cannot be written" in caplog.text


async def test_nobody_is_told_to_wait_where_nothing_can_be_said(
    core: CoreFolder, liar: LyingHelper, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    liar.plan({"wait": True, "say": failure("apply")["say"]})
    adapter = MemoryAdapter()
    adapter.failures = [Permanent("gone", "no such chat")]
    async with small_bot(core, helper=Helper(liar.command), adapter=adapter, grace=0) as bot:
        bot.says("/maintenance lock")
        await asyncio.to_thread(liar.release)
        answer = await bot.hears()
    assert answer.replaces is None
    assert "nobody was told to wait" in caplog.text


async def test_what_was_begun_is_begun_again_when_the_journal_cannot_be_read(
    core: CoreFolder, caplog: pytest.LogCaptureFixture
) -> None:
    (core.state / "journal.jsonl").mkdir()
    async with small_bot(core) as bot:
        await leave_unanswered(bot, "/maintenance lock")
    async with small_bot(core) as again:
        await again.hears()
    assert "cannot be read" in caplog.text
    assert core.marker.exists()


async def test_the_same_message_delivered_twice_is_handled_once(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        message = bot.says("/maintenance lock")
        bot.dispatcher.deliver(message)
        await bot.hears()
        bot.dispatcher.deliver(message)
        await bot.is_idle()
    assert len(bot.adapter.sent) == 1


async def test_settling_begins_nothing_new_and_finishes_what_is_under_way(
    core: CoreFolder, liar: LyingHelper
) -> None:
    liar.plan({"wait": True, "say": failure("apply")["say"]})
    async with small_bot(core, helper=Helper(liar.command), grace=0) as bot:
        await bot.answer("/maintenance lock")
        settled = asyncio.create_task(bot.dispatcher.settle())
        bot.says("/maintenance status")
        await asyncio.to_thread(liar.release)
        await settled
        assert len(bot.adapter.sent) == 2
    async with small_bot(core) as again:
        assert "open" in (await again.hears()).text


# Buttons.


async def test_status_offers_to_lock_and_a_press_finishes_the_wish(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        status = await bot.answer("/maintenance status")
        assert labels(status) == ["Lock", "Refresh"]
        bot.presses(status.buttons[0].token)
        locked = await bot.hears()
    assert core.marker.exists()
    assert locked.replaces == Receipt(BOARD, "sent-1")
    assert locked.reply_to is None
    assert labels(locked) == ["Unlock", "Refresh"]


async def test_a_button_works_once(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        status = await bot.answer("/maintenance status")
        bot.presses(status.buttons[0].token)
        await bot.hears()
        await bot.answer("/maintenance unlock")
        bot.presses(status.buttons[0].token)
        ended = await bot.hears()
    assert not core.marker.exists()
    assert ended.only_for == "anna"


async def test_a_press_that_was_refused_may_be_repeated(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        status = await bot.answer("/maintenance status")
        press = replace(bot.message(""), action=status.buttons[0].token)
        late = replace(press, message_id="late", sent_at=press.sent_at - timedelta(minutes=10))
        bot.dispatcher.deliver(late)
        await bot.hears()
        bot.dispatcher.deliver(press)
        assert "Locked" in (await bot.hears()).text


async def test_another_persons_press_changes_nothing(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        status = await bot.answer("/maintenance status")
        bot.presses(status.buttons[0].token, by=BRAM)
        told = await bot.hears()
    assert not core.marker.exists()
    assert told.only_for == BRAM


async def test_a_strangers_press_is_refused_like_a_strangers_word(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        status = await bot.answer("/maintenance status")
        bot.presses(status.buttons[0].token, by=EVE)
        told = await bot.hears()
    assert not core.marker.exists()
    assert told.only_for == EVE


async def test_a_press_is_checked_by_the_right_to_do_it_now(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        status = await bot.answer("/maintenance status")
        press = bot.message("")
        old = press.sent_at - timedelta(minutes=10)
        bot.dispatcher.deliver(replace(press, action=status.buttons[0].token, sent_at=old))
        await bot.hears()
    assert not core.marker.exists()


async def test_a_typo_offers_the_word_that_was_meant(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        typo = await bot.answer("/maintenance stauts")
        assert len(typo.buttons) == 1
        bot.presses(typo.buttons[0].token)
        assert (await bot.hears()).tone is Tone.OPEN


async def test_a_typo_of_lock_offers_it_only_to_who_may(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        assert (await bot.answer("/maintenance lokc")).buttons
        assert not (await bot.answer("/maintenance lokc", by=MIA)).buttons


def test_a_request_is_named_the_same_for_the_same_message_only() -> None:
    now = datetime(2026, 11, 29, tzinfo=UTC)
    message = _message(now)
    assert request_id_of(message) == request_id_of(_message(now))
    others = [
        replace(message, message_id="2"),
        replace(message, sent_at=now + timedelta(seconds=1)),
        replace(message, destination=Destination("other", "board")),
        replace(message, destination=Destination("chat", "other")),
    ]
    assert len({request_id_of(other) for other in [message, *others]}) == 5
    assert len(request_id_of(message)) <= 64


def labels(message: OutgoingMessage) -> list[str]:
    """Give the words on the buttons, without their pictures."""
    return [button.label.split()[-1] for button in message.buttons]


def _message(at: datetime) -> IncomingMessage:
    return IncomingMessage(BOARD, "1", "anna", "Anna", "/maintenance", at)


def _run_lock(core: CoreFolder, request_id: str) -> None:
    """Have done, by the real helper, what the bot ordered before it died."""
    order = Request("chat:anna", name="Anna", reason="audit", request_id=request_id)
    done = run_process([*core.command, "lock", "--json", "--stdin"], order.to_json().encode())
    assert done.code == 0, done


async def _no_time(_: float) -> None:
    await asyncio.sleep(0)
