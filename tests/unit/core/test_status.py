"""What status says, and that it touches nothing."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import ConfigurationError, StateError
from core.instants import instant
from core.protocol import Report
from core.status import read_report
from tests.child import in_a_child

from .conftest import AFTER, BEFORE, INSIDE, Shop

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")


def status(shop: Shop, at: str | int | None = None) -> Report:
    moment = shop.at if at is None else instant(at) if isinstance(at, str) else at
    return read_report(str(shop.config), str(shop.state), moment)


def test_status_says_what_the_last_run_did_but_claims_no_change(shop: Shop) -> None:
    done = shop.lock(INSIDE, name="Anna")
    told = status(shop)
    done.changed, done.transition = False, None
    assert told == done


def test_marker_and_decision_are_told_apart(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    told = status(shop, INSIDE)
    assert (told.maintenance, told.desired) == (False, True)


def test_before_the_first_run_the_shop_is_open_and_the_reason_is_said(shop: Shop) -> None:
    told = status(shop, INSIDE)
    assert (told.maintenance, told.desired, told.seq) == (False, True, None)
    assert "does not exist" in told.notes[0]
    assert not shop.state.exists()


def test_a_lock_that_has_ended_is_not_told_as_one(shop: Shop) -> None:
    shop.lock(BEFORE, until=shop.at + 60)
    told = status(shop, shop.at + 60)
    assert (told.lock, told.maintenance, told.desired) == (None, True, False)


def test_a_wrong_configuration_is_told_with_the_state_of_the_shop(shop: Shop) -> None:
    shop.lock(BEFORE)
    shop.config.write_text("nonsense")
    with pytest.raises(ConfigurationError, match="the shop is closed"):
        status(shop)


def test_a_directory_that_cannot_be_trusted_is_an_error(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.state.chmod(0o777)
    with pytest.raises(StateError):
        status(shop)


def test_what_stands_in_the_way_is_noted(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    shop.marker.unlink()
    shop.marker.mkdir()
    assert any("marker" in note for note in status(shop).notes)
    shop.journal.unlink()
    shop.journal.mkdir()
    told = status(shop)
    assert told.seq is None
    assert any("journal.jsonl" in note for note in told.notes)


@pytest.mark.parametrize("target", ["file", "nothing", "itself"])
def test_a_link_in_the_markers_place_closes_where_it_leads_to_a_file(
    shop: Shop, target: str
) -> None:
    shop.reconcile(BEFORE)
    (shop.state / "file").touch()
    shop.marker.symlink_to({"itself": shop.marker}.get(target, shop.state / target))
    assert status(shop).maintenance is (target == "file")


def test_status_writes_nothing(shop: Shop) -> None:
    shop.lock(BEFORE)
    (shop.state / ".occurrences").unlink(missing_ok=True)
    (shop.state / ".marker.spare").unlink()
    before = sorted((path, path.stat().st_mtime_ns) for path in shop.state.rglob("*"))
    status(shop)
    status(shop, AFTER)
    assert sorted((path, path.stat().st_mtime_ns) for path in shop.state.rglob("*")) == before


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody may look into; pytest's own are closed."""
    with tempfile.TemporaryDirectory(prefix="pytest-core-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@as_root
def test_who_may_not_read_the_lock_still_learns_that_there_is_one(public: Path) -> None:
    shop = Shop(public)
    shop.lock(BEFORE, name="Anna", until=shop.at + 3600)
    reading, writing = os.pipe()

    def ask() -> None:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        os.write(writing, status(shop).to_json().encode())

    assert in_a_child(ask) == 0
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = Report.from_json(pipe.read())
    assert (told.maintenance, told.desired, told.reasons) == (True, True, ("lock",))
    assert told.lock
    assert (told.lock.actor, told.lock.name) == ("unknown", None)
    assert (told.next_transition, told.seq) == (None, None)
    assert len(told.notes) == 2
