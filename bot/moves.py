"""Channels that got a new id: configured under the old one, used under the new one.

Telegram gives a group a new id when it becomes a supergroup. The configuration keeps the old id
until a person changes it; sending and the list of allowed destinations go through here.
"""

from collections.abc import Iterable
from dataclasses import replace

from adapters.base import Destination
from bot.database import Database

Channel = tuple[str, str]


class Moves:
    """The stored moves, also held in memory because every message asks."""

    def __init__(self, database: Database, known: Iterable[Destination]) -> None:
        """Read what is stored; `known` are the configured destinations."""
        self._database = database
        self._known = {(one.adapter, one.channel) for one in known}
        self._new: dict[Channel, str] = {
            (row["adapter"], row["old"]): row["new"]
            for row in database.rows("SELECT adapter, old, new FROM move")
        }

    def store(self, old: Destination, new: Destination) -> None:
        """Keep, durably, that the channel of `old` is now that of `new`; threads stay as they are.

        A channel that moves on, or back, is followed: what led to `old` leads to `new`.
        """
        if self._new.get((old.adapter, old.channel)) == new.channel:
            return
        changed = {
            source: new.channel
            for source, target in self._new.items()
            if source[0] == old.adapter and target == old.channel
        }
        changed[(old.adapter, old.channel)] = new.channel
        changed.pop((new.adapter, new.channel), None)
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM move WHERE adapter = ? AND old = ?", (new.adapter, new.channel)
            )
            connection.executemany(
                "INSERT OR REPLACE INTO move (adapter, old, new) VALUES (?, ?, ?)",
                [(adapter, source, target) for (adapter, source), target in changed.items()],
            )
        self._new.pop((new.adapter, new.channel), None)
        self._new.update(changed)

    def current(self, configured: Destination) -> Destination:
        """Where to send what is meant for `configured`."""
        channel = self._new.get((configured.adapter, configured.channel), configured.channel)
        return replace(configured, channel=channel)

    def configured(self, actual: Destination) -> Destination:
        """Under which destination the configuration knows `actual`; itself if under no other."""
        if (actual.adapter, actual.channel) in self._known:
            return actual
        for (adapter, old), new in self._new.items():
            if (adapter, old) in self._known and (adapter, new) == (actual.adapter, actual.channel):
                return replace(actual, channel=old)
        return actual
