"""The truth table, and what comes next."""

import pytest

from core.decision import decide, holds
from core.protocol import LockInfo, Occurrence, Transition

WINDOW = Occurrence(100, 200, "week")
LATER = Occurrence(500, 600, "later")
BOTH = [WINDOW, LATER]
LOCK = LockInfo("unix:root")


@pytest.mark.parametrize(
    ("now", "lock", "maintenance", "reasons"),
    [
        (50, None, False, ()),
        (150, None, True, ("window",)),
        (50, LOCK, True, ("lock",)),
        (150, LOCK, True, ("window", "lock")),
    ],
)
def test_the_four_rows_of_the_truth_table(
    *, now: int, lock: LockInfo | None, maintenance: bool, reasons: tuple[str, ...]
) -> None:
    decided = decide(now, BOTH, lock)
    assert (decided.maintenance, decided.reasons) == (maintenance, reasons)
    assert decided.window == (WINDOW if now == 150 else None)


@pytest.mark.parametrize(("now", "inside"), [(99, False), (100, True), (199, True), (200, False)])
def test_a_window_begins_at_its_start_and_is_over_at_its_end(*, now: int, inside: bool) -> None:
    assert decide(now, [WINDOW], None).maintenance is inside


def test_an_open_shop_closes_at_the_next_start() -> None:
    assert decide(50, BOTH, None).next_transition == Transition(100, maintenance=True)
    assert decide(300, BOTH, None).next_transition == Transition(500, maintenance=True)


def test_a_window_ends_by_itself() -> None:
    assert decide(150, BOTH, None).next_transition == Transition(200, maintenance=False)


def test_without_windows_nothing_comes() -> None:
    assert decide(50, [], None).next_transition is None
    assert decide(700, BOTH, None).next_transition is None


@pytest.mark.parametrize("now", [50, 150])
def test_an_endless_lock_never_ends_by_itself(now: int) -> None:
    assert decide(now, BOTH, LOCK).next_transition is None


@pytest.mark.parametrize(
    ("until", "opens"),
    [(90, 90), (100, 200), (150, 200), (199, 200), (200, 200), (250, 250)],
)
def test_a_lock_that_ends_opens_the_shop_unless_a_window_then_holds(until: int, opens: int) -> None:
    lock = LockInfo("a", until=until)
    assert decide(50, BOTH, lock).next_transition == Transition(opens, maintenance=False)


def test_at_its_end_a_lock_no_longer_holds() -> None:
    lock = LockInfo("a", until=80)
    assert holds(lock, 79)
    assert not holds(lock, 80)
    assert decide(80, BOTH, lock).maintenance is False
    assert decide(80, BOTH, lock).next_transition == Transition(100, maintenance=True)


def test_an_unreadable_lock_holds_without_end() -> None:
    decided = decide(150, BOTH, LockInfo("unknown", until=10), unreadable=True)
    assert decided.reasons == ("window", "unreadable-lock")
    assert decided.next_transition is None
    assert decide(50, BOTH, None, unreadable=True).maintenance


def test_a_doubt_keeps_the_shop_closed_and_foretells_nothing() -> None:
    decided = decide(50, BOTH, None, doubts=("implausible-clock",))
    assert decided.maintenance
    assert decided.reasons == ("implausible-clock",)
    assert decided.next_transition is None
