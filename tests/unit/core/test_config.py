"""core.toml: what is taken, and every fault at once."""

import os
from datetime import UTC, tzinfo
from pathlib import Path

import pytest

from core.config import Configuration, load, parse
from core.errors import ConfigurationError
from core.instants import instant
from core.windows import ExtraWindow, WeeklyWindow
from core.zones import DIRECTORY
from core.zones import load as load_zone

WINDOW = 'name = "Mollie week"\nstart = "Sun 22:00"\nend = "Mon 05:00"\ntimezone = "UTC"\n'


def weekly(text: str) -> WeeklyWindow:
    (window,) = parse(f"[[window]]\n{text}", "core.toml").windows
    assert isinstance(window, WeeklyWindow)
    return window


def extra(text: str) -> ExtraWindow:
    (window,) = parse(f"[[extra_window]]\n{text}", "core.toml").windows
    assert isinstance(window, ExtraWindow)
    return window


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "core.toml")
    return caught.value.faults


def test_the_example_of_the_contract() -> None:
    text = f"""
state_dir = "/srv/state"
[[window]]
{WINDOW}
[[extra_window]]
name = "Year end"
start = 2026-12-31T20:00:00Z
end = 2027-01-01T05:00:00Z
"""
    found = parse(text, "core.toml")
    assert found.state_dir == "/srv/state"
    first, second = found.windows
    assert isinstance(first, WeeklyWindow)
    assert (first.name, first.start, first.minutes) == ("Mollie week", (6 * 24 + 22) * 60, 420)
    assert first.zone is UTC
    start, end = instant("2026-12-31T20:00:00Z"), instant("2027-01-01T05:00:00Z")
    assert second == ExtraWindow("Year end", start, end)
    assert found.zone_files == []


def test_an_empty_file_means_no_window_and_the_usual_place() -> None:
    found = parse("", "core.toml")
    assert (found.state_dir, found.windows) == ("/var/lib/pretix-maintenance", [])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7h", 25200), ("90m", 5400), ("1d12h", 129600), ("7h30m", 27000), ("6d23h59m", 604740)],
)
def test_a_duration_stands_instead_of_an_end(text: str, seconds: int) -> None:
    line = f'name = "a"\nstart = "Sun 22:00"\nduration = "{text}"\ntimezone = "UTC"'
    assert weekly(line).duration == seconds


def test_a_zone_is_found_by_name_and_its_file_is_known() -> None:
    found = parse("[[window]]\n" + WINDOW.replace("UTC", "Europe/Amsterdam"), "core.toml")
    assert found.zone_files == [f"{DIRECTORY}/Europe/Amsterdam"]
    (window,) = found.windows
    assert isinstance(window, WeeklyWindow)
    assert str(window.zone) == "Europe/Amsterdam"


def test_a_local_one_off_needs_a_zone_and_is_rather_longer() -> None:
    window = extra(
        'name = "a"\nstart = 2026-10-25T02:15:00\nend = 2026-10-25T02:45:00\n'
        'timezone = "Europe/Amsterdam"',
    )
    assert window.start == instant("2026-10-25T00:15:00Z")
    assert window.end == instant("2026-10-25T01:45:00Z")


