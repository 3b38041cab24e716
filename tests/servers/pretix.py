"""A pretix on loopback: its REST API v1 as far as the note asks it, and the ways it can go wrong.

Lists come in pages of at most 50, filters and `include` work as in pretix, links name the host that
was asked for, and instants are written in the event's zone.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

TOKEN = "abcdefghijklmnopqrstuvwxyz0123456789"
PAGE = 50
SECRET = "gift-card-secret"


@dataclass
class FakePayment:
    """A payment, or a refund: then `done` is its execution."""

    local_id: int
    state: str
    amount: Decimal
    created: datetime
    done: datetime | None
    provider: str | None = "mollie_ideal"
    details: object = field(default_factory=dict)


@dataclass
class FakeOrder:
    """An order; `modified` as pretix keeps it, by default when it was made."""

    code: str
    made: datetime
    total: Decimal
    status: str = "p"
    testmode: bool = False
    payments: list[FakePayment] = field(default_factory=list)
    refunds: list[FakePayment] = field(default_factory=list)
    modified: datetime | None = None


@dataclass
class FakeEvent:
    """An event with its orders, in order of their making."""

    slug: str
    zone: str = "Europe/Amsterdam"
    currency: str = "EUR"
    orders: list[FakeOrder] = field(default_factory=list)


@dataclass
class Fault:
    """What is answered instead, to `times` requests whose path ends with `path`.

    Without a status it hangs.
    """

    path: str = ""
    status: int | None = None
    body: str = '{"detail":"no"}'
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    times: int = 1_000_000
    skip: int = 0


@dataclass
class FakePretix:
    """What it holds, what goes wrong, and what it was asked."""

    organizers: dict[str, list[FakeEvent]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    requests: list[web.BaseRequest] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    link_host: str | None = None
    page_size: int = PAGE
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [request.path.removeprefix("/api/v1/") for request in self.requests]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        self.asked.set()
        fault = self._fault(request.path)
        if fault is not None:
            if fault.status is None:
                await asyncio.Event().wait()
            return web.Response(
                status=fault.status or 200,
                text=fault.body,
                headers=fault.headers,
                content_type=fault.kind,
            )
        if request.headers.get("Authorization") != f"Token {TOKEN}":
            return web.json_response({"detail": "Invalid token."}, status=401)
        return self._list(request)

    def _fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if path.endswith(fault.path) and fault.times:
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    def _list(self, request: web.BaseRequest) -> web.Response:
        match request.path.strip("/").split("/"):
            case ["api", "v1", "organizers"]:
                found = [{"slug": slug, "name": slug.title()} for slug in sorted(self.organizers)]
                return self._page(request, found)
            case ["api", "v1", "organizers", organizer, "events"] if organizer in self.organizers:
                return self._page(request, [_event(one) for one in self.organizers[organizer]])
            case ["api", "v1", "organizers", organizer, "events", slug, "orders"]:
                for event in self.organizers.get(organizer, ()):
                    if event.slug == slug:
                        return self._page(request, _orders(event, request))
        return web.json_response({"detail": "Not found."}, status=404)

    def _page(self, request: web.BaseRequest, found: Sequence[Any]) -> web.Response:
        size = min(int(request.query.get("page_size", PAGE)), self.page_size)
        number = int(request.query.get("page", "1"))
        link = None
        if number * size < len(found):
            host = self.link_host or request.host
            following = request.url.update_query(page=str(number + 1))
            link = f"http://{host}{following.path}?{following.query_string}"
        results = found[(number - 1) * size : number * size]
        return web.json_response(
            {"count": len(found), "next": link, "previous": None, "results": results}
        )


def _event(event: FakeEvent) -> dict[str, Any]:
    return {
        "slug": event.slug,
        "name": {"nl": f"=Feest {event.slug}"},
        "timezone": event.zone,
        "currency": event.currency,
        "testmode": False,
    }


def _orders(event: FakeEvent, request: web.BaseRequest) -> list[dict[str, Any]]:
    since = request.query.get("modified_since")
    limit = datetime.fromisoformat(since) if since else datetime.min.replace(tzinfo=UTC)
    includes = set(request.query.getall("include", []))
    return [
        _included(_order(order, _zone(event)), includes)
        for order in event.orders
        if (order.modified or order.made) >= limit
    ]


def _zone(event: FakeEvent) -> ZoneInfo:
    return ZoneInfo(event.zone) if event.zone.count("/") else ZoneInfo("UTC")


def _included(data: dict[str, Any], includes: set[str]) -> dict[str, Any]:
    """Leave out what was not asked for, as pretix does; without a wish everything comes."""
    if not includes:
        return data
    kept: dict[str, Any] = {}
    for key, value in data.items():
        children = {one.partition(".")[2] for one in includes if one.startswith(f"{key}.")}
        if key in includes:
            kept[key] = value
        elif children:
            kept[key] = [{name: one[name] for name in one if name in children} for one in value]
    return kept


def _order(order: FakeOrder, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "code": order.code,
        "status": order.status,
        "testmode": order.testmode,
        "datetime": _time(order.made, zone),
        "total": str(order.total),
        "email": "buyer@example.org",
        "positions": [{"attendee_name": "Somebody"}],
        "payments": [_payment(one, zone, "payment_date") for one in order.payments],
        "refunds": [_payment(one, zone, "execution_date") for one in order.refunds],
    }


def _payment(one: FakePayment, zone: ZoneInfo, done: str) -> dict[str, Any]:
    return {
        "local_id": one.local_id,
        "state": one.state,
        "amount": str(one.amount),
        "created": _time(one.created, zone),
        done: None if one.done is None else _time(one.done, zone),
        "provider": one.provider,
        "payment_url": "https://provider.example/secret",
        "details": one.details,
    }


def _time(at: datetime, zone: ZoneInfo) -> str:
    text = at.astimezone(zone).isoformat()
    return text.replace("+00:00", "Z")


@asynccontextmanager
async def fake_pretix(pretix: FakePretix | None = None) -> AsyncIterator[FakePretix]:
    """Serve on a free port until the block ends."""
    serving = pretix or FakePretix()
    runner = web.ServerRunner(web.Server(serving.handle), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    serving.port = runner.addresses[0][1]
    try:
        yield serving
    finally:
        await runner.cleanup()
