"""From a message of the inbox to the job that it orders: read, judged, ready to be done."""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.base import Destination, IncomingMessage, Receipt
from bot.answers import Answer, Asked, Loudness, plain
from bot.buttons import Buttons, Ended, NotYours
from bot.commands import Command, Lock, Nothing, Status, Unlock, Verb
from bot.corestate import CoreState
from bot.grammar import parse
from bot.inbox import Taken
from bot.messages import Voice
from bot.orders import Orders
from bot.policy import Allowed, Ignored, OncePerHour, Policy, Refused
from bot.questions import Questions
from bot.text import Text
from bot.voices import Voices
from core.errors import CoreError
from core.protocol import Event

log = logging.getLogger(__name__)

_ORDERED: Mapping[str, Lock | Unlock] = {"locked": Lock(), "unlocked": Unlock()}
"""What was ordered, by the kind of event that it left."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do and to answer.

    `waiting` is said when it takes time. `replaces` is the message that the answer takes the place
    of: the one whose button was pressed, or the answer of before a crash.
    """

    message: IncomingMessage
    voice: Voice
    verb: Verb
    work: Callable[[], Awaitable[Answer]]
    waiting: Text | None = None
    replaces: Receipt | None = None


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a message or a press wants.

    `shown` is the message under which the button stood. `ended` says why the button no longer
    works; the command is then what the sender must at least be allowed to ask.
    """

    command: Command | Nothing
    shown: Receipt | None = None
    ended: Callable[[Voice], Text] | None = None


class Desk:
    """Reads, judges, and hands out."""

    def __init__(  # noqa: PLR0913 - the stations of a command, each by name
        self,
        policy: Policy,
        *,
        voices: Voices,
        orders: Orders,
        questions: Questions,
        buttons: Buttons,
        core: CoreState,
        configured: Callable[[Destination], Destination],
        zone: ZoneInfo,
        now: Callable[[], datetime],
    ) -> None:
        """`configured` gives the destination under which a chat that moved is configured."""
        self._policy = policy
        self._voices = voices
        self._orders = orders
        self._questions = questions
        self._buttons = buttons
        self._core = core
        self._configured = configured
        self._zone = zone
        self._now = now
        self._once = OncePerHour()

    def job(self, taken: Taken) -> Job | None:
        """Decide what is to be done about a message; None if it is none of our business."""
        now, done = self._now(), self._done(taken)
        wish = self._wish(taken.message, done, now)
        if isinstance(wish.command, Nothing):
            return None
        judged = replace(taken.message, destination=self._configured(taken.message.destination))
        # What was done before a crash is answered, however late: it was in time when it was done.
        judged_at = taken.message.sent_at if done else now
        verdict = self._policy.judge(judged, wish.command, judged_at)
        if isinstance(verdict, Ignored):
            log.info("nothing said to %s: %s", judged.sender_id, verdict.why)
            return None
        if verdict.once is not None and not self._once.first(verdict.once, now):
            log.info("nothing said to %s: said within the hour", judged.sender_id)
            return None
        voice = self._voices.of(verdict.place)
        if isinstance(verdict, Refused):
            _log_refusal(verdict)
            return _said(taken.message, voice, voice.refused(verdict, now))
        if wish.ended is None:
            self._buttons.use(taken.message)
        else:
            return _said(taken.message, voice, wish.ended(voice))
        asked = self._asked(taken, judged, verdict, voice, now)
        return self._allowed(asked, wish.command, taken.reply or wish.shown)

    def _wish(self, message: IncomingMessage, done: Event | None, now: datetime) -> _Wish:
        if message.action is None:
            name, private = message.bot_name, message.private
            command = parse(message.text, bot_name=name, private=private, now=now, zone=self._zone)
            return _Wish(command)
        if done is not None and done.kind in _ORDERED:
            # Buttons do not outlive the process; what this press did is in the journal.
            return _Wish(_ORDERED[done.kind])
        try:
            return _Wish(*self._buttons.press(message))
        except NotYours:
            return _Wish(Status(), ended=Voice.button_not_yours)
        except Ended:
            return _Wish(Status(), ended=Voice.button_ended)

    def _asked(
        self,
        taken: Taken,
        judged: IncomingMessage,
        verdict: Allowed,
        voice: Voice,
        now: datetime,
    ) -> Asked:
        return Asked(
            taken.message,
            verdict.person,
            verdict.place,
            voice,
            now,
            request_id_of(taken.message),
            again=taken.again,
            may_lock=isinstance(self._policy.judge(judged, Lock(), now), Allowed),
        )

    def _allowed(self, asked: Asked, command: Command, replaces: Receipt | None) -> Job:
        if isinstance(command, Lock | Unlock):
            order = command
            verb = Verb.LOCK if isinstance(order, Lock) else Verb.UNLOCK

            async def work() -> Answer:
                return await self._orders.carry_out(asked, order)

            waiting = asked.voice.waiting(verb)
            return Job(asked.message, asked.voice, verb, work, waiting, replaces)

        async def answer() -> Answer:
            return self._questions.answer(asked, command)

        return Job(asked.message, asked.voice, Verb.STATUS, answer, replaces=replaces)

    def _done(self, taken: Taken) -> Event | None:
        if not taken.again:
            return None
        try:
            return self._core.done(request_id_of(taken.message))
        except (CoreError, OSError) as error:
            log.warning("whether it was done already cannot be read: %s", error)
            return None


def _said(message: IncomingMessage, voice: Voice, text: Text) -> Job:
    """Make a job of a text that is for the sender alone."""

    async def answer() -> Answer:
        return plain(text, loudness=Loudness.ASKER)

    return Job(message, voice, Verb.STATUS, answer)


def _log_refusal(refused: Refused) -> None:
    log.warning(
        "refused %s of %s in %s: %s",
        type(refused.command).__name__,
        refused.message.sender_id,
        refused.message.destination,
        refused.reason,
    )


def request_id_of(message: IncomingMessage) -> str:
    """Name the request of a message: the same whenever it is handled, and no other message's.

    The instant is part of it because a platform, or a new terminal, may count from one again.
    """
    place = message.destination
    parts = (place.adapter, place.channel, message.message_id, message.sent_at.isoformat())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
