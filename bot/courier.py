"""The courier of one destination: tells it everything, in order, until it is really told.

What the courier knows is in the outbox; it can be killed at any line and started again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from tenacity import RetryCallState

from adapters.base import (
    AdapterError,
    Button,
    Destination,
    Moved,
    OutcomeUnknown,
    OutgoingMessage,
    Permanent,
    Receipt,
    Span,
    Temporary,
    Tone,
)
from bot.moves import Moves
from bot.outbox import Outbox, Trouble
from bot.packing import Merging, is_late, pack
from bot.parcel import Notice, Parcel
from bot.retrying import SPACING, retrying
from core.protocol import Event

REVIVAL = timedelta(hours=1)
"""How often a destination that takes nothing is tried all the same."""

FILE_TRIES = 3
"""Failed so often with its file, a text is also tried alone: others wait behind it."""

PATIENCE = 120.0
"""Seconds that an adapter may take for one message, its files included."""

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]


class Wording(Protocol):
    """A rendered text (`bot.text.Text` is one)."""

    @property
    def text(self) -> str:
        """The plain text."""

    @property
    def spans(self) -> Sequence[Span]:
        """What its stretches are."""

    @property
    def tone(self) -> Tone:
        """What it says of the shop."""


class Renderer(Protocol):
    """Words announcements at the moment they are sent, from facts and the present state."""

    async def events(
        self, destination: Destination, events: Sequence[Event], now: datetime, *, late: bool
    ) -> Wording:
        """Tell one event, or several as one summary; `late` if notably after it happened."""

    async def notice(
        self, destination: Destination, notice: Notice, now: datetime
    ) -> Wording | None:
        """Tell what is not in the journal; None if it is no longer worth telling."""

    def repeat_note(self, destination: Destination, event_id: str) -> str:
        """Mark a message that may have been told before."""


class Invitation(Protocol):
    """Buttons under a message (`bot.invitations.Invitation`)."""

    @property
    def buttons(self) -> Sequence[Button]:
        """The buttons."""

    def shown_as(self, receipt: Receipt) -> None:
        """The message stands there."""


@dataclass(frozen=True, slots=True)
class Round:
    """What all couriers share."""

    outbox: Outbox
    moves: Moves
    renderer: Renderer
    send: Callable[[OutgoingMessage], Awaitable[Receipt]]
    now: Callable[[], datetime]
    sleep: Sleep
    max_age: timedelta = timedelta(hours=24)
    patience: float = PATIENCE
    merging: Merging = field(default_factory=Merging)
    on_dead: Callable[[Destination, str, str], None] = lambda *_: None
    on_back: Callable[[Destination], None] = lambda _: None
    invite: Callable[[Destination, Destination, Notice], Invitation | None] = lambda *_: None


class Courier:
    """Delivers to one destination."""

    def __init__(self, destination: Destination, shared: Round) -> None:
        """Serve `destination`, as it is configured."""
        self.destination = destination
        self._shared = shared
        self._outbox = shared.outbox
        self._work = asyncio.Event()
        self._hurry = asyncio.Event()
        self._parcel: Parcel | None = None
        self._obey = False

    def wake(self) -> None:
        """There are new rows."""
        self._work.set()

    def hurry(self) -> None:
        """Try now whatever waits, unless the platform asked to wait."""
        self._work.set()
        self._hurry.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        self._revive_if_in_trouble()  # a restart may have brought the cure
        while True:
            self._work.clear()
            if self._outbox.open_rows(self.destination):
                await self._deliver()
            else:
                await self._wait_for_work()

    def lost(self, error: AdapterError) -> None:
        """The platform told that it takes nothing here any more."""
        known = self._outbox.trouble(self.destination)
        self._outbox.in_trouble(self.destination, self._trouble(error))
        self._tell_dead(known, error)

    def back(self) -> None:
        """The platform told that it takes messages here again."""
        if self._outbox.trouble(self.destination):
            self._revive_if_in_trouble()
            if not self._outbox.open_rows(self.destination):
                self._outbox.well(self.destination)
                self._recovered()
        self.hurry()

    async def _wait_for_work(self) -> None:
        trouble = self._outbox.trouble(self.destination)
        if trouble is None:
            await self._work.wait()
            return
        await self._rest(self._seconds_until(trouble.next_try_at), self._work)
        self._revive_if_in_trouble()

    def _revive_if_in_trouble(self) -> None:
        """Make due again what was given up, so that the next message tells it too."""
        trouble = self._outbox.trouble(self.destination)
        if trouble:
            now = self._shared.now()
            again = replace(trouble, next_try_at=int((now + REVIVAL).timestamp()))
            self._outbox.revive(self.destination, now)
            self._outbox.in_trouble(self.destination, again)

    async def _deliver(self) -> None:
        self._revive_if_in_trouble()
        trouble = self._outbox.trouble(self.destination)
        await self._nap_until_due()
        policy = retrying(
            max_age=self._shared.max_age,
            age=self._age,
            doubts=self._doubts,
            before_sleep=self._put_off,
            sleep=self._nap,
        )
        try:
            await policy(self._attempt)
        except AdapterError as error:
            self._give_up(error)
        if trouble and not self._outbox.trouble(self.destination):
            self._recovered()
        await self._shared.sleep(SPACING)

    async def _attempt(self) -> None:
        """Send the next parcel once.

        1. Pack: what came in since the last attempt may be told with it.
        2. Word it from the present state, which may have changed as well.
        3. Note that it leaves, on disk: whoever finds the note must assume that it arrived.
        4. Send it.
        5. Note that it arrived.
        """
        self._hurry.clear()
        now = self._shared.now()
        rows = self._outbox.open_rows(self.destination)
        coming_back = self._outbox.trouble(self.destination) is not None
        parcel = self._parcel = pack(rows, now, self._shared.merging, coming_back=coming_back)
        message = await self._message(parcel, now)
        if message is None:
            self._outbox.drop(parcel)
            return
        invitation = self._invitation(parcel, message.destination)
        if invitation:
            message = replace(message, buttons=invitation.buttons)
        self._outbox.begin(parcel)
        try:
            receipt = await self._sent(message, parcel.head.attempts)
        except Moved as moved:
            self._shared.moves.store(message.destination, moved.destination)
            raise
        self._outbox.sent(parcel, self.destination, receipt)
        if invitation:
            invitation.shown_as(receipt)

    async def _sent(self, message: OutgoingMessage, failed: int) -> Receipt:
        """Send it; a chat that takes texts and no files gets the text alone."""
        try:
            return await self._handed_over(message)
        except (Permanent, Temporary) as error:
            patient = isinstance(error, Temporary) and failed < FILE_TRIES
            if message.attachment is None or patient:
                raise
            log.warning("%s: without its file, since %s", self.destination, error)
        return await self._handed_over(replace(message, attachment=None))

    async def _handed_over(self, message: OutgoingMessage) -> Receipt:
        """Send it; an adapter that never comes back must not silence its chat for good."""
        try:
            async with asyncio.timeout(self._shared.patience):
                return await self._shared.send(message)
        except TimeoutError:
            raise OutcomeUnknown("timeout", f"no answer for {self._shared.patience} s") from None

    def _invitation(self, parcel: Parcel, current: Destination) -> Invitation | None:
        told = parcel.head.told()
        if not isinstance(told, Notice):
            return None
        return self._shared.invite(self.destination, current, told)

    async def _message(self, parcel: Parcel, now: datetime) -> OutgoingMessage | None:
        wording = await self._wording(parcel, now)
        if wording is None:
            return None
        note, told = None, parcel.head.told()
        if parcel.doubtful:
            note = self._shared.renderer.repeat_note(self.destination, parcel.event_id)
        return OutgoingMessage(
            self._shared.moves.current(self.destination),
            wording.text,
            spans=wording.spans,
            tone=wording.tone,
            attachment=told.attachment if isinstance(told, Notice) else None,
            event_id=parcel.event_id,
            repeat_note=note,
        )

    async def _wording(self, parcel: Parcel, now: datetime) -> Wording | None:
        told = [row.told() for row in parcel.rows]
        events = [one for one in told if isinstance(one, Event)]
        for one in told:
            if isinstance(one, Notice):
                return await self._shared.renderer.notice(self.destination, one, now)
        late = is_late(parcel, now)
        return await self._shared.renderer.events(self.destination, events, now, late=late)

    def _put_off(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if self._parcel is None or not isinstance(error, AdapterError):
            return
        next_try = self._shared.now() + timedelta(seconds=state.upcoming_sleep)
        self._obey = isinstance(error, Temporary) and error.retry_after is not None
        self._outbox.put_off(self._parcel, error, next_try, obey=self._obey)
        log.warning(
            "%s: attempt %d failed (%s: %s), again in %.0f s",
            self.destination,
            state.attempt_number,
            error.problem,
            error,
            state.upcoming_sleep,
        )

    def _give_up(self, error: AdapterError) -> None:
        if self._parcel is None:
            return
        known = self._outbox.trouble(self.destination)
        self._outbox.give_up(self._parcel, self.destination, self._trouble(error))
        self._tell_dead(known, error)

    def _tell_dead(self, known: Trouble | None, error: AdapterError) -> None:
        log.error("%s takes nothing (%s: %s)", self.destination, error.problem, error)
        if known is None:
            self._shared.on_dead(self.destination, error.problem, str(error))

    def _recovered(self) -> None:
        log.info("%s takes messages again", self.destination)
        self._shared.on_back(self.destination)

    def _trouble(self, error: AdapterError) -> Trouble:
        now = self._shared.now()
        since, again = (int(moment.timestamp()) for moment in (now, now + REVIVAL))
        return Trouble(error.problem, str(error), since, again)

    async def _nap_until_due(self) -> None:
        """Rest for what a former run of the program was told to wait."""
        head = self._outbox.open_rows(self.destination)[0]
        seconds = self._seconds_until(head.next_try_at)
        if seconds:
            self._obey = bool(head.obey)
            await self._nap(seconds)

    async def _nap(self, seconds: float) -> None:
        """Wait, for less if the platform comes back first and did not ask for the wait."""
        if self._obey:
            await self._shared.sleep(seconds)
        else:
            await self._rest(seconds, self._hurry)

    async def _rest(self, seconds: float, event: asyncio.Event) -> None:
        """Wait for the event, at most so long."""
        waits = [
            asyncio.ensure_future(self._shared.sleep(seconds)),
            asyncio.ensure_future(event.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    def _seconds_until(self, instant: int) -> float:
        return max(0.0, instant - self._shared.now().timestamp())

    def _age(self) -> timedelta:
        created = self._parcel.head.created_at if self._parcel else 0
        return timedelta(seconds=self._shared.now().timestamp() - created)

    def _doubts(self) -> int:
        return self._parcel.head.doubts if self._parcel else 0
