"""A bot's queue of updates and the long polling on it, by the official server's rules.

An update is confirmed by asking for a later one; an offset of 0 or less means the oldest that is
not confirmed; what nobody fetched for a day is dropped; a second request ends the first with 409;
to ask for the same offset again at once, without patience, takes three seconds.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.servers.telegram_chats import Json, Refusal

DAY = 24 * 3600
LONGEST_POLL = 50
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}


class Updates:
    """The queue; `now` gives seconds since the epoch, `same_offset` the impatient one's wait."""

    def __init__(self, now: Callable[[], float], same_offset: float) -> None:
        self._now = now
        self._same_offset = same_offset
        self._queue: list[tuple[float, Json]] = []
        self._allowed: Sequence[str] = ()
        self._news = asyncio.Event()
        self._poll: asyncio.Future[None] | None = None
        self._last: tuple[int, float] = (-1, 0.0)
        self.next_id = 1000
        self.polls = 0
        self.polling = asyncio.Event()

    def put(self, kind: str, content: Json) -> None:
        """Queue an update unless the bot did not ask for its kind."""
        wanted = kind in self._allowed if self._allowed else kind not in NOT_BY_DEFAULT
        if wanted:
            self.put_raw({"update_id": self.next_id, kind: content})

    def put_raw(self, update: Json) -> None:
        """Queue anything."""
        self._queue.append((self._now(), update))
        self.next_id = max(self.next_id, update["update_id"]) + 1
        self._news.set()

    def waiting(self) -> list[Json]:
        """What is not confirmed."""
        self._queue = [one for one in self._queue if one[0] > self._now() - DAY]
        return [update for _, update in self._queue]

    async def get(
        self, offset: int, limit: int, wait: int, allowed: Sequence[str] | None
    ) -> list[Json]:
        """Answer getUpdates."""
        self.polls += 1
        if allowed is not None:
            self._allowed = allowed
        self._end_the_older_poll()
        patience = self._patience_for(offset, wait)
        if offset > 0:
            self._queue = [one for one in self._queue if one[1]["update_id"] >= offset]
        mine = self._poll = asyncio.get_running_loop().create_future()
        try:
            await self._wait(mine, patience, offset)
        finally:
            if self._poll is mine:
                self._poll = None
                self.polling.clear()
        return self._from(offset)[:limit]

    def _from(self, offset: int) -> list[Json]:
        return [update for update in self.waiting() if update["update_id"] >= offset]

    async def _wait(self, mine: asyncio.Future[None], patience: float, offset: int) -> None:
        try:
            async with asyncio.timeout(patience):
                while not self._from(offset):
                    self._news.clear()
                    self.polling.set()
                    news: asyncio.Future[Any] = asyncio.ensure_future(self._news.wait())
                    try:
                        await asyncio.wait({news, mine}, return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        news.cancel()
                    if mine.done():
                        mine.result()
                        return
        except TimeoutError:
            return

    def time_out(self) -> None:
        """Let the waiting poll's time be up."""
        if self._poll is not None and not self._poll.done():
            self.polling.clear()
            self._poll.set_result(None)

    def _end_the_older_poll(self) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(
                Refusal(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            )

    def _patience_for(self, offset: int, wait: int) -> float:
        last_offset, last_at = self._last
        moment = time.monotonic()
        self._last = (offset, moment)
        again = offset == last_offset and moment - last_at < self._same_offset
        least = self._same_offset if again else 0.0
        return max(least, float(min(wait, LONGEST_POLL)))
