"""Flow A: from the inbox to the answer, in the order of each chat, and again after a crash.

Messages of one chat are handled one after the other, those of different chats side by side, so
that a platform that does not take our answers delays nobody else's commands. Strangers wait in a
line of their own, so that what they are told delays nobody who may.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import datetime
from weakref import WeakValueDictionary

from adapters.base import Button, IncomingMessage, OutgoingMessage, Receipt
from bot.answers import Answer, Loudness, plain
from bot.buttons import Buttons, Offer
from bot.commands import Verb
from bot.desk import Desk, Job
from bot.inbox import Inbox, InboxId, Taken
from bot.probe import Asks, ProbeResult
from bot.replies import Replies, ReplyLost
from bot.text import Text

log = logging.getLogger(__name__)

GRACE = 0.7
"""Seconds that a result may take before people see that something is going on."""

REST = 5.0
"""Seconds before the inbox is tried again when its disk is full or its file is locked."""

MOST_AT_ONCE = 32
"""Messages handled side by side."""

_Lane = tuple[str, str, bool]
"""Adapter, channel, and whether it is for people of the roster."""


class Dispatcher:
    """Hands messages from the inbox to the desk, and its answers to the chats."""

    def __init__(  # noqa: PLR0913 - the stations of a command, each by name
        self,
        inbox: Inbox,
        desk: Desk,
        replies: Replies,
        *,
        buttons: Buttons,
        probe: Asks,
        now: Callable[[], datetime],
        error_id: Callable[[], str],
        answered: Callable[[IncomingMessage, Receipt | None], None] = lambda _message, _shown: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        grace: float = GRACE,
    ) -> None:
        """`grace` seconds are waited before "one moment" is said or the shop's answer is late.

        `answered` hears where the answer to an order was shown; None if it did not arrive.
        """
        self._inbox = inbox
        self._desk = desk
        self._replies = replies
        self._buttons = buttons
        self._probe = probe
        self._now = now
        self._error_id = error_id
        self._answered = answered
        self._sleep = sleep
        self._grace = grace
        self._news = asyncio.Event()
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self._lanes: WeakValueDictionary[_Lane, asyncio.Semaphore] = WeakValueDictionary()
        self._under_way = 0
        self._idle = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self._closing = False

    def deliver(self, message: IncomingMessage) -> None:
        """Store a message durably, and have it handled."""
        if self._inbox.add(message, self._now()) is not None:
            self._idle.clear()
            self._news.set()

    async def idle(self) -> None:
        """Wait until everything that was delivered is answered."""
        await self._idle.wait()

    async def settle(self) -> None:
        """Begin nothing new, and wait until what is under way is answered."""
        self._closing = True
        await self._settled.wait()

    async def run(self) -> None:
        """Handle messages until cancelled; what is under way then is begun again after a start."""
        async with asyncio.TaskGroup() as group:
            for given_up in self._inbox.recover():
                await self._give_up(given_up)
            while True:
                await self._slots.acquire()
                taken = await self._next()
                self._begin()
                group.create_task(self._in_turn(taken, group))

    async def _give_up(self, taken: Taken) -> None:
        error_id = self._error_id()
        log.error("[%s] gave up message %d: it ended the bot too often", error_id, taken.id)
        job = self._desk.job(taken)
        if job is not None:
            await self._apologise(job, error_id)

    async def _next(self) -> Taken:
        while True:
            self._news.clear()
            taken = None if self._closing else await self._taken()
            if taken is not None:
                return taken
            if not self._under_way:
                self._idle.set()
            await self._news.wait()

    async def _taken(self) -> Taken | None:
        try:
            return self._inbox.take()
        except sqlite3.OperationalError:
            log.exception("the inbox cannot be used")
            await self._sleep(REST)
            self._news.set()
            return None

    def _written(self, write: Callable[..., None], *what: object) -> None:
        """Write to the inbox; on a full disk the message is handled again after a start."""
        try:
            write(*what)
        except sqlite3.OperationalError:
            log.exception("the inbox cannot be written")

    def _begin(self) -> None:
        self._under_way += 1
        self._settled.clear()

    def _end(self) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._settled.set()
        self._news.set()

    async def _in_turn(self, taken: Taken, group: asyncio.TaskGroup) -> None:
        place = taken.message.destination
        key = (place.adapter, place.channel, taken.known)
        lane = self._lanes.setdefault(key, asyncio.Semaphore(1))
        try:
            async with lane:
                await self._handle(taken, group)
                self._written(self._inbox.finish, taken.id)
        finally:
            self._slots.release()
            self._end()

    async def _handle(self, taken: Taken, group: asyncio.TaskGroup) -> None:
        job = None
        try:
            job = self._desk.job(taken)
            if job is not None:
                await self._do(job, taken.id, group)
        except ReplyLost as error:
            log.warning("the answer to message %d did not arrive: %s", taken.id, error)
        # The top level of one command: a fault in it must neither end the bot nor be silent.
        except Exception:
            error_id = self._error_id()
            log.exception("[%s] message %d could not be handled", error_id, taken.id)
            if job is not None:
                await self._apologise(job, error_id)

    async def _do(self, job: Job, inbox_id: InboxId, group: asyncio.TaskGroup) -> None:
        # 1. Have it done; say so if that takes time.
        answer, shown = await self._done(job, inbox_id)
        # 2. Ask the shop, but hold nothing up for it.
        question = group.create_task(self._ask(answer))
        await asyncio.wait({question}, timeout=self._grace)
        shop = question.result() if question.done() else None
        # 3. Say what is true, in place of what was said before.
        offer, buttons = self._buttons.offer(job.message, answer.choices)
        offer.shown = await self._say(job, _message(job, answer, shop, buttons, shown))
        self._written(self._inbox.keep_reply, inbox_id, offer.shown)
        # 4. Add what the shop answers in the end.
        if not question.done():
            self._begin()
            group.create_task(self._add_the_shop(job, answer, question, offer, buttons))

    async def _say(self, job: Job, message: OutgoingMessage) -> Receipt:
        try:
            shown = await self._replies.say(message)
        except ReplyLost:
            self._note_answer(job, None)
            raise
        self._note_answer(job, shown)
        return shown

    def _note_answer(self, job: Job, shown: Receipt | None) -> None:
        if job.verb in {Verb.LOCK, Verb.UNLOCK}:
            self._answered(job.message, shown)

    async def _done(self, job: Job, inbox_id: InboxId) -> tuple[Answer, Receipt | None]:
        work = asyncio.ensure_future(job.work())
        shown = job.replaces
        try:
            if job.waiting is not None:
                await asyncio.wait({work}, timeout=self._grace)
                if not work.done():
                    shown = await self._say_first(job, job.waiting, inbox_id, shown)
            return await work, shown
        finally:
            work.cancel()

    async def _say_first(
        self, job: Job, waiting: Text, inbox_id: InboxId, shown: Receipt | None
    ) -> Receipt | None:
        quiet = plain(waiting)
        try:
            receipt = await self._replies.say(_message(job, quiet, None, (), shown))
        except ReplyLost as error:
            log.info("nobody was told to wait: %s", error)
            return shown
        self._written(self._inbox.keep_reply, inbox_id, receipt)
        return receipt

    async def _ask(self, answer: Answer) -> ProbeResult | None:
        if not answer.check:
            return None
        try:
            return await self._probe.ask(answer.closed)
        # The top level of one question: without its answer the order is answered all the same.
        except Exception:
            log.exception("the shop could not be asked")
            return None

    async def _add_the_shop(
        self,
        job: Job,
        answer: Answer,
        question: "asyncio.Task[ProbeResult | None]",
        offer: Offer,
        buttons: tuple[Button, ...],
    ) -> None:
        try:
            shop = await question
            # A press has put another message there meanwhile, which is newer than this one.
            if shop is not None and not offer.used:
                await self._replies.say(_message(job, answer, shop, buttons, offer.shown))
        except ReplyLost as error:
            log.info("what the shop answered was not added: %s", error)
        # The top level of one addition: the order itself is answered.
        except Exception:
            log.exception("what the shop answered was not added")
        finally:
            self._end()

    async def _apologise(self, job: Job, error_id: str) -> None:
        text = job.voice.failed(job.verb, None, None, self._now(), error_id=error_id)
        try:
            await self._replies.say(_message(job, plain(text), None, (), job.replaces))
        except ReplyLost as error:
            log.warning("[%s] and nobody was told: %s", error_id, error)
        # The top level of one command: what broke it may break this as well.
        except Exception:
            log.exception("[%s] and nobody was told", error_id)


def _message(
    job: Job,
    answer: Answer,
    shop: ProbeResult | None,
    buttons: tuple[Button, ...],
    replaces: Receipt | None,
) -> OutgoingMessage:
    text = answer.say(shop)
    return OutgoingMessage(
        job.message.destination,
        text.text,
        spans=text.spans,
        tone=text.tone,
        # A press has no message of its own that one could reply to.
        reply_to=None if job.message.action else job.message.message_id,
        only_for=job.message.sender_id if answer.loudness is Loudness.ASKER else None,
        replaces=replaces,
        silent=answer.loudness is not Loudness.ALL,
        buttons=buttons,
    )
