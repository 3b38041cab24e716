"""Words out of chat messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reading import joined, unquoted, visible, words


def keys(text: str) -> list[str]:
    return [word.key for word in words(text)]


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("Lock", ["lock"]),
        ("a\u00a0b\u3000c\td\ne", ["a", "b", "c", "d", "e"]),
        ("lo\u200bck \u200b \ufeff", ["lock"]),
        ("\u2800 \u3164 x", ["x"]),
        ("\uff4c\uff4f\uff43\uff4b", ["lock"]),
        ("\u201cx\u201d \u2018y\u2019", ['"x"', "'y'"]),
        ("\u2014until \u2013x", ["--until", "-x"]),
        ("\uff10\uff11", ["01"]),
    ],
)
def test_words_are_compared_without_typography(typed: str, compared: list[str]) -> None:
    assert keys(typed) == compared


def test_words_are_shown_as_typed_without_what_turns_text_around() -> None:
    assert joined(words("  \u201cAu\u202edit\u201d\x07   \U0001f468\u200d\U0001f4bb ")) == (
        "\u201cAudit\u201d \U0001f468\u200d\U0001f4bb"
    )


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ('"a b"', "a b"),
        ("\u201ea\u201d", "a"),
        ("\u00aba\u00bb", "a"),
        ('"a', '"a'),
        ("a", "a"),
        ('"', '"'),
        ('""', ""),
        ("", ""),
        ("\u201ca'", "\u201ca'"),
    ],
)
def test_one_pair_of_quotes_around_all_goes(text: str, bare: str) -> None:
    assert unquoted(text) == bare


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    assert "\u202e" not in visible(text)
    assert all(
        char.isprintable() or char in "\u200c\u200d" or char.isspace() for char in visible(text)
    )
