import itertools
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.base import Attachment, Destination, OutcomeUnknown, Receipt, Temporary
from bot.database import Database, open_database
from bot.outbox import Outbox, Position, Trouble
from bot.parcel import Notice, Parcel
from core.journal import Cursor
from tests.unit.bot.telling import CONSOLE, MATTERMOST, START, TELEGRAM, event

AT_42 = Position(Cursor(1000, 42, "line"), 42, 1795989600)
KICKED = Trouble("kicked", "removed", 1795989600, 1795993200)
DOWN = Temporary("down", "no connection")
LOST = OutcomeUnknown("timeout", "no answer")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database, _ = open_database(tmp_path / "bot.sqlite3", START)
    yield database
    database.close()


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


def parcel(outbox: Outbox) -> Parcel:
    return Parcel(tuple(outbox.open_rows(TELEGRAM)))


def test_before_the_first_reading_there_is_no_position(outbox: Outbox) -> None:
    assert outbox.position() is None


def test_rows_and_position_are_written_together(outbox: Outbox) -> None:
    outbox.record([(event(42), [TELEGRAM, MATTERMOST])], AT_42, START)
    assert outbox.position() == AT_42
    assert [row.told() for row in outbox.open_rows(TELEGRAM)] == [event(42)]
    assert [row.told() for row in outbox.open_rows(MATTERMOST)] == [event(42)]
    assert outbox.open_rows(CONSOLE) == []


def test_if_the_position_cannot_be_written_nor_are_the_rows(
    outbox: Outbox, database: Database
) -> None:
    refused = Position(Cursor("no number", 1, ""), 1, 1)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(sqlite3.IntegrityError):
        outbox.record([(event(42), [TELEGRAM])], refused, START)
    assert outbox.open_rows(TELEGRAM) == []


def test_an_event_has_one_row_for_a_destination_however_often_it_is_read(outbox: Outbox) -> None:
    for _ in range(2):
        outbox.record([(event(42), [TELEGRAM])], AT_42, START)
    assert len(outbox.open_rows(TELEGRAM)) == 1


def test_a_journal_begun_again_may_use_a_number_again(outbox: Outbox) -> None:
    later = event(42, START + timedelta(days=1))
    outbox.record([(event(42), [TELEGRAM]), (later, [TELEGRAM])], AT_42, START)
    assert len(outbox.open_rows(TELEGRAM)) == 2


def test_notices_come_back_as_they_were_and_may_be_alike(outbox: Outbox) -> None:
    notice = Notice("shop", START, {"url": "https://x/", "status": "200"})
    outbox.put_notice(notice, [TELEGRAM])
    outbox.put_notice(notice, [TELEGRAM])
    assert [row.told() for row in outbox.open_rows(TELEGRAM)] == [notice, notice]


def test_a_parcel_is_named_by_its_events_and_a_notice_by_its_row(outbox: Outbox) -> None:
    outbox.record([(event(7), [TELEGRAM]), (event(9), [TELEGRAM])], AT_42, START)
    assert parcel(outbox).event_id == "7-9-1795989600"
    outbox.put_notice(Notice("shop", START, {}), [MATTERMOST])
    rows = outbox.open_rows(MATTERMOST)
    assert Parcel(tuple(rows)).event_id == f"notice-{rows[0].id}-1795989600"


def test_while_a_parcel_is_inflight_nothing_else_is_to_be_told(outbox: Outbox) -> None:
    outbox.record([(event(1), [TELEGRAM]), (event(2), [TELEGRAM])], AT_42, START)
    outbox.begin(parcel(outbox))
    outbox.record([(event(3), [TELEGRAM])], AT_42, START)
    assert [row.seq for row in outbox.open_rows(TELEGRAM)] == [1, 2]
    assert parcel(outbox).doubtful
    outbox.sent(parcel(outbox), TELEGRAM, Receipt(TELEGRAM, "m"))
    assert [row.seq for row in outbox.open_rows(TELEGRAM)] == [3]
    assert not parcel(outbox).doubtful


