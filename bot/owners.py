"""Tell the owner of a lock that somebody else removed it, where no announcement would."""

import asyncio
import logging
from collections.abc import Sequence

from adapters.base import Destination, OutgoingMessage
from bot.answers import Asked
from bot.corestate import LOOK_BACK, CoreState
from bot.replies import Replies, ReplyLost
from bot.voices import Voices
from core.errors import CoreError
from core.protocol import LockInfo, Report

log = logging.getLogger(__name__)


class Owners:
    """Writes to owners where they placed their locks; nobody waits for it."""

    def __init__(
        self, core: CoreState, replies: Replies, voices: Voices, audience: Sequence[Destination]
    ) -> None:
        """Chats of the `audience` get the announcement, which names the one who unlocked."""
        self._core = core
        self._replies = replies
        self._voices = voices
        self._announced = {str(one) for one in audience}
        self._under_way: set[asyncio.Task[None]] = set()

    def tell(self, asked: Asked, former: LockInfo, report: Report) -> None:
        """Begin to tell that `asked` removed the lock `former`."""
        origin = self._origin(former)
        if origin is None or origin in self._announced | {str(asked.place.destination)}:
            return
        where = _destination(origin)
        name = asked.person.name if asked.person else None
        text = self._voices.at(where).your_lock_removed(report, name, asked.now)
        owner = former.actor.partition(":")[2]
        message = OutgoingMessage(
            where, text.text, spans=text.spans, tone=text.tone, only_for=owner
        )
        task = asyncio.create_task(self._send(message))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _origin(self, former: LockInfo) -> str | None:
        try:
            events = self._core.recent(LOOK_BACK)
        except (CoreError, OSError) as error:
            log.warning("where the lock was placed cannot be read: %s", error)
            return None
        mine = (
            one for one in reversed(events) if (one.kind, one.actor) == ("locked", former.actor)
        )
        origin = next((one.origin for one in mine), None)
        # Whoever is on the server has no chat.
        return (
            origin if origin and origin.startswith(former.actor.partition(":")[0] + ":") else None
        )

    async def _send(self, message: OutgoingMessage) -> None:
        try:
            await self._replies.say(message)
        except ReplyLost as error:
            log.warning("the owner of a lock was not told that it is gone: %s", error)


def _destination(written: str) -> Destination:
    """Read a destination as `str` writes it."""
    adapter, _, rest = written.partition(":")
    channel, _, thread = rest.partition("/")
    return Destination(adapter, channel, thread or None)
