"""Announcements on their way: a row each, and the parcel of rows that one message tells."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from adapters.base import Attachment
from core.protocol import Event


@dataclass(frozen=True, slots=True)
class Notice:
    """An announcement that is not in the journal: `kind` and facts, worded when it is sent.

    Kinds and the keys of `facts` are a matter between who announces and who words. A `lasting` one
    is worth telling however late. The `attachment` goes with it where the chat takes files.
    """

    kind: str
    at: datetime
    facts: Mapping[str, str]
    attachment: Attachment | None = None
    lasting: bool = False

    def to_json(self) -> str:
        """Write down what a row has no column for."""
        data: dict[str, Any] = {"kind": self.kind, "facts": dict(self.facts)}
        if self.attachment:
            file = self.attachment
            content = base64.b64encode(file.content).decode()
            data["attachment"] = {"name": file.name, "type": file.media_type, "content": content}
        return json.dumps(data)

    @classmethod
    def from_json(cls, text: str, at: datetime) -> Self:
        """Read it back, to be told."""
        data = json.loads(text)
        file = data.get("attachment")
        attachment = None
        if file is not None:
            content = base64.b64decode(file["content"])
            attachment = Attachment(file["name"], file["type"], content)
        return cls(data["kind"], at, data["facts"], attachment)


@dataclass(frozen=True, slots=True)
class Row:
    """One announcement for one destination; instants in epoch seconds.

    `seq` is None for a notice. `obey` is 1 if the platform asked to wait until `next_try_at`.
    `doubts` counts the requests whose answer was lost.
    """

    id: int
    seq: int | None
    happened_at: int
    payload: str
    state: str
    created_at: int
    next_try_at: int
    obey: int
    attempts: int
    doubts: int

    def told(self) -> Event | Notice:
        """Return what the row tells."""
        if self.seq is not None:
            return Event.from_json(self.payload)
        return Notice.from_json(self.payload, datetime.fromtimestamp(self.happened_at, UTC))


@dataclass(frozen=True, slots=True)
class Parcel:
    """The rows that one message tells, oldest first, at least one."""

    rows: tuple[Row, ...]

    @property
    def head(self) -> Row:
        """The oldest row, which stands for the parcel."""
        return self.rows[0]

    @property
    def doubtful(self) -> bool:
        """Whether it may have been told before."""
        return self.head.state == "inflight" or any(row.doubts for row in self.rows)

    @property
    def event_id(self) -> str:
        """A name that stays the same whenever these rows are sent, and is no other parcel's."""
        first, last = self.head, self.rows[-1]
        if first.seq is None:
            return f"notice-{first.id}-{first.happened_at}"
        return f"{first.seq}-{last.seq}-{last.happened_at}"
