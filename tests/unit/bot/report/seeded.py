"""A shop's year around one closing: many orders at, before, in and after it, by a fixed seed.

Two organizers, two time zones, and every state that orders, payments and refunds can be in.
"""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.report.model import Span
from tests.servers.pretix import SECRET, FakeEvent, FakeOrder, FakePayment, FakePretix

START = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)
END = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)
WINDOW = Span(START, END)

_PAYMENT_STATES = [*["confirmed"] * 6, "refunded", "created", "pending", "failed", "canceled"]
_REFUND_STATES = ["done", "done", "external", "transit", "created", "failed", "canceled"]
_PROVIDERS = ["mollie_ideal", "mollie_ideal", "banktransfer", "giftcard", None]
_EDGES = [START, END]
_ZONES = {"gala": "Europe/Amsterdam", "trip": "America/New_York", "party": "Europe/Amsterdam"}


def shop(seed: int = 48, orders: int = 90) -> FakePretix:
    """Return a pretix with three events of `orders` orders each."""
    chance = random.Random(seed)
    gala, trip, party = (
        FakeEvent(slug, zone, "USD" if slug == "trip" else "EUR") for slug, zone in _ZONES.items()
    )
    for event in (gala, trip, party):
        made = sorted(_moment(chance) for _ in range(orders))
        event.orders = [_order(chance, f"{event.slug[0]}{n:03}", at) for n, at in enumerate(made)]
    return FakePretix({"club": [gala, trip], "other": [party]})


def _moment(chance: random.Random) -> datetime:
    """Pick an instant near the closing, now and then one of its edges or a microsecond off."""
    if chance.random() < 0.2:
        return chance.choice(_EDGES) + timedelta(microseconds=chance.choice([-1, 0, 1]))
    return START + timedelta(seconds=chance.randrange(-12 * 3600, 19 * 3600))


def _order(chance: random.Random, code: str, made: datetime) -> FakeOrder:
    order = FakeOrder(
        code.upper(),
        made,
        _amount(chance),
        status=chance.choice("npec"),
        testmode=chance.random() < 0.05,
    )
    for number in range(chance.choice([0, 1, 1, 2])):
        order.payments.append(_payment(chance, number + 1, made, _PAYMENT_STATES, "tr_"))
    for number in range(chance.choice([0, 0, 1, 2])):
        order.refunds.append(_payment(chance, number + 1, made, _REFUND_STATES, "re_"))
    return order


def _payment(
    chance: random.Random, number: int, made: datetime, states: list[str], prefix: str
) -> FakePayment:
    created = made + timedelta(seconds=chance.choice([0, 1, 30, 900, 3 * 3600]))
    done = max(created, _moment(chance))
    provider = chance.choice(_PROVIDERS)
    details: object = {"id": f"{prefix}{chance.getrandbits(40):010x}", "method": "ideal"}
    if provider == "giftcard":
        details = {"gift_card": {"id": 7, "secret": SECRET}}
    state = chance.choice(states)
    paid = state in {"confirmed", "refunded", "done", "external"}
    return FakePayment(
        number, state, _amount(chance), created, done if paid else None, provider, details
    )


def _amount(chance: random.Random) -> Decimal:
    return Decimal(chance.randrange(1, 20_000)).scaleb(-2)
