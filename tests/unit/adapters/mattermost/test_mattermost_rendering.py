"""Plain text to markdown: read as written, by whoever reads markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Span, SpanKind
from adapters.contract.readable import as_read, without_space
from adapters.mattermost.rendering import LONGEST, render, split
from tests.servers.mattermost_markdown import read

NAMES = frozenset({"anna", "maintenance"})


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("plain words, 22:00 (21:00 UTC).", "plain words, 22:00 (21:00 UTC)."),
        (
            "*a* _b_ ~~c~~ `d` [e](f) |",
            "\\*a\\* \\_b\\_ \\~\\~\u200bc\\~\\~ \\`d\\` \\[e\\](f) \\|",
        ),
        ("a\\b", r"a\\b"),
        ("# title", r"\# title"),
        ("- item", r"\- item"),
        ("12. item", r"12\. item"),
        ("> quote", r"\> quote"),
        ("===", "\u200b==="),
        ("    code", "\u00a0\u00a0\u00a0\u00a0code"),
        ("@all ~town #tag", "@\u200ball \\~\u200btown #\u200btag"),
        (":lock: &amp; <b>", ":\u200block: &\u200bamp; <\u200bb>"),
        ("https://a.example/b_c?d=*", r"https://a.example/b_c?d=\*"),
        ("https://a.example/@all", "https://a.example/@\u200ball"),
        ("bell\a and null\0", "bell and null"),
    ],
)
def test_what_would_be_markup_is_made_text(text: str, markdown: str) -> None:
    assert render(text) == markdown


def test_a_line_that_begins_inside_a_text_is_a_line_as_well() -> None:
    assert render("one\n# two\r\n- three") == "one\n\\# two\n\\- three"


def test_strong_text_is_bold_and_escaped() -> None:
    assert render("stays *closed*", [Span(6, 14, SpanKind.STRONG)]) == (
        "stays **\u200b\\*closed\\*\u200b**"
    )


def test_strong_text_is_bold_line_by_line() -> None:
    assert render("one\n two ", [Span(0, 9, SpanKind.STRONG)]) == "**one**\n **two** "


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("/maintenance unlock", "`/maintenance unlock`"),
        ("a`b", "``a`b``"),
        ("`a`", "`` `a` ``"),
        ("a``b`c", "```a``b`c```"),
        ("@all *x*", "`@all *x*`"),
        ("one\ntwo", "`one`\n`two`"),
        (" ", " "),
    ],
)
def test_code_is_fenced_by_more_backticks_than_it_holds(text: str, markdown: str) -> None:
    assert render(text, [Span(0, len(text), SpanKind.CODE)]) == markdown


def test_a_time_is_shown_as_it_stands() -> None:
    assert render("until 07:00", [Span(6, 11, SpanKind.TIME)]) == "until 07:00"


def test_a_text_at_the_limit_is_one_piece_and_one_more_is_two() -> None:
    assert len(split("x" * LONGEST)) == 1
    assert [len(piece) for piece in split("x" * (LONGEST + 1))] == [LONGEST, 1]


def test_escapes_count_for_the_limit() -> None:
    assert all(len(piece) <= LONGEST for piece in split("*" * LONGEST))


def test_a_long_text_is_cut_behind_a_line_or_else_a_word() -> None:
    assert split("one two\nthree", longest=10) == ["one two\n", "three"]
    assert split("aaaa bbbb", longest=6) == ["aaaa ", "bbbb"]


def test_a_long_text_is_not_cut_inside_a_character() -> None:
    family = "👩‍👩‍👧"
    pieces = split(family * 4, longest=len(family) + 2)
    assert pieces == [family] * 4


def test_a_span_over_a_cut_goes_on_behind_it() -> None:
    pieces = split("aaaa bbbb", [Span(0, 9, SpanKind.STRONG)], longest=10)
    assert pieces == ["**aaaa** ", "**bbbb**"]


READABLE = st.text(
    st.characters(
        codec="utf-8",
        exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co"),
        exclude_characters="\u200b\u2060\ufeff",
    )
    | st.sampled_from("*_`~[]()<>#@:&\\|!-+=.1 \n/")
)
KINDS = st.sampled_from([None, SpanKind.STRONG, SpanKind.CODE])


@given(READABLE, KINDS, st.integers(0, 20), st.integers(0, 20))
def test_any_text_is_read_as_it_was_written(
    text: str, kind: SpanKind | None, start: int, length: int
) -> None:
    spans = [] if kind is None else [Span(start, min(start + length, len(text)), kind)]
    shown = read(render(text, [span for span in spans if span.start < span.end]), NAMES)
    assert as_read(shown.text.replace("\u00a0", " ")) == as_read(text.replace("\u00a0", " "))


@given(READABLE, KINDS)
def test_no_text_calls_anybody(text: str, kind: SpanKind | None) -> None:
    text = f"@all {text} @channel"
    spans = [] if kind is None else [Span(2, len(text) - 2, kind)]
    assert read(render(text, spans), NAMES).called == ()


@given(READABLE, st.integers(20, 60))
def test_a_text_in_pieces_loses_nothing(text: str, longest: int) -> None:
    pieces = split(text, [Span(0, len(text), SpanKind.STRONG)] if text else [], longest)
    assert all(len(piece) <= longest for piece in pieces)
    shown = "".join(read(piece).text for piece in pieces)
    assert without_space(shown) == without_space(text)
