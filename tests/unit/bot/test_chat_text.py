"""Text with spans."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Span, SpanKind, Tone
from bot.text import Text, filled, foreign, joined, lines, sentences, spanned

NOW = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)


def cut(text: Text) -> list[tuple[SpanKind, str]]:
    return [(span.kind, text.text[span.start : span.end]) for span in text.spans]


def test_markup_of_ours_becomes_spans() -> None:
    text = filled("**Closed**: send `/maintenance unlock`, {who}.", who="Anna")
    assert text.text == "Closed: send /maintenance unlock, Anna."
    assert cut(text) == [(SpanKind.STRONG, "Closed"), (SpanKind.CODE, "/maintenance unlock")]


def test_a_span_that_is_put_in_moves_with_its_text() -> None:
    when = spanned("Mon 06:00", SpanKind.TIME, NOW)
    text = filled("\U0001f319 until {end}, {end}.", end=when)
    assert cut(text) == [(SpanKind.TIME, "Mon 06:00")] * 2
    assert text.spans[0] == Span(8, 17, SpanKind.TIME, NOW)


@given(foreign_text=st.text())
def test_foreign_text_is_never_markup_and_moves_no_span(foreign_text: str) -> None:
    text = filled("{a}`x`{a}**y**", a=foreign_text)
    assert text.text == f"{foreign_text}x{foreign_text}y"
    assert cut(text) == [(SpanKind.CODE, "x"), (SpanKind.STRONG, "y")]


def test_markup_and_placeholders_in_foreign_text_stay_text() -> None:
    text = filled("{a}", a="**b** `c` {a}")
    assert (text.text, text.spans) == ("**b** `c` {a}", ())


def test_empty_pieces_leave_no_gap() -> None:
    assert sentences("a", "", Text(""), "b").text == "a b"
    assert lines("", "a", "b").text == "a\nb"
    assert not joined(())


def test_the_tone_is_changed_without_touching_the_words() -> None:
    text = filled("`x`").toned(Tone.CLOSED)
    assert (text.tone, cut(text)) == (Tone.CLOSED, [(SpanKind.CODE, "x")])


def test_foreign_words_are_one_line_of_visible_characters() -> None:
    assert foreign("a\n\n b\tc\u202e\x07\u200b d", 80) == "a b c d"
    assert foreign("x" * 100, 10) == "x" * 9 + "\u2026"
    assert foreign("x" * 10, 10) == "x" * 10
    assert foreign(" \n\u200b ", 10) == ""


@given(st.text(), st.integers(1, 50))
def test_foreign_words_are_never_longer_than_their_limit(text: str, limit: int) -> None:
    assert len(foreign(text, limit)) <= limit
    assert "\n" not in foreign(text, limit)
