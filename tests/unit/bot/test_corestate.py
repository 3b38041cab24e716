"""What the bot reads of the core, in its own process."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.corestate import CoreState, moment
from bot.helper import run_process
from core.errors import ConfigurationError
from core.protocol import Request
from tests.servers.small_bot import CoreFolder, one_window

NOW = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)


@pytest.fixture
def core(tmp_path: Path) -> CoreFolder:
    return CoreFolder(tmp_path)


def order(core: CoreFolder, verb: str, request_id: str) -> None:
    request = Request("chat:anna", request_id=request_id).to_json().encode()
    assert run_process([*core.command, verb, "--json", "--stdin"], request).code == 0


def test_what_was_done_is_found_by_its_request(core: CoreFolder) -> None:
    order(core, "lock", "r1")
    order(core, "unlock", "r2")
    found = core.seen().done("r1")
    assert found is not None
    assert found.kind == "locked"
    assert core.seen().done("r3") is None


def test_recent_events_are_the_last_ones_oldest_first(core: CoreFolder) -> None:
    for number in range(3):
        order(core, "lock", f"l{number}")
        order(core, "unlock", f"u{number}")
    assert [event.request_id for event in core.seen().recent(3)] == ["u1", "l2", "u2"]


def test_no_journal_yet_is_no_events(core: CoreFolder) -> None:
    assert core.seen().recent(10) == []
    assert core.seen().done("r1") is None


def test_occurrences_are_the_next_ones_and_the_one_that_is_open(core: CoreFolder) -> None:
    core.configure(
        one_window(NOW - timedelta(hours=1), NOW + timedelta(hours=1))
        + one_window(NOW + timedelta(days=1), NOW + timedelta(days=2))
        + one_window(NOW + timedelta(days=300), NOW + timedelta(days=301))
    )
    found = core.seen().occurrences(NOW, 5)
    assert [moment(one.start) - NOW for one in found] == [
        timedelta(hours=-1),
        timedelta(days=1),
        timedelta(days=300),
    ]
    assert len(core.seen().occurrences(NOW, 1)) == 1


def test_a_wrong_configuration_is_an_error_for_reading_the_state(core: CoreFolder) -> None:
    core.configure("nonsense")
    with pytest.raises(ConfigurationError):
        core.seen().report(NOW)


def test_the_journal_is_found_in_the_directory_that_the_core_names(tmp_path: Path) -> None:
    path = tmp_path / "core.toml"
    path.write_text('state_dir = "/srv/state"\n' + one_window(NOW, NOW + timedelta(hours=1)))
    assert CoreState(path).journal == Path("/srv/state/journal.jsonl")


def test_the_journal_is_found_although_the_configuration_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "core.toml"
    path.write_text('state_dir = "/srv/state"\nnonsense = 1\n')
    assert CoreState(path).journal == Path("/srv/state/journal.jsonl")
    path.write_text("nonsense")
    assert CoreState(path).journal == Path("/var/lib/pretix-maintenance/journal.jsonl")
