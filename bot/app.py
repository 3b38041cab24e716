"""The bot, joined from its parts: started together, ended together, with nothing lost."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial

from adapters.base import Destination, Settings
from bot import watches
from bot.announcer import Announcer
from bot.buttons import Buttons
from bot.cards import cards
from bot.config import Config
from bot.connections import Connections
from bot.delivery import Delivery, Round
from bot.follower import Follower
from bot.foundation import DATABASE, Foundation, Outside, Work
from bot.health import Difficulty, Health
from bot.host import AdapterHost
from bot.invitations import Invitations
from bot.monitoring import monitoring
from bot.notices import Kind, of_difficulty
from bot.packing import Merging
from bot.pulse import Pulse
from bot.reception import reception
from bot.renderer import AnnouncementRenderer
from bot.sidework import kept

log = logging.getLogger(__name__)

FINISHING = 1.0
"""Seconds that commands under way get when the bot is told to end; the rest waits in the inbox."""

TELLING = 10.0
"""Seconds that announcements get after the last chat has nothing more to say."""

__all__ = ["DATABASE", "App", "Outside", "settings_of"]


class App:
    """Everything that runs."""

    def __init__(self, config: Config, outside: Outside) -> None:
        """Open the database and join the parts; nothing runs yet.

        Raises:
            bot.database.NewerDatabase, sqlite3.OperationalError, OSError: no database.
        """
        self._health = Health(now=outside.now, tell=self._tell, tell_over=self._tell_over)
        base = self._base = Foundation(config, outside)
        self._buttons = Buttons(clock=outside.now)
        self._connections = Connections(
            settings_of(config, outside.secret, base.moves.current),
            outside.load,
            self._host,
            sleep=outside.sleep,
        )
        self._delivery = self._couriers()
        self._announcer = Announcer(
            base.outbox,
            base.moves,
            base.audience,
            wake=self._delivery.wake,
            on_events=lambda _: self._shop_watch.changed(),
        )
        self._follower = Follower(
            base.core.journal, base.outbox, self._announcer, now=outside.now, sleep=outside.sleep
        )
        self._shop_watch = watches.shop_watch(base, self._notice)
        self._reception = reception(
            base,
            health=self._health,
            connections=self._connections,
            buttons=self._buttons,
            announcer=self._announcer,
        )
        if base.moved_aside is not None:
            sentence = f"the database was corrupt; it is kept as {base.moved_aside.path}"
            self._health.trouble("database", sentence, alarm=True)

    def _couriers(self) -> Delivery:
        base, waiting = self._base, self._base.config.announcements
        return Delivery(
            base.told,
            Round(
                outbox=base.outbox,
                moves=base.moves,
                renderer=AnnouncementRenderer(base.voices, base.core, base.probe),
                send=self._connections.send,
                now=base.now,
                sleep=base.sleep,
                max_age=waiting.max_age,
                merging=Merging(waiting.merge_after_events, waiting.merge_after_minutes),
                on_dead=self._destination_dead,
                on_back=lambda destination: self._health.over(str(destination)),
                invite=Invitations(self._buttons, base.voices).of,
            ),
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, or until every adapter has nothing more to hear."""
        base = self._base
        try:
            async with asyncio.TaskGroup() as group:
                running = [group.create_task(part()) for part in self._parts()]
                chats = group.create_task(self._connections.run())
                order = group.create_task(stop.wait())
                serving = f"serving {len(base.config.adapters)} chat platforms"
                base.outside.notifier.ready(serving)
                await asyncio.wait({chats, order}, return_when=asyncio.FIRST_COMPLETED)
                if not order.done():
                    await self._tell_the_rest(order)
                base.outside.notifier.stopping()
                await _at_most(FINISHING, self._reception.dispatcher.settle())
                for task in (*running, chats, order):
                    task.cancel()
        finally:
            base.database.close()

    def _parts(self) -> Sequence[Work]:
        base = self._base
        pulse = Pulse(
            base.outside.notifier,
            self._health,
            self._follower,
            prune=self._prune,
            sleep=base.sleep,
        )
        return (
            self._follower.run,
            self._delivery.run,
            self._reception.dispatcher.run,
            pulse.run,
            *(partial(kept, work, base.sleep) for work in self._side_work()),
        )

    def _side_work(self) -> Iterator[Work]:
        """Give what proves and tells; when it falls, commands and announcements go on."""
        base = self._base
        yield watches.watch(base, self._notice).run
        yield self._shop_watch.run
        yield watches.machine(base, self._health).run
        yield watches.foresight(base, self._notice).run
        yield from (card.run for card in cards(base, self._health, self._connections))
        yield from monitoring(base, self._health, self._connections)
        yield from self._notes()

    def _notes(self) -> Iterator[Work]:
        if any(place.treasurer for place in self._base.config.destinations):
            # A client, weeks and tables that most bots have no use for.
            from bot.treasurer import keeper  # noqa: PLC0415 - see above

            yield keeper(self._base, self._delivery.wake).run

    async def _tell_the_rest(self, order: "asyncio.Task[bool]") -> None:
        """Answer and tell what is left, for a while, unless ordered to end."""
        rest = asyncio.ensure_future(_at_most(TELLING, self._all_told()))
        await asyncio.wait({rest, order}, return_when=asyncio.FIRST_COMPLETED)
        rest.cancel()

    async def _all_told(self) -> None:
        await self._reception.dispatcher.idle()
        # What the journal does not give now, it gives after the next start.
        with suppress(OSError, sqlite3.OperationalError):
            while self._follower.look():
                await self._base.sleep(0)
        while any(one.waiting for one in self._base.outbox.overview(self._base.told)):
            await self._base.sleep(0.05)

    def _prune(self) -> None:
        now = self._base.now()
        self._reception.inbox.prune(now)
        self._base.outbox.prune(now)
        self._base.proofs.prune(now)

    def _host(self, name: str) -> AdapterHost:
        return AdapterHost(
            name,
            deliver=self._reception.dispatcher.deliver,
            health=self._health,
            moves=self._base.moves,
            delivery=self._delivery,
        )

    def _notice(self, kind: Kind, facts: Mapping[str, str]) -> None:
        self._announcer.notice(kind, facts, self._base.now())

    def _tell(self, difficulty: Difficulty) -> None:
        self._tell_others(Kind.DIFFICULTY, difficulty)

    def _tell_over(self, difficulty: Difficulty) -> None:
        self._tell_others(Kind.DIFFICULTY_OVER, difficulty)

    def _tell_others(self, kind: Kind, difficulty: Difficulty) -> None:
        """Tell every chat but those that are the difficulty themselves."""
        deaf = [one for one in self._base.audience if difficulty.subject in (one.adapter, str(one))]
        facts, now = of_difficulty(difficulty), self._base.now()
        self._announcer.notice(kind, facts, now, but=deaf)

    def _destination_dead(self, destination: Destination, problem: str, sentence: str) -> None:
        self._health.trouble(str(destination), f"{sentence} ({problem})", alarm=True)


async def _at_most(seconds: float, work: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        log.warning("not all was finished within %g s; it is kept for the next start", seconds)


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
