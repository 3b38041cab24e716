"""Marker, journal and lock brought together, from every state that a run may find."""

import json
import os
import shutil
from pathlib import Path

import pytest

from core.errors import ApplyError, ConfigurationError, StateError
from core.instants import instant
from core.protocol import Request
from core.reconcile import Run
from core.statedir import StateDir
from core.timetable import Timetable, settle

from .conftest import AFTER, BEFORE, INSIDE, Shop


def test_before_the_window_nothing_happens(shop: Shop) -> None:
    report = shop.reconcile(BEFORE)
    assert (report.maintenance, report.desired, report.changed) == (False, False, False)
    assert report.next_transition
    assert report.next_transition.maintenance
    assert not shop.closed
    assert shop.events == []


def test_a_window_closes_the_shop_and_opens_it_again(shop: Shop) -> None:
    report = shop.reconcile(INSIDE)
    assert (report.maintenance, report.changed, report.transition) == (True, True, "on")
    closed_inside = shop.closed
    report = shop.reconcile(AFTER)
    assert (report.maintenance, report.changed, report.transition) == (False, True, "off")
    assert (closed_inside, shop.closed) == (True, False)
    first, second = shop.events
    assert (first["kind"], first["planned"]) == ("transition", "2026-11-29T22:00:00Z")
    assert (second["kind"], second["planned"]) == ("transition", "2026-11-30T05:00:00Z")
    assert first["actor"] == "systemd:timer"


