"""Both real adapters under kills, lost answers, 429, 502 and cut websockets.

Nothing is lost and nothing out of order in any chat; in Mattermost nothing is told twice; a copy in
Telegram is marked, and only of what the bot cannot have known to be told.
"""

import itertools
import os
import random
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from bot.config import Language
from bot.messages import Voice
from tests.figures import Figures
from tests.servers.mattermost import Fault as MattermostFault
from tests.servers.small_bot import ZONE, open_window
from tests.servers.telegram import BAD_GATEWAY, LOST_ANSWER, Exchange, Fault, rate_limit
from tests.servers.telegram_chats import Chat
from tests.servers.two_platforms import TwoPlatforms, two_platforms, until

SPEED = 100.0
NEVER_MERGE = "[announcements]\nmerge_after_events = 1000000\nmerge_after_minutes = 1000000\n"
NUMBER = re.compile(r" by E(\d{4}) ")
NOTE = Voice(Language.EN, ZONE, "IT").repeat_note()


@dataclass(frozen=True)
class Shown:
    """An announcement that stands in a chat; `answered` if the bot was told so."""

    number: int
    repeat: bool
    answered: bool


class Weather:
    """10 % answers lost, 5 % 429, 5 % 502; in a storm the sender dies before it hears, too."""

    def __init__(self, stage: TwoPlatforms, dice: random.Random) -> None:
        self.storm = False
        self.met = dict.fromkeys(("lost", "429", "502", "cut", "killed"), 0)
        self._stage = stage
        self._dice = dice
        stage.telegram.weather = self.in_telegram
        stage.mattermost.faults.weather = self.in_mattermost

    def in_telegram(self, method: str) -> Fault | None:
        faults = {"lost": LOST_ANSWER, "429": rate_limit(1), "502": BAD_GATEWAY, None: None}
        return faults[self._fate(writes=method == "sendMessage")]

    def in_mattermost(self, request: web.Request) -> MattermostFault | None:
        if request.path.endswith("/websocket"):
            return None
        lost = self._dice.choice([MattermostFault.LOST, MattermostFault.LOST_502])
        faults = {
            "lost": lost,
            "429": MattermostFault.RATE_LIMIT,
            "502": MattermostFault.BAD_GATEWAY,
            None: None,
        }
        return faults[self._fate(writes=request.method == "POST")]

    def _fate(self, *, writes: bool) -> str | None:
        fate = self._dice.random()
        if fate < 0.02 and writes and self.storm:
            self._note("killed")
            kill(self._stage)
            return "lost"
        for name, limit in (("lost", 0.10), ("429", 0.15), ("502", 0.20)):
            if fate < limit:
                return self._note(name)
        if fate > 0.95:
            self._note("cut")
            self._stage.mattermost.sockets.cut()
        return None

    def _note(self, name: str) -> str:
        self.met[name] += 1
        return name


