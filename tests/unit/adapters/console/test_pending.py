"""When a line has had its answer."""

import asyncio

import pytest

from adapters.base import Destination, OutgoingMessage, Receipt
from adapters.console.pending import Pending, Unanswered

CHAT = Destination("console", "chat")
FOREVER = 3600.0


def said(text: str, *, to: str | None = "q1", replaces: str | None = None) -> OutgoingMessage:
    earlier = Receipt(CHAT, replaces) if replaces else None
    return OutgoingMessage(CHAT, text, reply_to=to, replaces=earlier)


def by(number: str) -> Receipt:
    return Receipt(CHAT, number)


async def waits(pending: Pending) -> bool:
    """Tell whether `settled` still waits after it had its chance."""
    task = asyncio.create_task(pending.settled("q1"))
    for _ in range(5):
        await asyncio.sleep(0)
    done = task.done()
    task.cancel()
    await asyncio.wait({task})
    return not done


async def test_nothing_asked_is_settled() -> None:
    assert not await waits(Pending(FOREVER))


async def test_a_question_waits_for_its_answer() -> None:
    pending = Pending(FOREVER)
    pending.asked("q1")
    assert await waits(pending)
    await pending.answered(said("open"), by("a1"))
    assert not await waits(pending)


async def test_another_ones_answer_does_not_count() -> None:
    pending = Pending(FOREVER)
    pending.asked("q1")
    await pending.answered(said("open", to="q0"), by("a1"))
    await pending.answered(said("the window has begun", to=None), by("a2"))
    assert await waits(pending)


async def test_a_note_is_no_answer_until_its_result() -> None:
    pending = Pending(FOREVER)
    pending.asked("q1")
    await pending.answered(said("⏳ closing…"), by("a1"))
    assert await waits(pending)
    assert [note.text for note in pending.notes] == ["⏳ closing…"]
    await pending.answered(said("closed", replaces="a1"), by("a2"))
    assert not await waits(pending)
    assert pending.notes == ()


async def test_a_note_may_be_replaced_by_another() -> None:
    pending = Pending(FOREVER)
    pending.asked("q1")
    await pending.answered(said("⏳ closing…"), by("a1"))
    await pending.answered(said("⏳ still closing…", replaces="a1"), by("a2"))
    assert [note.text for note in pending.notes] == ["⏳ still closing…"]
    await pending.answered(said("closed", replaces="a2"), by("a3"))
    assert not await waits(pending)


async def test_a_line_that_gets_no_answer_is_not_waited_for_for_ever() -> None:
    pending = Pending(0.01)
    pending.asked("q1")
    with pytest.raises(Unanswered, match="q1"):
        await pending.settled("q1")
    assert not await waits(pending), "and it is not waited for again"


async def test_another_lines_note_is_not_waited_for() -> None:
    pending = Pending(FOREVER)
    await pending.answered(said("⏳ closing…", to="q0"), by("a0"))
    pending.asked("q1")
    await pending.answered(said("open"), by("a1"))
    assert not await waits(pending)


async def test_waiting_ends_when_the_answer_comes_meanwhile() -> None:
    pending = Pending(FOREVER)
    pending.asked("q1")
    settled = asyncio.create_task(pending.settled("q1"))
    await asyncio.sleep(0)
    await pending.answered(said("open"), by("a1"))
    async with asyncio.timeout(10):
        await settled


@pytest.mark.parametrize(("replaces", "corrects"), [(None, False), ("n1", False), ("a0", True)])
async def test_what_replaces_more_than_a_note_is_a_correction(
    replaces: str | None,
    corrects: bool,  # noqa: FBT001 -- a column of the table above
) -> None:
    pending = Pending(FOREVER)
    await pending.answered(said("⏳ closing…"), by("n1"))
    assert pending.corrects(said("closed", replaces=replaces)) is corrects
