"""The inbox: what people wrote, kept on disk from before the platform is told until it is handled.

A row goes `new` → `taken` → `done`. After a crash what was `taken` is handed out once more, so a
command may be carried out twice and must be idempotent, as lock and unlock are. The row stays for
30 days, so that a message which the platform delivers again is known.

A flood must not fill the disk or keep the treasurer waiting: what comes faster than `bot.limits`
allow is not stored, each sender has a bounded number of unhandled rows, strangers together have one
too, and people of the roster come first.
"""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from cattrs.preconf.json import JsonConverter, make_converter

from adapters.base import IncomingMessage, Receipt
from bot.database import Database
from bot.limits import Limits

InboxId = NewType("InboxId", int)

MEMORY = timedelta(days=30)
"""How long a handled message is still known; platforms deliver again within a day or two."""

MOST_OF_ONE = 20
"""Unhandled messages that one sender may have."""

MOST_OF_STRANGERS = 500
"""Unhandled messages that all who are not in the roster may have together."""

MOST_HANDOUTS = 5
"""Over a message that was being handled at so many crashes the bot does not die again."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """A message to handle now.

    `known` tells whether it is from one of the roster's people. `again` is true if it was handed
    out before and the bot died over it: what it orders may have been done. `reply` is the message
    with which it was answered then, if any, to be replaced.
    """

    id: InboxId
    message: IncomingMessage
    known: bool
    again: bool
    reply: Receipt | None


class Inbox:
    """Messages not yet handled, and the memory of those that were."""

    def __init__(
        self,
        database: Database,
        *,
        is_known: Callable[[IncomingMessage], bool] = lambda _: False,
        limits: Limits | None = None,
    ) -> None:
        """Use the database; `is_known` says whether the sender is one of the roster's people."""
        self._database = database
        self._is_known = is_known
        self._limits = limits
        self._json: JsonConverter = make_converter()

    def add(self, message: IncomingMessage, now: datetime) -> InboxId | None:
        """Store durably before returning; None if it is already known or dropped in a flood."""
        known = self._is_known(message)
        place = message.destination
        sender = f"{place.adapter}:{message.sender_id}"
        if self._limits is not None and not self._limits.allow(sender, known=known):
            log.warning("dropped a message of %s: too many", sender)
            return None
        with self._database.transaction() as connection:
            if _is_there(connection, message):
                return None
            if _is_flood(connection, message, known=known):
                log.warning("dropped a message of %s: flood", sender)
                return None
            cursor = connection.execute(
                "INSERT INTO inbox (adapter, channel, message_id, sender_id, known, message,"
                " received_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    place.adapter,
                    place.channel,
                    message.message_id,
                    message.sender_id,
                    known,
                    self._json.dumps(message),
                    int(now.timestamp()),
                ),
            )
        return InboxId(cursor.lastrowid or 0)

    def recover(self) -> list[Taken]:
        """Call once at start: what was taken is handed out again; returns what is given up."""
        with self._database.transaction() as connection:
            given_up = connection.execute(
                "UPDATE inbox SET state = 'done' WHERE state = 'taken' AND handouts >= ?"
                " RETURNING id, message, known, handouts, reply",
                (MOST_HANDOUTS,),
            ).fetchall()
            connection.execute("UPDATE inbox SET state = 'new' WHERE state = 'taken'")
        return [self._taken(row) for row in given_up]

    def take(self) -> Taken | None:
        """Hand out the next message: people of the roster first, then by age; None if none."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "UPDATE inbox SET state = 'taken', handouts = handouts + 1 WHERE id ="
                " (SELECT id FROM inbox WHERE state = 'new' AND state <> 'done'"
                " ORDER BY known DESC, id LIMIT 1)"
                " RETURNING id, message, known, handouts, reply"
            ).fetchall()
        return self._taken(rows[0]) if rows else None

    def keep_reply(self, inbox_id: InboxId, receipt: Receipt) -> None:
        """Remember the message that answers this one, for after a crash."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE inbox SET reply = ? WHERE id = ?", (self._json.dumps(receipt), inbox_id)
            )

    def finish(self, inbox_id: InboxId) -> None:
        """The message is handled."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE inbox SET state = 'done' WHERE id = ?", (inbox_id,))

    def prune(self, now: datetime) -> None:
        """Forget what was handled and is older than the memory."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM inbox WHERE state = 'done' AND received_at < ?",
                (int((now - MEMORY).timestamp()),),
            )

    def _taken(self, row: sqlite3.Row) -> Taken:
        reply = row["reply"]
        return Taken(
            InboxId(row["id"]),
            self._json.loads(row["message"], IncomingMessage),
            known=bool(row["known"]),
            again=row["handouts"] > 1,
            reply=self._json.loads(reply, Receipt) if reply else None,
        )


def _is_there(connection: sqlite3.Connection, message: IncomingMessage) -> bool:
    place = message.destination
    found = connection.execute(
        "SELECT 1 FROM inbox WHERE adapter = ? AND channel = ? AND message_id = ?",
        (place.adapter, place.channel, message.message_id),
    )
    return found.fetchone() is not None


def _is_flood(connection: sqlite3.Connection, message: IncomingMessage, *, known: bool) -> bool:
    (of_sender,) = connection.execute(
        "SELECT count(*) FROM inbox WHERE state <> 'done' AND adapter = ? AND sender_id = ?",
        (message.destination.adapter, message.sender_id),
    ).fetchone()
    if known:
        return bool(of_sender >= MOST_OF_ONE)
    (of_strangers,) = connection.execute(
        "SELECT count(*) FROM inbox WHERE state <> 'done' AND known = 0"
    ).fetchone()
    return bool(of_sender >= MOST_OF_ONE or of_strangers >= MOST_OF_STRANGERS)
