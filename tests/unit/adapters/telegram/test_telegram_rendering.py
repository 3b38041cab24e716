"""Text and spans as HTML, read back by what reads it in earnest."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Span, SpanKind
from adapters.telegram.rendering import as_html, as_plain, forms
from adapters.telegram.splitting import Part
from tests.servers.telegram_chats import stretch
from tests.servers.telegram_markup import found_in, read_html

NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def part(text: str, *spans: Span) -> Part:
    return Part(text, spans)


@given(st.text(st.sampled_from("<>&\"'/ab;🔒\n#lt"), max_size=60))
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    whole = Span(0, len(text), SpanKind.STRONG)
    assert read_html(as_html(part(text))) == (text, [])
    assert read_html(as_html(part(text, whole)))[0] == text


def test_spans_become_tags_around_their_own_stretch() -> None:
    text = "🔒 Closed <now>: /maintenance unlock"
    source = as_html(part(text, Span(2, 8, SpanKind.STRONG), Span(16, 35, SpanKind.CODE)))
    assert source == "🔒 <b>Closed</b> &lt;now&gt;: <code>/maintenance unlock</code>"
    read, entities = read_html(source)
    assert read == text
    assert [stretch(read, one) for one in entities] == ["Closed", "/maintenance unlock"]


def test_an_instant_lets_telegram_show_it_in_the_readers_zone() -> None:
    source = as_html(part("until 12:00.", Span(6, 11, SpanKind.TIME, NOON)))
    assert source == 'until <tg-time unix="1795953600" format="wdt">12:00</tg-time>.'


def test_a_time_without_an_instant_is_plain_text() -> None:
    assert as_html(part("12:00", Span(0, 5, SpanKind.TIME))) == "12:00"


def test_the_forms_go_from_best_to_plainest() -> None:
    text = part("until <12:00>", Span(0, 5, SpanKind.STRONG), Span(7, 12, SpanKind.TIME, NOON))
    assert list(forms(text)) == [
        ('<b>until</b> &lt;<tg-time unix="1795953600" format="wdt">12:00</tg-time>&gt;', "HTML"),
        ("<b>until</b> &lt;12:00&gt;", "HTML"),
        ("until <12:00>", None),
    ]
    assert [mode for _, mode in forms(part("x"))] == ["HTML", None]


@pytest.mark.parametrize("text", ["@anna", "hey @anna_b!", "(@bram)", "@all @here"])
def test_a_name_in_a_text_notifies_nobody(text: str) -> None:
    for shown in (as_plain(part(text)), read_html(as_html(part(text)))[0]):
        assert not [one for one in found_in(shown, []) if one["type"] == "mention"]
        assert shown.replace("\u2060", "") == text


@pytest.mark.parametrize("text", ["a@b.example", "at 5 @ the desk", "@"])
def test_an_at_that_names_nobody_stays_as_it_is(text: str) -> None:
    assert as_plain(part(text)) == text


def test_a_command_in_code_can_be_copied_as_it_is() -> None:
    command = "/maintenance @ClosingBot lock"
    assert as_html(part(command, Span(0, len(command), SpanKind.CODE))) == f"<code>{command}</code>"
