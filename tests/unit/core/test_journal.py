"""The journal: appended, read from a cursor, and never trusted to be whole."""

import json
import os
import resource
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import StateError
from core.journal import Cursor, append, finish_line, last_events, read_after
from core.protocol import Event
from core.statedir import StateDir
from core.tail import read_tail
from tests.child import in_a_child


def event(seq: int, **more: Any) -> Event:
    return Event(
        seq=seq, at=1795989600 + seq, state="on", kind="locked", actor="a", lock="1-2", **more
    )


def path(home: StateDir) -> Path:
    return Path(home.path) / "journal.jsonl"


def seqs(events: list[Event]) -> list[int]:
    return [one.seq for one in events]


def test_without_a_journal_nothing_is_recorded(home: StateDir) -> None:
    tail = read_tail(home)
    assert (tail.seq, tail.at, tail.state, tail.lock, tail.ended) == (0, "", "off", None, None)
    assert (tail.written_ns, tail.torn) == (0, False)
    batch = read_after(str(path(home)), Cursor())
    assert (batch.events, batch.cursor, batch.regressed) == ([], Cursor(), False)
    assert batch.skipped == 0


def test_a_cursor_begins_at_the_beginning() -> None:
    beginning = Cursor()
    assert (beginning.offset, beginning.seq, beginning.digest) == (0, 0, "")


def test_the_tail_says_what_was_appended(home: StateDir) -> None:
    appended = append(home, event(1))
    assert appended == read_tail(home)
    assert (appended.seq, appended.state, appended.lock, appended.ended) == (1, "on", "1-2", None)
    assert appended.at == "2026-11-29T22:00:01Z"
    assert appended.written_ns == path(home).stat().st_mtime_ns


def test_the_tail_says_which_lock_has_ended(home: StateDir) -> None:
    appended = append(home, event(1, ended="3-4"))
    assert appended == read_tail(home)
    assert appended.ended == "3-4"


def test_texts_cannot_pass_for_other_keys(home: StateDir) -> None:
    tricky = '","state":"off","lock":"9-9","ended":"8-8"}'
    append(home, event(1, reason=tricky, name=tricky))
    tail = read_tail(home)
    assert (tail.state, tail.lock, tail.ended) == ("on", "1-2", None)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\n",
        b"garbage\n",
        b"\xff\xfe\n",
        b'{"seq":9,"at":"soon","state":"on","lock":null,"ended":null}\n',
        b'{"seq":9,"at":"2026-11-29T22:00:0XZ","state":"on","x":1,"lock":null,"ended":null}\n',
        b'{"seq":9,"at":"2026-11-29T22:00:00Z","state":"up","x":1,"lock":null,"ended":null}\n',
        b'{"seq":x,"at":"2026-11-29T22:00:00Z","state":"on","x":1,"lock":null,"ended":null}\n',
        b'{"seq":' + b"9" * 5000 + b',"at":"2026-11-29T22:00:00Z","state":"on","lock":null}\n',
        b'{"seq":9,"at":"2026-11-29T22:00:00Z","state":"on"\n',
        b'{"seq":9,"at":"2026-11-29T22:0',
        b"x" * 100_000,
        (b"x" * 100 + b"\n") * 1000,
    ],
)
def test_garbage_is_passed_over(home: StateDir, garbage: bytes) -> None:
    append(home, event(1))
    with path(home).open("ab") as file:
        file.write(garbage)
    assert read_tail(home).seq == 1
    assert append(home, event(2)).seq == 2
    batch = read_after(str(path(home)), Cursor())
    assert seqs(batch.events) == [1, 2]
    assert batch.skipped == sum(bool(line) for line in garbage.split(b"\n"))


def test_a_tail_is_read_from_both_ends_of_a_line_whatever_stands_between(home: StateDir) -> None:
    inside = '{"y":1,"at":"2027-01-01T00:00:00Z","state":"off","lock":"9-9","ended":"8-8","z":0}'
    path(home).write_text(
        f'{{"seq":7,"at":"2026-11-29T22:00:00Z","state":"on","x":{inside},"lock":"1-2","ended":"3-4"}}\n'
    )
    tail = read_tail(home)
    assert (tail.seq, tail.at, tail.state) == (7, "2026-11-29T22:00:00Z", "on")
    assert (tail.lock, tail.ended) == ("1-2", "3-4")


@pytest.mark.parametrize(("digits", "seq"), [(15, 10**15 - 1), (16, 0)])
def test_a_number_of_more_than_fifteen_digits_is_no_events(
    home: StateDir, digits: int, seq: int
) -> None:
    line = event(1).to_json().replace('"seq":1,', f'"seq":{"9" * digits},')
    path(home).write_text(line + "\n")
    assert read_tail(home).seq == seq


