"""What happened in pretix inside the windows.

pretix's times decide: an order counts by its making, a payment by its confirmation (pretix sets it
when it hears of the payment, not when the payer paid), a refund by its execution, as in pretix's
own accounting report.

All orders are read, not only those that pretix calls modified since: confirming a payment on an
order that is already paid, and executing a refund, leave an order's `last_modified` as it was. Of
an event with very many orders only the modified ones are read, and the note says so.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from bot.report import answers
from bot.report.answers import Order, Payment
from bot.report.errors import PretixAway, PretixError
from bot.report.model import Books, Event, Kind, Missing, Movement, Span
from bot.report.pretix import Pretix, Query, TooMany

MOST_ORDERS = 10_000
"""Of one event: 200 pages, and so 100 seconds."""

DEADLINE = timedelta(minutes=30)
"""For all that is asked for one note."""

GIVE_UP = 2
"""Events in succession that get no answer, before pretix as a whole counts as away."""

_CHILDREN = ("local_id", "state", "amount", "created", "provider", "details")
_FIELDS = (
    *("code", "status", "testmode", "datetime", "total"),
    *(f"payments.{field}" for field in (*_CHILDREN, "payment_date")),
    *(f"refunds.{field}" for field in (*_CHILDREN, "execution_date")),
)
"""No buyer's name, address or ticket leaves the shop for the note."""

_SPARED = ("fees", "invoice_address", "customer")
"""What pretix would else look up for every order, to leave it out afterwards."""

ORDERS: Query = [
    *(("include", field) for field in _FIELDS),
    *(("exclude", field) for field in _SPARED),
]

CONFIRMED = frozenset({"confirmed", "refunded"})
"""States of a payment that came in; one that was paid back later came in all the same."""

EXECUTED = frozenset({"done"})


async def collect(
    pretix: Pretix,
    spans: Sequence[Span],
    *,
    most_orders: int = MOST_ORDERS,
    deadline: timedelta = DEADLINE,
) -> Books:
    """Read what happened inside `spans`, in all events that the token sees.

    Never raises for what pretix does: what could be read is returned, with what is missing.
    """
    found = _Collection(pretix, spans, most_orders)
    if spans:
        try:
            async with asyncio.timeout(deadline.total_seconds()):
                await found.read()
        except TimeoutError:
            sentence = f"pretix was too slow: not all was read in {deadline}"
            found.missing.append(Missing("pretix", "timeout", sentence))
        except PretixError as error:
            found.missing.append(Missing("pretix", error.problem, str(error)))
    movements = sorted(found.movements, key=lambda one: (str(one.event), one.at, one.number))
    return Books(tuple(movements), tuple(found.missing), found.test_orders)


class _Collection:
    def __init__(self, pretix: Pretix, spans: Sequence[Span], most_orders: int) -> None:
        self._pretix = pretix
        self._spans = spans
        self._most_orders = most_orders
        self.movements: list[Movement] = []
        self.missing: list[Missing] = []
        self.test_orders = 0
        self._away = 0

    async def read(self) -> None:
        organizers = await self._pretix.listing("organizers/", [])
        for organizer in map(answers.organizer, organizers.results):
            try:
                events = await self._events(organizer)
            except PretixAway:
                raise
            except PretixError as error:
                self.missing.append(Missing(organizer, error.problem, str(error)))
                continue
            for event in events:
                await self._guarded(event)

    async def _events(self, organizer: str) -> list[Event]:
        path = f"organizers/{quote(organizer, safe='')}/events/"
        listed = await self._pretix.listing(path, [])
        return [answers.event(data, organizer) for data in listed.results]

    async def _guarded(self, event: Event) -> None:
        try:
            await self._event(event)
            self._away = 0
        except PretixAway as error:
            # One list may be broken in pretix. After a second one the next would only cost time.
            self._away += 1
            if self._away >= GIVE_UP:
                sentence = f"{error}; {event} and what comes after it were not read"
                raise PretixAway(error.problem, sentence) from error
            self.missing.append(Missing(str(event), error.problem, str(error)))
        except PretixError as error:
            self.missing.append(Missing(str(event), error.problem, str(error)))

    async def _event(self, event: Event) -> None:
        seen: set[str] = set()
        for order in (await self._orders(event)).values():
            seen.add(order.code)
            inside = list(movements(order, event, self._spans))
            if not order.testmode:
                self.movements += inside
            elif inside:
                self.test_orders += 1

    async def _orders(self, event: Event) -> dict[str, Order]:
        organizer, slug = quote(event.organizer, safe=""), quote(event.slug, safe="")
        path = f"organizers/{organizer}/events/{slug}/orders/"
        try:
            listed = await self._pretix.listing(path, ORDERS, most=self._most_orders)
        except TooMany as many:
            self._only_modified(event, many.count)
            since = min(span.start for span in self._spans).strftime("%Y-%m-%dT%H:%M:%SZ")
            listed = await self._pretix.listing(path, [*ORDERS, ("modified_since", since)])
        orders = answers.codes([answers.order(data) for data in listed.results])
        if len(orders) < listed.count:
            self._moved_while_reading(event, listed.count - len(orders))
        return orders

    def _only_modified(self, event: Event, count: int) -> None:
        sentence = (
            f"it has {count} orders; only those changed since the closing began were read, so a"
            " refund or a second payment on an older order may be missing"
        )
        self.missing.append(Missing(str(event), "many-orders", sentence))

    def _moved_while_reading(self, event: Event, count: int) -> None:
        sentence = f"its list of orders changed while it was read; {count} may be missing"
        self.missing.append(Missing(str(event), "changed", sentence))


def movements(order: Order, event: Event, spans: Sequence[Span]) -> Iterator[Movement]:
    """Yield what happened to an order inside one of `spans`, test mode or not. Pure."""
    made_in = _span_of(order.made, spans)
    if made_in is not None:
        yield Movement(
            kind=Kind.ORDER,
            event=event,
            window=made_in,
            order=order.code,
            number=order.code,
            at=order.made,
            amount=order.total,
            state=order.status,
        )
    for payment in order.payments:
        if payment.state in CONFIRMED:
            yield from _paid(Kind.PAYMENT, order, payment, event, spans)
    for refund in order.refunds:
        if refund.state in EXECUTED:
            yield from _paid(Kind.REFUND, order, refund, event, spans)


def _paid(
    kind: Kind, order: Order, payment: Payment, event: Event, spans: Sequence[Span]
) -> Iterator[Movement]:
    window = None if payment.done is None else _span_of(payment.done, spans)
    if payment.done is None or window is None:
        return
    letter, sign = ("R", -1) if kind is Kind.REFUND else ("P", 1)
    yield Movement(
        kind=kind,
        event=event,
        window=window,
        order=order.code,
        number=f"{order.code}-{letter}-{payment.local_id}",
        at=payment.done,
        amount=sign * payment.amount,
        state=payment.state,
        provider=payment.provider,
        provider_id=payment.provider_id,
        started=payment.created,
    )


def _span_of(at: datetime, spans: Sequence[Span]) -> Span | None:
    return next((span for span in spans if at in span), None)
