import asyncio
from datetime import timedelta

import pytest
from tenacity import RetryCallState

from adapters.base import Destination, Moved, OutcomeUnknown, Permanent, Temporary
from bot.retrying import is_worth_repeating, retrying

DOWN = Temporary("down", "no connection")
LOST = OutcomeUnknown("timeout", "no answer")
MOVED = Moved("moved", "elsewhere", destination=Destination("telegram", "-2"))


class Run:
    """One delivery whose attempts end as scripted; notes how long it waited."""

    def __init__(self, *ends: BaseException, doubts: int = 0) -> None:
        self.ends = list(ends)
        self.waits: list[float] = []
        self.doubts = doubts

    async def attempt(self) -> None:
        if self.ends:
            raise self.ends.pop(0)

    def count(self, state: RetryCallState) -> None:
        assert state.outcome is not None
        self.doubts += isinstance(state.outcome.exception(), OutcomeUnknown)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def deliver(self) -> list[float]:
        policy = retrying(
            max_age=timedelta(hours=24),
            age=lambda: timedelta(seconds=sum(self.waits)),
            doubts=lambda: self.doubts,
            before_sleep=self.count,
            sleep=self.sleep,
        )
        await policy(self.attempt)
        return self.waits


async def test_waits_grow_at_random_from_one_second_to_five_minutes() -> None:
    waits = await Run(*[DOWN] * 40).deliver()
    ceilings = [min(300, 2**attempt) for attempt in range(40)]
    assert all(1 <= wait <= high for wait, high in zip(waits, ceilings, strict=True))
    assert len(set(waits[10:])) > 20
    assert max(waits) > 100


async def test_the_platforms_wait_is_obeyed_with_a_little_more() -> None:
    waits = await Run(Temporary("flood", "too many", retry_after=90)).deliver()
    assert 90 <= waits[0] <= 91


async def test_an_impatient_platform_gets_no_more_than_one_message_a_second() -> None:
    waits = await Run(Temporary("flood", "too many", retry_after=0)).deliver()
    assert 1 <= waits[0] <= 2


async def test_two_doubtful_repeats_follow_soon_and_the_next_ones_late() -> None:
    waits = await Run(*[LOST] * 8).deliver()
    assert all(wait <= 2 for wait in waits[:2])
    assert all(300 <= wait <= 4 * 3600 for wait in waits[2:])


async def test_doubts_of_a_former_run_count() -> None:
    waits = await Run(LOST, doubts=2).deliver()
    assert waits[0] >= 300


async def test_a_moved_channel_is_followed_at_once_but_not_for_ever() -> None:
    waits = await Run(*[MOVED] * 6).deliver()
    assert waits[:3] == [0, 0, 0]
    assert all(wait >= 1 for wait in waits[3:])


async def test_trying_ends_when_the_announcement_is_a_day_old() -> None:
    run = Run(*[DOWN] * 10_000)
    with pytest.raises(Temporary):
        await run.deliver()
    assert 23 * 3600 < sum(run.waits) <= 24 * 3600


async def test_a_wait_that_would_outlive_the_announcement_is_not_begun() -> None:
    run = Run(Temporary("flood", "too many", retry_after=25 * 3600))
    with pytest.raises(Temporary):
        await run.deliver()
    assert run.waits == []


@pytest.mark.parametrize(
    "error", [Permanent("kicked", "removed"), KeyError("result"), asyncio.CancelledError()]
)
async def test_nothing_else_is_repeated(error: BaseException) -> None:
    run = Run(error)
    with pytest.raises(type(error)):
        await run.deliver()
    assert run.waits == []
    assert not is_worth_repeating(error)


async def test_deliveries_at_once_do_not_disturb_each_other() -> None:
    runs = [Run(DOWN, DOWN) for _ in range(50)]
    waits = await asyncio.gather(*(run.deliver() for run in runs))
    assert [len(one) for one in waits] == [2] * 50
