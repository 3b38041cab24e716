"""The bot, joined from its parts: started together, ended together, with nothing lost."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from adapters.base import (
    Destination,
    Factory,
    IncomingMessage,
    Receipt,
    Settings,
    SettingsError,
)
from bot import addresses, deadman
from bot.announcer import Announcer
from bot.buttons import Buttons
from bot.card import Card, Facts, Shown
from bot.config import Config
from bot.connections import Connections
from bot.corestate import CoreState
from bot.database import open_database
from bot.deadman import DeadMan
from bot.delivery import Delivery, Round
from bot.desk import Desk, request_id_of
from bot.dispatcher import Dispatcher
from bot.follower import Follower
from bot.foresight import Foresight, Reminded
from bot.health import Difficulty, Health
from bot.helper import Helper
from bot.host import AdapterHost
from bot.http import Http
from bot.inbox import Inbox
from bot.invitations import Invitations
from bot.machine import Clock, Look, Machine, Timer
from bot.messages import Voice
from bot.moves import Moves
from bot.notices import Kind, of_difficulty
from bot.orders import Orders
from bot.outbox import Outbox
from bot.owners import Owners
from bot.packing import Merging
from bot.policy import Policy
from bot.proofs import Proofs, Recording
from bot.pulse import Pulse
from bot.questions import Questions
from bot.renderer import AnnouncementRenderer
from bot.replies import Replies
from bot.sdnotify import Notifier
from bot.shopwatch import BEAT, ShopWatch
from bot.sidework import kept
from bot.vitals import Vitals
from bot.voices import Voices
from bot.watchdog import Watch
from core.errors import CoreError

log = logging.getLogger(__name__)

FINISHING = 1.0
"""Seconds that commands under way get when the bot is told to end; the rest waits in the inbox."""

TELLING = 10.0
"""Seconds that announcements get after the last chat has nothing more to say."""

DATABASE = "bot.sqlite3"


@dataclass(frozen=True, slots=True)
class Outside:
    """All that the bot uses of the world around it."""

    now: Callable[[], datetime]
    error_id: Callable[[], str]
    load: Callable[[str], Factory]
    secret: Callable[[str], str]
    notifier: Notifier
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class App:
    """Everything that runs."""

    def __init__(self, config: Config, outside: Outside) -> None:
        """Open the database and join the parts; nothing runs yet.

        Raises:
            bot.database.NewerDatabase, sqlite3.OperationalError, OSError: no database.
        """
        self._config = config
        self._outside = outside
        self._audience = [one.destination for one in config.destinations if one.announcements]
        self._health = Health(now=outside.now, tell=self._tell, tell_over=self._tell_over)
        config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._database, moved_aside = open_database(config.state_dir / DATABASE, outside.now())
        self._moves = Moves(self._database, [one.destination for one in config.destinations])
        self._outbox = Outbox(self._database)
        self._core = CoreState(config.core_config, config.core_state_dir)
        self._helper = Helper(config.helper, sleep=outside.sleep)
        self._proofs = Proofs(self._database)
        self._probe = Recording(addresses.shop(config.probe, outside.now), self._proofs, self._core)
        self._voices = _voices(config)
        self._buttons = Buttons(clock=outside.now)
        self._connections = Connections(
            settings_of(config, outside.secret, self._moves.current),
            outside.load,
            self._host,
            sleep=outside.sleep,
        )
        self._delivery = self._couriers()
        self._announcer = Announcer(
            self._outbox,
            self._moves,
            self._audience,
            wake=self._delivery.wake,
            on_events=lambda _: self._shop_watch.changed(),
        )
        self._follower = self._journal_follower()
        self._watch, self._shop_watch = self._watches()
        self._inbox, self._dispatcher = self._commands()
        if moved_aside is not None:
            sentence = f"the database was corrupt; it is kept as {moved_aside.path}"
            self._health.trouble("database", sentence, alarm=True)

    def _couriers(self) -> Delivery:
        waiting = self._config.announcements
        return Delivery(
            self._audience,
            Round(
                outbox=self._outbox,
                moves=self._moves,
                renderer=AnnouncementRenderer(self._voices, self._core, self._probe),
                send=self._connections.send,
                now=self._outside.now,
                sleep=self._outside.sleep,
                max_age=waiting.max_age,
                merging=Merging(waiting.merge_after_events, waiting.merge_after_minutes),
                on_dead=self._destination_dead,
                on_back=lambda destination: self._health.over(str(destination)),
                invite=Invitations(self._buttons, self._voices).of,
            ),
        )

    def _journal_follower(self) -> Follower:
        return Follower(
            self._core.journal,
            self._outbox,
            self._announcer,
            now=self._outside.now,
            sleep=self._outside.sleep,
        )

    def _watches(self) -> tuple[Watch, ShopWatch]:
        outside = self._outside
        watch = Watch(
            self._core,
            self._helper,
            self._notice,
            now=outside.now,
            error_id=outside.error_id,
            sleep=outside.sleep,
        )
        beat = self._config.probe.beat if self._config.probe else BEAT
        return watch, ShopWatch(self._core, self._probe, self._notice, now=outside.now, beat=beat)

    def _commands(self) -> tuple[Inbox, Dispatcher]:
        config, outside = self._config, self._outside
        policy = Policy(config.people, config.destinations, config.timezone, config.max_command_age)
        inbox = Inbox(self._database, is_known=lambda message: _is_known(policy, message))
        questions = Questions(
            self._core,
            voices=self._voices,
            health=self._health,
            outbox=self._outbox,
            audience=self._audience,
            error_id=outside.error_id,
            evidence=self._probe if config.probe else None,
        )
        replies = Replies(self._connections.send, moved=self._moves.store, sleep=outside.sleep)
        desk = Desk(
            policy,
            voices=self._voices,
            orders=Orders(
                self._helper,
                self._core,
                now=outside.now,
                error_id=outside.error_id,
                can_ask=self._connections.has_buttons,
                tell_owner=Owners(self._core, replies, self._voices, self._audience).tell,
            ),
            questions=questions,
            buttons=self._buttons,
            core=self._core,
            configured=self._moves.configured,
            zone=config.timezone,
            now=outside.now,
        )
        return inbox, Dispatcher(
            inbox,
            desk,
            replies,
            buttons=self._buttons,
            probe=self._probe,
            now=outside.now,
            error_id=outside.error_id,
            answered=self._answered,
        )

    def _answered(self, message: IncomingMessage, shown: Receipt | None) -> None:
        """Announce an order in its own chat after all if its answer is not to be seen there."""
        asked = self._moves.configured(message.destination)
        if shown and self._moves.configured(shown.destination).channel == asked.channel:
            return
        try:
            event = self._core.done(request_id_of(message))
        except (CoreError, OSError) as error:
            log.warning("what was done for %s cannot be told: %s", asked, error)
            return
        if event is not None:
            self._announcer.tell_there_too(event, self._outside.now())

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, or until every adapter has nothing more to hear."""
        try:
            async with asyncio.TaskGroup() as group:
                running = [group.create_task(part()) for part in self._parts()]
                chats = group.create_task(self._connections.run())
                order = group.create_task(stop.wait())
                self._outside.notifier.ready(f"serving {len(self._config.adapters)} chat platforms")
                await asyncio.wait({chats, order}, return_when=asyncio.FIRST_COMPLETED)
                if not order.done():
                    await self._tell_the_rest(order)
                self._outside.notifier.stopping()
                await _at_most(FINISHING, self._dispatcher.settle())
                for task in (*running, chats, order):
                    task.cancel()
        finally:
            self._database.close()

    def _parts(self) -> Sequence[Callable[[], Coroutine[Any, Any, None]]]:
        pulse = Pulse(
            self._outside.notifier,
            self._health,
            self._follower,
            prune=self._prune,
            sleep=self._outside.sleep,
        )
        return (
            self._follower.run,
            self._delivery.run,
            self._dispatcher.run,
            pulse.run,
            *(partial(kept, work, self._outside.sleep) for work in self._side_work()),
        )

    def _side_work(self) -> Sequence[Callable[[], Coroutine[Any, Any, None]]]:
        """Give what proves and tells; when it falls, commands and announcements go on."""
        looks: dict[str, Look] = {"clock": Clock(), "timer": Timer(self._config.core_config)}
        machine = Machine(self._health, looks, sleep=self._outside.sleep)
        foresight = Foresight(
            self._core,
            Reminded(self._database),
            self._notice,
            now=self._outside.now,
            ahead=self._config.announcements.ahead,
            lock_after=self._config.announcements.remind_after,
            sleep=self._outside.sleep,
        )
        cards = (card.run for card in self._cards())
        return (
            self._watch.run,
            self._shop_watch.run,
            machine.run,
            foresight.run,
            *cards,
            *self._monitoring(),
        )

    def _cards(self) -> Iterator[Card]:
        facts = Facts(
            self._core,
            voices=self._voices,
            health=self._health,
            outbox=self._outbox,
            audience=self._audience,
            probe=self._probe,
        )
        for place in self._config.destinations:
            if place.card:
                yield Card(
                    place.destination,
                    facts,
                    Shown(self._database),
                    send=self._connections.send,
                    moves=self._moves,
                    now=self._outside.now,
                    sleep=self._outside.sleep,
                )

    def _monitoring(self) -> Iterator[Callable[[], Coroutine[Any, Any, None]]]:
        wanted, sleep = self._config.monitoring, self._outside.sleep
        vitals = Vitals(
            self._core,
            outbox=self._outbox,
            health=self._health,
            probe=self._probe,
            audience=self._audience,
            adapters=self._adapters_running,
            now=self._outside.now,
        )
        if wanted.listen:
            yield Http(wanted.listen, vitals, self._health, sleep=sleep).run
        if wanted.ping_url:
            try:
                url = self._outside.secret(wanted.ping_url)
            except SettingsError as error:
                self._health.remark(deadman.SUBJECT, str(error))
            else:
                every = wanted.ping_every.total_seconds()
                yield DeadMan(url, vitals, self._health, every=every, sleep=sleep).run

    def _adapters_running(self) -> dict[str, bool]:
        return {name: name in self._connections.adapters for name in self._config.adapters}

    async def _tell_the_rest(self, order: "asyncio.Task[bool]") -> None:
        """Answer and tell what is left, for a while, unless ordered to end."""
        rest = asyncio.ensure_future(_at_most(TELLING, self._all_told()))
        await asyncio.wait({rest, order}, return_when=asyncio.FIRST_COMPLETED)
        rest.cancel()

    async def _all_told(self) -> None:
        await self._dispatcher.idle()
        # What the journal does not give now, it gives after the next start.
        with suppress(OSError, sqlite3.OperationalError):
            while self._follower.look():
                await self._outside.sleep(0)
        while any(one.waiting for one in self._outbox.overview(self._audience)):
            await self._outside.sleep(0.05)

    def _prune(self) -> None:
        now = self._outside.now()
        self._inbox.prune(now)
        self._outbox.prune(now)
        self._proofs.prune(now)

    def _host(self, name: str) -> AdapterHost:
        return AdapterHost(
            name,
            deliver=self._dispatcher.deliver,
            health=self._health,
            moves=self._moves,
            delivery=self._delivery,
        )

    def _notice(self, kind: Kind, facts: Mapping[str, str]) -> None:
        self._announcer.notice(kind, facts, self._outside.now())

    def _tell(self, difficulty: Difficulty) -> None:
        self._tell_others(Kind.DIFFICULTY, difficulty)

    def _tell_over(self, difficulty: Difficulty) -> None:
        self._tell_others(Kind.DIFFICULTY_OVER, difficulty)

    def _tell_others(self, kind: Kind, difficulty: Difficulty) -> None:
        """Tell every chat but those that are the difficulty themselves."""
        deaf = [one for one in self._audience if difficulty.subject in (one.adapter, str(one))]
        facts, now = of_difficulty(difficulty), self._outside.now()
        self._announcer.notice(kind, facts, now, but=deaf)

    def _destination_dead(self, destination: Destination, problem: str, sentence: str) -> None:
        self._health.trouble(str(destination), f"{sentence} ({problem})", alarm=True)


async def _at_most(seconds: float, work: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        log.warning("not all was finished within %g s; it is kept for the next start", seconds)


def _is_known(policy: Policy, message: IncomingMessage) -> bool:
    return policy.person_of(message.destination.adapter, message.sender_id) is not None


def _voices(config: Config) -> Voices:
    shop = urlsplit(config.probe.url).hostname or "" if config.probe else ""
    labels = {str(place.destination): place.label for place in config.destinations if place.label}

    def make(language: str) -> Voice:
        return Voice(language, config.timezone, config.contact, shop, labels)

    return Voices(make, config.destinations, config.language)


def settings_of(
    config: Config,
    secret: Callable[[str], str],
    current: Callable[[Destination], Destination] = lambda configured: configured,
) -> list[Settings]:
    """Give what each configured adapter is made from; `current` is where a chat is by now."""
    places = [current(one.destination) for one in config.destinations]
    return [
        Settings(name, options, [one for one in places if one.adapter == name], secret)
        for name, options in config.adapters.items()
    ]
