"""What the benches found, as text for a terminal and as Markdown."""

from collections.abc import Iterator, Sequence

from tests.bench.part import Limit, Part

Table = Sequence[Sequence[str]]


def as_text(part: Part) -> str:
    """One bench for a terminal."""
    return "\n".join(["", part.title, *_columns([part.header, *part.rows]), *_below(part)])


def _columns(table: Table) -> Iterator[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    for row in table:
        cells = zip(row, widths, strict=True)
        first = next(cells)
        rest = (cell.rjust(width) for cell, width in cells)
        yield "  " + "  ".join([first[0].ljust(first[1]), *rest])


def _below(part: Part) -> Iterator[str]:
    yield from (f"  {note}" for note in part.notes)
    yield from (f"  {judged(one)}" for one in part.limits)
    yield from (f"  NOT MEASURED: {one}" for one in part.missing)


def judged(one: Limit) -> str:
    """A figure, its limit and its aim, in a line."""
    aim = "" if one.aim is None else f", aim {number(one.aim)}"
    mark = "" if one.kept else "  EXCEEDED"
    bound = "at least" if one.least else "at most"
    return f"{one.name}: {figure(one)} ({bound} {number(one.limit)}{aim}){mark}"


def as_markdown(part: Part) -> str:
    """One bench for the documentation."""
    said = [f"### {part.title}", "", *_table([part.header, *part.rows])]
    if part.notes:
        said += ["", *part.notes]
    return "\n".join(said)


def limits_as_markdown(parts: Sequence[Part]) -> str:
    """All figures that are judged, in one table."""
    rows = [
        (one.name, figure(one), _bound(one), _aim(one), "yes" if one.kept else "**no**")
        for part in parts
        for one in part.limits
    ]
    return "\n".join(_table([("figure", "measured", "limit", "aim", "kept"), *rows]))


def _table(table: Table) -> Iterator[str]:
    header, *rows = table
    yield f"| {' | '.join(header)} |"
    yield "|" + " --- |" + " ---: |" * (len(header) - 1)
    yield from (f"| {' | '.join(row)} |" for row in rows)


def figure(one: Limit) -> str:
    """The figure with its unit."""
    return f"{number(one.value)} {one.unit}".rstrip()


def _bound(one: Limit) -> str:
    return f"{'≥' if one.least else '≤'} {number(one.limit)}"


def _aim(one: Limit) -> str:
    return "" if one.aim is None else number(one.aim)


def number(value: float) -> str:
    """As many digits as say something."""
    if value == int(value) or value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
