"""The slow beat."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from bot.health import Health
from bot.pulse import LASTING, PRUNE_EVERY, Pulse
from bot.sdnotify import Notifier


class HeardNotifier(Notifier):
    """Keeps what systemd would hear."""

    def __init__(self, watchdog: float | None = None) -> None:
        super().__init__("", watchdog)
        self.heard: list[str] = []

    def _send(self, *assignments: str) -> None:
        self.heard.extend(assignments)


class Follows:
    """A follower with or without a problem."""

    problem: str | None = None


class Bench:
    """A pulse and what it touches."""

    def __init__(self, watchdog: float | None = None) -> None:
        self.now = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)
        self.told: list[str] = []
        self.notifier = HeardNotifier(watchdog)
        self.follower = Follows()
        self.prunes = 0
        self.naps: list[float] = []
        self.health = Health(now=lambda: self.now, tell=lambda one: self.told.append(one.subject))
        self.pulse = Pulse(
            self.notifier, self.health, self.follower, prune=self.prune, sleep=self.sleep
        )

    def prune(self) -> None:
        self.prunes += 1

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        raise asyncio.CancelledError


def test_a_beat_tells_systemd_that_the_bot_lives_and_how() -> None:
    bench = Bench()
    bench.pulse.beat()
    bench.health.trouble("telegram", "no network", alarm=False)
    bench.pulse.beat()
    assert bench.notifier.heard == [
        "WATCHDOG=1",
        "STATUS=all is well",
        "WATCHDOG=1",
        "STATUS=telegram: no network",
    ]


@pytest.mark.parametrize(("watchdog", "pause"), [(None, 10), (60, 10), (4, 2)])
async def test_it_beats_twice_as_often_as_systemd_wants(
    watchdog: float | None, pause: float
) -> None:
    bench = Bench(watchdog)
    with pytest.raises(asyncio.CancelledError):
        await bench.pulse.run()
    assert bench.naps == [pause]


def test_a_journal_that_cannot_be_followed_is_told_and_its_end_noticed() -> None:
    bench = Bench()
    bench.follower.problem = "permission denied"
    bench.pulse.beat()
    assert bench.told == ["journal"]
    bench.follower.problem = None
    bench.pulse.beat()
    assert not bench.health.difficulties


def test_what_lasts_is_told() -> None:
    bench = Bench()
    bench.health.trouble("telegram", "no network", alarm=False)
    bench.pulse.beat()
    assert bench.told == []
    bench.now += timedelta(seconds=LASTING)
    bench.pulse.beat()
    assert bench.told == ["telegram"]


def test_old_rows_are_forgotten_at_the_start_and_once_a_day() -> None:
    bench = Bench()
    for _ in range(PRUNE_EVERY):
        bench.pulse.beat()
    assert bench.prunes == 1
    bench.pulse.beat()
    assert bench.prunes == 2


def test_a_full_disk_does_not_stop_the_beat(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()

    def full() -> None:
        raise sqlite3.OperationalError("database or disk is full")

    Pulse(bench.notifier, bench.health, bench.follower, prune=full).beat()
    assert "WATCHDOG=1" in bench.notifier.heard
    assert "disk is full" in caplog.text
