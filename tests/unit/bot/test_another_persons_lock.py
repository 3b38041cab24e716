"""Another person's lock: asked about once where there are buttons, and its owner hears of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.base import Destination, Receipt
from bot.invitations import Invitations
from bot.notices import Kind, of_lock
from bot.parcel import Notice
from tests.servers.small_bot import (
    ANNA,
    BOARD,
    BRAM,
    DUTCH,
    EVE,
    MIA,
    CoreFolder,
    SmallBot,
    roster,
    small_bot,
    voices,
)


@pytest.fixture
def core(tmp_path: Path) -> CoreFolder:
    return CoreFolder(tmp_path)


async def test_unlocking_anothers_lock_asks_once(core: CoreFolder) -> None:
    async with small_bot(core, asks=True) as bot:
        await bot.answer("/maintenance lock audit", ANNA)
        asked = await bot.answer("/maintenance unlock", BRAM)
        assert "Remove this lock all the same?" in asked.text
        assert "Anna" in asked.text
        assert core.marker.exists()
        anyway, keep = asked.buttons
        assert (anyway.dangerous, keep.dangerous) == (True, False)
        bot.presses(anyway.token, BRAM)
        assert "Lock removed" in (await bot.hears()).text
        assert not core.marker.exists()


async def test_keeping_it_says_so_and_changes_nothing(core: CoreFolder) -> None:
    async with small_bot(core, asks=True) as bot:
        await bot.answer("/maintenance lock audit", ANNA)
        asked = await bot.answer("/maintenance unlock", BRAM)
        bot.presses(asked.buttons[1].token, BRAM)
        assert "Bram keeps the lock" in (await bot.hears()).text
        assert core.marker.exists()


async def test_ones_own_lock_is_removed_without_a_question(core: CoreFolder) -> None:
    async with small_bot(core, asks=True) as bot:
        await bot.answer("/maintenance lock audit", ANNA)
        assert "Lock removed" in (await bot.answer("/maintenance unlock", ANNA)).text


async def test_without_buttons_nobody_is_asked_and_the_owner_is_named(core: CoreFolder) -> None:
    async with small_bot(core, asks=False) as bot:
        await bot.answer("/maintenance lock audit", ANNA)
        said = await bot.answer("/maintenance unlock", BRAM)
    assert "Lock removed" in said.text
    assert "It was locked by Anna" in said.text


async def test_an_owner_who_locked_in_private_is_told_in_private(core: CoreFolder) -> None:
    alone = Destination("chat", "private-of-anna")
    async with small_bot(core) as bot:
        await _locks_in_private(bot, alone)
        bot.says("/maintenance unlock", BRAM)
        messages = [await bot.hears(), await bot.hears()]
    (told,) = [one for one in messages if one.destination == alone]
    assert "Bram removed your lock." in told.text
    assert told.only_for == ANNA


async def _locks_in_private(bot: SmallBot, alone: Destination) -> None:

    message = replace(bot.message("/maintenance lock", ANNA, alone), private=True)
    bot.dispatcher.deliver(message)
    await bot.hears()


async def test_an_owner_whose_chat_gets_the_announcement_is_not_told_twice(
    core: CoreFolder,
) -> None:
    async with small_bot(core) as bot:
        await bot.answer("/maintenance lock audit", ANNA, DUTCH)
        await bot.answer("/maintenance unlock", BRAM, BOARD)
        await bot.is_idle()
    assert bot.adapter.heard.empty()


def reminder(bot: SmallBot) -> Notice:
    """Bring the lock that is on to mind."""
    lock = bot.core.seen().report(bot.clock()).lock
    assert lock is not None
    return Notice(Kind.LONG_LOCK.value, bot.clock(), of_lock(lock))


def invitations(bot: SmallBot) -> Invitations:
    return Invitations(bot.buttons, voices(roster()[1]))


async def test_a_reminders_buttons_are_for_everybody_who_may(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        await bot.answer("/maintenance lock audit", ANNA)
        found = invitations(bot).of(BOARD, BOARD, reminder(bot))
        assert found is not None
        found.shown_as(Receipt(BOARD, "reminder"))
        bot.clock.ahead += timedelta(hours=23)
        for stranger in (EVE, MIA):
            bot.presses(found.buttons[0].token, stranger)
            assert "Nothing was changed" in (await bot.hears()).text
        bot.presses(found.buttons[0].token, BRAM)
        said = await bot.hears()
    assert "Lock removed" in said.text
    assert said.replaces == Receipt(BOARD, "reminder")


async def test_keep_is_for_those_who_may_lock(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        await bot.answer("/maintenance lock audit", ANNA)
        found = invitations(bot).of(DUTCH, DUTCH, reminder(bot))
        assert found is not None
        assert found.buttons[1].label == "👍 Laten staan"
        bot.presses(found.buttons[1].token, MIA, DUTCH)
        assert "laat het slot erop" not in (await bot.hears()).text
        bot.presses(found.buttons[1].token, BRAM, DUTCH)
        assert "Bram laat het slot erop" in (await bot.hears()).text


async def test_a_reminders_button_does_not_remove_a_later_lock_unasked(core: CoreFolder) -> None:
    async with small_bot(core, asks=True) as bot:
        await bot.answer("/maintenance lock audit", ANNA)
        found = invitations(bot).of(BOARD, BOARD, reminder(bot))
        assert found is not None
        await bot.answer("/maintenance unlock", ANNA)
        await bot.answer("/maintenance lock count", BRAM)
        bot.presses(found.buttons[0].token, ANNA)
        assert "Remove this lock all the same?" in (await bot.hears()).text
    assert core.marker.exists()


async def test_keep_says_how_things_are_when_the_lock_is_gone(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        await bot.answer("/maintenance lock audit", ANNA)
        found = invitations(bot).of(BOARD, BOARD, reminder(bot))
        assert found is not None
        await bot.answer("/maintenance unlock", ANNA)
        bot.presses(found.buttons[1].token, BRAM)
        assert "The shop is open" in (await bot.hears()).text


async def test_other_news_has_no_buttons(core: CoreFolder) -> None:
    async with small_bot(core) as bot:
        other = Notice(Kind.AHEAD.value, datetime.now(UTC), {})
        assert invitations(bot).of(BOARD, BOARD, other) is None
