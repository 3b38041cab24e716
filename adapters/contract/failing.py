"""What `send` raises when the platform does not take a message."""
# ruff: noqa: D102, S101, PLR2004 -- a suite: names are sentences, asserts and odd letters its trade

import pytest

from adapters.base import Moved, OutcomeUnknown, Permanent, Temporary
from adapters.contract.base import ContractPart
from adapters.contract.far_side import Ability, SendFault
from adapters.contract.world import World


class FailingContract(ContractPart):
    """Errors tell the truth: nothing that may have arrived is called refused, nor the reverse."""

    async def test_too_many_messages_is_temporary_and_tells_how_long_to_wait(
        self, live: World
    ) -> None:
        self.needs(live, Ability.RATE_LIMIT)
        await live.far.fail(SendFault.RATE_LIMIT, retry_after=7)
        error = await live.refused("too soon")
        assert isinstance(error, Temporary), error
        assert error.retry_after is not None
        assert 6 <= error.retry_after <= 9  # some platforms tell an instant, not a wait
        assert live.far.posts() == []

    @pytest.mark.parametrize("fault", [SendFault.SERVER_ERROR, SendFault.RESET])
    async def test_a_failure_on_the_way_is_no_refusal(self, live: World, fault: SendFault) -> None:
        self.needs(live, Ability(fault.value))
        await live.far.fail(fault)
        error = await live.refused("lost on the way")
        assert isinstance(error, (Temporary, OutcomeUnknown)), error
        assert live.far.posts() == []

    @pytest.mark.parametrize("fault", [SendFault.FORBIDDEN, SendFault.GONE])
    async def test_a_channel_that_is_closed_to_us_is_permanent(
        self, live: World, fault: SendFault
    ) -> None:
        self.needs(live, Ability(fault.value))
        await live.far.fail(fault)
        error = await live.refused("nobody there")
        assert isinstance(error, Permanent), error

    async def test_a_lost_answer_is_an_unknown_outcome(self, live: World) -> None:
        self.needs(live, Ability.LOST_ANSWER)
        await live.far.fail(SendFault.LOST_ANSWER)
        error = await live.refused("did it arrive?")
        assert isinstance(error, OutcomeUnknown), error
        assert len(live.far.posts()) == 1, "the far side has taken it: see SendFault.LOST_ANSWER"

    async def test_what_may_be_a_repeat_is_found_again_or_says_so(self, live: World) -> None:
        self.needs(live, Ability.LOST_ANSWER)
        await live.far.fail(SendFault.LOST_ANSWER)
        with pytest.raises(OutcomeUnknown):
            await live.send("The shop is closed.", event_id="event-1")
        receipt = await live.send(
            "The shop is closed.", event_id="event-1", repeat_note="(perhaps said before)"
        )
        posts = live.far.posts()
        assert live.far.knows(receipt) == posts[-1]
        assert len(posts) == 1 or "(perhaps said before)" in posts[-1].text

    async def test_what_did_not_arrive_the_first_time_arrives_the_second(self, live: World) -> None:
        self.needs(live, Ability.RESET)
        await live.far.fail(SendFault.RESET)
        await live.refused("The shop is closed.")
        await live.send("The shop is closed.", event_id="event-1", repeat_note="(perhaps again)")
        assert "The shop is closed." in live.one_post().text

    async def test_a_fault_passes_and_the_next_message_arrives(self, live: World) -> None:
        self.needs(live, Ability.SERVER_ERROR)
        await live.far.fail(SendFault.SERVER_ERROR)
        await live.refused("lost")
        receipt = await live.send("afterwards")
        assert live.far.knows(receipt).text == "afterwards"

    async def test_a_moved_channel_is_named_by_its_new_id(self, live: World) -> None:
        self.needs(live, Ability.MOVE)
        old = live.far.destination
        new = await live.far.move()
        error = await live.refused("is anybody here?", to=old)
        assert isinstance(error, Moved), error
        assert error.destination.channel == new.channel
        await live.send("found you", to=error.destination)
        assert live.far.posts()[-1].text == "found you"

    async def test_an_error_has_a_code_and_a_sentence(self, live: World) -> None:
        fault = next((one for one in SendFault if Ability(one.value) not in live.far.lacks), None)
        if fault is None:
            pytest.skip(f"no fault is possible: {live.far.lacks[Ability.SERVER_ERROR]}")
        await live.far.fail(fault, retry_after=1)
        error = await live.refused("not today")
        assert error.problem
        assert " " not in error.problem
        assert " " in str(error)
