"""Ask the public shop after every change and at a slow beat; tell when it answers wrongly."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.corestate import CoreState
from bot.notices import Announce, Kind, of_probe
from bot.probe import Asks, ProbeResult, Verdict
from core.errors import CoreError

log = logging.getLogger(__name__)

BEAT = timedelta(minutes=5)
"""Between two questions while all is well."""

SOON = timedelta(seconds=15)
"""After a wrong answer, before it is believed: a change may have come between."""

WRONG_BEAT = timedelta(minutes=1)
"""Between two questions while a wrong answer has been told, so that its end is told soon."""

Fault = frozenset[tuple[str, Verdict]]
"""What is wrong: each address that answers wrongly, and how."""


class ShopWatch:
    """Tells a wrong answer once, when it came twice, and once that it is over.

    A fault that turns into another one is told again: "no answer" may become "open".
    """

    def __init__(  # noqa: PLR0913 - effects and spans, each by name
        self,
        core: CoreState,
        probe: Asks,
        announce: Announce,
        *,
        now: Callable[[], datetime],
        beat: timedelta = BEAT,
        soon: timedelta = SOON,
    ) -> None:
        """`announce` writes what the chats are to be told."""
        self._core = core
        self._probe = probe
        self._announce = announce
        self._now = now
        self._beat = beat
        self._soon = soon
        self._changed = asyncio.Event()
        self._wrong_since: datetime | None = None
        self._seen: Fault = frozenset()
        self._told: set[Fault] = set()

    def changed(self) -> None:
        """Something happened: ask now."""
        self._changed.set()

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            await self.ask()
            await self._wait(self._pause())

    async def ask(self) -> ProbeResult | None:
        """Ask once and judge."""
        result = await self._probe.ask(self._expected())
        # The state may have changed while the question was under way.
        if result is None or result.expected is None or result.expected != self._expected():
            return result
        if result.agrees:
            self._right(result)
        else:
            self._wrong(result)
        return result

    def _expected(self) -> bool | None:
        try:
            return self._core.report(self._now()).maintenance
        except CoreError as error:
            log.warning("nobody knows what the shop should answer: %s", error)
            return None

    def _pause(self) -> timedelta:
        if self._wrong_since is None:
            return self._beat
        return min(self._beat, WRONG_BEAT) if self._seen in self._told else self._soon

    def _wrong(self, result: ProbeResult) -> None:
        fault = frozenset(
            (one.host, one.verdict) for one in (result, *result.others) if not one.agrees
        )
        if self._wrong_since is None:
            self._wrong_since = result.at
        # Until something is told any two wrong answers do, or one that alternates stays hidden.
        elif fault not in self._told and (fault == self._seen or not self._told):
            log.error("%s answers %s (%s)", result.host, result.status, result.verdict)
            self._announce(Kind.SHOP_WRONG, of_probe(result, self._wrong_since))
            self._told.add(fault)
        self._seen = fault

    def _right(self, result: ProbeResult) -> None:
        if self._told and self._wrong_since is not None:
            self._announce(Kind.SHOP_RIGHT, of_probe(result, self._wrong_since))
        self._wrong_since, self._seen = None, frozenset()
        self._told.clear()

    async def _wait(self, pause: timedelta) -> None:
        try:
            async with asyncio.timeout(pause.total_seconds()):
                await self._changed.wait()
        except TimeoutError:
            return
        finally:
            self._changed.clear()
