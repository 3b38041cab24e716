"""What looks after the shop unasked: the watches, and what is told before it happens."""

from bot.foresight import Foresight, Reminded
from bot.foundation import Foundation
from bot.health import Health
from bot.machine import Clock, Look, Machine, Timer
from bot.notices import Announce
from bot.shopwatch import BEAT, ShopWatch
from bot.watchdog import Watch


def watch(base: Foundation, announce: Announce) -> Watch:
    """Make what compares the marker with window and lock."""
    return Watch(
        base.core,
        base.helper,
        announce,
        now=base.now,
        error_id=base.outside.error_id,
        sleep=base.sleep,
    )


def shop_watch(base: Foundation, announce: Announce) -> ShopWatch:
    """Make what asks the public shop."""
    beat = base.config.probe.beat if base.config.probe else BEAT
    return ShopWatch(base.core, base.probe, announce, now=base.now, beat=beat)


def machine(base: Foundation, health: Health) -> Machine:
    """Make what looks at clock and timer."""
    looks: dict[str, Look] = {"clock": Clock(), "timer": Timer(base.config.core_config)}
    return Machine(health, looks, sleep=base.sleep)


def foresight(base: Foundation, announce: Announce) -> Foresight:
    """Make what tells ahead, and reminds."""
    wanted = base.config.announcements
    return Foresight(
        base.core,
        Reminded(base.database),
        announce,
        now=base.now,
        ahead=wanted.ahead,
        lock_after=wanted.remind_after,
        sleep=base.sleep,
    )
