"""A flood of refused commands keeps no authorised one waiting, and leaves little behind."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from pathlib import Path
from statistics import median

import pytest

from tests.attacks.costs import effects, log_of, of_bot
from tests.attacks.forgeries import slash
from tests.attacks.test_forged_requests import send
from tests.figures import Figures
from tests.servers.two_platforms import MATTERMOST, SLASH, TELEGRAM, TwoPlatforms, two_platforms

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MOST_DELAY = 1.0
"""Seconds that a flood may add to an authorised command. Without --all-faults other tests run at
the same time, and nobody could tell their load from the flood's: no time is asked for then."""

SENDERS = 300
"""People who take part: one alone would meet a limit of their own much sooner."""

AHEAD = 100
"""Messages that always wait, so that the bot never catches up: a whole answer of Telegram's."""

A_SECOND = 1000
"""Messages that are read in one, of those that wait at Telegram already."""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[TwoPlatforms]:
    async with two_platforms(tmp_path) as made:
        yield made


@pytest.fixture
def flood(request: pytest.FixtureRequest) -> int:
    """How many refused commands: all of them with --all-faults."""
    return 10_000 if request.config.getoption("--all-faults") else 300


@pytest.fixture
def most_delay(request: pytest.FixtureRequest) -> float:
    """Seconds that the flood may add to what the command took alone."""
    return MOST_DELAY if request.config.getoption("--all-faults") else math.inf


async def seconds_of(
    command: Callable[[], Awaitable[object]], stage: TwoPlatforms, patience: float = 60
) -> float:
    """How long an authorised command takes to its effect."""
    began, before = time.monotonic(), effects(stage)
    await command()
    async with asyncio.timeout(patience):
        while effects(stage) == before:  # noqa: ASYNC110 - another process brings it about
            await asyncio.sleep(0.005)
    return time.monotonic() - began


def told(figures: Figures, where: str, flood: int, alone: list[float], amid: list[float]) -> None:
    """Show the figures."""
    figures.tell(
        f"flood in {where}",
        f"{flood:,} refused; authorised command alone {median(alone):.2f} s, "
        f"amid median {median(amid):.2f} s, worst {max(amid):.2f} s, at most {AHEAD} waiting ahead",
    )


async def test_a_flood_in_telegram_delays_no_authorised_command(
    stage: TwoPlatforms,
    figures: Figures,
    flood: int,
    most_delay: float,
) -> None:
    stage.configure(TELEGRAM)
    crowd = [stage.telegram.person(f"P{number}") for number in range(SENDERS)]
    await stage.begin()
    await stage.telegram.asked("getUpdates", 2)
    verbs = count()

    async def order() -> None:
        verb = ("lock", "unlock")[next(verbs) % 2]
        stage.anna.says(stage.board, f"/maintenance {verb}")

    alone = [await seconds_of(order, stage) for _ in range(4)]
    before, done, amid = of_bot(stage), effects(stage), []
    every = max(flood // 20, 100)
    for number in range(flood):
        while len(stage.account.updates.waiting()) > AHEAD:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.002)
        crowd[number % SENDERS].says(stage.board, "/maintenance lock flood")
        if number % every == every - 1:
            amid.append(await seconds_of(order, stage))
    told(figures, "Telegram", flood, alone, amid)
    figures.count("refused commands of a flood", flood, effects=effects(stage) - done - len(amid))
    assert effects(stage) - done == len(amid)
    assert max(amid) - median(alone) < most_delay
    assert of_bot(stage).memory - before.memory < 16
    # Neither the log nor the chat is filled, and the board has the platform's limit to itself.
    assert len(log_of(stage).splitlines()) < 1000
    refused = [one for one in stage.telegram.requests if one[0] == "sendMessage"]
    assert len(refused) < 60 + len(alone) + len(amid)


async def test_a_command_behind_a_flood_in_telegram_waits_until_that_is_read_and_no_longer(
    stage: TwoPlatforms, figures: Figures, flood: int, request: pytest.FixtureRequest
) -> None:
    if not request.config.getoption("--all-faults"):
        pytest.skip("only timed, and times mean nothing beside other tests: make attacks")
    stage.configure(TELEGRAM)
    crowd = [stage.telegram.person(f"P{number}") for number in range(SENDERS)]
    await stage.begin()
    await stage.telegram.asked("getUpdates", 2)

    async def order(verb: str) -> None:
        stage.anna.says(stage.board, f"/maintenance {verb}")

    alone = await seconds_of(lambda: order("lock"), stage)
    for number in range(flood):
        crowd[number % SENDERS].says(stage.board, "/maintenance lock flood")
    assert len(stage.account.updates.waiting()) >= flood
    before = of_bot(stage).processor
    behind = await seconds_of(lambda: order("unlock"), stage, patience=600)
    spent = of_bot(stage).processor - before
    figures.tell(
        "flood in Telegram, all of it ahead",
        f"{flood:,} refused; authorised command alone {alone:.2f} s, behind them {behind:.2f} s, "
        f"{spent:.2f} s of them the bot's processor time",
    )
    # Not by the wall clock: the server that hands them out is a program of these tests.
    assert spent < MOST_DELAY + flood / A_SECOND


async def test_a_flood_at_the_address_delays_no_authorised_command(
    stage: TwoPlatforms,
    figures: Figures,
    flood: int,
    most_delay: float,
) -> None:
    stage.configure(MATTERMOST, SLASH)
    await stage.begin()
    async with asyncio.timeout(60):
        while not stage.hears_mattermost:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
    verbs = count()

    async def order() -> None:
        await send(stage, slash(stage, text=("lock", "unlock")[next(verbs) % 2]))

    alone = [await seconds_of(order, stage) for _ in range(4)]
    before, done, amid = of_bot(stage), effects(stage), []
    forged = iter([slash(stage, token="w" * 26)] * flood)

    async def attacker() -> None:
        for one in forged:
            await send(stage, one)

    async with asyncio.TaskGroup() as group:
        attackers = [group.create_task(attacker()) for _ in range(20)]
        while not all(one.done() for one in attackers):
            amid.append(await seconds_of(order, stage))
            await asyncio.sleep(2)
    told(figures, "Mattermost's address", flood, alone, amid)
    figures.count("refused commands of a flood", flood, effects=effects(stage) - done - len(amid))
    assert effects(stage) - done == len(amid)
    assert max(amid) - median(alone) < most_delay
    assert of_bot(stage).memory - before.memory < 16
    assert len(log_of(stage).splitlines()) < 1000
