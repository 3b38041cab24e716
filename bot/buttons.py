"""What the buttons under our messages mean, for as long as they are good.

A button carries a random token and nothing else, so that nobody can make one up, and what it stands
for is kept here, in memory: after a restart old buttons have ended, and say so when pressed.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.base import Button, Destination, IncomingMessage, Receipt
from bot.commands import Command

LIFETIME = timedelta(minutes=15)
"""How long a button is good: long enough to think, too short to be found by accident."""

MOST = 500
"""Offers kept at once; the oldest go first."""


class ButtonError(Exception):
    """A press that must not be obeyed."""


class Ended(ButtonError):
    """The button was used, has expired, or is from before a restart."""


class NotYours(ButtonError):
    """The button belongs to the person who asked; it stays good for them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A button to be: its label, what it does when pressed, and whether to think twice."""

    label: str
    command: Command
    dangerous: bool = False


@dataclass(slots=True)
class Offer:
    """The buttons under one message: whose they are, until when, and where the message is.

    With None as `owner` they are for all; who may do it the policy says.
    """

    where: Destination
    owner: str | None
    until: datetime
    commands: dict[str, Command] = field(default_factory=dict)
    shown: Receipt | None = None
    used: bool = False


class Buttons:
    """Every offer that is still good."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        token: Callable[[], str] = lambda: secrets.token_urlsafe(18),
        lifetime: timedelta = LIFETIME,
    ) -> None:
        """Expire by `clock`; make tokens, which nobody can guess, by `token`."""
        self._clock = clock
        self._token = token
        self._lifetime = lifetime
        self._offers: OrderedDict[str, Offer] = OrderedDict()

    def offer(
        self, asker: IncomingMessage, choices: Sequence[Choice]
    ) -> tuple[Offer, tuple[Button, ...]]:
        """Make buttons that only `asker` may press, once for all of them together."""
        until = self._clock() + self._lifetime
        return self._made(Offer(asker.destination, asker.sender_id, until), choices)

    def offer_to_all(
        self, where: Destination, choices: Sequence[Choice], lifetime: timedelta
    ) -> tuple[Offer, tuple[Button, ...]]:
        """Make buttons that anybody in a chat may press, once for all of them together."""
        return self._made(Offer(where, None, self._clock() + lifetime), choices)

    def _made(self, offer: Offer, choices: Sequence[Choice]) -> tuple[Offer, tuple[Button, ...]]:
        buttons = []
        for choice in choices:
            token = self._token()
            offer.commands[token] = choice.command
            self._offers[token] = offer
            buttons.append(Button(choice.label, token, choice.dangerous))
        while len(self._offers) > MOST:
            self._offers.popitem(last=False)
        return offer, tuple(buttons)

    def press(self, message: IncomingMessage) -> tuple[Command, Receipt | None]:
        """Give what a button stands for, and the message that it stood under.

        They are used up only when the policy has allowed it (`use`): a press that was refused may
        be repeated, and nobody can take the buttons away from others.

        Raises:
            Ended, NotYours: see there.
        """
        token = message.action or ""
        offer = self._offers.get(token)
        same_place = offer is not None and (offer.where.adapter, offer.where.channel) == (
            message.destination.adapter,
            message.destination.channel,
        )
        if offer is None or not same_place or offer.until <= self._clock():
            raise Ended
        if offer.owner not in (None, message.sender_id):
            raise NotYours
        return offer.commands[token], offer.shown

    def use(self, message: IncomingMessage) -> None:
        """Use the pressed button up, if that was a press."""
        offer = self._offers.get(message.action or "")
        if offer is None:
            return
        # The result replaces the message, so its other buttons end as well.
        offer.used = True
        for other in offer.commands:
            self._offers.pop(other, None)
