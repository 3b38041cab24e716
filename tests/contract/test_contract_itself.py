"""The contract, tried: it accepts an adapter that does all well, and sees each thing done badly."""

from pathlib import Path
from typing import Any

import pytest

from adapters.base import AdapterError, Mark
from adapters.contract import AdapterContract, FarSide, SendFault
from adapters.contract.host import RecordingHost
from adapters.contract.world import world
from tests.contract.ideal_chat import IdealFarSide

SPOILT: list[tuple[str, str, dict[str, Any], type[Exception]]] = [
    ("normalises", "test_a_text_arrives_as_it_was_written", {"kind": "emoji"}, TimeoutError),
    ("unescapes", "test_a_text_arrives_as_it_was_written", {"kind": "markup"}, TimeoutError),
    ("joins lines", "test_several_lines_arrive_as_one_message", {}, TimeoutError),
    ("knows nobody", "test_two_people_have_two_ids", {}, AssertionError),
    ("believes names", "test_the_sender_is_the_one_the_platform_names", {}, AssertionError),
    ("believes names", "test_a_new_name_keeps_the_id", {}, AssertionError),
    (
        "marks nothing",
        "test_what_is_not_a_persons_new_message_is_marked",
        {"mark": Mark.OWN},
        AssertionError,
    ),
    (
        "marks nothing",
        "test_what_is_not_a_persons_new_message_is_marked",
        {"mark": Mark.EDITED},
        AssertionError,
    ),
    (
        "marks everything",
        "test_a_persons_message_after_a_marked_one_is_unmarked",
        {},
        AssertionError,
    ),
    (
        "marks everything",
        "test_a_text_arrives_as_it_was_written",
        {"kind": "plain"},
        AssertionError,
    ),
    (
        "takes all for private",
        "test_a_private_message_is_private_and_one_in_the_group_is_not",
        {},
        AssertionError,
    ),
    (
        "takes none for private",
        "test_a_private_message_is_private_and_one_in_the_group_is_not",
        {},
        AssertionError,
    ),
    ("has one number", "test_every_message_has_its_own_id", {}, AssertionError),
    ("numbers anew", "test_a_message_delivered_again_has_the_same_id", {}, AssertionError),
    ("has no zone", "test_the_platforms_time_is_delivered_with_its_zone", {}, AssertionError),
    (
        "takes its own time",
        "test_the_platforms_time_is_delivered_with_its_zone",
        {},
        AssertionError,
    ),
    (
        "presses for the owner",
        "test_a_pressed_button_tells_its_token_and_who_pressed_it",
        {},
        AssertionError,
    ),
    ("drops", "test_a_slow_host_misses_nothing_and_does_not_stop_what_is_sent", {}, TimeoutError),
    ("does not quote", "test_a_text_is_shown_as_it_is", {"kind": "html"}, AssertionError),
    (
        "does not quote",
        "test_a_text_with_spans_is_shown_as_it_is",
        {"kind": "html"},
        AssertionError,
    ),
    ("counts otherwise", "test_what_is_strong_is_shown_so_even_behind_emoji", {}, AssertionError),
    ("pings", "test_no_text_notifies_anybody", {}, AssertionError),
    ("pings", "test_no_text_in_code_or_bold_notifies_anybody", {}, AssertionError),
    ("cuts", "test_a_long_text_loses_nothing", {}, AssertionError),
    ("cuts", "test_a_long_text_in_bold_loses_nothing", {}, AssertionError),
    ("cuts", "test_a_long_text_without_a_space_loses_nothing", {}, AssertionError),
    (
        "insists on the question",
        "test_an_answer_is_shown_with_or_without_the_question",
        {},
        AdapterError,
    ),
    ("stumbles over the same", "test_the_same_result_twice_is_no_error", {}, AdapterError),
    (
        "edits or nothing",
        "test_a_result_is_sent_anew_where_the_waiting_note_is_gone",
        {},
        AdapterError,
    ),
    (
        "does not wait",
        "test_too_many_messages_is_temporary_and_tells_how_long_to_wait",
        {},
        AssertionError,
    ),
    (
        "gives up",
        "test_a_failure_on_the_way_is_no_refusal",
        {"fault": SendFault.RESET},
        AssertionError,
    ),
    (
        "never gives up",
        "test_a_channel_that_is_closed_to_us_is_permanent",
        {"fault": SendFault.FORBIDDEN},
        AssertionError,
    ),
    ("takes silence for no", "test_a_lost_answer_is_an_unknown_outcome", {}, AssertionError),
    ("repeats", "test_what_may_be_a_repeat_is_found_again_or_says_so", {}, AssertionError),
    ("does not follow", "test_a_moved_channel_is_named_by_its_new_id", {}, AssertionError),
    ("has no code", "test_an_error_has_a_code_and_a_sentence", {}, AssertionError),
    ("does not reconnect", "test_what_is_written_after_a_cut_arrives_once", {}, TimeoutError),
    ("clings", "test_it_ends_promptly_when_cancelled", {}, AssertionError),
    ("leaks", "test_it_leaves_no_task_behind", {}, AssertionError),
    ("blurts in notices", "test_the_secret_is_in_no_log_error_or_description", {}, AssertionError),
    ("blurts", "test_the_secret_is_in_no_log_error_or_description", {}, AssertionError),
]


class TestIdealChat(AdapterContract):
    def far_side(self, tmp_path: Path) -> FarSide:
        return IdealFarSide()


class Spoilt(AdapterContract):
    """The same tests, called one by one over something spoilt."""

    def far_side(self, tmp_path: Path) -> FarSide:
        raise NotImplementedError


@pytest.mark.parametrize(("how", "test", "arguments", "seen"), SPOILT)
async def test_what_is_done_badly_is_seen(
    how: str,
    test: str,
    arguments: dict[str, Any],
    seen: type[Exception],
    caplog: pytest.LogCaptureFixture,
) -> None:
    if "secret" in test:
        arguments = {"caplog": caplog}
    async with world(IdealFarSide(how)) as live:
        if seen is TimeoutError or how == "clings":
            live.host.patience = 0.2
        with pytest.raises(seen):
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
