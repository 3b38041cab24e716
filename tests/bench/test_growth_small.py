"""The growth benches at sizes that take no time: that they measure, not how much."""

from pathlib import Path

import pytest

from core.journal import read_after
from tests.bench.growth import destinations, journal, outbox, windows


def test_a_reader_and_the_helper_are_timed_at_every_size(tmp_path: Path) -> None:
    curves = journal.measure(tmp_path, (2, 3), 1, broken=False)
    assert [sorted(curve.costs) for curve in curves] == [[2, 3]] * 3
    assert all(cost > 0 for curve in curves for cost in curve.costs.values())


@pytest.mark.parametrize("size", [2, 40])
def test_the_cursor_stands_one_event_before_the_end(tmp_path: Path, size: int) -> None:
    kept = journal.kept(tmp_path / "core", size, broken=False)
    (event,) = read_after(kept.journal, kept.cursor).events
    assert event.seq == size


def test_a_sent_row_is_history_and_no_work(tmp_path: Path) -> None:
    curves = outbox.measure(tmp_path, (0, 300), 1, broken=False)
    assert [sorted(curve.costs) for curve in curves] == [[0, 300]] * 3


def test_every_destination_is_told_and_nobody_too_early(tmp_path: Path) -> None:
    (curve,), early = destinations.measure(tmp_path, (1, 12), 1, broken=False)
    assert sorted(curve.costs) == [1, 12]
    assert early == 0


def test_the_platform_sees_couriers_without_patience(tmp_path: Path) -> None:
    _, early = destinations.measure(tmp_path, (1, 12), 1, broken=True)
    assert early > 0


def test_the_windows_do_not_overlap_and_are_all_there(tmp_path: Path) -> None:
    assert windows.configuration(1000).count("[[window]]") == 1000
    (curve,) = windows.measure(tmp_path, (1, 3), 1, broken=False)
    assert sorted(curve.costs) == [1, 3]
