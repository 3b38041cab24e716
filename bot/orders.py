"""Lock and unlock: have it done by the helper, then say what is true."""

import logging
from collections.abc import Callable
from datetime import datetime

from bot.answers import Answer, Asked, button
from bot.buttons import Choice
from bot.commands import Keep, Lock, Unlock
from bot.commands import Verb as Word
from bot.corestate import CoreState, lock_name
from bot.helper import Helper, HelperFailed, HelperLost, Verb
from core.errors import Busy, CoreError
from core.protocol import Event, LockInfo, Report, Request

log = logging.getLogger(__name__)

Order = Lock | Unlock


class Orders:
    """Carries out what changes something."""

    def __init__(  # noqa: PLR0913 - who acts, looks, asks and tells, each by name
        self,
        helper: Helper,
        core: CoreState,
        *,
        now: Callable[[], datetime],
        error_id: Callable[[], str],
        can_ask: Callable[[str], bool] = lambda _: False,
        tell_owner: Callable[[Asked, LockInfo, Report], None] = lambda *_: None,
    ) -> None:
        """Act through `helper`, look through `core`; `error_id` marks a failure in the log.

        `can_ask` tells whether an adapter has buttons to answer a question with; `tell_owner` is
        called when a lock was removed by another than its owner.
        """
        self._helper = helper
        self._core = core
        self._now = now
        self._error_id = error_id
        self._can_ask = can_ask
        self._tell_owner = tell_owner

    async def carry_out(self, asked: Asked, order: Order) -> Answer:
        """Do it, once even if it was begun before, and answer with what is true afterwards."""
        before = self._present()
        former = before.lock if before else None
        if asked.again and self._trace(asked):
            return self._looked_up(asked, order, former, self._error_id())
        if former and self._is_to_be_asked(asked, order, former):
            return self._question(asked, former)
        try:
            report = await self._helper.ask(_verb(order), _request(asked, order))
        except HelperFailed as error:
            return self._failed(asked, order, error)
        except HelperLost as error:
            return self._lost(asked, order, error, former)
        if isinstance(order, Unlock) and former and report.changed and not _owns(asked, former):
            self._tell_owner(asked, former, report)
        return self._after(asked, order, report, former)

    def _is_to_be_asked(self, asked: Asked, order: Order, former: LockInfo) -> bool:
        return (
            isinstance(order, Unlock)
            and order.confirmed != lock_name(former)
            and not _owns(asked, former)
            and self._can_ask(asked.message.destination.adapter)
        )

    def _question(self, asked: Asked, former: LockInfo) -> Answer:
        """Ask once: another person's lock is removed knowingly or not at all."""
        text = asked.voice.unlock_anyway(former, self._now())
        knowingly = Unlock(confirmed=lock_name(former))
        anyway = Choice(asked.voice.button(Word.UNLOCK), knowingly, dangerous=True)
        return Answer(lambda _: text, (anyway, Choice(asked.voice.button_keep(), Keep())))

    def _after(self, asked: Asked, order: Order, report: Report, former: LockInfo | None) -> Answer:
        # An id only where something is wrong: it is what the log is searched for.
        error_id = self._error_id() if report.maintenance != report.desired else ""
        if error_id:
            log.error("[%s] after %s the shop is not as it must be: %r", error_id, order, report)
        now, voice = self._now(), asked.voice
        if isinstance(order, Lock):
            return Answer(
                lambda shop: voice.lock_done(
                    report, shop, now, actor=asked.actor, asked=order, error_id=error_id
                ),
                (button(asked, Word.UNLOCK), button(asked, Word.STATUS)),
                check=True,
                closed=report.maintenance,
            )
        removed = report.changed and self._ended_a_lock(asked)
        return Answer(
            lambda shop: voice.unlock_done(
                report,
                shop,
                now,
                removed=removed,
                former=former,
                actor=asked.actor,
                error_id=error_id,
            ),
            (button(asked, Word.STATUS),),
            check=True,
            closed=report.maintenance,
        )

    def _failed(self, asked: Asked, order: Order, error: HelperFailed) -> Answer:
        error_id, word = self._error_id(), _word(order)
        log.error("[%s] %s failed (%s): %s", error_id, order, error.problem, error)
        present, now = self._present(), self._now()
        if error.problem == Busy.problem:
            text = asked.voice.busy(word, present, now, error_id=error_id)
            return Answer(lambda _: text, (button(asked, word),))
        return Answer(
            lambda shop: asked.voice.failed(word, present, shop, now, error_id=error_id),
            check=True,
            closed=present.maintenance if present else None,
        )

    def _lost(
        self, asked: Asked, order: Order, error: HelperLost, former: LockInfo | None
    ) -> Answer:
        error_id = self._error_id()
        log.error("[%s] the answer to %s was lost: %s", error_id, order, error)
        return self._looked_up(asked, order, former, error_id)

    def _looked_up(
        self, asked: Asked, order: Order, former: LockInfo | None, error_id: str
    ) -> Answer:
        """Answer by what the journal and the present state tell."""
        event, present, now = self._trace(asked), self._present(), self._now()
        if event and present:
            return self._after(asked, order, _as_answered(present, event), former)
        return Answer(
            lambda shop: asked.voice.lost_answer(
                _word(order), present, shop, now, actor=asked.actor, error_id=error_id
            ),
            check=True,
            closed=present.maintenance if present else None,
        )

    def _present(self) -> Report | None:
        try:
            return self._core.report(self._now())
        except CoreError as error:
            log.warning("the present state cannot be read: %s", error)
            return None

    def _trace(self, asked: Asked) -> Event | None:
        """Find what this very request did, if anything."""
        try:
            return self._core.done(asked.request_id)
        except (CoreError, OSError) as error:
            log.warning("the journal cannot be read: %s", error)
            return None

    def _ended_a_lock(self, asked: Asked) -> bool:
        """Tell whether what changed was a lock, or only a marker that was put right."""
        event = self._trace(asked)
        return event is None or event.kind == "unlocked"


def _as_answered(present: Report, event: Event) -> Report:
    """Give the report that the helper gave, as far as it is still true."""
    present.changed = True
    present.transition = event.transition
    return present


def _request(asked: Asked, order: Order) -> Request:
    until = order.until if isinstance(order, Lock) else None
    return Request(
        asked.actor,
        name=asked.person.name if asked.person else None,
        reason=order.reason if isinstance(order, Lock) else None,
        until=int(until.timestamp()) if until else None,
        origin=str(asked.place.destination),
        request_id=asked.request_id,
    )


def _owns(asked: Asked, lock: LockInfo) -> bool:
    """Tell whether the lock is the asker's own, from whichever platform it was placed."""
    ids = asked.person.ids if asked.person else {}
    return lock.actor in {asked.actor, *(f"{adapter}:{one}" for adapter, one in ids.items())}


def _verb(order: Order) -> Verb:
    return Verb.LOCK if isinstance(order, Lock) else Verb.UNLOCK


def _word(order: Order) -> Word:
    return Word.LOCK if isinstance(order, Lock) else Word.UNLOCK
