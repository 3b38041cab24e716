"""A roster and chats that are sound, and perhaps not what anybody wants."""

from datetime import date, timedelta

import pytest

from adapters.base import Destination
from bot import rostercheck
from bot.roster import Person, Place, Role

TODAY = date(2026, 11, 29)


def person(role: Role = Role.BOARD, expires: date | None = None) -> Person:
    return Person("Anna", role, {"chat": "1"}, expires)


def problems(*roster: Person) -> list[str]:
    return [one.problem for one in rostercheck.people(roster, TODAY)]


def test_somebody_who_may_lock_is_enough() -> None:
    assert problems(person()) == ["ok"]


def test_nobody_at_all_is_told() -> None:
    assert problems() == ["nobody"]


def test_members_alone_cannot_lock() -> None:
    assert problems(person(Role.MEMBER)) == ["nobody-may-lock"]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (31, ["ok"]),
        (30, ["expires", "ok"]),
        (0, ["expires", "ok"]),
        (-1, ["expires", "nobody-may-lock"]),
    ],
)
def test_a_last_day_is_told_a_month_before_and_counts_itself(days: int, told: list[str]) -> None:
    assert problems(person(expires=TODAY + timedelta(days=days))) == told


def test_a_last_day_in_the_past_is_told_as_such() -> None:
    (first, *_) = rostercheck.people([person(expires=date(2026, 9, 1))], TODAY)
    assert first.sentence == "Anna's last day in the roster was 2026-09-01."


@pytest.mark.parametrize(
    ("commands", "announcements", "told"),
    [
        (True, True, []),
        (False, True, ["no-commands"]),
        (True, False, ["no-audience"]),
        (False, False, ["no-audience", "no-commands"]),
    ],
)
def test_a_chat_must_be_heard_and_told(
    *, commands: bool, announcements: bool, told: list[str]
) -> None:
    place = Place(Destination("chat", "1"), "", commands, announcements)
    assert [one.problem for one in rostercheck.places([place])] == told
