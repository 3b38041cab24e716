"""A note after each window, once."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.report.due import SETTLING
from bot.report.gather import Sources
from bot.report.keeper import BEAT, Keeper, Shelf
from bot.report.model import Note
from core.protocol import Occurrence
from tests.unit.bot.report.journal import MONDAY, SUNDAY, Journal, epoch

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
CORE = """
[[window]]
name = "Mollie week"
start = "Sun 22:00"
end = "Mon 05:00"
timezone = "UTC"
"""


@dataclass
class Memory:
    """Keeps notes in a list."""

    until: datetime
    notes: list[Note] = field(default_factory=list)

    def tell(self, note: Note, one: Occurrence) -> None:
        self.notes.append(note)
        self.until = datetime.fromtimestamp(one.end, MONDAY.tzinfo)


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    core = tmp_path / "core.toml"
    core.write_text(CORE)
    journal = Journal()
    journal.week()
    return Sources(core, journal.write(tmp_path), ZoneInfo("Europe/Amsterdam"))


async def looked(sources: Sources, memory: Memory, *moments: datetime) -> list[str]:
    for now in moments:
        shelf = Shelf(lambda: memory.until, memory.tell)
        await Keeper(sources, shelf, now=lambda now=now: now).look()  # type: ignore[misc]  # mypy cannot tell a default
    return [note.week for note in memory.notes]


async def test_each_window_gets_one_note_shortly_after_its_end(sources: Sources) -> None:
    memory = Memory(SUNDAY)
    early, soon = MONDAY + SETTLING - BEAT, MONDAY + SETTLING
    assert await looked(sources, memory, SUNDAY + HOUR, early) == []
    assert await looked(sources, memory, soon, soon + BEAT, soon + HOUR) == ["2026-W48"]
    assert await looked(sources, memory, soon + WEEK) == ["2026-W48", "2026-W49"]
    assert memory.notes[0].closings[0].opened_at == MONDAY + timedelta(seconds=1)


async def test_a_lock_that_holds_on_does_not_keep_the_note_back(
    sources: Sources, tmp_path: Path
) -> None:
    journal = Journal()
    journal.lock(SUNDAY - HOUR)
    locked = replace(sources, journal=journal.write(tmp_path))
    memory = Memory(SUNDAY)
    assert await looked(locked, memory, MONDAY + HOUR) == ["2026-W48"]
    assert memory.notes[0].closings[0].opened_at is None
    assert len(memory.notes[0].locks) == 1


async def test_a_bot_that_was_away_makes_up_for_it(sources: Sources) -> None:
    memory = Memory(SUNDAY)
    assert await looked(sources, memory, MONDAY + WEEK + HOUR) == ["2026-W48", "2026-W49"]


async def test_a_one_off_window_gets_a_note_of_its_own(sources: Sources) -> None:
    day = MONDAY + 48 * HOUR
    with sources.core_config.open("a") as core:
        edges = f"start = {day:%Y-%m-%dT%H:%M:%SZ}\nend = {day + HOUR:%Y-%m-%dT%H:%M:%SZ}\n"
        core.write(f'[[extra_window]]\nname = "audit"\n{edges}')
    memory = Memory(MONDAY)
    assert await looked(sources, memory, day + 2 * HOUR) == ["2026-W49"]
    assert [one.name for one in memory.notes[0].closings] == ["audit"]
    assert epoch(memory.notes[0].closings[0].planned.start) == epoch(day)


async def test_what_is_missing_is_logged_too(
    sources: Sources, caplog: pytest.LogCaptureFixture
) -> None:
    sources.core_config.write_text("nonsense = 1")
    await looked(sources, Memory(SUNDAY), MONDAY + HOUR)
    assert "2026-W48: windows:" in caplog.text


async def test_it_looks_again_and_again(sources: Sources) -> None:
    class Enough(Exception):
        pass

    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise Enough

    memory = Memory(SUNDAY)
    shelf = Shelf(lambda: memory.until, memory.tell)
    with pytest.raises(Enough):
        await Keeper(sources, shelf, now=lambda: MONDAY + HOUR, sleep=sleep).run()
    assert slept == [BEAT.total_seconds()] * 3
    assert len(memory.notes) == 1
