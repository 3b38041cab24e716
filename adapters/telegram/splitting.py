"""Long texts in parts, none of which is too long or cuts a character in two."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from adapters.base import Span

LIMIT = 3500
"""Length of a part in UTF-16 units.

Telegram's limit is 4096 after the markup is read; in which unit it counts is not documented, and
UTF-16 units are the most that a text can have.
"""

_JOINERS = "\u200d\ufe0e\ufe0f"
_BREAKS = ("\n", " ")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text with the spans in it, counted from the part's start."""

    text: str
    spans: tuple[Span, ...]


def split(text: str, spans: Sequence[Span], limit: int = LIMIT) -> list[Part]:
    """Cut a text where a line or word ends if it can be; the parts joined are the text again.

    A span that a cut runs through goes on in the next part: each part is whole in itself.
    """
    parts = []
    start = 0
    for end in _cuts(text, limit):
        parts.append(Part(text[start:end], _inside(spans, start, end)))
        start = end
    return parts


def _cuts(text: str, limit: int) -> Iterator[int]:
    start = 0
    while start < len(text):
        furthest = _reach(text, start, limit)
        end = furthest if furthest == len(text) else _good_cut(text, start, furthest)
        yield end
        start = end


def _reach(text: str, start: int, limit: int) -> int:
    units = 0
    for place in range(start, len(text)):
        units += _units(text[place])
        if units > limit:
            return max(place, start + 1)
    return len(text)


def _good_cut(text: str, start: int, furthest: int) -> int:
    # Not so early that a part is nearly empty.
    earliest = start + (furthest - start) // 2
    for sign in _BREAKS:
        found = text.rfind(sign, earliest, furthest)
        if found > start:
            return found + 1
    for place in range(furthest, earliest, -1):
        if _may_cut(text, place):
            return place
    return furthest


def _may_cut(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    joined = before in _JOINERS or after in _JOINERS or unicodedata.combining(after) != 0
    return not joined


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _inside(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    ordered = sorted(spans, key=lambda span: span.start)
    cut = (
        replace(span, start=max(span.start, start) - start, end=min(span.end, end) - start)
        for span in ordered
    )
    return tuple(span for span in cut if span.start < span.end)
