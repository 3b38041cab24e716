"""Text with spans, built by pieces, so that offsets are exact whatever foreign text is in it.

A template is our own text with `{placeholders}`, `**strong**` and `` `a command` ``. What is put
in for a placeholder is never looked at again: markup in somebody's name stays plain text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from string import Formatter

from adapters.base import Span, SpanKind, Tone
from bot.reading import visible

_MARKUP = re.compile(r"(\*\*[^*]+\*\*|`[^`]+`)")
_KINDS = {"**": SpanKind.STRONG, "`": SpanKind.CODE}


@dataclass(frozen=True, slots=True)
class Text:
    """What is said: plain text, what its stretches are, and what it says of the shop."""

    text: str
    spans: tuple[Span, ...] = ()
    tone: Tone = Tone.NEUTRAL

    def toned(self, tone: Tone) -> "Text":
        """Return the same words in another tone."""
        return replace(self, tone=tone)

    def __bool__(self) -> bool:
        """Tell whether anything is said."""
        return bool(self.text)


Piece = Text | str
"""What stands in a text: text with spans, or plain text."""


def joined(pieces: Iterable[Piece], between: str = "") -> Text:
    """Put pieces one after another, leaving empty ones out; the tone is neutral."""
    text = ""
    spans: list[Span] = []
    for piece in pieces:
        if not piece:
            continue
        part = Text(piece) if isinstance(piece, str) else piece
        text += between if text else ""
        spans += _moved(part.spans, len(text))
        text += part.text
    return Text(text, tuple(spans))


def _moved(spans: Iterable[Span], by: int) -> Iterator[Span]:
    return (replace(span, start=span.start + by, end=span.end + by) for span in spans)


def lines(*pieces: Piece) -> Text:
    """Put pieces on lines of their own."""
    return joined(pieces, "\n")


def sentences(*pieces: Piece) -> Text:
    """Put sentences one after another."""
    return joined(pieces, " ")


def filled(template: str, **values: Piece) -> Text:
    """Fill a template of ours."""
    return joined(_pieces(template, values))


def _pieces(template: str, values: dict[str, Piece]) -> Iterator[Piece]:
    for literal, name, _, _ in Formatter().parse(template):
        for part in _MARKUP.split(literal):
            kind = _KINDS.get(part[:2]) or _KINDS.get(part[:1])
            yield _marked(part, kind) if kind else part
        if name is not None:
            yield values[name]


def _marked(part: str, kind: SpanKind) -> Text:
    bare = part.strip("*" if kind is SpanKind.STRONG else "`")
    return spanned(bare, kind)


def spanned(text: str, kind: SpanKind, instant: datetime | None = None) -> Text:
    """Return a text that is one span from end to end."""
    return Text(text, (Span(0, len(text), kind, instant),))


def foreign(text: str, limit: int) -> str:
    """Return somebody else's words fit to be shown: one line, nothing invisible, `limit` long."""
    line = " ".join(visible(" ".join(text[: limit * 4].split())).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "\u2026"
