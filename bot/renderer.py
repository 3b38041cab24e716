"""Words announcements when they are sent: what happened, and what is true by now."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from adapters.base import Destination
from bot.corestate import CoreState, moment
from bot.health import Difficulty as Found
from bot.messages import Difficulty, Voice
from bot.messages.state import doubtful
from bot.notices import (
    Kind,
    difficulty_of,
    is_about,
    occurrence_of,
    probe_of,
    since_of,
    text_of,
    was_closed,
)
from bot.parcel import Notice
from bot.probe import Asks, ProbeResult
from bot.text import Text
from bot.voices import Voices
from core.errors import CoreError
from core.protocol import Event, Report

log = logging.getLogger(__name__)

AT_ONCE = timedelta(seconds=5)
"""A window that begins so soon is told when it has begun."""

FRESH = timedelta(seconds=10)
"""How old an answer of the shop may be to be told as today's: chats are told at the same time."""


class AnnouncementRenderer:
    """The `bot.courier.Renderer` of the real bot."""

    def __init__(self, voices: Voices, core: CoreState, probe: Asks) -> None:
        """Word by `voices`; look at `core` and ask `probe` for what is true by now."""
        self._voices = voices
        self._core = core
        self._probe = probe

    async def events(
        self,
        destination: Destination,
        events: Sequence[Event],
        now: datetime,
        *,
        late: bool,
    ) -> Text:
        """Tell one event, or several as one."""
        present = self._present(now)
        probe = await self._checked(present, now) if present else None
        voice = self._voices.at(destination)
        return voice.announcement(events, now, late=late, present=present, probe=probe)

    async def notice(self, destination: Destination, notice: Notice, now: datetime) -> Text | None:
        """Tell what is not in the journal; None if it is no longer worth telling."""
        return self._worded(self._voices.at(destination), notice, now)

    def repeat_note(self, destination: Destination, event_id: str) -> str:  # noqa: ARG002 - the interface's
        """Mark a message that may have been told before."""
        return self._voices.at(destination).repeat_note()

    def _worded(self, voice: Voice, notice: Notice, now: datetime) -> Text | None:
        kind, facts = Kind(notice.kind), notice.facts
        match kind:
            case Kind.DIFFICULTY | Kind.DIFFICULTY_OVER:
                return self._difficulty(voice, kind, difficulty_of(facts), now)
            case Kind.AHEAD:
                coming = occurrence_of(facts)
                return voice.ahead(coming, now) if moment(coming.start) - now > AT_ONCE else None
            case Kind.NOTE:
                return text_of(facts)
        present = self._present(now)
        if kind is Kind.NOT_REPAIRED:
            return _not_repaired(voice, notice, present, now)
        if present is None:
            return voice.status_unreadable(None, now, error_id="")
        return self._of_the_shop(voice, notice, present, now)

    def _of_the_shop(
        self, voice: Voice, notice: Notice, present: Report, now: datetime
    ) -> Text | None:
        facts = notice.facts
        since = since_of(facts)
        match Kind(notice.kind):
            case Kind.LONG_LOCK:
                return voice.long_lock(present, now) if is_about(present.lock, facts) else None
            case Kind.DOUBT:
                return voice.doubt(present, since, now) if doubtful(present) else None
            case Kind.DOUBT_OVER:
                return voice.doubt_over(present, since, now)
            case Kind.REPAIRED:
                closed = was_closed(facts)
                return voice.repaired(present, since, notice.at, now, closed=closed)
            case Kind.SHOP_WRONG:
                return _shop_wrong(voice, present, probe_of(facts), now)
        return voice.shop_right(present, probe_of(facts), since, now)

    def _difficulty(self, voice: Voice, kind: Kind, found: Found, now: datetime) -> Text:
        named = Difficulty(self._voices.label(found.subject), found.sentence, found.since)
        if kind is Kind.DIFFICULTY_OVER:
            return voice.difficulty_over(named)
        return voice.difficulty(named, now)

    def _present(self, now: datetime) -> Report | None:
        try:
            return self._core.report(now)
        except CoreError as error:
            log.warning("the present state cannot be told: %s", error)
            return None

    async def _checked(self, present: Report, now: datetime) -> ProbeResult | None:
        last = self._probe.last
        if last and last.expected == present.maintenance and now - last.at < FRESH:
            return last
        return await self._probe.ask(present.maintenance)


def _not_repaired(
    voice: Voice, notice: Notice, present: Report | None, now: datetime
) -> Text | None:
    """What has come right meanwhile is told as such, if at all."""
    if present and present.maintenance == present.desired:
        return None
    facts = notice.facts
    return voice.not_repaired(present, since_of(facts), now, error_id=facts["error_id"])


def _shop_wrong(voice: Voice, present: Report, probe: ProbeResult, now: datetime) -> Text | None:
    """What was wrong while the shop was to be closed says nothing of an open one."""
    if probe.expected not in {None, present.maintenance}:
        return None
    return voice.shop_wrong(present, probe, now)
