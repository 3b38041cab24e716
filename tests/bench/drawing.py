"""Plots as SVG, readable on a light and on a dark page, by the standard library alone."""

import math
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from tests.bench.part import Bars, Limit
from tests.bench.telling import figure, number

WIDTH, NAMES, FIGURES = 900, 370, 120
ROW, HEAD, FOOT = 24, 44, 34

STYLE = """\
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .quiet { fill: #59636e; }
  .grid { stroke: #d1d9e0; }
  .limit { stroke: #cf222e; stroke-width: 2; }
  .aim { stroke: #1a7f37; stroke-width: 2; }
  .ours { fill: #0969da; }
  .other { fill: #8b949e; }
  .over { fill: #cf222e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .limit { stroke: #f85149; }
    .aim { stroke: #3fb950; }
    .ours { fill: #4493f8; }
    .over { fill: #f85149; }
  }
</style>"""


def bars(plot: Bars) -> str:
    """One bar for each value, from zero."""
    most = max(plot.values.values())
    scale = (WIDTH - NAMES - FIGURES) / most

    def rows() -> Iterator[str]:
        for row, (name, value) in enumerate(plot.values.items()):
            kind = "ours" if name in plot.ours else "other"
            yield _row(row, name, f"{number(value)} {plot.unit}", kind, value * scale)

    return _svg(plot.title, len(plot.values), rows(), "")


def limits(found: Sequence[Limit]) -> str:
    """How much of its limit each figure uses, on a logarithmic scale: left of the line is kept."""
    shares = [one.used for one in found if 0 < one.used < math.inf]
    low = math.log10(min([0.1, *shares]) * 0.8)
    high = math.log10(max([1.6, *shares]) * 1.1)
    scale = (WIDTH - NAMES - FIGURES) / (high - low)

    def place(share: float) -> float:
        return (math.log10(min(max(share, 10**low), 10**high)) - low) * scale

    def rows() -> Iterator[str]:
        for row, one in enumerate(found):
            kind = "ours" if one.kept else "over"
            yield _row(row, one.name, _figure(one), kind, place(one.used))
            if one.aim:
                share = one.limit / one.aim if one.least else one.aim / one.limit
                yield _mark("aim", NAMES + place(share), row)
        yield _mark("limit", NAMES + place(1), 0, len(found))

    foot = "share of the limit used, logarithmic; red line: the limit, green: the aim"
    return _svg("Every figure that is judged, beside its limit", len(found), rows(), foot)


def _figure(one: Limit) -> str:
    return figure(one) if len(one.unit) <= len("MiB") else number(one.value)


def _mark(kind: str, x: float, row: int, rows: int = 1) -> str:
    top = HEAD + row * ROW
    return f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{top + rows * ROW}"/>'


def _row(row: int, name: str, value: str, kind: str, length: float) -> str:
    top = HEAD + row * ROW
    shown, said = max(length, 1), escape(name.replace("`", ""))
    return (
        f'<text x="{NAMES - 10}" y="{top + 16}" text-anchor="end">{said}</text>'
        f'<rect class="{kind}" x="{NAMES}" y="{top + 4}" width="{shown:.1f}" height="{ROW - 8}"/>'
        f'<text class="quiet" x="{WIDTH - 10}" y="{top + 16}" text-anchor="end">'
        f"{escape(value)}</text>"
    )


def _svg(title: str, rows: int, drawn: Iterator[str], foot: str) -> str:
    bottom = HEAD + rows * ROW
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + FOOT}" '
        f'role="img" aria-label="{escape(title)}">'
    )
    name = f'<text class="title" x="10" y="26">{escape(title)}</text>'
    axis = f'<line class="grid" x1="{NAMES}" x2="{NAMES}" y1="{HEAD}" y2="{bottom}"/>'
    said = f'<text class="quiet" x="{NAMES}" y="{bottom + 22}">{escape(foot)}</text>'
    return "\n".join([head, STYLE, name, axis, *drawn, said, "</svg>", ""])
