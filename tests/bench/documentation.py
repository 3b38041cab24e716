"""The figures in `docs/performance.md`: written by a run, between markers."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from tests.bench import drawing
from tests.bench.part import Part
from tests.bench.telling import as_markdown, limits_as_markdown

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "performance.md"
PLOTS = "performance"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"

QUIET = 0.5
"""The load average below which a machine counts as quiet."""


def setting(*, quick: bool) -> str:
    """On what was measured, and how quiet it was there, as a sentence or two."""
    load = os.getloadavg()[0]
    said = (
        f"{os.cpu_count()} processors, Linux {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}; load average at the start {load:.1f}."
    )
    if load > QUIET:
        said += " The machine was NOT quiet: read the ratios with care, and no milliseconds."
    if quick:
        said += " A quick run with few rounds: no measurement."
    return said


def write(parts: Sequence[Part], said: str, missing: Sequence[str]) -> None:
    """Put tables and plots in place of the former ones."""
    folder = DOCS / PLOTS
    folder.mkdir(exist_ok=True)
    limits = [one for part in parts for one in part.limits]
    (folder / "limits.svg").write_text(drawing.limits(limits))
    texts = [said, *(f"**Not measured:** {one}." for one in missing)]
    texts += [f"![Every judged figure beside its limit]({PLOTS}/limits.svg)"]
    texts += [limits_as_markdown(parts)]
    for part in parts:
        texts.append(as_markdown(part))
        for number, plot in enumerate(part.plots):
            name = f"{part.name}{number or ''}.svg"
            (folder / name).write_text(drawing.bars(plot))
            texts.append(f"![{plot.title}]({PLOTS}/{name})")
    PAGE.write_text(put(PAGE.read_text(), "\n\n".join(texts)))


def put(page: str, figures: str) -> str:
    """Return the page with these figures between its markers.

    Raises:
        ValueError: it does not have both markers once, in their order.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ValueError(f"the page needs one {BEGIN} and after it one {END}")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"
