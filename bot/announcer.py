"""Decides who is told what: one row for every destination that wants announcements."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from adapters.base import Destination
from bot.moves import Moves
from bot.outbox import Outbox, Position
from bot.parcel import Notice
from core.protocol import Event


class Announcer:
    """Writes announcements for the audience into the outbox."""

    def __init__(
        self,
        outbox: Outbox,
        moves: Moves,
        audience: Sequence[Destination],
        *,
        wake: Callable[[], None],
        on_events: Callable[[Sequence[Event]], None] = lambda _: None,
    ) -> None:
        """Tell `audience`; `wake` starts the delivery, `on_events` hears what is safely written."""
        self._outbox = outbox
        self._moves = moves
        self._audience = audience
        self._wake = wake
        self._on_events = on_events

    def announce(self, events: Sequence[Event], position: Position, now: datetime) -> None:
        """Write rows for the events and move the follower's position, in one transaction."""
        self._outbox.record([(event, self._others(event)) for event in events], position, now)
        if events:
            self._wake()
            self._on_events(events)

    def tell_there_too(self, event: Event, now: datetime) -> None:
        """Tell an event where its command was typed: the answer did not show there."""
        others = self._others(event)
        there = [one for one in self._audience if one not in others]
        self._outbox.add(event, there, now)
        self._wake()

    def notice(
        self,
        kind: str,
        facts: Mapping[str, str],
        now: datetime,
        *,
        but: Sequence[Destination] = (),
    ) -> None:
        """Write something to be told that is not in the journal, for all except `but`."""
        others = [one for one in self._audience if one not in but]
        self._outbox.put_notice(Notice(kind, now, facts), others)
        self._wake()

    def _others(self, event: Event) -> list[Destination]:
        """Leave out where the command was typed: the answer stands there already."""
        if event.kind == "lock-expired":
            # It names whoever placed the lock, but nobody typed anything just now.
            return list(self._audience)
        return [
            one
            for one in self._audience
            if event.origin not in (str(one), str(self._moves.current(one)))
        ]
