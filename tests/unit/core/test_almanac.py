"""The copy of the coming occurrences says the same as the configuration, or nothing."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core import almanac
from core.decision import decide
from core.errors import StateMissing
from core.instants import text_of
from core.protocol import LockInfo
from core.timetable import Timetable, _guess, settle

from .conftest import BEFORE, Shop

EXTRA = """
[[extra_window]]
name = "Year end"
start = 2026-12-31T20:00:00Z
end = 2027-01-01T05:00:00Z
"""


def kept(shop: Shop) -> almanac.Almanac | None:
    home, _ = settle(str(shop.config), str(shop.state))
    with home:
        return almanac.read(home, str(shop.config))


@pytest.fixture
def settled(shop: Shop) -> Shop:
    """A shop whose almanac is written and good."""
    shop.config.write_text(shop.config.read_text() + EXTRA)
    shop.reconcile(BEFORE)
    shop.age(shop.config)
    shop.reconcile()
    assert kept(shop)
    return shop


@pytest.mark.parametrize("locked", [None, 3600, 40 * 86400, 400 * 86400, 10**9])
def test_both_ways_say_the_same(settled: Shop, locked: int | None) -> None:
    copy = Timetable(str(settled.config), kept(settled))
    plain = Timetable(str(settled.config))
    for step in range(400):
        now = settled.at + step * 35 * 3600 // 2
        lock = None if locked is None else LockInfo("a", until=now + locked)
        moments = [now] if locked is None else [now, now + locked]
        assert decide(now, copy.around(*moments), lock) == decide(now, plain.around(*moments), lock)


def test_it_answers_only_for_its_own_span(settled: Shop) -> None:
    found = kept(settled)
    assert found
    assert found.covers((found.start, found.end - 1))
    assert not found.covers((found.start, found.end))
    assert not found.covers((found.start - 1,))


def test_without_further_windows_it_answers_for_ever(shop: Shop) -> None:
    shop.config.write_text(EXTRA)
    shop.age(shop.config)
    shop.reconcile()
    found = kept(shop)
    assert found
    assert found.covers((shop.at + 10**10,))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s, p: p.write_bytes(p.read_bytes()[:-1]),
        lambda s, p: p.write_bytes(p.read_bytes().replace(b"Mollie", b"Molloe")),
        lambda s, p: p.write_bytes(b""),
        lambda s, p: p.write_bytes(b"\xff" * 100),
        lambda s, p: p.chmod(0o666),
        lambda s, p: p.rename(p.with_name("x")) and p.symlink_to("x"),
        lambda s, p: p.with_name("x").hardlink_to(p),
        lambda s, p: p.unlink(),
        lambda s, p: p.unlink() or p.mkdir(),
        lambda s, p: s.config.write_text(s.config.read_text() + "\n"),
        lambda s, p: os.utime(s.config, (0, 0)),
        lambda s, p: s.config.rename(s.folder / "x") and (s.folder / "x").rename(s.config),
    ],
)
def test_at_any_doubt_there_is_none(settled: Shop, spoil: Callable[[Shop, Path], object]) -> None:
    spoil(settled, settled.state / ".occurrences")
    assert kept(settled) is None


def test_a_path_that_its_lines_could_not_hold_is_not_kept(shop: Shop) -> None:
    shop.config = shop.config.rename(shop.folder / "co\nre.toml")
    shop.age(shop.config)
    shop.reconcile()
    assert not (shop.state / ".occurrences").exists()


def test_it_is_made_for_one_configuration_file(settled: Shop) -> None:
    other = settled.folder / "other.toml"
    other.write_text("")
    home, _ = settle(str(other), str(settled.state))
    with home:
        assert almanac.read(home, str(other)) is None


def test_it_is_not_kept_while_its_files_are_fresh(shop: Shop) -> None:
    shop.at = int(shop.config.stat().st_ctime) + 1
    shop.reconcile()
    assert not (shop.state / ".occurrences").exists()


def test_it_is_not_kept_where_a_file_is_from_the_future(shop: Shop) -> None:
    shop.reconcile("2020-01-01T00:00:00Z")
    assert not (shop.state / ".occurrences").exists()


def test_a_reader_never_writes_it(settled: Shop) -> None:
    (settled.state / ".occurrences").unlink()
    home, timetable = settle(str(settled.config), str(settled.state))
    home.close()
    assert not timetable.is_kept_for(settled.at)
    assert not (settled.state / ".occurrences").exists()


def test_a_changed_configuration_counts_at_once(settled: Shop) -> None:
    start, end = text_of(settled.at - 60), text_of(settled.at + 60)
    settled.config.write_text(f'[[extra_window]]\nname = "a"\nstart = {start}\nend = {end}\n')
    settled.reconcile()
    assert settled.closed


def test_the_state_directory_of_the_configuration_is_found(shop: Shop) -> None:
    shop.config.write_text(f'state_dir = "{shop.state}"\n' + shop.config.read_text())
    for _ in range(2):
        home, _timetable = settle(str(shop.config), None, create=True)
        home.close()
        assert home.path == str(shop.state)
        shop.age(shop.config)
        shop.reconcile()


def test_a_guess_that_the_configuration_does_not_confirm_is_not_followed(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    wrong, right = shop.state, shop.folder / "right"
    # A scan for the key finds the first line, TOML the second.
    shop.config.write_text(f'x = """\nstate_dir = "{wrong}"\n"""\n')
    home, timetable = settle(str(shop.config), str(right), create=True)
    home.close()
    assert home.path == str(right)
    assert timetable.fault is None


def test_a_wrong_configuration_still_leads_to_its_state_directory(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.config.write_text(f'colour = 1\nstate_dir = "{shop.state}"\n')
    home, timetable = settle(str(shop.config), None, create=True)
    home.close()
    assert home.path == str(shop.state)
    assert timetable.fault


def test_no_directory_is_made_by_guess(shop: Shop) -> None:
    shop.config.write_text(f'colour = 1\nstate_dir = "{shop.state}"\n')
    with pytest.raises(StateMissing):
        settle(str(shop.config), None, create=True)
    assert not shop.state.exists()


@pytest.mark.parametrize("text", [None, "", "nonsense\n[[window]]\n"])
def test_without_a_word_about_it_the_usual_state_directory_is_meant(
    shop: Shop, text: str | None
) -> None:
    if text is None:
        shop.config.unlink()
    else:
        shop.config.write_text(text)
    assert _guess(str(shop.config)) == "/var/lib/pretix-maintenance"
