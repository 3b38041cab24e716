"""What the state directory may have wrong."""

import os
from pathlib import Path

import pytest

from core.check import OK, WARNING, WRONG, state
from core.check.scene import Scene
from core.instants import instant
from core.places import GROUP
from tests.unit.core.check.system import System, bad, scene, told
from tests.unit.core.conftest import AFTER, BEFORE, INSIDE, Shop


def test_a_good_one_is_found_good(shop: Shop) -> None:
    shop.lock(BEFORE)
    one = scene(shop)
    looks = (state.directory, state.agreement, state.lock, state.record, state.mutex, state.files)
    found = [finding for look in looks for finding in look(one)]
    assert told(found) == [("state", OK), ("marker", OK), ("journal", OK)]


def test_one_that_nginx_cannot_look_into(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.state.chmod(0o700)
    assert told(state.directory(scene(shop))) == [("state", WRONG)]


def test_one_that_cannot_be_trusted(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.state.chmod(0o777)
    one = scene(shop)
    assert told(state.directory(one)) == [("state", WRONG)]
    assert [*state.agreement(one), *state.record(one), *state.files(one)] == []


def test_one_that_is_not_there_yet_is_made_by_reconcile(shop: Shop) -> None:
    (found,) = state.directory(scene(shop))
    assert found.cure == "pretix-maintenance reconcile"


def test_its_place_comes_from_the_configuration_even_where_it_is_missing(shop: Shop) -> None:
    shop.config.write_text('state_dir = "/nowhere/state"\n')
    one = Scene(str(shop.config), None, shop.at, System())
    assert one.marker == "/nowhere/state/MAINTENANCE_MODE"
    shop.config.write_text("nonsense")
    one = Scene(str(shop.config), None, shop.at, System())
    assert one.marker == "/var/lib/pretix-maintenance/MAINTENANCE_MODE"


def test_a_mutex_that_others_can_open(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    (shop.state / "mutex").chmod(0o640)
    assert told(state.mutex(scene(shop))) == [("mutex", WRONG)]


def test_a_marker_that_is_not_as_demanded(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.at = instant(INSIDE)
    assert "not what windows and lock demand" in bad(state.agreement(scene(shop)))[0]
    shop.reconcile()
    shop.marker.unlink()
    shop.marker.mkdir()
    assert "Something else" in bad(state.agreement(scene(shop)))[0]


def test_a_marker_that_the_journal_does_not_know(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    shop.journal.unlink()
    assert "journal does not know" in bad(state.agreement(scene(shop)))[0]


def test_a_lock_that_nobody_can_read(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.lock_file.write_text("nonsense")
    assert told(state.lock(scene(shop))) == [("lock", WRONG)]


def test_a_journal_that_is_none(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.journal.mkdir()
    assert told(state.record(scene(shop))) == [("journal", WRONG)]


def test_a_journal_with_lines_that_nobody_can_read(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    shop.reconcile(AFTER)
    shop.journal.write_text("garbage\n" + shop.journal.read_text())
    assert "lines that cannot be read: 1" in bad(state.record(scene(shop)))[0]


def test_a_journal_from_which_a_line_was_taken(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    shop.reconcile(AFTER)
    shop.lock(AFTER)
    first, _, *rest = shop.journal.read_text().splitlines(keepends=True)
    shop.journal.write_text("".join([first, *rest]))
    assert "gaps: 1" in bad(state.record(scene(shop)))[0]


@pytest.mark.parametrize("name", ["journal.jsonl", "MAINTENANCE_MODE_LOCK"])
def test_names_are_for_the_bot_alone(shop: Shop, name: str) -> None:
    shop.lock(BEFORE)
    (shop.state / name).chmod(0o644)
    assert "more than the bot" in bad(state.files(scene(shop)))[0]
    (shop.state / name).chmod(0o600)
    assert "bot may not read" in bad(state.files(scene(shop)))[0]


def test_the_page_facts_are_for_nginx(shop: Shop) -> None:
    shop.lock(BEFORE)
    shop.page.chmod(0o600)
    assert told(state.files(scene(shop))) == [("page", WRONG)]


def test_missing_spares_are_a_warning(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    (shop.state / ".marker.spare").unlink()
    assert told(state.spare_files(scene(shop))) == [("spares", WARNING)]


def test_the_group_must_exist_on_a_host(shop: Shop) -> None:
    groups = {line.partition(":")[0] for line in Path("/etc/group").read_text().splitlines()}
    assert bool(bad(state.group(scene(shop)))) is (GROUP not in groups)
    assert bad(state.group(scene(shop, installed=False))) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_who_may_not_read_the_journal_is_told_how(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    assert f"group {GROUP}" in str(next(iter(state.record(scene(shop)))).cure)
