"""What the shop answered is kept with the event that it proves."""

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.database import Database, open_database
from bot.helper import run_process
from bot.probe import Probe, ProbeResult, Verdict
from bot.proofs import MEMORY, Proofs, Recording
from bot.report.model import Span
from tests.servers.loopback_shop import CLOSED, OPEN, loopback_shop
from tests.servers.small_bot import CoreFolder
from tests.unit.bot.telling import event

NOW = datetime(2026, 11, 29, 22, tzinfo=UTC)
FOREVER = Span(NOW - timedelta(days=9999), NOW + timedelta(days=9999))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened, _ = open_database(tmp_path / "bot.sqlite3", NOW)
    yield opened
    opened.close()


@pytest.fixture
def core(tmp_path: Path) -> CoreFolder:
    return CoreFolder(tmp_path)


def order(core: CoreFolder, verb: str) -> None:
    assert run_process([*core.command, verb], b"").code == 0


def answered(verdict: Verdict, status: int | None = 503, *, after: float = 0) -> ProbeResult:
    at = NOW + timedelta(seconds=after)
    return ProbeResult(at, "shop", status, verdict, expected=True, url="https://shop/")


def recording(database: Database, core: CoreFolder, url: str) -> Recording:
    probe = Probe(url, clock=lambda: datetime.now(UTC), timeout=60)
    return Recording(probe, Proofs(database), core.seen())


async def test_the_answer_after_a_transition_is_its_proof(
    database: Database, core: CoreFolder
) -> None:
    async with loopback_shop() as shop:
        asked = recording(database, core, shop.url)
        for verb, expected, shop.answer in (("lock", True, CLOSED), ("unlock", False, OPEN)):
            order(core, verb)
            await asked.ask(expected)
    events = core.seen().recent(9)
    found = asked.of_all(events)
    assert [found[event.seq].verdict for event in events] == [Verdict.CLOSED, Verdict.OPEN]
    assert [found[event.seq].status for event in events] == [503, 200]
    assert found[events[0].seq].url == shop.url


async def test_changes_after_which_nobody_could_ask_get_the_answer_after_a_later_one(
    database: Database, core: CoreFolder
) -> None:
    order(core, "lock")
    order(core, "unlock")
    async with loopback_shop() as shop:
        asked = recording(database, core, shop.url)
        assert asked.of_all(core.seen().recent(9)) == {}
        await asked.ask(expected=False)
        shop.answer = CLOSED
        order(core, "lock")
        await asked.ask(expected=True)
    first, second, third = core.seen().recent(9)
    found = asked.of_all([first, second, third])
    assert found[first.seq] == found[second.seq]
    assert (found[first.seq].expected, found[first.seq].status) == (False, 200)
    assert (found[third.seq].expected, found[third.seq].status) == (True, 503)


def test_two_changes_within_one_second_both_have_a_proof(database: Database) -> None:
    proofs, second = Proofs(database), int(NOW.timestamp())
    on, off = event(1, NOW), event(2, NOW, "off")
    proofs.record(replace(answered(Verdict.OPEN, 200), expected=False), (2, second))
    found = proofs.of_all([on, off])
    assert found[1] == found[2]


def test_what_was_asked_before_a_change_does_not_prove_it(database: Database) -> None:
    proofs, second = Proofs(database), int(NOW.timestamp())
    proofs.record(answered(Verdict.CLOSED), (1, second))
    proofs.record(answered(Verdict.CLOSED), None)
    assert set(proofs.of_all([event(1, NOW), event(2, NOW, "off")])) == {1}


def test_what_changed_nothing_needs_no_proof_of_a_later_time(database: Database) -> None:
    proofs, second = Proofs(database), int(NOW.timestamp())
    proofs.record(answered(Verdict.CLOSED), (2, second))
    assert set(proofs.of_all([event(1, NOW, transition=None), event(2, NOW)])) == {2}


