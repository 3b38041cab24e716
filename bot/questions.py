"""Commands that only ask: status, history, schedule, whoami, help, and what was not understood."""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from adapters.base import Destination
from bot.answers import Answer, Asked, Loudness, button, plain
from bot.buttons import Choice
from bot.commands import Command, Help, History, Keep, Schedule, Status, Typo, Verb, WhoAmI
from bot.corestate import CoreState
from bot.health import Health
from bot.messages import Difficulty, Pending
from bot.outbox import Pending as Waiting
from bot.probe import ProbeResult
from bot.text import Text
from bot.voices import Voices
from core.errors import CoreError
from core.protocol import Event, Report

log = logging.getLogger(__name__)

HISTORY = 10
"""Events shown: what fits one screen of a telephone."""

SCHEDULE = 4
"""Occurrences shown: a month of weekly windows."""

_ON_ITS_WAY = timedelta(minutes=1)


class Overview(Protocol):
    """Tells how the announcements of destinations are (`bot.outbox.Outbox` does)."""

    def overview(self, destinations: Sequence[Destination]) -> list[Waiting]:
        """How each destination is."""


class Evidence(Protocol):
    """What the shop answered, now and after each event."""

    @property
    def last(self) -> ProbeResult | None:
        """The newest answer."""

    def of_all(self, events: Iterable[Event]) -> Mapping[int, ProbeResult]:
        """Give the answer after each event, by its `seq`; those without are left out."""


class Questions:
    """Answers what changes nothing."""

    def __init__(  # noqa: PLR0913 - what status tells about, each by name
        self,
        core: CoreState,
        *,
        voices: Voices,
        health: Health,
        outbox: Overview,
        audience: Sequence[Destination],
        error_id: Callable[[], str],
        evidence: Evidence | None = None,
    ) -> None:
        """`audience` are the destinations that get announcements; None as `evidence`: no probe."""
        self._core = core
        self._voices = voices
        self._health = health
        self._outbox = outbox
        self._audience = audience
        self._error_id = error_id
        self._evidence = evidence

    def answer(self, asked: Asked, question: Command) -> Answer:
        """Answer at once; what the core's files do not let us know is said."""
        match question:
            case Status() | History() | Schedule() | Keep():
                try:
                    return self._from_the_core(asked, question)
                except (CoreError, OSError) as error:
                    return self._unreadable(asked, error)
            case WhoAmI():
                text = asked.voice.whoami(asked.message, asked.person, asked.now)
                return plain(text, loudness=Loudness.ASKER)
            case Help():
                text = asked.voice.help(asked.person, asked.now)
                return plain(text, loudness=Loudness.ASKER)
            case _:
                return plain(asked.voice.not_done(question), *self._meant(asked, question))

    def _from_the_core(self, asked: Asked, question: Status | History | Schedule | Keep) -> Answer:
        if isinstance(question, History):
            return self._history(asked, self._core.recent(HISTORY))
        if isinstance(question, Schedule):
            occurrences = self._core.occurrences(asked.now, SCHEDULE)
            return plain(asked.voice.schedule(occurrences, asked.now))
        report = self._core.report(asked.now)
        if isinstance(question, Keep) and report.lock:
            return plain(asked.voice.kept(asked.person))
        overview = isinstance(question, Status) and question.overview
        return self._status(asked, report, overview=overview)

    def _history(self, asked: Asked, events: Sequence[Event]) -> Answer:
        evidence = self._evidence
        if evidence is None:
            return plain(asked.voice.history(events, asked.now))
        proofs = evidence.of_all(events)
        if all(event.seq in proofs for event in events if event.transition):
            return plain(asked.voice.history(events, asked.now, proofs))

        def told(shop: ProbeResult | None) -> Text:
            found = proofs
            if shop is not None:
                # What cannot be read again was read a moment ago.
                with suppress(sqlite3.Error):
                    found = evidence.of_all(events)
            return asked.voice.history(events, asked.now, found)

        # A change of a moment ago: its proof is had by asking now.
        return Answer(
            told,
            check=True,
            closed=self._core.report(asked.now).maintenance,
            loudness=Loudness.QUIET,
        )

    def _status(self, asked: Asked, report: Report, *, overview: bool) -> Answer:
        pending, difficulties = self._pending(asked.now), self._difficulties()
        known = self._known(report)
        return Answer(
            lambda shop: asked.voice.status(
                report,
                shop or known,
                asked.now,
                pending=pending,
                difficulties=difficulties,
                overview=overview,
                may_lock=asked.may_lock,
            ),
            self._switches(asked, report),
            check=True,
            closed=report.maintenance,
            loudness=Loudness.QUIET,
        )

    def _known(self, report: Report) -> ProbeResult | None:
        """Give the shop's last answer, for as long as it takes to ask it again."""
        last = self._evidence.last if self._evidence else None
        return last if last and last.expected == report.maintenance else None

    def _switches(self, asked: Asked, report: Report) -> tuple[Choice, ...]:
        refresh = button(asked, Verb.STATUS)
        if not asked.may_lock:
            return (refresh,)
        return (button(asked, Verb.UNLOCK if report.lock else Verb.LOCK), refresh)

    def _meant(self, asked: Asked, question: Command) -> tuple[Choice, ...]:
        """Offer what a typo resembles; a press is as plain an order as a typed word."""
        verb = question.suggestion if isinstance(question, Typo) else None
        if verb is None or (verb in {Verb.LOCK, Verb.UNLOCK} and not asked.may_lock):
            return ()
        return (button(asked, verb),)

    def _pending(self, now: datetime) -> tuple[Pending, ...]:
        """Give what waits for longer than telling takes; right after a change all is on its way."""
        return tuple(
            Pending(self._voices.label(str(one.destination)), one.waiting, one.oldest)
            for one in self._outbox.overview(self._audience)
            if one.waiting and one.oldest and (one.problem or now - one.oldest >= _ON_ITS_WAY)
        )

    def _difficulties(self) -> tuple[Difficulty, ...]:
        return tuple(
            Difficulty(self._voices.label(one.subject), one.sentence, one.since)
            for one in self._health.difficulties
        )

    def _unreadable(self, asked: Asked, error: Exception) -> Answer:
        error_id = self._error_id()
        log.error("[%s] the core's files cannot be read: %s", error_id, error)
        return Answer(
            lambda shop: asked.voice.status_unreadable(shop, asked.now, error_id=error_id),
            check=True,
        )
