"""Where long lines are broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from adapters.base import SpanKind
from adapters.console.wrapping import INDENT, wrapped


def broken(text: str, width: int) -> str:
    return "".join(piece for _, piece in wrapped(((None, text),), width, get_cwidth))


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("closed by Anna", 20, "closed by Anna"),
        ("closed by Anna", 14, "closed by Anna"),
        ("closed by Anna", 13, "closed by\n    Anna"),
        ("one two three four", 9, "one two\n    three\n    four"),
        ("one\ntwo", 20, "one\n    two"),
        ("unbreakable", 4, "unbreakable"),
        ("an unbreakable word", 4, "an\n    unbreakable\n    word"),
        ("🔒🔒 ab", 6, "🔒🔒\n    ab"),
        ("", 5, ""),
    ],
)
def test_lines_are_broken_between_words(text: str, width: int, shown: str) -> None:
    assert broken(text, width) == shown


def test_pieces_keep_their_kinds_and_a_word_across_two_is_one_word() -> None:
    pieces = ((None, "closed: "), (SpanKind.STRONG, "au"), (None, "dit"))
    assert wrapped(pieces, 10, get_cwidth) == (
        (None, "closed:\n    "),
        (SpanKind.STRONG, "au"),
        (None, "dit"),
    )


@given(st.text(alphabet="ab🔒 \n", max_size=60), st.integers(min_value=6, max_value=30))
def test_nothing_is_lost_and_no_line_with_a_space_is_too_wide(text: str, width: int) -> None:
    lines = broken(text, width).split("\n")
    assert [w for line in lines for w in line.split()] == text.split()
    for line in lines:
        said = line.removeprefix(INDENT).rstrip(" ")
        assert get_cwidth(line.rstrip(" ")) <= width or " " not in said.strip(" ")
