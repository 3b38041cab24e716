"""What the shop answered, kept: the proof of every transition, for history and the books."""

import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

from bot.corestate import CoreState
from bot.database import Database
from bot.probe import Asks, ProbeResult, Verdict
from bot.report.model import ProbeRecord, Span
from core.errors import CoreError
from core.protocol import Event

log = logging.getLogger(__name__)

MEMORY = timedelta(days=400)
"""How long answers are kept: a year of books, and time to make them."""

PROMPT = timedelta(minutes=1)
"""A right answer that came so soon after a wrong one is the event's: nginx may have been busy."""

_COLUMNS = "asked_at, url, host, verdict, status, expected"

_MOST_ADDRESSES = 100

EventName = tuple[int, int]
"""An event's `seq` and `at`, which name it even if the journal had to be begun again."""


class Proofs:
    """The answers in the database."""

    def __init__(self, database: Database) -> None:
        """Use the database."""
        self._database = database

    def record(self, result: ProbeResult, event: EventName | None) -> None:
        """Keep an answer, and those that came with it, as the proof of `event` if any."""
        seq, event_at = event or (None, None)
        with self._database.transaction() as connection:
            connection.executemany(
                f"INSERT INTO probe ({_COLUMNS}, seq, event_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constant
                [
                    (
                        int(result.at.timestamp()),
                        one.url,
                        one.host,
                        one.verdict.value,
                        one.status,
                        one.expected,
                        seq,
                        event_at,
                    )
                    for one in (result, *result.others)
                ],
            )

    def of(self, event: EventName) -> ProbeResult | None:
        """Give the answer to the first question after an event, None if nobody could ask.

        A right answer within a minute counts before it.
        """
        (first_at,) = self._database.rows(
            "SELECT min(asked_at) FROM probe WHERE seq = ? AND event_at = ?", event
        )[0]
        if first_at is None:
            return None
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM probe WHERE seq = ? AND event_at = ? AND asked_at <= ?"  # noqa: S608 - constant
            " ORDER BY id",
            (*event, first_at + int(PROMPT.total_seconds())),
        )
        rounds = [_worst(group) for _, group in groupby(map(_result, rows), lambda one: one.at)]
        return next((one for one in rounds if one.agrees), rounds[0])

    def of_all(self, events: Iterable[Event]) -> Mapping[int, ProbeResult]:
        """Give the answer after each event, by its `seq`; those without are left out.

        A change that nobody asked after, because the next one came at once or the bot was off, gets
        the first answer after a later one: its `at` and `expected` tell what that proves.
        """
        found = ((event.seq, self._after(event)) for event in events)
        return {seq: result for seq, result in found if result is not None}

    def _after(self, event: Event) -> ProbeResult | None:
        own = self.of((event.seq, event.at))
        return self._since(event) if own is None and event.transition else own

    def _since(self, event: Event) -> ProbeResult | None:
        # Only what is known to be about a later event was surely asked after this one.
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM probe WHERE asked_at >= ? AND seq IS NOT NULL"  # noqa: S608 - constant
            " AND (event_at > ? OR (event_at = ? AND seq > ?)) ORDER BY asked_at, id LIMIT ?",
            (event.at, event.at, event.at, event.seq, _MOST_ADDRESSES),
        )
        if not rows:
            return None
        _, first = next(groupby(map(_result, rows), lambda one: one.at))
        return _worst(first)

    def between(self, span: Span) -> Sequence[ProbeRecord]:
        """Give one record for each question in `span`: of several addresses, the worst."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM probe WHERE asked_at >= ? AND asked_at < ? ORDER BY id",  # noqa: S608 - constant
            (int(span.start.timestamp()), int(span.end.timestamp())),
        )
        rounds = (_worst(group) for _, group in groupby(map(_result, rows), lambda one: one.at))
        return [ProbeRecord(one.at, one.verdict, one.status) for one in rounds]

    def prune(self, now: datetime) -> None:
        """Forget what is older than the memory."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM probe WHERE asked_at < ?", (int((now - MEMORY).timestamp()),)
            )


class Recording:
    """Asks through another, and keeps what was answered; a full disk costs the record only."""

    def __init__(self, inner: Asks, proofs: Proofs, core: CoreState) -> None:
        """Ask by `inner`; `core` knows which event the answer proves."""
        self._inner = inner
        self._proofs = proofs
        self._core = core

    @property
    def last(self) -> ProbeResult | None:
        """Give the newest result."""
        return self._inner.last

    def of_all(self, events: Iterable[Event]) -> Mapping[int, ProbeResult]:
        """Give the answer after each event, see `Proofs.of_all`; raises `sqlite3.Error`."""
        return self._proofs.of_all(events)

    async def ask(self, expected: bool | None) -> ProbeResult | None:  # noqa: FBT001 - see bot.probe.Asks
        """Ask once and keep the answer."""
        event = self._event(expected)
        result = await self._inner.ask(expected)
        if result is not None:
            # What was asked while the state changed accuses nobody.
            proven = event if result.agrees or event == self._event(expected) else None
            self._keep(result, proven)
        return result

    def _event(self, expected: bool | None) -> EventName | None:  # noqa: FBT001 - the state, on or off
        try:
            last = self._core.recent(1)
        except (CoreError, OSError) as error:
            log.warning("which event the shop's answer proves is not known: %s", error)
            return None
        if not last or expected is None or (last[0].state == "on") is not expected:
            return None
        return last[0].seq, last[0].at

    def _keep(self, result: ProbeResult, event: EventName | None) -> None:
        try:
            self._proofs.record(result, event)
        except sqlite3.Error as error:
            log.warning("the shop's answer could not be kept: %s", error)


def _result(row: sqlite3.Row) -> ProbeResult:
    asked_at, url, host, verdict, status, expected = row
    return ProbeResult(
        datetime.fromtimestamp(asked_at, UTC),
        host,
        status,
        Verdict(verdict),
        None if expected is None else bool(expected),
        url,
    )


def _worst(answers: Iterable[ProbeResult]) -> ProbeResult:
    # They are in the order in which they were kept, the worst of each question first.
    first, *others = answers
    return next((one for one in (first, *others) if not one.agrees), first)
