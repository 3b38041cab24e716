"""The iCalendar file is one that Google Calendar and Nextcloud accept."""

import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from bot.calendar import calendar, write
from bot.messages import Voice
from core.protocol import Occurrence
from tests.servers.small_bot import CoreFolder

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
START = int(datetime(2026, 11, 29, 22, tzinfo=UTC).timestamp())
WEEK = 7 * 86400
WEEKLY = [
    Occurrence(START + number * WEEK, START + number * WEEK + 7 * 3600, "Mollie week")
    for number in range(3)
]
PROGRAM = [sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())"]


def made(occurrences: list[Occurrence] = WEEKLY, now: datetime = NOW) -> bytes:
    return calendar(occurrences, Voice("nl", ZoneInfo("Europe/Amsterdam"), "IT"), now)


def events(content: bytes) -> list[Event]:
    found = Calendar.from_ical(content).walk("VEVENT")
    return [one for one in found if isinstance(one, Event)]


def test_every_occurrence_is_an_event_at_its_instants() -> None:
    assert [(event.start, event.end) for event in events(made())] == [
        (datetime.fromtimestamp(one.start, UTC), datetime.fromtimestamp(one.end, UTC))
        for one in WEEKLY
    ]
    assert b"DTSTART:20261129T220000Z" in made()


def test_what_readers_demand_is_there() -> None:
    read = Calendar.from_ical(made())
    assert (read["VERSION"], read["METHOD"]) == ("2.0", "PUBLISH")
    assert "pretix-maintenance" in str(read["PRODID"])
    assert all({"UID", "DTSTAMP", "SUMMARY"} <= set(event) for event in events(made()))
    assert read.errors == []


def test_the_same_occurrence_keeps_its_uid_whenever_the_file_is_made() -> None:
    later = made(WEEKLY[1:], NOW + timedelta(days=7))
    uids = [[str(event["UID"]) for event in events(content)] for content in (made(), later)]
    assert uids[0][1:] == uids[1]
    assert len(set(uids[0])) == 3


def test_lines_are_folded_and_end_as_the_standard_wants() -> None:
    name = "Sluiting, \u201cweek\u201d; met \\ en een heel lange naam \u20ac" * 2
    content = made([Occurrence(START, START + 60, name)])
    lines = content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert not any(b"\n" in line for line in lines)
    assert str(events(content)[0]["SUMMARY"]).startswith(f"Kaartverkoop dicht: {name[:40]}")


def test_without_windows_it_is_an_empty_calendar() -> None:
    assert events(made([])) == []


def test_the_file_is_put_in_place_at_once_and_for_all_to_read(tmp_path: Path) -> None:
    path = tmp_path / "closings.ics"
    for content in (b"one", b"two"):
        write(path, content)
        assert path.read_bytes() == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [one.name for one in tmp_path.iterdir()] == ["closings.ics"]


def test_a_file_that_cannot_be_put_there_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "closings.ics").mkdir()
    with pytest.raises(OSError, match="directory"):
        write(tmp_path / "closings.ics", b"x")
    assert [one.name for one in tmp_path.iterdir()] == ["closings.ics"]


def test_the_program_writes_it(tmp_path: Path) -> None:
    core = CoreFolder(tmp_path)
    bot = tmp_path / "bot.toml"
    bot.write_text(f"core_config = '{core.config}'\n")
    output = tmp_path / "closings.ics"
    command = [*PROGRAM, "calendar", "--config", str(bot)]
    subprocess.run([*command, "--output", str(output)], check=True)
    said = subprocess.run(command, check=True, capture_output=True).stdout
    assert len(events(output.read_bytes())) == len(events(said)) == 1
    core.configure("nonsense")
    wrong = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "core.toml" in wrong.stderr