class Chaos:
    """Lets the bot live, kills it, and again, while people lock and unlock."""

    def __init__(self, stage: TwoPlatforms, dice: random.Random, *, forgets: bool) -> None:
        self.stage = stage
        self.weather = Weather(stage, dice)
        self.deaths = 0
        self.restarts: list[int] = []
        self._dice = dice
        self._events = 0
        module = [sys.executable, "-m", "tests.faults.hasty_bot"]
        stage.command = [*module, str(stage.config), str(SPEED), str(int(forgets))]

    async def run(self, events: int, deaths: int) -> None:
        """Let so many things happen while the bot dies so often, then let it finish."""
        await self.stage.start()
        await self._bury()
        self.weather.storm = True
        for life in range(1, deaths):
            await self._live_and_die(events * life // deaths)
        self.weather.storm = False
        await self._happen(events)
        await self._start()
        await until(lambda: self._is_told(events) or self._has_ended(), "not all was told")
        await self._bury()

    async def _live_and_die(self, events: int) -> None:
        await self._happen((self._events + events) // 2)
        before = self._posted()
        await self._start()
        await until(lambda: self._has_ended() or self._posted() > before, "nothing was sent")
        await self._happen(events)
        dies_at = time.monotonic() + self._dice.uniform(0, 0.3)
        await until(lambda: self._has_ended() or time.monotonic() > dies_at)
        await self._bury()

    async def _happen(self, until_number: int) -> None:
        for number in range(self._events + 1, until_number + 1):
            await self.stage.pretix("lock" if number % 2 else "unlock", "--name", f"E{number:04}")
        self._events = until_number

    async def _start(self) -> None:
        # Whatever was taken before may have been taken from one who died of it.
        self.restarts.append(len(self.stage.telegram.exchanges))
        await self.stage.begin()

    async def _bury(self) -> None:
        kill(self.stage)
        assert self.stage.bot is not None
        assert await self.stage.bot.wait() == -signal.SIGKILL, self.stage.log.read_text()[-3000:]
        self.deaths += 1

    def _has_ended(self) -> bool:
        return self.stage.bot is None or self.stage.bot.returncode is not None

    def _posted(self) -> int:
        return sum(len(one) for one in self.stage.everywhere())

    def _is_told(self, events: int) -> bool:
        return all(len(set(numbers_in(one))) >= events for one in self.stage.everywhere())

    def shown(self, chat: Chat) -> list[list[Shown]]:
        """What stands in a Telegram chat, in the order it came, for each life of the bot."""
        borders = [0, *self.restarts, len(self.stage.telegram.exchanges)]
        every = self.stage.telegram.exchanges
        lives = [every[start:end] for start, end in itertools.pairwise(borders)]
        return [[one for it in life for one in _shown(it, chat)] for life in lives]


def kill(stage: TwoPlatforms) -> None:
    """Kill the bot, if it lives; not by `Process.kill`, which would reap it under asyncio."""
    if stage.bot is not None and stage.bot.returncode is None:
        try:
            os.kill(stage.bot.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def _shown(exchange: Exchange, chat: Chat) -> list[Shown]:
    if exchange.method != "sendMessage" or int(exchange.params["chat_id"]) != chat.id:
        return []
    text = exchange.result["text"]
    return [Shown(one, NOTE in text, not exchange.lost) for one in numbers_in([text])]


def numbers_in(texts: Sequence[str]) -> list[int]:
    """The events that the texts tell, in order."""
    return [int(found[1]) for text in texts if (found := NUMBER.search(text))]


def unexcused(lives: Sequence[Sequence[Shown]]) -> list[Shown]:
    """Copies that are not marked, or of what the bot was told that it had arrived."""
    wrong = []
    doubtful: dict[int, bool] = {}
    for life in lives:
        doubtful = dict.fromkeys(doubtful, True)
        for one in life:
            if one.number in doubtful and not (one.repeat and doubtful[one.number]):
                wrong.append(one)
            doubtful[one.number] = not one.answered
    return wrong


def misplaced(numbers: Sequence[int]) -> list[int]:
    """What does not follow itself or the event before."""
    pairs = itertools.pairwise([0, *numbers])
    return [after for before, after in pairs if after not in {before, before + 1}]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[TwoPlatforms]:
    async with two_platforms(tmp_path) as made:
        # In a window nothing that people do opens or closes the shop, so no two are one.
        made.core.configure(open_window(datetime.now(UTC)))
        made.configure(more=NEVER_MERGE)
        await made.pretix("reconcile")
        yield made


@pytest.mark.slow
@pytest.mark.timeout(1500)
async def test_nothing_is_lost_out_of_order_or_told_twice_without_a_word(
    stage: TwoPlatforms, request: pytest.FixtureRequest, figures: Figures
) -> None:
    events, deaths = (160, 64) if request.config.getoption("--all-faults") else (12, 4)
    chaos = Chaos(stage, random.Random(20261129), forgets=False)
    begun = time.monotonic()
    await chaos.run(events, deaths)
    copies = []
    for chat in (stage.board, stage.club):
        lives = chaos.shown(chat)
        numbers = [one.number for life in lives for one in life]
        assert set(numbers) == set(range(1, events + 1)), "lost"
        assert misplaced(numbers) == [], "out of order"
        assert unexcused(lives) == []
        copies.append(len(numbers) - events)
    assert numbers_in(stage.in_mattermost()) == list(range(1, events + 1))
    assert chaos.deaths >= deaths
    assert chaos.weather.met["lost"], "the weather was too fair to prove anything"
    figures.tell(
        "adapter chaos",
        f"{events} events, 3 chats, {chaos.deaths} kills, {chaos.weather.met}; marked copies in "
        f"Telegram {copies}, in Mattermost 0; {time.monotonic() - begun:.0f} s",
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_an_outbox_that_forgets_what_was_under_way_is_found_out(
    stage: TwoPlatforms,
) -> None:
    chaos = Chaos(stage, random.Random(20261129), forgets=True)
    await stage.start()
    await chaos._bury()
    # The request is refused and the bot dies: nothing was told, and this outbox says it was.
    stage.telegram.weather = lambda method: BAD_GATEWAY if method == "sendMessage" else None
    stage.mattermost.faults.weather = lambda _: None
    await chaos._happen(1)
    await stage.begin()
    await until(lambda: numbers_in(stage.in_mattermost()) == [1])
    await until(lambda: stage.telegram.count("sendMessage") >= 2)
    await chaos._bury()
    stage.telegram.weather = lambda _: None
    await chaos._happen(2)
    await stage.begin()
    await until(lambda: all(2 in numbers_in(one) for one in stage.everywhere()))
    assert numbers_in(stage.in_telegram()) == [2]


def test_the_judge_sees_copies_that_are_not_excused() -> None:
    told, lost = Shown(1, repeat=False, answered=True), Shown(1, repeat=False, answered=False)
    marked = Shown(1, repeat=True, answered=True)
    assert unexcused([[told, marked]]) == [marked]
    assert unexcused([[lost, told]]) == [told]
    assert unexcused([[lost, marked]]) == []
    assert unexcused([[told], [marked]]) == []
    assert misplaced([1, 1, 2, 4]) == [4]
    assert misplaced([1, 2, 1]) == [1]
