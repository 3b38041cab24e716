"""Difficulties are told once, and once that they are over."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from bot.health import Difficulty, Health


class Telling:
    """What was told, and an instant that the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)
        self.told: list[str] = []

    def health(self) -> Health:
        return Health(
            now=lambda: self.now,
            tell=lambda one: self.told.append(f"{one.subject}: {one.sentence}"),
            tell_over=lambda one: self.told.append(f"{one.subject} works"),
        )


@pytest.fixture
def telling() -> Telling:
    return Telling()


def test_an_alarm_is_told_once_and_its_end_once(telling: Telling) -> None:
    health = telling.health()
    for _ in range(3):
        health.trouble("telegram", "the token is refused", alarm=True)
    health.over("telegram")
    health.over("telegram")
    assert telling.told == ["telegram: the token is refused", "telegram works"]


def test_what_passes_by_itself_is_shown_and_not_told(telling: Telling) -> None:
    health = telling.health()
    health.trouble("telegram", "no network", alarm=False)
    since = telling.now
    telling.now += timedelta(minutes=1)
    health.trouble("telegram", "no name server", alarm=False)
    assert list(health.difficulties) == [Difficulty("telegram", "no name server", since)]
    health.over("telegram")
    assert not health.difficulties
    assert telling.told == []


def test_what_does_not_pass_is_told_after_a_while(telling: Telling) -> None:
    health = telling.health()
    health.trouble("telegram", "no network", alarm=False)
    health.tell_lasting(600)
    assert telling.told == []
    telling.now += timedelta(minutes=10)
    health.tell_lasting(600)
    health.tell_lasting(600)
    health.over("telegram")
    assert telling.told == ["telegram: no network", "telegram works"]


def test_subjects_do_not_mix(telling: Telling) -> None:
    health = telling.health()
    health.trouble("telegram", "down", alarm=True)
    health.trouble("mattermost", "down", alarm=False)
    health.over("mattermost")
    assert [one.subject for one in health.difficulties] == ["telegram"]


def test_the_next_difficulty_of_the_same_subject_is_told_again(telling: Telling) -> None:
    health = telling.health()
    for _ in range(2):
        health.trouble("telegram", "down", alarm=True)
        health.over("telegram")
    assert telling.told == ["telegram: down", "telegram works"] * 2


def test_a_remark_is_shown_and_never_told(telling: Telling) -> None:
    health = telling.health()
    health.remark("metrics", "the port is taken")
    telling.now += timedelta(days=1)
    health.tell_lasting(600)
    assert [one.subject for one in health.difficulties] == ["metrics"]
    health.over("metrics")
    assert health.difficulties == ()
    assert telling.told == []


def test_what_a_full_disk_keeps_from_being_told_is_told_when_there_is_room(
    telling: Telling,
) -> None:
    full = True

    def store(one: Difficulty) -> None:
        if full:
            raise sqlite3.OperationalError("database or disk is full")
        telling.told.append(one.subject)

    health = Health(now=lambda: telling.now, tell=store, tell_over=store)
    health.trouble("journal", "cannot be read", alarm=True)
    full = False
    health.trouble("journal", "cannot be read", alarm=True)
    full = True
    health.over("journal")
    assert telling.told == ["journal"]
    assert health.difficulties == ()
