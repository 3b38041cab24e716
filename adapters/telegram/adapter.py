"""The adapter: a bot account, the configured chats, and a loop."""

import logging
from collections.abc import Sequence
from datetime import datetime

from telegram import Bot, Update, User
from telegram.error import TelegramError

from adapters.base import (
    ChannelMoved,
    Destination,
    Finding,
    Host,
    IncomingMessage,
    Moved,
    Notice,
    OutgoingMessage,
    Receipt,
)
from adapters.telegram.channels import Channels
from adapters.telegram.chores import Chores
from adapters.telegram.effects import Effects
from adapters.telegram.errors import cause
from adapters.telegram.gate import Gate
from adapters.telegram.line import Line
from adapters.telegram.menu import show_menu
from adapters.telegram.polling import Poller
from adapters.telegram.request import UNREADABLE, readable
from adapters.telegram.selfcheck import SelfCheck, clock_finding
from adapters.telegram.sending import Sender
from adapters.telegram.settings import Options

log = logging.getLogger(__name__)


class TelegramAdapter:
    """Telegram as an `adapters.base.Adapter`; it can look at its own set-up, too."""

    def __init__(
        self,
        name: str,
        options: Options,
        destinations: Sequence[Destination],
        effects: Effects | None = None,
    ) -> None:
        """Make the clients; nothing is asked yet. `effects` are for tests."""
        self._name = name
        self._options = options
        self._effects = effects or Effects()
        self._channels = Channels(destinations)
        self._line = Line(options, self._effects.clock)
        self._sender = Sender(self._line, options.token)

    @property
    def has_buttons(self) -> bool:
        """Telegram's bots can always show buttons."""
        return True

    async def run(self, host: Host) -> None:
        """Hear what people write until cancelled; see `adapters.base.Adapter`."""
        async with self._line as bot, Chores() as chores:
            poller = Poller(bot, host, self._effects, self._options.poll_timeout)
            ear = self._ear(await poller.introduction(), bot, host, chores)
            clock = clock_finding(self._line.clock_gap)
            if clock.cure:
                log.warning("%s; %s", clock.sentence, clock.cure)
            if self._options.menu:
                chores.begin(_menus(bot, list(self._channels)))
            await poller.poll(ear.take)

    def _ear(self, me: User, bot: Bot, host: Host, chores: Chores) -> "_Ear":
        gate = Gate(self._name, me, self._channels)
        return _Ear(gate, bot, host, chores, menu=self._options.menu)

    async def send(self, message: OutgoingMessage) -> Receipt:
        """Send one message once.

        Raises:
            Temporary, OutcomeUnknown, Moved, Permanent: see `adapters.base`.
        """
        try:
            return await self._sender.send(message)
        except Moved as moved:
            self._channels.follow(message.destination.channel, moved.destination.channel)
            raise

    async def check(self) -> Sequence[Finding]:
        """Look at token, chats, rights, topics and clock; change nothing, raise nothing."""
        async with self._line as bot:
            return await SelfCheck(bot, self._line, self._channels).run()


class _Ear:
    """Tells the host what an update holds, and begins what it calls for beside that."""

    def __init__(self, gate: Gate, bot: Bot, host: Host, chores: Chores, *, menu: bool) -> None:
        self._gate = gate
        self._bot = bot
        self._host = host
        self._chores = chores
        self._menu = menu

    def take(self, update: Update, not_before: datetime | None) -> None:
        for told in self._understood(update, not_before):
            if isinstance(told, IncomingMessage):
                self._host.deliver(told)
                continue
            self._host.report(told)
            if isinstance(told, ChannelMoved) and self._menu:
                self._chores.begin(_menus(self._bot, [told.new.channel]))
        # Every press is acknowledged, ours to obey or not: else the reader's app shows it waiting.
        if update.callback_query is not None:
            self._chores.begin(_acknowledge(self._bot, update.callback_query.id))

    def _understood(
        self, update: Update, not_before: datetime | None
    ) -> Sequence[IncomingMessage | Notice]:
        # The SDK lets through objects that lack what the API promises.
        try:
            return list(self._gate.read(update, not_before))
        except UNREADABLE as error:
            number, kind = update.update_id, type(error).__name__
            log.warning("update %d is not shaped as documented (%s), skipped", number, kind)
            return []


async def _menus(bot: Bot, chats: Sequence[str]) -> None:
    for chat in chats:
        await show_menu(bot, chat)


async def _acknowledge(bot: Bot, press: str) -> None:
    try:
        await readable(bot.answer_callback_query(press))
    except TelegramError as error:
        log.info("a press could not be acknowledged (%s)", cause(error))