def test_the_end_of_a_line_is_never_the_tail(home: StateDir) -> None:
    # The last 16 KiB are looked at first, and they begin inside the line of garbage.
    append(home, event(1))
    inside = event(9).to_json() + "\n"
    with path(home).open("a") as file:
        file.write("garbage" + inside + " " * (16384 - len(inside) - 1) + "\n")
    assert read_tail(home).seq == 1


def test_a_journal_that_cannot_be_opened_is_told_with_its_name_and_the_reason(
    home: StateDir,
) -> None:
    append(home, event(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(StateError, match=r"journal\.jsonl.*Too many open files"):
            read_tail(home)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_journal_of_garbage_alone_begins_anew(home: StateDir) -> None:
    path(home).write_text("garbage\nmore")
    tail = read_tail(home)
    assert (tail.seq, tail.written_ns) == (0, path(home).stat().st_mtime_ns)
    append(home, event(1))
    assert read_tail(home).seq == 1


def test_a_record_that_lacks_only_its_lines_end_counts_and_is_finished(home: StateDir) -> None:
    append(home, event(1))
    append(home, event(2))
    os.truncate(path(home), path(home).stat().st_size - 1)
    tail = read_tail(home)
    assert (tail.seq, tail.torn) == (2, True)
    assert seqs(read_after(str(path(home)), Cursor()).events) == [1]
    finish_line(home)
    assert not read_tail(home).torn
    assert seqs(read_after(str(path(home)), Cursor()).events) == [1, 2]


@pytest.mark.parametrize("alien", ["directory", "link", "twice"])
def test_an_alien_journal_is_not_trusted(home: StateDir, alien: str) -> None:
    append(home, event(1))
    other = path(home).rename(path(home).with_name("other"))
    match alien:
        case "directory":
            path(home).mkdir()
        case "link":
            path(home).symlink_to(other)
        case _:
            path(home).hardlink_to(other)
    with pytest.raises(StateError, match=r"journal\.jsonl is not a file of the directory's owner"):
        read_tail(home)
    with pytest.raises(OSError, match="it is not a file of the directory's owner") as refused:
        append(home, event(2))
    assert refused.value.strerror == "it is not a file of the directory's owner"
    assert not isinstance(refused.value, PermissionError)
    assert len(other.read_text().splitlines()) == 1


def test_reading_goes_on_from_the_cursor(home: StateDir) -> None:
    append(home, event(1))
    first = read_after(str(path(home)), Cursor())
    assert seqs(first.events) == [1]
    again = read_after(str(path(home)), first.cursor)
    assert (again.events, again.cursor, again.regressed) == ([], first.cursor, False)
    append(home, event(2))
    append(home, event(3))
    second = read_after(str(path(home)), first.cursor)
    assert seqs(second.events) == [2, 3]
    assert (second.regressed, second.cursor.seq) == (False, 3)
    assert second.cursor.offset == path(home).stat().st_size


def test_a_line_without_its_end_is_not_read_yet(home: StateDir) -> None:
    append(home, event(1))
    with path(home).open("a") as file:
        file.write(event(2).to_json())
    batch = read_after(str(path(home)), Cursor())
    assert seqs(batch.events) == [1]
    with path(home).open("a") as file:
        file.write("\n")
    assert seqs(read_after(str(path(home)), batch.cursor).events) == [2]


def test_only_what_stands_after_the_cursor_is_read(home: StateDir) -> None:
    append(home, event(1))
    cursor = read_after(str(path(home)), Cursor()).cursor
    append(home, event(2))
    content = path(home).read_bytes()
    path(home).write_bytes(b"#" + content[1:])
    # The line at the cursor is another one now, so this is another journal.
    batch = read_after(str(path(home)), cursor)
    assert batch.regressed
    assert (seqs(batch.events), batch.skipped) == ([2], 1)


def test_a_journal_whose_last_line_was_changed_is_another_one(home: StateDir) -> None:
    append(home, event(1))
    append(home, event(2))
    cursor = read_after(str(path(home)), Cursor()).cursor
    path(home).write_text(path(home).read_text().replace('"actor":"a"', '"actor":"b"'))
    batch = read_after(str(path(home)), cursor)
    assert batch.regressed
    assert seqs(batch.events) == [1, 2]


def test_a_shorter_journal_is_noticed_and_read_whole(home: StateDir) -> None:
    for seq in (1, 2, 3):
        append(home, event(seq))
    cursor = read_after(str(path(home)), Cursor()).cursor
    lines = path(home).read_bytes().splitlines(keepends=True)
    path(home).write_bytes(lines[0] + lines[1] + lines[2][:-5] + b"\n")
    append(home, event(4))
    batch = read_after(str(path(home)), cursor)
    assert batch.regressed
    assert seqs(batch.events) == [1, 2, 4]


def test_a_journal_that_began_anew_is_read_whole(home: StateDir) -> None:
    for seq in (1, 2, 3):
        append(home, event(seq))
    cursor = read_after(str(path(home)), Cursor()).cursor
    path(home).unlink()
    assert read_after(str(path(home)), cursor).regressed
    append(home, event(1))
    batch = read_after(str(path(home)), cursor)
    assert batch.regressed
    assert (seqs(batch.events), batch.cursor.seq) == ([1], 1)


def test_a_journal_that_went_away_is_noticed_however_short_it_was(home: StateDir) -> None:
    path(home).write_bytes(b"\n")
    cursor = read_after(str(path(home)), Cursor()).cursor
    assert not read_after(str(path(home)), cursor).regressed
    path(home).unlink()
    assert read_after(str(path(home)), cursor).regressed


def test_a_long_journal_is_read_in_parts(home: StateDir) -> None:
    line = event(1).to_json().replace('"seq":1', '"seq":{}')
    path(home).write_text("".join(line.replace("{}", str(n)) + "\n" for n in range(1, 6001)))
    found: list[int] = []
    cursor = Cursor()
    rounds = 0
    while (batch := read_after(str(path(home)), cursor)).cursor != cursor:
        found += seqs(batch.events)
        cursor = batch.cursor
        rounds += 1
    assert found == list(range(1, 6001))
    assert rounds > 1


def test_a_line_longer_than_a_part_is_read_over(home: StateDir) -> None:
    path(home).write_bytes(b"x" * (3 << 20) + b"\n" + event(1).to_json().encode() + b"\n")
    batch = read_after(str(path(home)), Cursor())
    assert (seqs(batch.events), batch.skipped) == ([1], 1)


@pytest.mark.parametrize(
    ("count", "expected"), [(0, []), (2, [199, 200]), (500, list(range(1, 201)))]
)
def test_the_newest_events_are_found_from_the_end(
    home: StateDir, count: int, expected: list[int]
) -> None:
    path(home).write_text("".join(event(n).to_json() + "\n" for n in range(1, 201)))
    assert seqs(last_events(str(path(home)), count)) == expected


def test_the_end_of_a_line_is_never_taken_for_a_line(home: StateDir) -> None:
    # The newest events are looked for in the last 16 KiB first, which begin inside this line.
    inside = event(9).to_json() + "\n"
    whole = [event(n).to_json() + "\n" for n in (2, 3)]
    filler = " " * (16384 - len(inside + "".join(whole)) - 1) + "\n"
    first = event(1).to_json() + "\n"
    path(home).write_text(first + "garbage" + inside + filler + "".join(whole))
    assert seqs(last_events(str(path(home)), 2)) == [2, 3]
    assert seqs(last_events(str(path(home)), 3)) == [1, 2, 3]


def test_readers_follow_no_link(home: StateDir) -> None:
    append(home, event(1))
    link = path(home).with_name("link")
    link.symlink_to(path(home))
    with pytest.raises(OSError, match="symbolic link"):
        read_after(str(link), Cursor())
    with pytest.raises(OSError, match="symbolic link"):
        last_events(str(link), 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=300))
def test_no_bytes_in_the_file_make_a_reader_fail(home: StateDir, content: bytes) -> None:
    path(home).write_bytes(content)
    read_tail(home)
    batch = read_after(str(path(home)), Cursor(5, 1, "5-00000000"))
    assert batch.skipped <= content.count(b"\n")
    last_events(str(path(home)), 3)


def test_what_could_not_be_written_whole_is_taken_back(home: StateDir) -> None:
    append(home, event(1))
    before = path(home).read_bytes()

    def write_half() -> None:
        room = len(before) + 10
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        with pytest.raises(OSError, match="only a part"):
            append(home, event(2))

    assert in_a_child(write_half) == 0
    assert path(home).read_bytes() == before


def test_every_line_is_json(home: StateDir) -> None:
    append(home, event(1, reason='"\\é'))
    assert json.loads(path(home).read_text())["reason"] == '"\\é'


def test_a_directory_in_the_journals_place_is_refused_without_leaving_it_open(
    tmp_path: Path,
) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with pytest.raises(IsADirectoryError):
            read_after(str(tmp_path), Cursor())
    assert len(list(Path("/proc/self/fd").iterdir())) == before
