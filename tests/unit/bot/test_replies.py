"""An answer is tried a few times, and never twice where it may have arrived."""

from dataclasses import replace

import pytest

from adapters.base import (
    AdapterError,
    Destination,
    Moved,
    OutcomeUnknown,
    OutgoingMessage,
    Permanent,
    Receipt,
    Temporary,
)
from bot.replies import LONGEST_WAIT, Replies, ReplyLost

CHAT = Destination("telegram", "-100")
NEW = Destination("telegram", "-100200")
ANSWER = OutgoingMessage(CHAT, "Locked.", reply_to="7", replaces=Receipt(CHAT, "8"))


class Far:
    """A platform that fails as planned, and takes everything after that."""

    def __init__(self, *failures: AdapterError) -> None:
        self.failures = list(failures)
        self.tries: list[OutgoingMessage] = []
        self.naps: list[float] = []
        self.moves: list[tuple[Destination, Destination]] = []

    async def send(self, message: OutgoingMessage) -> Receipt:
        self.tries.append(message)
        if self.failures:
            raise self.failures.pop(0)
        return Receipt(message.destination, "9")

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)

    def replies(self) -> Replies:
        return Replies(
            self.send, moved=lambda old, new: self.moves.append((old, new)), sleep=self.sleep
        )


async def test_a_receipt_ends_it() -> None:
    far = Far()
    assert await far.replies().say(ANSWER) == Receipt(CHAT, "9")
    assert far.tries == [ANSWER]


async def test_what_was_not_accepted_is_tried_again() -> None:
    far = Far(Temporary("net", "no"), Temporary("net", "no"))
    assert await far.replies().say(ANSWER)
    assert len(far.tries) == 3
    assert all(0 <= nap <= 5 for nap in far.naps)


async def test_it_waits_as_long_as_the_platform_asks() -> None:
    far = Far(Temporary("rate", "slow down", retry_after=7))
    await far.replies().say(ANSWER)
    assert 7 <= far.naps[0] <= 8


async def test_it_does_not_wait_longer_than_an_answer_is_worth() -> None:
    far = Far(Temporary("rate", "slow down", retry_after=LONGEST_WAIT + 1))
    with pytest.raises(ReplyLost, match="rate"):
        await far.replies().say(ANSWER)
    assert far.naps == []


async def test_it_gives_up_after_four_tries() -> None:
    far = Far(*[Temporary("net", "no")] * 9)
    with pytest.raises(ReplyLost, match="telegram:-100: net"):
        await far.replies().say(ANSWER)
    assert len(far.tries) == 4


@pytest.mark.parametrize("error", [OutcomeUnknown("lost", "?"), Permanent("gone", "no such chat")])
async def test_what_may_have_arrived_or_never_will_is_not_tried_again(error: AdapterError) -> None:
    far = Far(error)
    with pytest.raises(ReplyLost):
        await far.replies().say(ANSWER)
    assert len(far.tries) == 1


async def test_a_chat_that_moved_is_followed_once_and_the_move_is_kept() -> None:
    far = Far(Moved("moved", "new id", destination=NEW))
    assert await far.replies().say(ANSWER) == Receipt(NEW, "9")
    assert far.moves == [(CHAT, NEW)]
    assert far.tries[1] == replace(ANSWER, destination=NEW, replaces=None, reply_to=None)


async def test_a_chat_that_keeps_moving_is_not_followed_for_ever() -> None:
    far = Far(*[Moved("moved", "new id", destination=NEW)] * 9)
    with pytest.raises(ReplyLost):
        await far.replies().say(ANSWER)
    assert len(far.tries) == 2


async def test_an_adapter_that_runs_into_its_own_timeout_may_have_sent_it() -> None:
    async def late(_: OutgoingMessage) -> Receipt:
        raise TimeoutError

    with pytest.raises(ReplyLost, match="timeout"):
        await Replies(late).say(ANSWER)
