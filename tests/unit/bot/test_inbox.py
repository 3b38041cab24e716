from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.base import Destination, IncomingMessage, Mark, Receipt
from bot.database import Database, open_database
from bot.inbox import MOST_HANDOUTS, MOST_OF_ONE, MOST_OF_STRANGERS, Inbox
from tests.unit.bot.telling import START, TELEGRAM

ANNA = IncomingMessage(
    Destination("telegram", "-100", "7"),
    "1",
    "12345",
    "Anna ☎",
    "/maintenance lock\u00a0audit",
    START,
    bot_name="shopbot",
    private=True,
    marks=frozenset({Mark.EDITED, Mark.FORWARDED}),
    action="unlock:1",
    link="https://t.example/1",
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database, _ = open_database(tmp_path / "bot.sqlite3", START)
    yield database
    database.close()


@pytest.fixture
def inbox(database: Database) -> Inbox:
    return Inbox(database, is_known=lambda message: message.sender_id == "12345")


def message(number: int, sender: str = "stranger") -> IncomingMessage:
    return IncomingMessage(TELEGRAM, str(number), sender, "X", "/maintenance", START)


def take_all(inbox: Inbox) -> list[str]:
    taken = iter(inbox.take, None)
    return [one.message.message_id for one in taken]


def test_a_message_comes_out_as_it_went_in(inbox: Inbox) -> None:
    stored = inbox.add(ANNA, START)
    taken = inbox.take()
    assert taken is not None
    assert (taken.id, taken.message, taken.again, taken.reply) == (stored, ANNA, False, None)


def test_a_message_is_on_disk_when_add_returns(inbox: Inbox, tmp_path: Path) -> None:
    inbox.add(ANNA, START)
    other, _ = open_database(tmp_path / "bot.sqlite3", START)
    assert take_all(Inbox(other)) == ["1"]
    other.close()


def test_a_message_delivered_again_is_known_before_and_after_it_is_handled(inbox: Inbox) -> None:
    assert inbox.add(ANNA, START) is not None
    assert inbox.add(ANNA, START) is None
    taken = inbox.take()
    assert taken is not None
    inbox.finish(taken.id)
    assert inbox.add(ANNA, START) is None
    assert inbox.take() is None


def test_the_same_number_in_another_channel_is_another_message(inbox: Inbox) -> None:
    inbox.add(ANNA, START)
    assert inbox.add(replace(ANNA, destination=TELEGRAM.__class__("telegram", "-2")), START)
    assert inbox.add(replace(ANNA, destination=TELEGRAM.__class__("other", "-100")), START)


def test_messages_are_handed_out_once_and_in_order(inbox: Inbox) -> None:
    for number in (1, 2, 3):
        inbox.add(message(number), START)
    assert take_all(inbox) == ["1", "2", "3"]


def test_people_of_the_roster_come_first(inbox: Inbox) -> None:
    inbox.add(message(1), START)
    inbox.add(message(2, "12345"), START)
    inbox.add(message(3, "12345"), START)
    assert take_all(inbox) == ["2", "3", "1"]


def test_after_a_crash_what_was_taken_is_handed_out_once_more(inbox: Inbox) -> None:
    inbox.add(message(1), START)
    inbox.add(message(2), START)
    first = inbox.take()
    assert first is not None
    assert inbox.recover() == []
    again = inbox.take()
    assert again is not None
    assert (again.id, again.again) == (first.id, True)
    assert take_all(inbox) == ["2"]


def test_after_a_crash_what_was_finished_stays_finished(inbox: Inbox) -> None:
    inbox.add(ANNA, START)
    taken = inbox.take()
    assert taken is not None
    inbox.finish(taken.id)
    inbox.recover()
    assert inbox.take() is None


def test_the_reply_is_remembered_over_a_crash(inbox: Inbox) -> None:
    inbox.add(ANNA, START)
    taken = inbox.take()
    assert taken is not None
    receipt = Receipt(TELEGRAM, "77")
    inbox.keep_reply(taken.id, receipt)
    inbox.recover()
    again = inbox.take()
    assert again is not None
    assert again.reply == receipt


def test_a_message_over_which_the_bot_dies_each_time_is_given_up(inbox: Inbox) -> None:
    inbox.add(ANNA, START)
    for _ in range(MOST_HANDOUTS):
        assert inbox.recover() == []
        assert inbox.take() is not None
    assert [one.message for one in inbox.recover()] == [ANNA]
    assert inbox.take() is None
    assert inbox.recover() == []


def test_one_sender_cannot_fill_the_inbox(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(MOST_OF_ONE):
        assert inbox.add(message(number), START) is not None
    assert inbox.add(message(99), START) is None
    assert "dropped a message of telegram:stranger" in caplog.text
    assert inbox.add(message(100, "other"), START) is not None


def test_a_sender_has_room_again_when_messages_are_handled(inbox: Inbox) -> None:
    for number in range(MOST_OF_ONE):
        inbox.add(message(number), START)
    taken = inbox.take()
    assert taken is not None
    assert inbox.add(message(99), START) is None
    inbox.finish(taken.id)
    assert inbox.add(message(99), START) is not None


def test_many_strangers_cannot_keep_out_the_treasurer(inbox: Inbox) -> None:
    for number in range(MOST_OF_STRANGERS):
        inbox.add(message(number, f"s{number}"), START)
    assert inbox.add(message(9001, "one more"), START) is None
    assert inbox.add(message(9002, "12345"), START) is not None
    taken = inbox.take()
    assert taken is not None
    assert taken.message.sender_id == "12345"


def test_a_known_sender_is_bounded_too(inbox: Inbox) -> None:
    for number in range(MOST_OF_ONE):
        inbox.add(message(number, "12345"), START)
    assert inbox.add(message(99, "12345"), START) is None


def test_handled_messages_are_forgotten_after_thirty_days(inbox: Inbox, database: Database) -> None:
    inbox.add(message(1), START)
    inbox.add(message(2), START)
    taken = inbox.take()
    assert taken is not None
    inbox.finish(taken.id)
    inbox.prune(START + timedelta(days=29))
    assert len(database.rows("SELECT id FROM inbox")) == 2
    inbox.prune(START + timedelta(days=31))
    assert [row["message_id"] for row in database.rows("SELECT message_id FROM inbox")] == ["2"]