def test_what_was_not_accepted_is_due_again(outbox: Outbox) -> None:
    outbox.record([(event(1), [TELEGRAM])], AT_42, START)
    fresh = parcel(outbox)
    outbox.begin(fresh)
    outbox.put_off(fresh, DOWN, START + timedelta(seconds=9), obey=True)
    row = outbox.open_rows(TELEGRAM)[0]
    assert (row.state, row.doubts, row.attempts) == ("due", 0, 1)
    assert (row.next_try_at, row.obey) == (int(START.timestamp()) + 9, 1)


def test_what_may_have_been_accepted_stays_inflight_from_then_on(outbox: Outbox) -> None:
    outbox.record([(event(1), [TELEGRAM])], AT_42, START)
    fresh = parcel(outbox)
    outbox.begin(fresh)
    outbox.put_off(fresh, LOST, START, obey=False)
    again = parcel(outbox)
    outbox.begin(again)
    outbox.put_off(again, DOWN, START, obey=False)
    row = outbox.open_rows(TELEGRAM)[0]
    assert (row.state, row.doubts, row.attempts) == ("inflight", 1, 2)


def test_what_is_given_up_is_told_of_in_the_overview_until_it_is_well(outbox: Outbox) -> None:
    outbox.record([(event(1), [TELEGRAM])], AT_42, START)
    outbox.give_up(parcel(outbox), TELEGRAM, KICKED)
    outbox.record([(event(2), [TELEGRAM])], AT_42, START + timedelta(hours=1))
    telegram, mattermost = outbox.overview([TELEGRAM, MATTERMOST])
    assert (telegram.waiting, telegram.dead, telegram.problem) == (1, 1, "kicked")
    assert (telegram.oldest, telegram.since) == (START + timedelta(hours=1), START)
    assert (mattermost.waiting, mattermost.dead, mattermost.problem) == (0, 0, None)
    assert (mattermost.oldest, mattermost.since) == (None, None)
    outbox.revive(TELEGRAM, START)
    outbox.sent(parcel(outbox), TELEGRAM, Receipt(TELEGRAM, "m"))
    telegram = outbox.overview([TELEGRAM])[0]
    assert (telegram.waiting, telegram.dead, telegram.problem) == (0, 0, None)


def test_the_overview_names_what_a_waiting_row_waits_for(outbox: Outbox) -> None:
    outbox.record([(event(1), [TELEGRAM])], AT_42, START)
    fresh = parcel(outbox)
    outbox.put_off(fresh, DOWN, START, obey=False)
    pending = outbox.overview([TELEGRAM])[0]
    assert (pending.problem, pending.sentence) == ("down", "no connection")
    assert pending.since is None


def test_trouble_remembers_when_it_began(outbox: Outbox) -> None:
    outbox.in_trouble(TELEGRAM, KICKED)
    outbox.in_trouble(TELEGRAM, Trouble("muted", "no rights", KICKED.since + 60, 7))
    assert outbox.trouble(TELEGRAM) == Trouble("muted", "no rights", KICKED.since, 7)
    assert outbox.trouble(MATTERMOST) is None
    outbox.well(TELEGRAM)
    assert outbox.trouble(TELEGRAM) is None


def test_only_events_of_the_last_month_are_revived(outbox: Outbox) -> None:
    outbox.record([(event(1), [TELEGRAM])], AT_42, START)
    outbox.record([(event(2), [TELEGRAM])], AT_42, START + timedelta(days=20))
    outbox.put_notice(Notice("shop", START + timedelta(days=20), {}), [TELEGRAM])
    outbox.give_up(parcel(outbox), TELEGRAM, KICKED)
    outbox.revive(TELEGRAM, START + timedelta(days=31))
    assert [row.seq for row in outbox.open_rows(TELEGRAM)] == [2]


def test_what_lasts_is_revived_as_well(outbox: Outbox) -> None:
    outbox.put_notice(Notice("note", START, {}, lasting=True), [TELEGRAM])
    outbox.give_up(parcel(outbox), TELEGRAM, KICKED)
    outbox.revive(TELEGRAM, START + timedelta(days=29))
    assert len(outbox.open_rows(TELEGRAM)) == 1


