"""Plain text to Mattermost's markdown, so that it is read as it was written and calls nobody.

A backslash stops markup, but not `@all`, `~channel`, `#tag` and `:lock:`, which are looked for in
the text that results. What stops those is a character without width behind their first sign; in
`code` they are not looked for at all.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from adapters.base import Span, SpanKind

LONGEST = 16_383
"""Code points in a post (`PostMessageMaxRunesV2` of the server)."""

NO_WIDTH = "\u200b"

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MARKUP = re.compile(r"[\\`*_~\[\]|]")
_LIVE = re.compile(r"[@#~](?=\w)|(?<!\d):(?=[\w+-]+:)|&(?=#?\w+;)|<(?=[!/?@#\w])")
_ADDRESS = re.compile(r"https?://[^\s<>\[\]()`*\\|]+")
_LINE_START = re.compile(r"(?P<sign>[-+>#]|={2,}\s*$)|(?P<number>\d{1,9})(?P<dot>[.)])")
_JOINS = frozenset("\u200d\ufe0e\ufe0f\u20e3")
_INDENT = 4


def render(text: str, spans: Sequence[Span] = ()) -> str:
    """Give the markdown that shows `text` as it is, with its spans."""
    return "".join(
        _piece(text[start:end], kind, at_line_start=start == 0 or text[start - 1] == "\n")
        for start, end, kind in _stretches(len(text), spans)
    )


def split(text: str, spans: Sequence[Span] = (), longest: int = LONGEST) -> list[str]:
    """Give the markdown in pieces that are each short enough; nothing is lost between them."""
    pieces: list[str] = []
    start = 0
    while start < len(text) or not pieces:
        end = _end(text, spans, start, longest)
        pieces.append(render(text[start:end], clipped(spans, start, end)))
        start = end
    return pieces


def defused(text: str) -> str:
    """Make plain text call nobody, where no markup is read but mentions are."""
    return _LIVE.sub(lambda found: found[0] + NO_WIDTH, text)


def clipped(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """Give the spans of `text[start:end]`."""
    return [
        Span(max(span.start, start) - start, min(span.end, end) - start, span.kind, span.instant)
        for span in spans
        if span.start < end and span.end > start
    ]


def _stretches(length: int, spans: Sequence[Span]) -> Iterator[tuple[int, int, SpanKind | None]]:
    position = 0
    for span in sorted(spans, key=lambda one: one.start):
        start, end = max(span.start, position), min(span.end, length)
        if start >= end:
            continue
        if start > position:
            yield position, start, None
        yield start, end, span.kind
        position = end
    if position < length:
        yield position, length, None


def _piece(text: str, kind: SpanKind | None, *, at_line_start: bool) -> str:
    text = _CONTROL.sub("", text.replace("\r\n", "\n"))
    lines = text.split("\n")
    shown = []
    for number, line in enumerate(lines):
        starts = at_line_start or number > 0
        if kind is SpanKind.CODE:
            shown.append(_code(line))
        elif kind is SpanKind.STRONG:
            shown.append(_strong(line, starts=starts))
        else:
            shown.append(_plain(line, starts=starts))
    return "\n".join(shown)


def _code(line: str) -> str:
    if not line.strip():
        return line
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    # The space keeps backticks at the edges apart from the fence; it is not shown.
    pad = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _strong(line: str, *, starts: bool) -> str:
    inner = line.strip()
    if not inner:
        return line
    before, after = line[: line.index(inner[0])], line[len(line.rstrip()) :]
    # Without the character in between, `***` at an edge would be read as something else.
    edges = [NO_WIDTH if unicodedata.category(edge)[0] in "PS" else "" for edge in _ends(inner)]
    shown = _plain(inner, starts=False)
    return f"{_plain(before, starts=starts)}**{edges[0]}{shown}{edges[1]}**{after}"


def _ends(text: str) -> tuple[str, str]:
    return text[0], text[-1]


def _plain(line: str, *, starts: bool) -> str:
    shown = []
    position = 0
    for address in _ADDRESS.finditer(line):
        shown.append(_escaped(line[position : address.start()]))
        # Inside an address a backslash would be part of it, but a mention is found there as well.
        shown.append(address[0].replace("@", f"@{NO_WIDTH}"))
        position = address.end()
    shown.append(_escaped(line[position:]))
    return _line_start("".join(shown)) if starts else "".join(shown)


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", defused(text))


def _line_start(line: str) -> str:
    bare = line.lstrip(" \t")
    indent = line[: len(line) - len(bare)].replace("\t", " " * _INDENT)
    # Four ordinary spaces would make a code block.
    indent = "\u00a0" * len(indent) if len(indent) >= _INDENT else indent
    found = _LINE_START.match(bare)
    if found is None:
        return indent + bare
    if found["number"]:
        return f"{indent}{found['number']}\\{bare[found.start('dot') :]}"
    sign = NO_WIDTH if bare[0] == "=" else "\\"
    return f"{indent}{sign}{bare}"


def _end(text: str, spans: Sequence[Span], start: int, longest: int) -> int:
    if _fits(text, spans, start, len(text), longest):
        return len(text)
    low, high = start + 1, min(len(text), start + longest)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high) if _fits(text, spans, start, middle, longest) else (low, middle - 1)
        )
    return _good_place(text, start, low)


def _fits(text: str, spans: Sequence[Span], start: int, end: int, longest: int) -> bool:
    if end - start > longest:
        return False
    return len(render(text[start:end], clipped(spans, start, end))) <= longest


def _good_place(text: str, start: int, end: int) -> int:
    """Find where to cut at or before `end`: behind a line, else a word, else a whole character."""
    half = start + (end - start) // 2
    for sign in ("\n", " "):
        found = text.rfind(sign, half, end)
        if found >= 0:
            return found + 1
    place = end
    while place > half and _inside_a_character(text, place):
        place -= 1
    return place if place > half else end


def _inside_a_character(text: str, place: int) -> bool:
    if place >= len(text):
        return False
    before, after = text[place - 1], text[place]
    modifier = "\U0001f3fb" <= after <= "\U0001f3ff"
    return after in _JOINS or before == "\u200d" or modifier or bool(unicodedata.combining(after))
