"""The console as an adapter: who types, who is answered, and when the chat ends."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import datetime

from adapters.base import (
    Connected,
    Destination,
    Host,
    IncomingMessage,
    OutgoingMessage,
    Permanent,
    Receipt,
)
from adapters.console.pending import Pending, Unanswered, is_note
from adapters.console.screen import Screen, Shown, harmless, pieces_of
from adapters.console.speech import Become, Explain, Leave, Say, Speech, understand, wants_answer

HOW_IT_WORKS = (
    "a line is said to the group by whoever stands in front of it. "
    "/maintenance help: what the bot can do. as bram: Bram types from now on. "
    "as bram: /maintenance status: Bram says only this. quit, or Ctrl-D: leave"
)
NO_ANSWER = "no answer: the bot gives the same refusal only once an hour"
NOT_FOR_THE_BOT = "said to the group; the bot only listens to what begins with /maintenance"


Aside = Callable[[], Awaitable[str | None]]
"""Asked after every message but a note: a remark to print below it, or None."""


async def nothing() -> None:
    """Have no remark."""


class Console:
    """One chat in one terminal."""

    def __init__(  # noqa: PLR0913 -- effects and settings, all by name
        self,
        screen: Screen,
        *,
        home: Destination,
        speaker: str,
        bot_name: str,
        patience: float,
        clock: Callable[[], datetime],
        aside: Aside = nothing,
    ) -> None:
        """Let `speaker` type on `screen`; `home` is the chat's address."""
        self._screen = screen
        self._home = home
        self._speaker = speaker
        self._bot_name = bot_name
        self._clock = clock
        self._aside = aside
        self._authors: dict[str, str] = {}
        self._pending = Pending(patience)
        # The bot remembers ids longer than this process lives, so they must not begin at 1 again.
        self._epoch = f"{clock():%Y%m%dT%H%M%S.%f}"
        self._numbers = itertools.count(1)
        self._hinted = False

    async def run(self, host: Host) -> None:
        """Hand over what is typed until the input ends; then wait for what is still due."""
        host.report(Connected())
        try:
            # Its end waits for the answers that are still due.
            async with asyncio.TaskGroup() as answers:
                while (line := await self._screen.ask(self._speaker)) is not None:
                    speech = understand(line)
                    if isinstance(speech, Leave):
                        break
                    await self._obey(speech, host, answers)
        except* BrokenPipeError:
            pass  # whoever read has gone: that is the end of a terminal, as its end of input is
        finally:
            self._screen.close()

    async def send(self, message: OutgoingMessage) -> Receipt:
        """Print a message.

        Raises:
            Permanent: the output is closed.
        """
        receipt = Receipt(message.destination, self._next_id())
        try:
            await self._show(message)
        except OSError as error:
            raise Permanent("output-closed", f"the terminal's output is closed: {error}") from error
        await self._pending.answered(message, receipt)
        self._screen.waiting([self._shown(note) for note in self._pending.notes])
        return receipt

    async def _obey(self, speech: Speech, host: Host, answers: asyncio.TaskGroup) -> None:
        match speech:
            case Become(who):
                self._speaker = who
                await self._screen.remark(f"{name_of(who)} types from now on")
            case Explain():
                await self._screen.remark(HOW_IT_WORKS)
            case Say(text, who) if wants_answer(text):
                message_id = self._say(text, who or self._speaker, host)
                await self._see_to(message_id, answers)
            case Say(text, who):
                self._say(text, who or self._speaker, host)
                await self._hint()

    def _say(self, text: str, who: str, host: Host) -> str:
        message = IncomingMessage(
            destination=self._home,
            message_id=self._next_id(),
            sender_id=who,
            sender_name=name_of(who),
            text=text,
            sent_at=self._clock(),
            bot_name=self._bot_name,
        )
        self._authors[message.message_id] = who
        if wants_answer(text):
            self._pending.asked(message.message_id)
        host.deliver(message)
        return message.message_id

    async def _see_to(self, message_id: str, answers: asyncio.TaskGroup) -> None:
        answer = answers.create_task(self._answer(message_id))
        if self._screen.paced:
            await answer

    async def _answer(self, message_id: str) -> None:
        try:
            await self._pending.settled(message_id)
        except Unanswered:
            await self._screen.remark(NO_ANSWER)

    async def _hint(self) -> None:
        if not self._hinted:
            self._hinted = True
            await self._screen.remark(NOT_FOR_THE_BOT)

    def _next_id(self) -> str:
        return f"{self._epoch}-{next(self._numbers)}"

    async def _show(self, message: OutgoingMessage) -> None:
        if is_note(message):
            # Where it can be taken away again it is shown by `waiting` alone.
            if self._screen.paced:
                await self._screen.show(self._shown(message))
            return
        await self._screen.show(self._shown(message))
        if aside := await self._aside():
            await self._screen.remark(aside)

    def _shown(self, message: OutgoingMessage) -> Shown:
        asker = message.only_for or self._authors.get(message.reply_to or "")
        whom = name_of(asker) if asker else "everyone"
        alone = " (only to you)" if message.only_for else ""
        where = "" if message.destination == self._home else f" in {message.destination.channel}"
        again = " (instead of before)" if self._pending.corrects(message) else ""
        return Shown(harmless(f"bot → {whom}{alone}{where}{again}: "), pieces_of(message))


def name_of(who: str) -> str:
    """Give the name that others see for a person's id."""
    return who[:1].upper() + who[1:]