def test_a_one_off_may_have_a_duration() -> None:
    window = extra('name = "a"\nstart = 2026-12-31T20:00:00+01:00\nduration = "2h"')
    assert (window.start, window.end - window.start) == (instant("2026-12-31T19:00:00Z"), 7200)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (('"Sun 22:00"', '"Sunday 22:00"'), "start"),
        (('"Sun 22:00"', '"sun 22:00"'), "start"),
        (('"Sun 22:00"', '"Sun 24:00"'), "start"),
        (('"Sun 22:00"', '"Sun 22:0"'), "start"),
        (('"Sun 22:00"', '"Sun 22:00 "'), "start"),
        (('"Sun 22:00"', '"Sun ٢٢:00"'), "start"),
        (('"Sun 22:00"', "22"), "start"),
        (('"Sun 22:00"', '""'), "start"),
        (('start = "Sun 22:00"', ""), "start"),
        (('"Mon 05:00"', '"Sun 22:00"'), "end"),
        (('end = "Mon 05:00"', ""), "end"),
        (('end = "Mon 05:00"', 'end = "Mon 05:00"\nduration = "7h"'), "end"),
        (('end = "Mon 05:00"', 'duration = "7d"'), "duration"),
        (('end = "Mon 05:00"', 'duration = "0h"'), "duration"),
        (('end = "Mon 05:00"', 'duration = ""'), "duration"),
        (('end = "Mon 05:00"', 'duration = "7"'), "duration"),
        (('end = "Mon 05:00"', 'duration = "1m1h"'), "duration"),
        (('end = "Mon 05:00"', "duration = 7"), "duration"),
        (('"UTC"', '"Europe/Atlantis"'), "timezone"),
        (('"UTC"', '"../../etc/passwd"'), "timezone"),
        (('"UTC"', '"/etc/localtime"'), "timezone"),
        (('"UTC"', '"Europe"'), "timezone"),
        (('"UTC"', '"tzdata.zi"'), "timezone"),
        (('timezone = "UTC"', ""), "timezone"),
        (('"Mollie week"', '"a\\nb"'), "name"),
        (('"Mollie week"', '"' + "x" * 101 + '"'), "name"),
        (('name = "Mollie week"', ""), "name"),
        (('timezone = "UTC"', 'timezone = "UTC"\nzone = "UTC"'), "zone"),
    ],
)
def test_a_fault_in_a_window_is_named_by_its_key(change: tuple[str, str], key: str) -> None:
    found = faults("[[window]]\n" + WINDOW.replace(*change))
    assert [fault.partition(":")[0] for fault in found] == [f"window 1, {key}"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("start = 2026-12-31T20:00:00\nend = 2027-01-01T05:00:00Z", "start"),
        ("start = 2026-12-31\nend = 2027-01-01T05:00:00Z", "start"),
        ("start = 2026-12-31T20:00:00.5Z\nend = 2027-01-01T05:00:00Z", "start"),
        ("end = 2027-01-01T05:00:00Z", "start"),
        ("start = 1900-12-31T20:00:00Z\nend = 2027-01-01T05:00:00Z", "start"),
        ("start = 2026-12-31T20:00:00Z\nend = 2026-12-31T20:00:00Z", "end"),
        ("start = 2026-12-31T20:00:00Z\nend = 2026-12-30T20:00:00Z", "end"),
        ("start = 2026-12-01T20:00:00Z\nend = 2026-12-08T20:00:00Z", "end"),
        ("start = 2026-12-31T20:00:00Z", "end"),
        ('start = 2026-12-31T20:00:00Z\nend = "Mon 05:00"', "end"),
        ('start = 2026-12-31T20:00:00Z\nduration = "8d"', "duration"),
        ('start = 2026-12-31T20:00:00\nduration = "8h"\ntimezone = "X/Y"', "timezone"),
    ],
)
def test_a_fault_in_a_one_off_is_named_by_its_key(text: str, key: str) -> None:
    found = faults(f'[[extra_window]]\nname = "a"\n{text}')
    assert [fault.partition(":")[0] for fault in found] == [f"extra_window 1, {key}"]


def test_all_faults_are_told_at_once() -> None:
    found = faults(
        f'colour = 1\nstate_dir = "here"\n[[window]]\nname = 5\n[[window]]\n{WINDOW}x = 1'
    )
    keys = [fault.partition(":")[0] for fault in found]
    assert keys == [
        "state_dir",
        "window 1, name",
        "window 1, start",
        "window 1, timezone",
        "window 1, end",
        "window 2, x",
        "colour",
    ]


@pytest.mark.parametrize("text", ["window = 1", "window = [1]", "[window]\nname = 1"])
def test_windows_are_a_list_of_tables(text: str) -> None:
    assert faults(text) == ["window: is not a list of tables: write [[window]]"]


@pytest.mark.parametrize("text", ["nonsense", "a = 1\na = 2", "x = " + "[" * 5000])
def test_what_is_not_toml_is_one_fault(text: str) -> None:
    (fault,) = faults(text)
    assert fault.startswith("core.toml: is not TOML")


def test_windows_that_leave_nothing_open_are_refused() -> None:
    rest = WINDOW.replace("Sun 22:00", "Mon 04:00").replace("Mon 05:00", "Sun 23:00")
    assert faults(f"[[window]]\n{WINDOW}[[window]]\n{rest}".replace("Mon 05:00", "Mon 04:00"))


def test_the_state_directory_is_known_even_where_something_else_is_wrong() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse('state_dir = "/srv/state"\ncolour = 1', "core.toml")
    assert caught.value.state_dir == "/srv/state"


def test_a_zone_file_that_cannot_be_read_is_never_taken_for_utc(tmp_path: Path) -> None:
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Broken").write_text("not a zone")

    def find(name: str) -> tzinfo:
        return load_zone(name, str(tmp_path))

    for name in ("Europe/Broken", "Europe/Missing", "Europe"):
        with pytest.raises(ConfigurationError, match="timezone"):
            parse("[[window]]\n" + WINDOW.replace("UTC", name), "core.toml", find)


def read(path: Path) -> Configuration:
    return load(str(path))


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "core.toml"
    path.write_text(f"[[window]]\n{WINDOW}")
    assert len(read(path).windows) == 1


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "core.toml"
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        read(path)
    with pytest.raises(ConfigurationError, match=r"is not a file|Is a directory"):
        read(tmp_path)
    os.mkfifo(path)
    with pytest.raises(ConfigurationError, match="is not a file"):
        read(path)
    path.unlink()
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="is not UTF-8"):
        read(path)
    path.write_bytes(b"#" * (1 << 21))
    with pytest.raises(ConfigurationError, match="is larger"):
        read(path)
