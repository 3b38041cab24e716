"""What a running adapter talks to."""

from collections.abc import Callable

from adapters.base import (
    ChannelBack,
    ChannelLost,
    ChannelMoved,
    Connected,
    IncomingMessage,
    Notice,
    Trouble,
)
from bot.delivery import Delivery
from bot.health import Health
from bot.moves import Moves


class AdapterHost:
    """The `adapters.base.Host` of one adapter."""

    def __init__(
        self,
        name: str,
        *,
        deliver: Callable[[IncomingMessage], None],
        health: Health,
        moves: Moves,
        delivery: Delivery,
    ) -> None:
        """Serve the adapter `name`; `deliver` stores a message durably."""
        self._name = name
        self._deliver = deliver
        self._health = health
        self._moves = moves
        self._delivery = delivery

    def deliver(self, message: IncomingMessage) -> None:
        """Store the message durably.

        Raises:
            ValueError: it names another adapter, whose people it could then play.
        """
        if message.destination.adapter != self._name:
            raise ValueError(f"{self._name} delivers for {message.destination.adapter}")
        self._deliver(message)

    def report(self, notice: Notice) -> None:
        """Pass on how the connection or a channel is."""
        match notice:
            case Connected():
                self._health.over(self._name)
                self._delivery.connected(self._name)
            case Trouble(_, sentence, alarm):
                self._health.trouble(self._name, sentence, alarm=alarm)
            case ChannelMoved(old, new):
                self._moves.store(old, new)
            case ChannelLost(destination, problem, sentence):
                self._delivery.lost(destination, problem, sentence)
            case ChannelBack(destination):
                self._delivery.back(destination)