async def test_a_wrong_answer_from_before_the_next_change_accuses_nobody(
    database: Database, core: CoreFolder
) -> None:
    order(core, "lock")
    async with loopback_shop() as shop:
        shop.answer = OPEN

        class Slow:
            """Asks, but the lock is removed meanwhile."""

            last = None

            async def ask(self, expected: bool | None) -> ProbeResult:  # noqa: FBT001 - the interface's
                order(core, "unlock")
                probe = Probe(shop.url, clock=lambda: datetime.now(UTC), timeout=60)
                return await probe.ask(expected)

        proofs = Proofs(database)
        await Recording(Slow(), proofs, core.seen()).ask(expected=True)
    assert proofs.of_all(core.seen().recent(9)) == {}
    assert len(proofs.between(FOREVER)) == 1


async def test_what_is_asked_against_the_journal_belongs_to_no_event(
    database: Database, core: CoreFolder
) -> None:
    order(core, "lock")
    async with loopback_shop() as shop:
        asked = recording(database, core, shop.url)
        await asked.ask(expected=False)
        await asked.ask(expected=None)
    assert asked.of_all(core.seen().recent(9)) == {}


def test_a_right_answer_within_a_minute_outweighs_the_first(database: Database) -> None:
    proofs = Proofs(database)
    proofs.record(answered(Verdict.OPEN, 200), (1, 5))
    proofs.record(answered(Verdict.CLOSED, after=15), (1, 5))
    proofs.record(answered(Verdict.OPEN, 200, after=300), (1, 5))
    found = proofs.of((1, 5))
    assert found is not None
    assert found.verdict is Verdict.CLOSED


def test_trouble_hours_later_is_not_the_proof_of_the_event(database: Database) -> None:
    proofs = Proofs(database)
    proofs.record(answered(Verdict.OPEN, 200), (1, 5))
    proofs.record(answered(Verdict.CLOSED, after=7200), (1, 5))
    found = proofs.of((1, 5))
    assert found is not None
    assert found.verdict is Verdict.OPEN


def test_an_event_of_a_journal_begun_again_is_another_one(database: Database) -> None:
    proofs = Proofs(database)
    proofs.record(answered(Verdict.CLOSED), (1, 5))
    assert proofs.of((1, 6)) is None


def test_of_several_addresses_the_worst_counts_for_the_books(database: Database) -> None:
    proofs = Proofs(database)
    right = answered(Verdict.CLOSED)
    wrong = ProbeResult(NOW, "other", 200, Verdict.OPEN, expected=True, others=(right,))
    proofs.record(wrong, None)
    proofs.record(answered(Verdict.CLOSED, after=300), None)
    records = proofs.between(Span(NOW, NOW + timedelta(hours=1)))
    assert [(one.at, one.verdict, one.status) for one in records] == [
        (NOW, Verdict.OPEN, 200),
        (NOW + timedelta(seconds=300), Verdict.CLOSED, 503),
    ]
    assert list(proofs.between(Span(NOW + timedelta(seconds=1), NOW))) == []


def test_answers_are_kept_for_a_year_of_books_and_no_longer(database: Database) -> None:
    proofs = Proofs(database)
    proofs.record(answered(Verdict.CLOSED), (1, 5))
    proofs.prune(NOW + MEMORY)
    assert proofs.of((1, 5)) is not None
    proofs.prune(NOW + MEMORY + timedelta(seconds=1))
    assert proofs.of((1, 5)) is None


async def test_a_database_that_takes_nothing_costs_no_answer(
    database: Database, core: CoreFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(tmp_path / "bot.sqlite3") as other:
        other.execute("DROP TABLE probe")
    other.close()
    async with loopback_shop() as shop:
        result = await recording(database, core, shop.url).ask(expected=False)
    assert result is not None
    assert result.verdict is Verdict.OPEN
    assert "could not be kept" in caplog.text


async def test_a_journal_that_cannot_be_read_costs_no_answer(
    database: Database, core: CoreFolder
) -> None:
    (core.state / "journal.jsonl").mkdir()
    async with loopback_shop() as shop:
        async with asyncio.timeout(60):
            result = await recording(database, core, shop.url).ask(expected=False)
    assert result is not None