def test_a_notice_keeps_its_file(outbox: Outbox) -> None:
    file = Attachment("closing.csv", "text/csv", b"\xef\xbb\xbfkind\r\n\x00")
    outbox.put_notice(Notice("note", START, {"text": "x"}, file), [TELEGRAM])
    told = parcel(outbox).head.told()
    assert told == Notice("note", START, {"text": "x"}, file)


def test_what_ended_before_the_first_start_counts_as_noted(outbox: Outbox) -> None:
    assert outbox.noted_until(START) == START
    assert outbox.noted_until(START + timedelta(days=1)) == START


def test_a_note_and_that_it_is_made_are_written_together_or_not_at_all(outbox: Outbox) -> None:
    outbox.noted_until(START)
    end = START + timedelta(hours=7)

    def fails() -> Iterator[tuple[Notice, list[Destination]]]:
        yield Notice("note", end, {}, lasting=True), [TELEGRAM]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outbox.put_notes(fails(), end)
    assert (outbox.open_rows(TELEGRAM), outbox.noted_until(end)) == ([], START)
    outbox.put_notes([(Notice("note", end, {}, lasting=True), [TELEGRAM])], end)
    assert (len(outbox.open_rows(TELEGRAM)), outbox.noted_until(end)) == (1, end)


def test_what_is_open_is_never_forgotten(outbox: Outbox, database: Database) -> None:
    outbox.record([(event(1), [TELEGRAM])], AT_42, START)
    outbox.sent(parcel(outbox), TELEGRAM, Receipt(TELEGRAM, "m"))
    outbox.record([(event(2), [TELEGRAM])], AT_42, START)
    outbox.prune(START + timedelta(days=29))
    assert len(database.rows("SELECT id FROM delivery")) == 2
    outbox.prune(START + timedelta(days=31))
    assert [row["seq"] for row in database.rows("SELECT seq FROM delivery")] == [2]


def test_a_summary_may_be_forgotten_with_the_rows_that_point_to_it(
    outbox: Outbox, database: Database
) -> None:
    outbox.record([(event(1), [TELEGRAM]), (event(2), [TELEGRAM])], AT_42, START)
    both = parcel(outbox)
    outbox.begin(both)
    outbox.sent(both, TELEGRAM, Receipt(TELEGRAM, "m"))
    outbox.prune(START + timedelta(days=31))
    assert database.rows("SELECT id FROM delivery") == []


def test_what_waits_for_a_destination_that_is_configured_no_more_is_given_up(
    outbox: Outbox,
) -> None:
    outbox.record([(event(1), [TELEGRAM, MATTERMOST])], AT_42, START)
    outbox.retire([MATTERMOST])
    assert outbox.open_rows(TELEGRAM) == []
    assert len(outbox.open_rows(MATTERMOST)) == 1


def test_looking_for_work_uses_the_small_index_whatever_was_sent(database: Database) -> None:
    plan = database.rows(
        "EXPLAIN QUERY PLAN SELECT id FROM delivery WHERE destination = 'x'"
        " AND state IN ('due', 'inflight') ORDER BY id LIMIT 1000"
    )
    assert [row["detail"] for row in plan] == [
        "SEARCH delivery USING INDEX delivery_open (destination=?)"
    ]


def test_a_step_costs_the_same_among_many_sent_rows(outbox: Outbox, database: Database) -> None:
    def instructions(seq: int) -> int:
        """What SQLite executes for one announcement, in hundreds; no clock is asked."""
        count = itertools.count()
        connection = database._connection()
        connection.set_progress_handler(lambda: next(count) < 0, 100)
        outbox.record([(event(seq), [TELEGRAM])], AT_42, START)
        one = parcel(outbox)
        outbox.begin(one)
        outbox.sent(one, TELEGRAM, Receipt(TELEGRAM, "m"))
        connection.set_progress_handler(None, 0)
        return next(count)

    outbox.record([], AT_42, START)
    among_few = instructions(1)
    with database.transaction() as connection:
        connection.executemany(
            "INSERT INTO delivery (destination, seq, happened_at, payload, state, created_at,"
            " next_try_at) VALUES ('telegram:-100', ?, 0, '{}', 'sent', 0, 0)",
            ((seq,) for seq in range(1000, 31_000)),
        )
    assert instructions(200_000) <= among_few + 2
