"""The contract, tried: it accepts an adapter that does all well, and sees each thing done badly."""

from pathlib import Path
from typing import Any

import pytest

from adapters.base import AdapterError, Mark
from adapters.contract import AdapterContract, FarSide, SendFault
from adapters.contract.host import RecordingHost
from adapters.contract.world import world
from tests.contract.ideal_chat import IdealFarSide

SPOILT: list[tuple[str, str, dict[str, Any]]] = [
    ("normalises", "test_a_text_arrives_as_it_was_written", {"kind": "emoji"}),
    ("unescapes", "test_a_text_arrives_as_it_was_written", {"kind": "markup"}),
    ("joins lines", "test_several_lines_arrive_as_one_message", {}),
    ("knows nobody", "test_two_people_have_two_ids", {}),
    ("believes names", "test_the_sender_is_the_one_the_platform_names", {}),
    ("believes names", "test_a_new_name_keeps_the_id", {}),
    ("marks nothing", "test_what_is_not_a_persons_new_message_is_marked", {"mark": Mark.OWN}),
    ("marks nothing", "test_what_is_not_a_persons_new_message_is_marked", {"mark": Mark.EDITED}),
    ("marks everything", "test_a_persons_message_after_a_marked_one_is_unmarked", {}),
    ("marks everything", "test_a_text_arrives_as_it_was_written", {"kind": "plain"}),
    ("takes all for private", "test_a_private_message_is_private_and_one_in_the_group_is_not", {}),
    ("takes none for private", "test_a_private_message_is_private_and_one_in_the_group_is_not", {}),
    ("has one number", "test_every_message_has_its_own_id", {}),
    ("numbers anew", "test_a_message_delivered_again_has_the_same_id", {}),
    ("has no zone", "test_the_platforms_time_is_delivered_with_its_zone", {}),
    ("takes its own time", "test_the_platforms_time_is_delivered_with_its_zone", {}),
    ("presses for the owner", "test_a_pressed_button_tells_its_token_and_who_pressed_it", {}),
    ("drops", "test_a_slow_host_misses_nothing_and_does_not_stop_what_is_sent", {}),
    ("does not quote", "test_a_text_is_shown_as_it_is", {"kind": "html"}),
    ("does not quote", "test_a_text_with_spans_is_shown_as_it_is", {"kind": "html"}),
    ("counts otherwise", "test_what_is_strong_is_shown_so_even_behind_emoji", {}),
    ("pings", "test_no_text_notifies_anybody", {}),
    ("pings", "test_no_text_in_code_or_bold_notifies_anybody", {}),
    ("cuts", "test_a_long_text_loses_nothing", {}),
    ("cuts", "test_a_long_text_in_bold_loses_nothing", {}),
    ("cuts", "test_a_long_text_without_a_space_loses_nothing", {}),
    ("insists on the question", "test_an_answer_is_shown_with_or_without_the_question", {}),
    ("stumbles over the same", "test_the_same_result_twice_is_no_error", {}),
    ("edits or nothing", "test_a_result_is_sent_anew_where_the_waiting_note_is_gone", {}),
    ("does not wait", "test_too_many_messages_is_temporary_and_tells_how_long_to_wait", {}),
    ("gives up", "test_a_failure_on_the_way_is_no_refusal", {"fault": SendFault.RESET}),
    (
        "never gives up",
        "test_a_channel_that_is_closed_to_us_is_permanent",
        {"fault": SendFault.FORBIDDEN},
    ),
    ("takes silence for no", "test_a_lost_answer_is_an_unknown_outcome", {}),
    ("repeats", "test_what_may_be_a_repeat_is_found_again_or_says_so", {}),
    ("does not follow", "test_a_moved_channel_is_named_by_its_new_id", {}),
    ("has no code", "test_an_error_has_a_code_and_a_sentence", {}),
    ("does not reconnect", "test_what_is_written_after_a_cut_arrives_once", {}),
    ("clings", "test_it_ends_promptly_when_cancelled", {}),
    ("leaks", "test_it_leaves_no_task_behind", {}),
    ("blurts in notices", "test_the_secret_is_in_no_log_error_or_description", {}),
    ("blurts", "test_the_secret_is_in_no_log_error_or_description", {}),
]


class TestIdealChat(AdapterContract):
    def far_side(self, tmp_path: Path) -> FarSide:
        return IdealFarSide()


class Spoilt(AdapterContract):
    """The same tests, called one by one over something spoilt."""

    def far_side(self, tmp_path: Path) -> FarSide:
        raise NotImplementedError


@pytest.mark.parametrize(("how", "test", "arguments"), SPOILT)
async def test_what_is_done_badly_is_seen(
    how: str, test: str, arguments: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    if "secret" in test:
        arguments = {"caplog": caplog}
    async with world(IdealFarSide(how), slow=lambda: None, patience=0.2) as live:
        with pytest.raises((AssertionError, TimeoutError, AdapterError)):
            await getattr(Spoilt(), test)(live, **arguments)


async def test_an_adapter_that_never_connects_is_seen() -> None:
    far = IdealFarSide()
    await far.go_away()
    with pytest.raises(TimeoutError):
        async with world(far, patience=0.1):
            pass


async def test_a_host_remembers_in_order_and_waits_for_what_is_wished() -> None:
    host = RecordingHost(patience=0.01)
    with pytest.raises(TimeoutError):
        await host.connected()
