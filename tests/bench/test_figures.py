"""The benches' own parts: what counts as kept, and how it is told. None of it measures anything."""

import math
from xml.etree import ElementTree as ET

import pytest

from tests.bench import documentation, drawing
from tests.bench.part import Bars, Curve, Limit, Part, interleaved, quantile
from tests.bench.telling import as_markdown, as_text, judged

PART = Part(
    "helper",
    "The helper",
    ("command", "ms"),
    [("status", "12.5"), ("lock + unlock", "31.0")],
    [
        Limit("status / bash", 1.2, 2.0, 1.0),
        Limit("requests with / without", 0.7, 0.85, least=True),
    ],
    ["A note."],
)


@pytest.mark.parametrize(
    ("limit", "kept"),
    [
        (Limit("a", 1.5, 1.5), True),
        (Limit("a", 1.51, 1.5), False),
        (Limit("a", math.nan, 1.5), False),
        (Limit("a", 100, 100, least=True), True),
        (Limit("a", 99, 100, least=True), False),
        (Limit("a", 0, 0), True),
        (Limit("a", 1, 0), False),
    ],
)
def test_a_figure_is_kept_up_to_its_limit_and_no_further(limit: Limit, kept: bool) -> None:  # noqa: FBT001 - a table of cases
    assert limit.kept is kept
    assert (limit.used <= 1) is kept


def test_a_part_with_one_exceeded_limit_is_not_kept() -> None:
    assert not PART.kept
    assert Part("a", "b", ("c",), [], PART.limits[:1]).kept


def test_growth_is_the_worst_step_up_even_from_a_dip() -> None:
    assert Curve("a", {1: 4.0, 10: 1.0, 100: 2.0}, 1.5).growth == 2.0
    assert not Curve("a", {1: 4.0, 10: 1.0, 100: 2.0}, 1.5).judged().kept
    assert Curve("a", {10: 1.0, 1000: 1.4}, 1.5).judged().kept


def test_all_are_measured_once_a_round_and_the_first_rounds_do_not_count() -> None:
    calls: list[str] = []

    def measured(name: str) -> float:
        calls.append(name)
        return float(len([one for one in calls if one == name]))

    medians = interleaved({name: lambda name=name: measured(name) for name in "ab"}, 3, warm_up=2)  # type: ignore[misc]  # the default binds the name
    assert medians == {"a": 4.0, "b": 4.0}
    assert all(sorted(calls[turn : turn + 2]) == ["a", "b"] for turn in range(0, 10, 2))


def test_a_quantile_is_one_of_the_values() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([float(n) for n in range(101)], 0.95) == 95.0
    assert quantile([7.0], 0.95) == 7.0


def test_what_is_exceeded_is_said_loudly() -> None:
    assert judged(PART.limits[0]) == "status / bash: 1.20 x (at most 2, aim 1)"
    assert judged(PART.limits[1]) == "requests with / without: 0.70 x (at least 0.85)  EXCEEDED"
    assert "  lock + unlock  31.0" in as_text(PART)


def test_a_table_in_the_documentation_is_markdown() -> None:
    assert as_markdown(PART).splitlines()[2:5] == [
        "| command | ms |",
        "| --- | ---: |",
        "| status | 12.5 |",
    ]


def test_figures_replace_what_stands_between_the_markers_and_nothing_else() -> None:
    begin, end = documentation.BEGIN, documentation.END
    page = f"before\n{begin}\nold\n{end}\nafter\n"
    assert documentation.put(page, "new") == f"before\n{begin}\n\nnew\n\n{end}\nafter\n"
    for wrong in ("nothing", f"{end}\n{begin}", f"{begin}{end}{begin}{end}"):
        with pytest.raises(ValueError, match="the page needs"):
            documentation.put(wrong, "new")


def test_the_page_of_figures_has_its_markers() -> None:
    page = documentation.PAGE.read_text()
    assert documentation.put(page, "new").count("new") == 1 + page.count("new")


def test_plots_are_drawn_for_light_and_dark_pages() -> None:
    for drawn in (
        drawing.limits(PART.limits),
        drawing.bars(Bars("Memory", "MiB", {"ours & both": 60.0, "a": 43.0}, frozenset({"a"}))),
    ):
        root = ET.fromstring(drawn)
        assert root.get("viewBox")
        assert "prefers-color-scheme: dark" in drawn


def test_a_bar_is_as_long_as_its_value() -> None:
    drawn = drawing.bars(Bars("Memory", "MiB", {"small": 20.0, "large": 40.0}))
    bars = [one for one in ET.fromstring(drawn).iter() if one.tag.endswith("rect")]
    widths = [float(one.get("width", "0")) for one in bars]
    assert widths[1] == pytest.approx(2 * widths[0])


def test_a_figure_over_its_limit_is_drawn_as_such_and_beyond_the_line() -> None:
    root = ET.fromstring(drawing.limits(PART.limits))
    bars = [one for one in root.iter() if one.tag.endswith("rect")]
    line = next(one for one in root.iter() if one.get("class") == "limit")
    ends = [float(one.get("x", "0")) + float(one.get("width", "0")) for one in bars]
    assert [one.get("class") for one in bars] == ["ours", "over"]
    assert ends[0] < float(line.get("x1", "0")) < ends[1]
