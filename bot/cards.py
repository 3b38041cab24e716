"""The status cards of the chats that want one."""

from collections.abc import Iterator

from bot.card import Card, Facts, Shown
from bot.connections import Connections
from bot.foundation import Foundation
from bot.health import Health


def cards(base: Foundation, health: Health, connections: Connections) -> Iterator[Card]:
    """Make what keeps each of them true."""
    facts = Facts(
        base.core,
        voices=base.voices,
        health=health,
        outbox=base.outbox,
        audience=base.told,
        probe=base.probe,
    )
    for place in base.config.destinations:
        if place.card:
            yield Card(
                place.destination,
                facts,
                Shown(base.database),
                send=connections.send,
                moves=base.moves,
                now=base.now,
                sleep=base.sleep,
            )
