"""What those who watch from outside need: figures to ask for, and a ping to miss."""

from collections.abc import Iterator

from adapters.base import SettingsError
from bot import deadman
from bot.connections import Connections
from bot.deadman import DeadMan
from bot.foundation import Foundation, Work
from bot.health import Health
from bot.http import Http
from bot.vitals import Vitals


def monitoring(base: Foundation, health: Health, connections: Connections) -> Iterator[Work]:
    """Make as much of it as is configured."""
    wanted = base.config.monitoring

    def running() -> dict[str, bool]:
        return {name: name in connections.adapters for name in base.config.adapters}

    vitals = Vitals(
        base.core,
        outbox=base.outbox,
        health=health,
        probe=base.probe,
        audience=base.told,
        adapters=running,
        now=base.now,
    )
    if wanted.listen:
        yield Http(wanted.listen, vitals, health, sleep=base.sleep).run
    if wanted.ping_url:
        yield from _ping(wanted.ping_url, base, vitals, health)


def _ping(reference: str, base: Foundation, vitals: Vitals, health: Health) -> Iterator[Work]:
    try:
        url = base.outside.secret(reference)
    except SettingsError as error:
        health.remark(deadman.SUBJECT, str(error))
    else:
        every = base.config.monitoring.ping_every.total_seconds()
        yield DeadMan(url, vitals, health, every=every, sleep=base.sleep).run
