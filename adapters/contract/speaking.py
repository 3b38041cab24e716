"""What holds for messages that the bot sends, as long as nothing fails."""
# ruff: noqa: D102, S101, RUF001 -- a suite: names are sentences, asserts and odd letters its trade

from datetime import UTC, datetime

import pytest

from adapters.base import Span, SpanKind
from adapters.contract.base import ContractPart
from adapters.contract.far_side import Ability
from adapters.contract.readable import as_read, without_space
from adapters.contract.world import World

SAID = {
    "plain": "🔒 Closed by Anna.",
    "html": "<b>not bold</b> &amp; &lt; <a href='http://e.example'>x</a> <script>",
    "markdown": "*a* **b** _c_ __d__ ~~e~~ `f` ```g``` [h](http://e.example) > i | j \\ #k :lock:",
    "list": "# no title\n- no list\n1. no list\n> no quote\n    no code\n---\n| no | table |",
    "emoji": "🔒 👩‍👩‍👧 🇳🇱 é ﬁ ⏳ 𝕏",
    "rtl": "שלום: ביקורת (مرحبا) done",
    "lines": "one\n\nthree\nfour",
    "backticks": "a reason with ` and `` and ```\nin it",
}
"""Texts that platforms like to change."""

MENTIONS = "@all @channel @here @everyone @anna @bram <!channel> <@U1> @room #general"

LONG = "".join(
    f"Line {number:04}: <audit> & *books* of wéék {number} 🔒\n" for number in range(400)
)
"""Some 16,000 characters: beyond one message on most platforms."""


class SpeakingContract(ContractPart):
    """Texts are shown as they are, whole, and notify nobody."""

    @pytest.mark.parametrize("kind", sorted(SAID))
    async def test_a_text_is_shown_as_it_is(self, live: World, kind: str) -> None:
        receipt = await live.send(SAID[kind])
        assert as_read(live.far.knows(receipt).text) == as_read(SAID[kind])
        assert receipt.destination == live.far.destination

    @pytest.mark.parametrize("kind", sorted(SAID))
    async def test_a_text_with_spans_is_shown_as_it_is(self, live: World, kind: str) -> None:
        text = f"Closed because: {SAID[kind]} until 12:00, /maintenance unlock"
        start = text.index(SAID[kind])
        instant = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
        spans = [
            Span(start, start + len(SAID[kind]), SpanKind.STRONG),
            Span(text.index("12:00"), text.index("12:00") + 5, SpanKind.TIME, instant),
            Span(text.index("/maintenance unlock"), len(text), SpanKind.CODE),
        ]
        receipt = await live.send(text, spans=spans)
        assert as_read(live.far.knows(receipt).text) == as_read(text)

    async def test_what_is_strong_is_shown_so_even_behind_emoji(self, live: World) -> None:
        self.needs(live, Ability.STRONG)
        text = "🔒👩‍👩‍👧 The shop stays closed <now>."
        start = text.index("stays")
        receipt = await live.send(text, spans=[Span(start, start + 12, SpanKind.STRONG)])
        assert live.far.knows(receipt).strong == ("stays closed",)

    async def test_no_text_notifies_anybody(self, live: World) -> None:
        self.needs(live, Ability.MENTIONS)
        receipt = await live.send(f"Closed because: {MENTIONS}")
        post = live.far.knows(receipt)
        assert post.notified == ()
        assert as_read(post.text) == f"Closed because: {MENTIONS}"

    async def test_no_text_in_code_or_bold_notifies_anybody(self, live: World) -> None:
        self.needs(live, Ability.MENTIONS)
        half = MENTIONS.index("@here")
        spans = [
            Span(0, half - 1, SpanKind.CODE),
            Span(half, len(MENTIONS), SpanKind.STRONG),
        ]
        receipt = await live.send(MENTIONS, spans=spans)
        assert live.far.knows(receipt).notified == ()

    async def test_a_long_text_loses_nothing(self, live: World) -> None:
        await live.send(LONG)
        shown = "".join(post.text for post in live.far.posts())
        assert without_space(shown) == without_space(LONG)

    async def test_a_long_text_in_bold_loses_nothing(self, live: World) -> None:
        await live.send(LONG, spans=[Span(3, len(LONG) - 3, SpanKind.STRONG)])
        shown = "".join(post.text for post in live.far.posts())
        assert without_space(shown) == without_space(LONG)

    async def test_a_long_text_without_a_space_loses_nothing(self, live: World) -> None:
        text = "<&é🔒" * 3000
        await live.send(text)
        assert without_space("".join(post.text for post in live.far.posts())) == text

    async def test_messages_are_shown_in_the_order_sent(self, live: World) -> None:
        for number in range(3):
            await live.send(f"number {number}")
        assert [post.text[-1] for post in live.far.posts()] == list("012")

    async def test_an_answer_is_shown_with_or_without_the_question(self, live: World) -> None:
        written = await live.far.write("/maintenance status")
        heard = await live.host.heard("/maintenance status")
        await live.send("Open.", reply_to=heard.message_id)
        self.needs(live, Ability.DELETE)
        await live.far.delete(written.message_id)
        await live.send("Still open.", reply_to=heard.message_id)
        assert as_read(live.far.posts()[-1].text) == "Still open."

    async def test_the_result_takes_the_place_of_the_waiting_note(self, live: World) -> None:
        waiting = await live.send("⏳ closing…")
        receipt = await live.send("🔒 Closed.", replaces=waiting)
        assert as_read(live.far.knows(receipt).text) == "🔒 Closed."
        self.needs(live, Ability.EDIT)
        assert [as_read(post.text) for post in live.far.posts()] == ["🔒 Closed."]

    async def test_the_same_result_twice_is_no_error(self, live: World) -> None:
        waiting = await live.send("⏳ closing…")
        once = await live.send("🔒 Closed.", replaces=waiting)
        again = await live.send("🔒 Closed.", replaces=once)
        assert as_read(live.far.knows(again).text) == "🔒 Closed."

    async def test_a_result_is_sent_anew_where_the_waiting_note_is_gone(self, live: World) -> None:
        self.needs(live, Ability.EDIT)
        self.needs(live, Ability.DELETE)
        waiting = await live.send("⏳ closing…")
        await live.far.delete(waiting.message_id)
        receipt = await live.send("🔒 Closed.", replaces=waiting)
        assert as_read(live.far.knows(receipt).text) == "🔒 Closed."
        assert receipt.message_id != waiting.message_id
