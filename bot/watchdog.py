"""The watch: is the marker as window and lock demand, whatever became of the timer?

A difference that is still there some seconds later is put right through the helper. What could not
be put right is told once, and once more when it is over.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from bot.corestate import CoreState, moment
from bot.helper import Helper, HelperError, Verb
from bot.notices import Announce, Kind, of_repair
from core.errors import CoreError
from core.protocol import Report, Request

log = logging.getLogger(__name__)

SETTLE = timedelta(seconds=10)
"""How long a difference may last: the timer comes up to a second late and works for another."""

BEAT = timedelta(seconds=60)
"""The longest time between two looks; a clock that jumped is noticed within it."""

ACTOR = "bot:watch"


class Watch:
    """Looks at every edge, some seconds after it, and at a slow beat."""

    def __init__(  # noqa: PLR0913 - effects and spans, each by name
        self,
        core: CoreState,
        helper: Helper,
        announce: Announce,
        *,
        now: Callable[[], datetime],
        error_id: Callable[[], str],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        settle: timedelta = SETTLE,
        beat: timedelta = BEAT,
    ) -> None:
        """`announce` writes what the chats are to be told; `error_id` marks it in the log."""
        self._core = core
        self._helper = helper
        self._announce = announce
        self._now = now
        self._error_id = error_id
        self._sleep = sleep
        self._settle = settle
        self._beat = beat
        self._since: datetime | None = None
        self._told = False
        self._differed = False
        self._doubt = _Doubt(announce, settle)

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            report = await self.look()
            await self._sleep(self._pause(report).total_seconds())

    async def look(self) -> Report | None:
        """Look once, act if need be; give what was seen, None if it cannot be read."""
        report, sentence = self._read()
        now = self._now()
        self._doubt.look(report, now)
        differs = report is not None and report.maintenance != report.desired
        self._differed = self._differed or differs
        if report is not None and not differs:
            self._over(self._since, report)
        elif self._since is None:
            self._since = now
        elif now - self._since >= self._settle:
            await self._put_right(self._since, sentence)
        return report

    def _read(self) -> tuple[Report | None, str]:
        try:
            return self._core.report(self._now()), ""
        except CoreError as error:
            return None, str(error)

    def _pause(self, report: Report | None) -> timedelta:
        """Wait for the next edge, or for a difference to settle, or a beat."""
        if self._doubt.settling or (self._since is not None and not self._told):
            return self._settle
        if report is None or report.next_transition is None:
            return self._beat
        until_edge = moment(report.next_transition.at) - self._now()
        # Just after the edge at the earliest: a look before it would see nothing.
        return min(self._beat, max(until_edge, timedelta()) + timedelta(seconds=1))

    async def _put_right(self, since: datetime, sentence: str) -> None:
        request = Request(ACTOR, origin=ACTOR)
        try:
            report: Report = await mending(self._sleep)(self._helper.ask, Verb.RECONCILE, request)
        except HelperError as error:
            self._not_put_right(since, sentence or str(error))
            return
        if report.maintenance != report.desired:
            self._not_put_right(since, "; ".join(report.notes) or "it is still not as it must be")
            return
        if sentence:
            # The helper is content, so the shop is right; but it cannot be seen from here.
            self._not_put_right(since, sentence)
            return
        log.warning("the marker was not as it must be since %s; put right", since)
        self._announce(Kind.REPAIRED, of_repair(since, report))
        self._forget()

    def _not_put_right(self, since: datetime, sentence: str) -> None:
        if self._told:
            return
        error_id = self._error_id()
        log.error("[%s] not as it must be since %s: %s", error_id, since, sentence)
        facts = {"since": since.isoformat(), "error_id": error_id}
        self._announce(Kind.NOT_REPAIRED, facts)
        self._told = True

    def _over(self, since: datetime | None, report: Report) -> None:
        if since is not None and self._told:
            if self._differed:
                self._announce(Kind.REPAIRED, of_repair(since, report))
            else:
                self._announce(Kind.DOUBT_OVER, {"since": since.isoformat()})
        self._forget()

    def _forget(self) -> None:
        self._since, self._told, self._differed = None, False, False


class _Doubt:
    """The shop is kept closed because nobody can tell whether it may be open: told, and its end."""

    def __init__(self, announce: Announce, settle: timedelta) -> None:
        self._announce = announce
        self._settle = settle
        self._since: datetime | None = None
        self._told = False

    def look(self, report: Report | None, now: datetime) -> None:
        """See whether it is so; a report that cannot be read says nothing of it."""
        if report is None:
            return
        if not set(report.reasons) - {"window", "lock"}:
            self._over()
        elif self._since is None:
            self._since = now
        elif not self._told and now - self._since >= self._settle:
            log.error("closed to be safe since %s: %s", self._since, ", ".join(report.reasons))
            self._announce(Kind.DOUBT, {"since": self._since.isoformat()})
            self._told = True

    @property
    def settling(self) -> bool:
        """Whether another look is due soon."""
        return self._since is not None and not self._told

    def _over(self) -> None:
        if self._since is not None and self._told:
            self._announce(Kind.DOUBT_OVER, {"since": self._since.isoformat()})
        self._since, self._told = None, False


def mending(sleep: Callable[[float], Awaitable[None]]) -> AsyncRetrying:
    """Ask the helper again when it failed or was lost: 3 tries, at most about 8 s between them."""
    return AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, HelperError)),
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(multiplier=1, max=4),
        sleep=sleep,
        reraise=True,
    )