def test_doing_it_again_changes_and_records_nothing(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    report = shop.reconcile()
    assert (report.changed, report.transition, report.seq) == (False, None, 1)
    assert len(shop.events) == 1


def test_a_line_begins_with_what_is_read_without_a_parser(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    line = shop.journal.read_text()
    assert line.startswith('{"seq":1,"at":"2026-11-29T23:00:00Z","state":"on",')


def test_a_lock_is_one_event_with_its_transition(shop: Shop) -> None:
    report = shop.lock(BEFORE, name="Anna", reason="audit", request_id="r1", origin="chat")
    assert report.lock
    assert (report.lock.actor, report.lock.name, report.lock.reason) == (
        "telegram:1",
        "Anna",
        "audit",
    )
    assert (report.changed, report.transition, report.reasons) == (True, "on", ("lock",))
    (event,) = shop.events
    assert (event["kind"], event["transition"]) == ("locked", "on")
    assert (event["name"], event["request_id"], event["origin"]) == ("Anna", "r1", "chat")
    assert (event["reason"], event["window"], event["next_transition"]) == ("audit", None, None)


def test_an_event_says_in_which_window_it_is_and_what_comes_next(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    shop.reconcile(AFTER)
    closed, opened = shop.events
    window = {"start": "2026-11-29T22:00:00Z", "end": "2026-11-30T05:00:00Z"}
    assert closed["window"] == {"name": "Mollie week", **window}
    assert closed["next_transition"] == {"at": "2026-11-30T05:00:00Z", "maintenance": False}
    assert opened["window"] is None
    assert opened["next_transition"] == {"at": "2026-12-06T22:00:00Z", "maintenance": True}


def test_locking_again_changes_nothing_and_says_whose_lock_it_is(shop: Shop) -> None:
    shop.lock(BEFORE, name="Anna")
    report = shop.lock(name="Bo")
    assert report.lock
    assert report.lock.name == "Anna"
    assert report.changed is False
    assert len(shop.events) == 1


def test_a_lock_inside_a_window_is_no_transition(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    report = shop.lock()
    assert report.reasons == ("window", "lock")
    assert (report.changed, report.transition) == (True, None)
    assert shop.events[-1]["transition"] is None


def test_a_lock_outlasts_the_window(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    shop.lock()
    report = shop.reconcile(AFTER)
    assert report.maintenance
    assert shop.kinds == ["transition", "locked"]


def test_unlock_opens_outside_a_window(shop: Shop) -> None:
    shop.lock(BEFORE)
    report = shop.unlock()
    assert (report.maintenance, report.lock, report.transition) == (False, None, "off")
    assert not shop.lock_file.exists()
    assert shop.events[-1]["actor"] == "telegram:2"
    assert shop.events[-1]["ended"] == shop.events[0]["lock"]


def test_unlock_inside_a_window_keeps_the_shop_closed(shop: Shop) -> None:
    shop.lock(INSIDE)
    report = shop.unlock()
    assert (report.maintenance, report.reasons, report.lock) == (True, ("window",), None)
    assert (report.changed, report.transition) == (True, None)
    assert shop.closed


def test_unlock_without_a_lock_changes_nothing(shop: Shop) -> None:
    report = shop.unlock(BEFORE)
    assert report.changed is False
    assert shop.events == []


def test_a_lock_ends_at_its_end_and_that_is_recorded(shop: Shop) -> None:
    shop.lock(BEFORE, until=shop.at + 600)
    before = shop.reconcile(shop.at + 599)
    assert before.lock
    report = shop.reconcile(shop.at + 1)
    assert (report.maintenance, report.lock, report.transition) == (False, None, "off")
    assert shop.kinds == ["locked", "lock-expired"]
    assert shop.events[-1]["ended"] == shop.events[0]["lock"]
    assert [event["until"] for event in shop.events] == ["2026-11-29T21:10:00Z"] * 2
    assert not shop.lock_file.exists()


def test_a_lock_that_ends_inside_a_window_does_not_open(shop: Shop) -> None:
    shop.lock(BEFORE, until=shop.at + 7200)
    report = shop.reconcile(shop.at + 7300)
    assert report.maintenance
    assert shop.kinds == ["locked", "lock-expired"]
    assert shop.events[-1]["transition"] is None


def test_a_new_lock_after_an_ended_one_records_both(shop: Shop) -> None:
    shop.lock(BEFORE, until=shop.at + 600)
    report = shop.lock(shop.at + 700, name="Bo")
    assert report.lock
    assert report.lock.name == "Bo"
    assert shop.kinds == ["locked", "lock-expired", "locked"]


def test_a_lock_nobody_recorded_before_its_end_is_recorded_with_it(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.lock_file.write_text('{"actor":"unix:root","until":"2026-11-29T20:00:00Z"}')
    shop.reconcile()
    assert shop.kinds == ["locked", "lock-expired"]
    assert [event["transition"] for event in shop.events] == [None, None]


@pytest.mark.parametrize("content", ["", " \n"])
def test_a_lock_made_by_hand_is_a_lock(shop: Shop, content: str) -> None:
    shop.reconcile(BEFORE)
    shop.lock_file.write_text(content)
    report = shop.reconcile()
    assert report.maintenance
    assert report.lock
    assert report.lock.actor == "unknown"
    assert report.lock.since == int(shop.lock_file.stat().st_mtime)
    assert shop.kinds == ["locked"]


def test_a_lock_removed_by_hand_is_recorded_once(shop: Shop) -> None:
    shop.lock(BEFORE)
    shop.lock_file.unlink()
    shop.reconcile()
    shop.reconcile()
    assert shop.kinds == ["locked", "unlocked"]
    assert shop.events[-1]["actor"] == "unknown"
    assert shop.events[-1]["ended"] == shop.events[0]["lock"]
    assert not shop.closed


def test_a_lock_replaced_by_hand_is_another_lock(shop: Shop) -> None:
    shop.lock(BEFORE)
    shop.lock_file.rename(shop.folder / "old")
    shop.lock_file.touch()
    shop.reconcile()
    assert shop.kinds == ["locked", "locked"]
    assert shop.events[1]["ended"] == shop.events[0]["lock"]


def test_a_lock_put_back_by_hand_is_a_lock_again(shop: Shop) -> None:
    shop.lock(BEFORE)
    shop.lock_file.rename(shop.folder / "aside")
    shop.reconcile()
    shop.let_a_tick_pass()
    (shop.folder / "aside").rename(shop.lock_file)
    assert shop.reconcile().maintenance
    assert shop.kinds == ["locked", "unlocked", "locked"]


@pytest.mark.parametrize(
    "content", [b"not json", b"[]", b"{}", b'{"actor":5}', b"\xff", b"[" * 8000]
)
def test_a_lock_that_cannot_be_read_holds_and_is_told(shop: Shop, content: bytes) -> None:
    shop.reconcile(BEFORE)
    shop.lock_file.write_bytes(content)
    report = shop.reconcile()
    assert report.maintenance
    assert report.reasons == ("unreadable-lock",)
    assert report.notes
    assert shop.unlock().maintenance is False
    assert not shop.lock_file.exists()


@pytest.mark.parametrize("alien", ["directory", "full directory", "link", "fifo", "twice"])
def test_something_alien_in_the_locks_place_is_a_lock(shop: Shop, alien: str) -> None:
    shop.reconcile(BEFORE)
    plant(shop.lock_file, alien)
    report = shop.reconcile()
    assert report.reasons == ("unreadable-lock",)
    assert shop.closed
    assert shop.unlock().maintenance is False
    assert not os.path.lexists(shop.lock_file)


def plant(place: Path, alien: str) -> None:
    match alien:
        case "directory":
            place.mkdir()
        case "full directory":
            place.mkdir()
            (place / "in it").touch()
        case "link":
            place.symlink_to(place.parent / "nothing")
        case "fifo":
            os.mkfifo(place)
        case _:
            place.touch()
            place.with_name("second name").hardlink_to(place)


ALIENS = ["directory", "full directory", "link", "fifo", "twice"]


@pytest.mark.parametrize("alien", ALIENS)
def test_something_alien_in_the_markers_place_is_healed(shop: Shop, alien: str) -> None:
    shop.reconcile(INSIDE)
    shop.marker.unlink()
    plant(shop.marker, alien)
    report = shop.reconcile()
    assert report.maintenance
    assert shop.marker.is_file()
    assert not shop.marker.is_symlink()
    assert shop.kinds == ["transition", "healed"]


@pytest.mark.parametrize("alien", ALIENS)
def test_something_alien_does_not_stop_the_first_closing(shop: Shop, alien: str) -> None:
    shop.reconcile(BEFORE)
    plant(shop.marker, alien)
    shop.lock()
    assert shop.marker.is_file()
    assert shop.kinds == ["locked"]


@pytest.mark.parametrize("alien", ALIENS)
def test_something_alien_is_removed_while_the_shop_is_open(shop: Shop, alien: str) -> None:
    shop.reconcile(BEFORE)
    plant(shop.marker, alien)
    shop.reconcile()
    assert not os.path.lexists(shop.marker)
    assert shop.kinds == ["healed"]


def test_a_marker_removed_by_hand_is_put_back(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    shop.marker.unlink()
    report = shop.reconcile()
    assert (report.maintenance, report.changed, report.transition) == (True, True, None)
    assert shop.kinds == ["transition", "healed"]


def test_a_marker_set_by_hand_is_removed(shop: Shop) -> None:
    shop.lock(BEFORE)
    shop.unlock()
    shop.let_a_tick_pass()
    shop.marker.touch()
    report = shop.reconcile()
    assert report.maintenance is False
    assert shop.kinds == ["locked", "unlocked", "healed"]


def test_an_opening_cut_short_after_its_record_is_finished_in_silence(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    shop.state.joinpath("aside").touch()
    shop.lock(AFTER)
    marker, lock = shop.marker.stat(), shop.lock_file.stat()
    # The journal's record of the end, as a killed run leaves it: marker and lock still there.
    event = shop.events[-1] | {
        "seq": 3,
        "state": "off",
        "kind": "unlocked",
        "transition": "off",
        "lock": None,
        "ended": f"{lock.st_ino}-{lock.st_mtime_ns}",
    }
    with shop.journal.open("a") as file:
        file.write(json.dumps(event, separators=(",", ":")) + "\n")
    assert marker.st_ctime_ns <= shop.journal.stat().st_mtime_ns
    report = shop.reconcile()
    assert (report.maintenance, report.lock) == (False, None)
    assert len(shop.events) == 3


def test_a_windows_end_cut_short_after_its_record_is_finished_in_silence(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    event = shop.events[-1] | {"seq": 2, "state": "off", "transition": "off"}
    with shop.journal.open("a") as file:
        file.write(json.dumps(event, separators=(",", ":")) + "\n")
    report = shop.reconcile(AFTER)
    assert (report.maintenance, report.changed) == (False, True)
    assert len(shop.events) == 2


def test_an_opening_cut_short_is_not_finished_inside_the_next_window(shop: Shop) -> None:
    shop.lock(BEFORE)
    lock = shop.lock_file.stat()
    event = shop.events[-1] | {
        "seq": 2,
        "state": "off",
        "kind": "unlocked",
        "transition": "off",
        "lock": None,
        "ended": f"{lock.st_ino}-{lock.st_mtime_ns}",
    }
    with shop.journal.open("a") as file:
        file.write(json.dumps(event, separators=(",", ":")) + "\n")
    marker = shop.marker.stat()
    assert shop.reconcile(INSIDE).lock is None
    # It is the same marker, never renamed: the shop was not open for a moment.
    after = shop.marker.stat()
    assert (after.st_ino, after.st_ctime_ns) == (marker.st_ino, marker.st_ctime_ns)
    assert shop.kinds == ["locked", "unlocked", "transition"]


def test_a_run_that_could_not_read_the_journal_writes_nothing_to_it(shop: Shop) -> None:
    shop.lock(BEFORE)
    shop.journal.rename(shop.folder / "journal")
    shop.journal.mkdir()
    run, home = run_on(shop)
    shop.journal.rmdir()
    (shop.folder / "journal").rename(shop.journal)
    with home:
        run.reconcile()
    assert run.report().recorded is False
    assert [event["seq"] for event in shop.events] == [1]


def test_a_closing_cut_short_before_its_record_is_recorded(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.marker.touch()
    shop.reconcile(INSIDE)
    assert shop.kinds == ["transition"]


def test_a_dead_lock_does_not_swallow_a_new_order(shop: Shop) -> None:
    shop.lock(BEFORE, name="Anna")
    kept = shop.lock_file.stat()
    shop.unlock()
    shop.lock_file.touch()
    os.utime(shop.lock_file, ns=(kept.st_mtime_ns, kept.st_mtime_ns))
    report = shop.lock(name="Bo")
    assert report.maintenance
    assert shop.reconcile().maintenance


def test_a_journal_that_cannot_be_written_never_blocks_a_closing(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.journal.mkdir()
    report = shop.lock(name="Anna")
    assert report.maintenance
    assert report.recorded is False
    (said,) = (note for note in report.notes if "could not be written" in note)
    assert said.startswith(f"The journal could not be written ({shop.journal} is not a file")
    assert shop.closed
    shop.journal.rmdir()
    shop.reconcile()
    assert [event["name"] for event in shop.events] == ["Anna"]


def test_an_opening_that_cannot_be_recorded_is_not_done(shop: Shop) -> None:
    shop.lock(BEFORE)
    shop.journal.rename(shop.folder / "journal")
    shop.journal.mkdir()
    sentence = r"journal.jsonl could not be written \([^\[]*\); nothing was changed and the shop "
    with pytest.raises(ApplyError, match=sentence + "stays closed$"):
        shop.unlock()
    assert shop.closed
    assert shop.lock_file.exists()


def test_an_end_that_cannot_be_recorded_leaves_an_open_shop_as_it_is(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.journal.mkdir()
    shop.lock_file.write_text('{"actor":"unix:root","until":"2026-11-29T20:00:00Z"}')
    with pytest.raises(ApplyError, match=r"; nothing was changed and the shop is open$"):
        shop.reconcile()
    assert shop.lock_file.exists()


def test_an_end_that_cannot_be_recorded_does_not_keep_a_window_from_closing(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.journal.mkdir()
    shop.lock_file.write_text('{"actor":"unix:root","until":"2026-11-29T20:00:00Z"}')
    with pytest.raises(ApplyError):
        shop.reconcile(INSIDE)
    assert shop.closed


def test_nothing_opens_while_the_journal_cannot_be_read(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    shop.journal.rename(shop.folder / "journal")
    shop.journal.mkdir()
    with pytest.raises(StateError, match=r"; the shop is closed$"):
        shop.reconcile(AFTER)
    assert shop.closed


@pytest.mark.parametrize("cut", [1, 2, 40, 200])
def test_a_torn_last_line_is_passed_over_or_finished(shop: Shop, cut: int) -> None:
    shop.lock(BEFORE)
    shop.unlock()
    os.truncate(shop.journal, shop.journal.stat().st_size - cut)
    report = shop.reconcile()
    assert report.maintenance is False
    lines = shop.journal.read_text().split("\n")
    assert lines[-1] == ""
    good = [json.loads(line) for line in lines if line.endswith("}")]
    assert [event["seq"] for event in good] == [1, 2]


def test_a_clock_behind_the_journal_never_opens(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    report = shop.reconcile("2026-11-28T12:00:00Z")
    assert report.maintenance
    assert report.reasons == ("implausible-clock",)
    assert len(shop.events) == 1


def test_a_clock_behind_the_journal_may_close_and_the_journal_never_goes_back(shop: Shop) -> None:
    shop.lock(INSIDE)
    shop.unlock(AFTER)
    shop.lock("2026-11-28T12:00:00Z")
    assert shop.closed
    stamps = [event["at"] for event in shop.events]
    assert stamps == sorted(stamps)
    shop.unlock()
    assert shop.closed


def test_a_clock_that_ntp_put_back_a_little_is_plausible(shop: Shop) -> None:
    shop.lock(BEFORE)
    assert shop.unlock(shop.at - 500).maintenance is False


def test_a_configuration_that_cannot_be_read_closes_the_shop(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.config.write_text("nonsense")
    with pytest.raises(ConfigurationError, match="the shop is closed"):
        shop.reconcile()
    assert shop.closed
    assert shop.events[-1]["reasons"] == ["unreadable-configuration"]
    with pytest.raises(ConfigurationError):
        shop.reconcile()
    assert len(shop.events) == 1


def test_without_a_configuration_one_can_lock_and_unlock_but_not_open(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.config.unlink()
    report = shop.lock()
    assert report.maintenance
    assert report.reasons == ("lock", "unreadable-configuration")
    report = shop.unlock()
    assert (report.maintenance, report.lock) == (True, None)
    assert shop.closed


def test_a_corrected_configuration_opens_the_shop_again(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    good = shop.config.read_text()
    shop.config.write_text("nonsense")
    with pytest.raises(ConfigurationError):
        shop.reconcile()
    shop.config.write_text(good)
    report = shop.reconcile()
    assert report.transition == "off"
    assert shop.events[-1]["planned"] is None


def test_the_page_says_when_the_shop_reopens(shop: Shop) -> None:
    shop.reconcile(INSIDE)
    facts = json.loads(shop.page.read_text())
    assert facts["code"] == "maintenance"
    assert facts["reopens_at"] == "2026-11-30T05:00:00Z"
    shop.lock()
    assert json.loads(shop.page.read_text())["reopens_at"] is None


def test_files_have_the_modes_of_the_contract(shop: Shop) -> None:
    shop.lock(BEFORE)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in shop.state.iterdir()}
    assert modes.pop(".occurrences", "0o644") == "0o644"
    assert modes == {
        "MAINTENANCE_MODE": "0o644",
        "MAINTENANCE_MODE_LOCK": "0o640",
        "journal.jsonl": "0o640",
        "mutex": "0o600",
        "page": "0o755",
        ".marker.spare": "0o644",
        ".lock.spare": "0o640",
    }
    assert oct(shop.page.stat().st_mode & 0o777) == "0o644"
    assert shop.marker.stat().st_size == 0


def test_nothing_is_left_over(shop: Shop) -> None:
    shop.lock(BEFORE)
    shop.unlock()
    assert not [path for path in shop.state.rglob("*") if path.name.endswith(".new")]


def run_on(shop: Shop) -> tuple[Run, StateDir]:
    home, timetable = settle(str(shop.config), str(shop.state), create=True)
    return Run(home, timetable, shop.at, Request("a")), home


def test_a_marker_that_cannot_be_set_is_code_6(shop: Shop) -> None:
    shop.at = instant(INSIDE)
    run, home = run_on(shop)
    home.close()
    with pytest.raises(ApplyError, match="could not be changed: Bad file descriptor"):
        run.reconcile()


def test_state_that_cannot_be_read_at_all_is_code_5(shop: Shop) -> None:
    _, home = run_on(shop)
    home.close()
    with pytest.raises(StateError, match="could not be closed"):
        Run(home, Timetable(str(shop.config)), shop.at, Request("a"))


def test_what_is_only_convenient_never_fails_a_run(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shutil.rmtree(shop.page.parent)
    shop.page.parent.touch()
    report = shop.lock()
    assert report.maintenance
    assert any(note.startswith("Could not write the page's facts (") for note in report.notes)


@pytest.mark.parametrize(
    ("name", "what"), [(".marker.spare", "the spare files"), (".occurrences", "the coming windows")]
)
def test_what_was_not_made_for_later_is_told(shop: Shop, name: str, what: str) -> None:
    shop.reconcile(BEFORE)
    shop.age(shop.config)
    shop.state.joinpath(name).unlink(missing_ok=True)
    shop.state.joinpath(name).mkdir()
    report = shop.lock()
    assert report.maintenance
    assert any(note.startswith(f"Could not write {what} (") for note in report.notes)


def test_a_page_directory_that_others_write_is_not_used(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.page.parent.chmod(0o777)
    assert any("page's facts" in note for note in shop.reconcile(INSIDE).notes)


def test_an_impossible_date_in_the_journal_does_not_stop_a_run(shop: Shop) -> None:
    shop.lock(BEFORE)
    text = shop.journal.read_text()
    shop.journal.write_text(text.replace("2026-11-29T21:00:00Z", "2026-99-99T21:00:00Z"))
    shop.unlock()
    assert shop.events[-1]["at"] == BEFORE
