"""The connection: ask for updates, hand them on, confirm them by asking for the next, for ever.

Not the SDK's `Updater`: that one ends at one 401 or 404 without a word, goes deaf over one update
that it cannot read, and confirms updates before they are handled.

Each run starts with offset 0, the oldest update that is not confirmed. To resume from a stored
number would be wrong: after a week without updates the next number is random. What is delivered
twice after a crash is the host's to drop, by chat and message.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from telegram import Bot, Update, User
from telegram.error import Conflict, TelegramError

from adapters.base import Connected, Host
from adapters.telegram.diagnosis import NO_PROGRESS, WEBHOOK_SET, Diagnosis, diagnosis, patience
from adapters.telegram.effects import Effects
from adapters.telegram.errors import cause
from adapters.telegram.request import readable

log = logging.getLogger(__name__)

BATCH = 100
"""Updates asked for at once, Telegram's limit."""

ALLOWED = (Update.MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER)
"""Kinds of updates asked for. Telegram remembers the wish and applies it to later updates only."""

Take = Callable[[Update, datetime | None], None]
"""Hands one update on: durably, before it returns. The moment is the earliest for a press."""


class Poller:
    """Asks for updates; knows what it last told the host of the connection."""

    def __init__(self, bot: Bot, host: Host, effects: Effects, poll_timeout: int) -> None:
        """Keep what it works with; `poll_timeout` in seconds."""
        self._bot = bot
        self._host = host
        self._effects = effects
        self._poll_timeout = poll_timeout
        self._hears = False
        self._problem: str | None = None
        self._failures = 0
        self._offset = 0
        self._heard_at: datetime | None = None

    async def introduction(self) -> User:
        """Ask who we are until Telegram tells."""
        while True:
            try:
                return await readable(self._bot.get_me())
            except TelegramError as error:
                await self._stumbled(diagnosis(error, self._failures + 1))

    async def poll(self, take: Take) -> None:
        """Hand every update to `take`, for ever. What `take` raises ends it, unconfirmed."""
        while True:
            try:
                updates = await self._updates()
            except Conflict as error:
                await self._stumbled(await self._conflict(error))
            except TelegramError as error:
                await self._stumbled(diagnosis(error, self._failures + 1))
            else:
                await self._hand_on(updates, take)

    async def _updates(self) -> Sequence[Update]:
        # Until it is known that the connection works, an answer is wanted at once.
        wait = self._poll_timeout if self._hears else 0
        return await readable(
            self._bot.get_updates(
                offset=self._offset, limit=BATCH, timeout=wait, allowed_updates=ALLOWED
            )
        )

    async def _hand_on(self, updates: Sequence[Update], take: Take) -> None:
        now = self._effects.clock()
        for update in updates:
            take(update, self._heard_at)
        after = max((update.update_id + 1 for update in updates), default=0)
        if updates and after <= self._offset:
            await self._stumbled(Diagnosis(NO_PROGRESS, patience(self._failures + 1)))
            return
        # An empty answer means that all was confirmed. Back at 0, because the number that follows
        # a week of silence is random and may be lower than any seen.
        self._offset = after
        # A full batch may not be all there was: a press in the next may be older than this one.
        if len(updates) < BATCH:
            self._heard_at = now
        self._well()

    async def _conflict(self, error: Conflict) -> Diagnosis:
        found = diagnosis(error, self._failures + 1)
        try:
            hook = await readable(self._bot.get_webhook_info())
            if not hook.url:
                return found
            await self._bot.delete_webhook(drop_pending_updates=False)
        except TelegramError as trouble:
            log.info("whether a webhook is set is not known (%s)", cause(trouble))
            return found
        return replace(found, trouble=WEBHOOK_SET)

    def _well(self) -> None:
        self._failures = 0
        if not self._hears:
            self._hears = True
            self._problem = None
            self._host.report(Connected())

    async def _stumbled(self, found: Diagnosis) -> None:
        self._hears = False
        self._failures += 1
        log.debug("failure %d: %s", self._failures, found)
        if found.trouble.problem != self._problem:
            self._problem = found.trouble.problem
            self._host.report(found.trouble)
        await self._effects.sleep(found.wait)
