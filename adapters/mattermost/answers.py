"""Replies that only the asker sees.

A slash command is no post: nobody else sees it and there is nothing to reply to. Its answer travels
in the HTTP response as long as that is open, and afterwards, up to five times in half an hour, by
the command's response address. Mattermost gives no id for such an answer and cannot change it, so
its receipt's id is of our making, and a result that comes too late to take the waiting note's place
is a second note. A pressed button can only be answered while its HTTP request is open.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.mattermost.composing import Composed

PREFIX = "only-asker-"
"""What receipts of such answers begin with; posts have ids of 26 letters and digits."""

LIFETIME = 1800.0
"""Seconds that Mattermost takes answers at a response address."""

MOST = 1000
"""Answers kept at once; the oldest go first."""


@dataclass(slots=True)
class Answer:
    """The answer to one slash command or one press."""

    message_id: str
    user: str
    until: float
    channel: str = ""
    hook_id: str | None = None
    waiting: int = 0
    text: Composed | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _closed: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether its HTTP request still waits for words."""
        return self.waiting > 0 and not self._closed and self.text is None

    @property
    def receipt_id(self) -> str:
        """Give the id under which this answer can be replaced."""
        return PREFIX + self.message_id

    def say(self, text: Composed | None) -> None:
        """Put words into the open HTTP answer; None answers without words.

        Raises:
            LookupError: the HTTP answer has gone already.
        """
        if not self.waiting or self._closed:
            raise LookupError(self.message_id)
        self.text = text
        self._news.set()

    async def said(self, limit: float, settle: float) -> Composed | None:
        """Wait for the words; a first, passing word waits a little for what replaces it.

        Raises:
            TimeoutError: nothing was said in `limit` seconds.
        """
        self.waiting += 1
        try:
            async with asyncio.timeout(limit):
                await self._news.wait()
            if self.text is not None and self.text.passing:
                await self._replaced(min(limit, settle))
            return self.text
        finally:
            self.waiting -= 1
            self._closed = True

    async def _replaced(self, settle: float) -> None:
        self._news.clear()
        try:
            async with asyncio.timeout(settle):
                await self._news.wait()
        except TimeoutError:
            self._news.set()


class Answers:
    """Every answer that can still be given."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Forget by this stopwatch."""
        self._monotonic = monotonic
        self._answers: OrderedDict[str, Answer] = OrderedDict()

    def open(
        self, message_id: str, user: str, *, channel: str = "", hook_id: str | None = None
    ) -> Answer:
        """Give the answer to a message; the one that is there when it was delivered before.

        `channel` is where a button was pressed.
        """
        known = self._answers.get(message_id)
        if known is not None:
            return known
        answer = Answer(message_id, user, self._monotonic() + LIFETIME, channel, hook_id)
        self._answers[message_id] = answer
        while len(self._answers) > MOST:
            self._answers.popitem(last=False)
        return answer

    def pressed(self, channel: str) -> Answer | None:
        """Find the press in a channel that waits longest: what is said there next is its answer."""
        for answer in self._answers.values():
            if answer.channel == channel and answer.is_open:
                return answer
        return None

    def find(self, message_id: str | None) -> Answer | None:
        """Find the answer to a message, or the one that a receipt of ours names."""
        if message_id is None:
            return None
        answer = self._answers.get(message_id.removeprefix(PREFIX))
        if answer is None or answer.until < self._monotonic():
            return None
        return answer
