"""What does not work just now: adapters that do not hear, chats that cannot be told."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Difficulty:
    """`subject` is an adapter's name or a destination, `sentence` English, for the operator."""

    subject: str
    sentence: str
    since: datetime


class Health:
    """Keeps difficulties until they are over; tells each once, and once that it is over."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        tell: Callable[[Difficulty], None] = lambda _: None,
        tell_over: Callable[[Difficulty], None] = lambda _: None,
    ) -> None:
        """`tell` and `tell_over` carry it to the chats that still hear.

        Where they cannot store it (`sqlite3.OperationalError`, such as on a full disk), the log
        says so, and it is told when it is reported next.
        """
        self._now = now
        self._tell = tell
        self._tell_over = tell_over
        self._present: dict[str, Difficulty] = {}
        self._told: set[str] = set()
        self._quiet: set[str] = set()

    @property
    def difficulties(self) -> tuple[Difficulty, ...]:
        """All that are present."""
        return tuple(self._present.values())

    def trouble(self, subject: str, sentence: str, *, alarm: bool) -> None:
        """Something does not work; with `alarm` a person must act, so the chats are told."""
        before = self._present.get(subject)
        since = before.since if before else self._now()
        self._present[subject] = Difficulty(subject, sentence, since)
        if alarm and subject not in self._told and subject not in self._quiet:
            try:
                self._tell(self._present[subject])
            except sqlite3.OperationalError as error:
                log.error("%s: %s; the chats cannot be told: %s", subject, sentence, error)  # noqa: TRY400 - no fault of ours to trace
            else:
                self._told.add(subject)

    def remark(self, subject: str, sentence: str) -> None:
        """Something does not work that `status` shows, but no chat needs to hear of."""
        self._quiet.add(subject)
        self.trouble(subject, sentence, alarm=False)

    def over(self, subject: str) -> None:
        """It works (again)."""
        before = self._present.pop(subject, None)
        if before is not None and subject in self._told:
            self._told.discard(subject)
            try:
                self._tell_over(before)
            except sqlite3.OperationalError as error:
                log.warning("%s works; the chats cannot be told: %s", subject, error)

    def tell_lasting(self, longer_than: float) -> None:
        """Tell those that have lasted so many seconds without needing a person at first."""
        for difficulty in self.difficulties:
            lasted = (self._now() - difficulty.since).total_seconds()
            if lasted >= longer_than:
                self.trouble(difficulty.subject, difficulty.sentence, alarm=True)
