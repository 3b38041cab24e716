"""The treasurer's note goes to each chat that wants it, in its language, with its table."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.base import Destination
from bot.config import load
from bot.database import Database, open_database
from bot.foundation import Foundation, Outside
from bot.outbox import Outbox
from bot.parcel import Notice
from bot.report.due import SETTLING
from bot.report.model import Missing, Note
from bot.sdnotify import Notifier
from bot.treasurer import Treasurer, keeper
from tests.servers.small_bot import BOARD, DUTCH, ZONE, CoreFolder, one_window, roster, voices
from tests.unit.bot.report.journal import MONDAY, SUNDAY, WINDOW
from tests.unit.bot.report.test_note import note

EMPTY = note()
LACKING = replace(EMPTY, missing=(Missing("pretix", "timeout", "pretix does not answer"),))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened, _ = open_database(tmp_path / "bot.sqlite3", SUNDAY)
    yield opened
    opened.close()


def told(outbox: Outbox, destination: Destination) -> list[Notice]:
    rows = outbox.open_rows(destination)
    return [one for one in (row.told() for row in rows) if isinstance(one, Notice)]


def tell(database: Database, made: Note) -> Outbox:
    outbox, (_, places) = Outbox(database), roster()
    woken: list[bool] = []
    treasurer = Treasurer(
        outbox,
        voices(places),
        places,
        zone=ZONE,
        wake=lambda: woken.append(True),
        now=lambda: SUNDAY,
    )
    assert treasurer.shelf.told() == SUNDAY
    treasurer.shelf.tell(made, WINDOW)
    assert woken == [True]
    assert treasurer.shelf.told() == MONDAY
    return outbox


def test_each_reader_gets_it_in_the_language_of_the_chat(database: Database) -> None:
    outbox = tell(database, EMPTY)
    (english,), (dutch,) = told(outbox, BOARD), told(outbox, DUTCH)
    assert "For the books: week 48 of 2026." in english.facts["text"]
    assert "Voor de boeken" in dutch.facts["text"]
    assert english.at == EMPTY.made_at


def test_the_table_goes_with_it_if_there_is_anything_in_it(database: Database) -> None:
    outbox = tell(database, LACKING)
    (first,) = told(outbox, BOARD)
    assert first.attachment is not None
    assert first.attachment.name == "closing-2026-W48.csv"
    assert "pretix does not answer" in first.attachment.content.decode("utf-8-sig")
    assert "Not complete: pretix" in first.facts["text"]


def test_without_anything_to_list_there_is_no_table(database: Database) -> None:
    (first,) = told(tell(database, EMPTY), BOARD)
    assert first.attachment is None


CONFIG = """
language = "en"
state_dir = "{folder}/bot"
core_config = "{folder}/core.toml"
core_state_dir = "{folder}/state"
[[destination]]
adapter = "chat"
channel = "board"
announcements = {announcements}
treasurer = true
[pretix]
url = "https://tickets.example/"
token = "not fit for a header"
[adapters.chat]
"""


@pytest.mark.parametrize("announcements", ["true", "false"])
async def test_a_token_that_cannot_be_used_is_told_in_the_note_and_stops_nothing(
    tmp_path: Path, announcements: str
) -> None:
    core, path = CoreFolder(tmp_path), tmp_path / "bot.toml"
    core.configure(one_window(SUNDAY, MONDAY))
    path.write_text(CONFIG.format(folder=tmp_path, announcements=announcements))
    moments = [SUNDAY]

    async def sleep(_: float) -> None:
        raise AssertionError("nothing is waited for")

    outside = Outside(
        now=lambda: moments[-1],
        error_id=lambda: "7f3a",
        load=lambda _: pytest.fail("no adapter is needed"),
        secret=lambda reference: reference,
        notifier=Notifier(),
        sleep=sleep,
    )
    base = Foundation(load(path), outside)
    assert base.told == [BOARD]
    assert base.audience == ([BOARD] if announcements == "true" else [])
    notes = keeper(base, lambda: None)
    await notes.look()
    assert told(base.outbox, BOARD) == []
    moments.append(_after(MONDAY))
    await notes.look()
    (one,) = told(base.outbox, BOARD)
    base.database.close()
    assert "Not complete: pretix: pretix: the token must be letters and digits" in one.facts["text"]


def _after(end: datetime) -> datetime:
    return end + SETTLING + timedelta(seconds=1)
