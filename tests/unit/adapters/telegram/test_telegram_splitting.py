"""Long texts in parts."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Span, SpanKind
from adapters.telegram.splitting import LIMIT, split
from tests.servers.telegram_chats import units

TEXTS = st.text(st.sampled_from("ab \n🔒é\u0301\u200d<&@"), max_size=300)


@given(TEXTS, st.integers(2, 40))
def test_the_parts_joined_are_the_text(text: str, limit: int) -> None:
    parts = split(text, [], limit)
    assert "".join(part.text for part in parts) == text
    assert all(0 < units(part.text) <= limit for part in parts)


@given(TEXTS, st.integers(2, 40), st.data())
def test_every_stretch_keeps_its_span_in_whatever_part_it_is(
    text: str, limit: int, data: st.DataObject
) -> None:
    edges = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    spans = [
        Span(start, end, SpanKind.STRONG)
        for start, end in zip(edges[::2], edges[1::2], strict=False)
        if start < end
    ]
    covered = "".join(
        part.text[span.start : span.end]
        for part in split(text, spans, limit)
        for span in part.spans
    )
    assert covered == "".join(text[span.start : span.end] for span in spans)


def test_a_short_text_is_one_part_with_its_spans_in_order() -> None:
    late, early = Span(6, 9, SpanKind.CODE), Span(0, 5, SpanKind.STRONG)
    (part,) = split("Close now", [late, early])
    assert part.spans == (early, late)


def test_no_text_is_no_part() -> None:
    assert split("", []) == []


def test_it_cuts_where_a_line_ends_rather_than_a_word() -> None:
    assert [part.text for part in split("aaaa bb\ncc dddd", [], 12)] == ["aaaa bb\n", "cc dddd"]
    assert [part.text for part in split("aaaa bbbb cccc", [], 12)] == ["aaaa bbbb ", "cccc"]


def test_a_line_end_far_back_does_not_make_a_tiny_part() -> None:
    assert [part.text for part in split("a\nbbbbbbbbbbbbbbbbb", [], 10)] == [
        "a\nbbbbbbbb",
        "bbbbbbbbb",
    ]


def test_what_is_one_sign_to_the_eye_is_not_cut() -> None:
    family = "👩\u200d👩\u200d👧"
    parts = split("x" * 6 + family + "y" * 6, [], 12)
    assert [part.text for part in parts] == ["xxxxxx", family + "yyyy", "yy"]
    assert split("abcde\u0301f", [], 5)[0].text == "abcd"


def test_the_limit_leaves_room_below_telegrams() -> None:
    parts = split("🔒" * 5000, [])
    assert [units(part.text) for part in parts] == [LIMIT, LIMIT, 10_000 - 2 * LIMIT]
    assert LIMIT <= 3500
