from datetime import timedelta

import pytest

from bot.packing import Merging, is_late, pack
from bot.parcel import Parcel, Row
from core.protocol import Event
from tests.unit.bot.telling import START, event

MERGING = Merging(more_than=3, older_than=timedelta(minutes=15))


def row(number: int, told: Event | None = None, state: str = "due") -> Row:
    return Row(
        id=number,
        seq=told.seq if told else None,
        happened_at=told.at if told else int(START.timestamp()),
        payload=told.to_json() if told else '{"kind": "shop", "facts": {}}',
        state=state,
        created_at=int(START.timestamp()),
        next_try_at=0,
        obey=0,
        attempts=0,
        doubts=0,
    )


def events(count: int, transition: str | None = None) -> list[Row]:
    return [row(seq, event(seq, transition=transition)) for seq in range(1, count + 1)]


def numbers(rows: list[Row], after: timedelta = timedelta(), **how: bool) -> list[int]:
    coming_back = how.get("coming_back", False)
    packed = pack(rows, START + after, MERGING, coming_back=coming_back)
    return [one.id for one in packed.rows]


def test_usually_one_message_tells_one_event() -> None:
    assert numbers(events(1)) == [1]
    assert numbers(events(3)) == [1]


def test_more_than_a_few_waiting_events_become_one_summary() -> None:
    assert numbers(events(4)) == [1, 2, 3, 4]


@pytest.mark.parametrize(("minutes", "told"), [(15, [1]), (16, [1, 2])])
def test_old_waiting_events_become_one_summary(minutes: int, told: list[int]) -> None:
    assert numbers(events(2), timedelta(minutes=minutes)) == told


def test_a_destination_that_comes_back_gets_one_summary() -> None:
    assert numbers(events(2), coming_back=True) == [1, 2]


@pytest.mark.parametrize(("seconds", "told"), [(60, [1]), (61, [1, 2])])
def test_start_and_end_that_both_passed_are_one_message(seconds: int, told: list[int]) -> None:
    rows = [row(1, event(1)), row(2, event(2, transition="off"))]
    assert numbers(rows, timedelta(seconds=seconds)) == told


def test_late_events_that_change_nothing_stay_on_their_own() -> None:
    rows = [row(1, event(1)), row(2, event(2, transition=None))]
    assert numbers(rows, timedelta(minutes=5)) == [1]


def test_a_notice_is_told_on_its_own() -> None:
    rows = [row(1), *(row(seq, event(seq)) for seq in range(2, 9))]
    assert numbers(rows, coming_back=True) == [1]


def test_a_summary_passes_over_notices() -> None:
    rows = [row(1, event(1)), row(2), row(3, event(3))]
    assert numbers(rows, coming_back=True) == [1, 3]


def test_what_may_have_been_told_is_not_packed_anew() -> None:
    rows = [row(1, event(1), "inflight"), row(2, event(2), "inflight")]
    assert numbers(rows) == [1, 2]


@pytest.mark.parametrize(("seconds", "late"), [(-5, False), (60, False), (61, True)])
def test_a_minute_after_the_event_a_message_is_late(seconds: int, late: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_late(Parcel((row(1, event(1)),)), START + timedelta(seconds=seconds)) is late
