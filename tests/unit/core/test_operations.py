"""The mutex, the idle look, and what is refused."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from core import operations
from core.errors import ApplyError, Busy, RequestError, StateError
from core.operations import House
from core.protocol import Request

from .conftest import BEFORE, INSIDE, Shop


@pytest.mark.parametrize("verb", ["reconcile", "lock", "unlock"])
def test_while_another_run_holds_the_mutex_every_verb_is_busy(shop: Shop, verb: str) -> None:
    shop.reconcile(BEFORE)
    with (shop.state / "mutex").open() as mutex:
        fcntl.flock(mutex, fcntl.LOCK_EX)
        with pytest.raises(Busy):
            getattr(shop, verb)()
    getattr(shop, verb)()


def test_the_time_is_read_once_the_mutex_is_had(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    held = []

    def clock() -> int:
        with (shop.state / "mutex").open() as mutex:
            try:
                fcntl.flock(mutex, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.append(True)
        return shop.at

    operations.reconcile(House(str(shop.config), str(shop.state), clock, 0), Request("a"))
    assert held == [True]


def test_a_lock_that_would_end_in_the_past_is_refused(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    with pytest.raises(RequestError):
        shop.lock(until=shop.at)
    assert not shop.closed


@pytest.mark.parametrize("order", [{"name": "x" * 101}, {"reason": "a\nb"}, {"origin": "\ud800"}])
def test_an_order_that_no_journal_could_take_is_refused(shop: Shop, order: dict[str, str]) -> None:
    with pytest.raises(RequestError):
        shop.lock(BEFORE, **order)


def leave_no_room(shop: Shop) -> None:
    """Full directories where the new lock file is written, and where they would be moved aside."""
    block = shop.state / ".MAINTENANCE_MODE_LOCK.new"
    block.mkdir()
    (block / "full").touch()
    aside = shop.state / f"{block.name}.aside-{block.stat().st_ino}"
    aside.mkdir()
    (aside / "full").touch()


def test_where_the_lock_cannot_say_whose_it_is_the_spare_becomes_the_lock(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    leave_no_room(shop)
    report = shop.lock(name="Anna")
    assert report.maintenance
    assert report.lock
    assert report.lock.actor == "unknown"
    assert any("whose it is" in note for note in report.notes)
    assert shop.closed


def test_without_room_and_without_a_spare_locking_fails_and_says_so(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.state.joinpath(".lock.spare").unlink()
    leave_no_room(shop)
    with pytest.raises(ApplyError):
        shop.lock()


def settled(shop: Shop) -> None:
    """Bring it to where a reconcile finds nothing to do: files settled, almanac written."""
    shop.age(shop.config)
    shop.reconcile()
    assert shop.idle() is not None


def test_an_idle_look_reports_what_a_reconcile_would(shop: Shop) -> None:
    settled(shop)
    idle = shop.idle()
    assert idle
    assert idle.to_json() == shop.reconcile().to_json()


@pytest.mark.parametrize(
    "disturb",
    [
        lambda s: s.marker.touch(),
        lambda s: s.lock_file.touch(),
        lambda s: (s.state / ".marker.spare").unlink(),
        lambda s: (s.state / ".lock.spare").write_text("x"),
        lambda s: (s.state / ".occurrences").write_text("x"),
        lambda s: s.page.unlink(),
        lambda s: s.journal.mkdir(),
        lambda s: s.config.write_text("nonsense"),
        lambda s: s.config.touch(),
        lambda s: setattr(s, "at", s.at + 365 * 86400),
    ],
)
def test_whatever_there_is_to_do_ends_the_idleness(shop: Shop, disturb: object) -> None:
    settled(shop)
    assert callable(disturb)
    disturb(shop)
    assert shop.idle() is None


def test_a_lock_after_one_that_has_expired_never_opens_in_between(shop: Shop) -> None:
    settled(shop)
    shop.lock(until=shop.at + 60)
    marker = (shop.state / "MAINTENANCE_MODE").stat()
    shop.lock(shop.at + 60)
    assert (shop.state / "MAINTENANCE_MODE").stat().st_ctime_ns == marker.st_ctime_ns
    assert [one["kind"] for one in shop.events[-3:]] == ["locked", "lock-expired", "locked"]


def test_an_expired_lock_ends_the_idleness(shop: Shop) -> None:
    settled(shop)
    shop.lock(until=shop.at + 60)
    assert shop.idle()
    assert shop.idle(shop.at + 60) is None


def test_a_torn_record_ends_the_idleness(shop: Shop) -> None:
    settled(shop)
    shop.lock()
    shop.unlock()
    assert shop.idle()
    os.truncate(shop.journal, shop.journal.stat().st_size - 1)
    assert shop.idle() is None


def test_a_run_at_work_ends_the_idleness(shop: Shop) -> None:
    settled(shop)
    with (shop.state / "mutex").open() as mutex:
        fcntl.flock(mutex, fcntl.LOCK_EX)
        assert shop.idle() is None


def test_an_idle_look_writes_nothing(shop: Shop) -> None:
    settled(shop)
    before = {path: path.stat().st_mtime_ns for path in shop.state.rglob("*")}
    shop.idle()
    assert {path: path.stat().st_mtime_ns for path in shop.state.rglob("*")} == before


def test_a_state_directory_below_one_that_others_write_is_refused(shop: Shop) -> None:
    shop.folder.chmod(0o777)
    with pytest.raises(StateError, match="written by others"):
        shop.lock(BEFORE)


def test_state_that_does_not_answer_closes_the_shop(shop: Shop, tmp_path: Path) -> None:
    shop.reconcile(BEFORE)
    # A link to itself in the marker's place: stat fails with ELOOP, and the marker is put over it.
    shop.marker.symlink_to(shop.marker)
    shop.reconcile(INSIDE)
    assert shop.closed


def test_a_state_directory_that_vanished_is_made_again(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    shutil.rmtree(shop.state)
    shop.reconcile()
    assert shop.closed
