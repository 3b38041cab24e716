"""How a message becomes what a terminal shows."""

import pytest

from adapters.base import Attachment, Destination, OutgoingMessage, Span, SpanKind
from adapters.console.screen import Shown, harmless, pieces_of

CHAT = Destination("console", "chat")


def test_a_text_is_cut_at_its_spans() -> None:
    spans = [Span(5, 9, SpanKind.CODE), Span(0, 2, SpanKind.STRONG)]
    message = OutgoingMessage(CHAT, "🔒x: lock now", spans=spans)
    assert pieces_of(message) == (
        (SpanKind.STRONG, "🔒x"),
        (None, ": l"),
        (SpanKind.CODE, "ock "),
        (None, "now"),
    )


def test_a_text_without_spans_is_one_piece() -> None:
    assert pieces_of(OutgoingMessage(CHAT, "open")) == ((None, "open"),)


def test_a_repeat_says_so_below_the_text() -> None:
    message = OutgoingMessage(CHAT, "closed", repeat_note="perhaps told before")
    assert Shown("bot: ", pieces_of(message)).text == "bot: closed\nperhaps told before"


def test_a_file_is_named() -> None:
    message = OutgoingMessage(CHAT, "all", attachment=Attachment("w.ics", "text/calendar", b""))
    assert Shown("", pieces_of(message)).text == "all\n[file w.ics]"


@pytest.mark.parametrize(
    "evil",
    ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "a\rb", "\x08\x08", "\x00", "\u202egnp", "\u2066x"],
)
def test_what_a_terminal_obeys_is_not_shown(evil: str) -> None:
    shown = Shown("", pieces_of(OutgoingMessage(CHAT, f"because: {evil}"))).text
    assert not any(letter in shown for letter in "\x1b\x07\x9b\r\x08\x00\u202e\u2066")
    assert "\N{REPLACEMENT CHARACTER}" in shown


def test_ordinary_letters_and_lines_stay() -> None:
    text = "é 👩‍👩‍👧 שלום\n\ttab"
    assert harmless(text) == text
