"""The program as installed, under clocks that change, step and are wrong, and no zone files."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core import zones
from tests.figures import Figures
from tests.installed import Answer, run_at
from tests.judge import MARKER, check_journal, look, rfc3339, seconds

HOUR = 3600
TZIF = Path("/usr/share/zoneinfo/Europe/Amsterdam")
WEEK = ("Mollie week", "Sun 22:00", "Mon 05:00", "UTC")

needs_faketime = pytest.mark.skipif(
    shutil.which("faketime") is None, reason="needs faketime: apt install faketime"
)
pytestmark = pytest.mark.slow


@dataclass
class Clocked:
    """A shop whose clock shows what the test says."""

    program: Path
    folder: Path

    def configure(self, name: str, start: str, end: str, zone: str) -> None:
        """One weekly window."""
        (self.folder / "core.toml").write_text(
            f'[[window]]\nname = "{name}"\nstart = "{start}"\nend = "{end}"\ntimezone = "{zone}"\n'
        )

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def closed(self) -> bool:
        return (self.state / MARKER).is_file()

    def at(self, instant: str | int, *words: str, prefix: tuple[str, ...] = ()) -> Answer:
        """Run a verb at an instant."""
        text = instant if isinstance(instant, str) else rfc3339(instant)
        where = ("--config", self.folder / "core.toml", "--state-dir", self.state)
        return run_at(text, [self.program, *where, *words, "--json"], prefix=prefix)


@pytest.fixture
def shop(program: Path, tmp_path: Path) -> Clocked:
    made = Clocked(program, tmp_path)
    made.configure(*WEEK)
    made.state.mkdir(mode=0o755)
    return made


AMSTERDAM = "Europe/Amsterdam"
EDGES = {
    "spring, a start in the gap": ("Sun 02:30", "Sun 09:00", AMSTERDAM, "2026-03-29T01:00:00Z", 6),
    "spring, over the gap": ("Sat 22:00", "Sun 05:00", AMSTERDAM, "2026-03-28T21:00:00Z", 6),
    "autumn, over the hour": ("Sat 22:00", "Sun 05:00", AMSTERDAM, "2026-10-24T20:00:00Z", 8),
    "autumn, a double end": ("Sun 01:30", "Sun 02:30", AMSTERDAM, "2026-10-24T23:30:00Z", 2),
    "a leap day's evening": ("Tue 22:00", "Wed 05:00", "UTC", "2028-02-29T22:00:00Z", 7),
    "into a leap day": ("Mon 22:00", "Tue 05:00", "UTC", "2028-02-28T22:00:00Z", 7),
    "no leap day in 2100": ("Sun 22:00", "Mon 05:00", "UTC", "2100-02-28T22:00:00Z", 7),
    "over the year's end": ("Thu 22:00", "Fri 05:00", "UTC", "2026-12-31T22:00:00Z", 7),
    "over the end of week 53": ("Thu 20:00", "Sat 08:00", AMSTERDAM, "2026-12-31T19:00:00Z", 36),
}
"""Start and end in local time, and by hand: when it starts, and for how many hours."""


@needs_faketime
@pytest.mark.parametrize("case", EDGES)
def test_the_program_closes_and_opens_in_the_second_of_the_edge(
    shop: Clocked, case: str, figures: Figures
) -> None:
    first, last, zone, start, hours = EDGES[case]
    shop.configure("w", first, last, zone)
    begin = seconds(start)
    end = begin + hours * HOUR
    for second, closed in ((begin - 1, False), (begin, True), (end - 1, True), (end, False)):
        assert shop.at(second, "reconcile").code == 0
        assert shop.closed is closed, rfc3339(second)
    events = look(shop.state).events
    check_journal(events)
    told = [(event["transition"], seconds(event["at"])) for event in events]
    assert told == [("on", begin), ("off", end)]
    figures.count("clock: edges to the second", 2)


INSIDE, AFTER = "2026-11-30T04:30:00Z", "2026-11-30T05:00:00Z"


@needs_faketime
def test_a_clock_that_steps_back_an_hour_never_opens_and_goes_on_when_it_is_right(
    shop: Clocked, figures: Figures
) -> None:
    assert shop.at("2026-11-29T22:00:00Z", "reconcile").json["transition"] == "on"
    behind = shop.at("2026-11-29T21:00:00Z", "reconcile").json
    assert (behind["maintenance"], behind["reasons"]) == (True, ["implausible-clock"])
    assert shop.at("2026-11-29T22:00:01Z", "reconcile").json["reasons"] == ["window"]
    assert shop.at(AFTER, "reconcile").json["transition"] == "off"
    assert shop.at("2026-11-30T04:00:00Z", "reconcile").json["maintenance"] is True
    assert shop.at("2026-11-30T05:00:01Z", "reconcile").json["maintenance"] is False
    check_journal(look(shop.state).events)
    figures.count("clock: steps", 2, openings=0)


@needs_faketime
def test_a_clock_that_steps_ahead_an_hour_is_put_right_by_the_next_run(
    shop: Clocked, figures: Figures
) -> None:
    assert shop.at(INSIDE, "reconcile").json["maintenance"] is True
    assert shop.at("2026-11-30T05:30:00Z", "reconcile").json["maintenance"] is False
    assert shop.at("2026-11-30T04:31:00Z", "reconcile").json["maintenance"] is True
    assert shop.at("2026-11-30T05:31:00Z", "reconcile").json["maintenance"] is False
    check_journal(look(shop.state).events)
    figures.count("clock: steps", 2, openings=0)


EPOCH = "1970-01-01T00:00:10Z"


@needs_faketime
@pytest.mark.parametrize("closed_by", ["window", "lock"])
def test_a_machine_that_wakes_in_1970_keeps_a_closed_shop_closed(
    shop: Clocked, closed_by: str, figures: Figures
) -> None:
    if closed_by == "lock":
        shop.at("2026-11-28T10:00:00Z", "lock", "--actor", "unix:root", "--until", INSIDE)
    else:
        shop.at(INSIDE, "reconcile")
    for verb in ("reconcile", "status", "unlock", "reconcile"):
        said = shop.at(EPOCH, verb).json
        assert said["maintenance"] is shop.closed is True, said
    assert "implausible-clock" in said["reasons"]
    assert shop.at("2026-11-30T06:00:00Z", "reconcile").json["maintenance"] is False
    check_journal(look(shop.state).events)
    figures.count("clock: boots in 1970", openings=0)


@needs_faketime
def test_a_machine_that_wakes_in_1970_can_be_locked_and_a_new_one_used(
    shop: Clocked, figures: Figures
) -> None:
    assert shop.at(EPOCH, "reconcile").json["maintenance"] is False
    assert shop.at(EPOCH, "lock", "--actor", "unix:root").json["maintenance"] is True
    assert shop.at(INSIDE, "unlock", "--actor", "unix:root").json["maintenance"] is True
    assert shop.at(AFTER, "reconcile").json["maintenance"] is False
    figures.count("clock: boots in 1970", openings=0)


Damage = Callable[[Path], object]


def _make_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Damage] = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "cut in its head": lambda path: path.write_bytes(TZIF.read_bytes()[:30]),
    "cut in the middle": lambda path: path.write_bytes(TZIF.read_bytes()[:400]),
    "without its last byte": lambda path: path.write_bytes(TZIF.read_bytes()[:-1]),
    "something else": lambda path: path.write_bytes(b"UTC\n" * 100),
    "a folder": _make_a_folder,
}


@needs_faketime
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts other zone files")
@pytest.mark.parametrize("damage", DAMAGES)
def test_without_its_zone_file_the_shop_is_closed_and_told_never_utc(
    shop: Clocked, damage: str, tmp_path: Path, figures: Figures
) -> None:
    zoneinfo = tmp_path / "zoneinfo"
    (zoneinfo / "Europe").mkdir(parents=True)
    shutil.copyfile(TZIF, zoneinfo / AMSTERDAM)
    DAMAGES[damage](zoneinfo / AMSTERDAM)
    script = f'mount --bind {zoneinfo} /usr/share/zoneinfo && exec "$@"'
    mounted = ("unshare", "-m", "sh", "-c", script, "sh")
    if subprocess.run([*mounted, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    shop.configure("w", "Sun 22:00", "Mon 05:00", AMSTERDAM)
    assert shop.at("2026-07-01T12:00:00Z", "reconcile").json["maintenance"] is False
    # Far from any window, in whatever zone: it is closed for the doubt alone.
    answer = shop.at("2026-07-02T12:00:00Z", "reconcile", prefix=mounted)
    assert (answer.code, answer.json["problem"]) == (3, "configuration")
    assert "Europe/Amsterdam" in answer.json["message"]
    assert shop.closed
    assert shop.at("2026-07-02T12:01:00Z", "reconcile").json["maintenance"] is False
    figures.count("clock: zone files missing or damaged", taken_for_utc=0)


def test_a_zone_file_that_is_cut_anywhere_is_refused(tmp_path: Path, figures: Figures) -> None:
    whole = TZIF.read_bytes()
    path = tmp_path / "Cut"
    assert zones.load(AMSTERDAM).utcoffset(datetime(2026, 7, 1)) == timedelta(hours=2)  # noqa: DTZ001 - a wall's reading
    lengths = range(0, len(whole), 7)
    for length in (*lengths, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="Cut"):
            zones.load("Cut", str(tmp_path))
    figures.count("clock: zone files missing or damaged", len(lengths) + 1, taken_for_utc=0)
