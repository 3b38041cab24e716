"""What holds for messages that people write."""
# ruff: noqa: D102, S101, PLR2004, RUF001 -- a suite: names are sentences, asserts and odd letters its trade

from datetime import UTC, datetime, timedelta

import pytest

from adapters.base import Button, Mark
from adapters.contract.base import ContractPart
from adapters.contract.far_side import Ability
from adapters.contract.world import World

WRITTEN = {
    "plain": "/maintenance lock audit",
    "markup": "/maintenance lock <b>a</b> &amp; *b* _c_ [d](http://e.example) `f` ~g~ \\* #h > i",
    "emoji": "/maintenance lock 🔒 audit 👩‍👩‍👧 🇳🇱 é ﬁ ⏳",
    "rtl": "/maintenance lock שלום ביקורת مرحبا",
    "quotes": "/maintenance lock “audit” — ‘it’s’ ‚so‘…",
}
"""Texts that platforms like to change."""

A_FEW = 40
"""Messages written in one go to a slow host."""


class HearingContract(ContractPart):
    """Messages arrive as written, once, with their author and their marks."""

    @pytest.mark.parametrize("kind", sorted(WRITTEN))
    async def test_a_text_arrives_as_it_was_written(self, live: World, kind: str) -> None:
        await live.far.write(WRITTEN[kind])
        message = await live.host.heard(WRITTEN[kind])
        assert message.destination == live.far.destination
        assert message.marks == frozenset()
        assert message.action is None

    async def test_several_lines_arrive_as_one_message(self, live: World) -> None:
        self.needs(live, Ability.LINES)
        text = "/maintenance lock audit\n\nof the books\n  (spaces kept)"
        await live.far.write(text)
        await live.host.heard(text)
        assert len(live.host.messages) == 1

    async def test_messages_arrive_in_order(self, live: World) -> None:
        for number in range(5):
            await live.far.write(f"/maintenance status {number}")
        await live.host.until(lambda: len(live.host.messages) >= 5)
        assert [message.text[-1] for message in live.host.messages] == list("01234")

    async def test_the_senders_id_is_stable_and_no_name(self, live: World) -> None:
        await live.far.write("one", sender="anna")
        await live.far.write("two", sender="anna")
        first, second = await live.host.heard("one"), await live.host.heard("two")
        assert first.sender_id == second.sender_id != ""

    async def test_two_people_have_two_ids(self, live: World) -> None:
        await live.far.write("from anna", sender="anna")
        await live.far.write("from bram", sender="bram")
        anna, bram = await live.host.heard("from anna"), await live.host.heard("from bram")
        assert anna.sender_id != bram.sender_id

    async def test_the_sender_is_the_one_the_platform_names(self, live: World) -> None:
        written = await live.far.write("who am I", sender="bram")
        assert (await live.host.heard("who am I")).sender_id == written.sender_id

    async def test_a_new_name_keeps_the_id(self, live: World) -> None:
        self.needs(live, Ability.RENAME)
        await live.far.write("before", sender="anna")
        await live.far.rename("anna", "Bram")
        await live.far.write("after", sender="anna")
        before, after = await live.host.heard("before"), await live.host.heard("after")
        assert before.sender_id == after.sender_id
        assert after.sender_name != before.sender_name

    @pytest.mark.parametrize("mark", list(Mark))
    async def test_what_is_not_a_persons_new_message_is_marked(
        self, live: World, mark: Mark
    ) -> None:
        self.needs(live, Ability(mark.value))
        await live.far.write("/maintenance unlock", mark=mark)
        await live.far.write("a person's, afterwards")
        await live.host.heard("a person's, afterwards")
        # Not to deliver it at all is as safe as to mark it.
        assert all(mark in one.marks for one in live.host.all_of("/maintenance unlock"))

    async def test_a_persons_message_after_a_marked_one_is_unmarked(self, live: World) -> None:
        self.needs(live, Ability.BOT)
        await live.far.write("from a program", mark=Mark.BOT)
        await live.far.write("from a person")
        assert (await live.host.heard("from a person")).marks == frozenset()

    async def test_a_private_message_is_private_and_one_in_the_group_is_not(
        self, live: World
    ) -> None:
        await live.far.write("in the group")
        assert not (await live.host.heard("in the group")).private
        self.needs(live, Ability.PRIVATE)
        await live.far.write("between us", private=True)
        assert (await live.host.heard("between us")).private

    async def test_every_message_has_its_own_id(self, live: World) -> None:
        await live.far.write("same words")
        await live.far.write("same words")
        await live.host.until(lambda: len(live.host.messages) >= 2)
        assert len({message.message_id for message in live.host.messages}) == 2

    async def test_a_message_delivered_again_has_the_same_id(self, live: World) -> None:
        self.needs(live, Ability.REDELIVER)
        written = await live.far.write("twice")
        await live.host.heard("twice")
        await live.far.redeliver(written)
        await live.far.write("afterwards")
        await live.host.heard("afterwards")
        ids = {(one.destination, one.message_id) for one in live.host.all_of("twice")}
        assert len(ids) == 1

    async def test_the_platforms_time_is_delivered_with_its_zone(self, live: World) -> None:
        written = await live.far.write("when")
        message = await live.host.heard("when")
        assert message.sent_at.tzinfo is not None
        assert abs(message.sent_at - written.sent_at) < timedelta(seconds=1)
        assert abs(message.sent_at - datetime.now(UTC)) < timedelta(days=1)

    async def test_a_pressed_button_tells_its_token_and_who_pressed_it(self, live: World) -> None:
        self.needs(live, Ability.BUTTONS)
        receipt = await live.send("Closed.", buttons=[Button("Open", "token-1", dangerous=True)])
        pressed = await live.far.press(live.far.knows(receipt), "token-1", sender="bram")
        await live.host.until(lambda: live.host.messages != [])
        message = live.host.messages[0]
        assert (message.action, message.text) == ("token-1", "")
        assert message.sender_id == pressed.sender_id

    async def test_a_slow_host_misses_nothing_and_does_not_stop_what_is_sent(
        self, slow: World
    ) -> None:
        for number in range(A_FEW):
            await slow.far.write(f"/maintenance status {number:02}")
        await slow.send("sent meanwhile")
        await slow.host.until(lambda: len(slow.host.messages) >= A_FEW)
        heard = [int(message.text[-2:]) for message in slow.host.messages]
        assert heard == list(range(A_FEW))
        assert "sent meanwhile" in slow.one_post().text
