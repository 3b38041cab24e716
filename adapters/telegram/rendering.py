"""Text and spans as Telegram's HTML.

`<tg-time>` (Bot API 9.5) lets each reader see an instant in their own zone; older clients show what
stands in it, older servers refuse it, and then the text goes without.
"""

import html
import re
from collections.abc import Iterator

from telegram.constants import ParseMode

from adapters.base import Span, SpanKind
from adapters.telegram.splitting import Part

TIME_FORMAT = "wdt"
"""Weekday, short date, short time: unambiguous in any zone."""

# Telegram notifies whoever a bare "@name" names; inside code it does not look for names, and an
# address such as a@b.example is none. The joiner has no width and keeps the words on one line.
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_DEFUSED = "@\u2060"

_TAGS = {SpanKind.STRONG: "b", SpanKind.CODE: "code"}


def forms(part: Part) -> Iterator[tuple[str, str | None]]:
    """Give text and parse mode, best first: each is for when the server refuses the one before."""
    yield as_html(part), ParseMode.HTML
    if any(span.kind is SpanKind.TIME for span in part.spans):
        yield as_html(part, times=False), ParseMode.HTML
    yield as_plain(part), None


def as_html(part: Part, *, times: bool = True) -> str:
    """Escape the text and put the spans' tags around their stretches."""
    pieces = []
    for text, span in _stretches(part):
        pieces.append(_tagged(text, span, times=times))
    return "".join(pieces)


def as_plain(part: Part) -> str:
    """Give the text as it is, with mentions defused."""
    return "".join(_defused(text) for text, _ in _stretches(part))


def _stretches(part: Part) -> Iterator[tuple[str, Span | None]]:
    place = 0
    for span in part.spans:
        yield part.text[place : span.start], None
        yield part.text[span.start : span.end], span
        place = span.end
    yield part.text[place:], None


def _tagged(text: str, span: Span | None, *, times: bool) -> str:
    if span is not None and span.kind is SpanKind.CODE:
        return f"<code>{html.escape(text, quote=False)}</code>"
    escaped = html.escape(_defused(text), quote=False)
    if span is None:
        return escaped
    if span.kind is not SpanKind.TIME:
        return f"<{_TAGS[span.kind]}>{escaped}</{_TAGS[span.kind]}>"
    if span.instant is None or not times:
        return escaped
    unix = int(span.instant.timestamp())
    return f'<tg-time unix="{unix}" format="{TIME_FORMAT}">{escaped}</tg-time>'


def _defused(text: str) -> str:
    return _MENTION.sub(_DEFUSED, text)
