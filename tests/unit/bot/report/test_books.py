"""The numbers agree with what pretix holds, and what could not be read is said."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.report.access import Access
from bot.report.asjson import data_of, json_of
from bot.report.books import collect
from bot.report.model import Books, Kind, Note, Span
from bot.report.pretix import Pretix
from bot.report.table import csv_of
from bot.report.totals import by_event
from tests.servers.pretix import (
    SECRET,
    TOKEN,
    FakeEvent,
    FakeOrder,
    FakePayment,
    FakePretix,
    Fault,
    fake_pretix,
)
from tests.unit.bot.report.seeded import END, START, WINDOW, shop

HOUR = timedelta(hours=1)


async def no_wait(_: float) -> None:
    return


async def read(
    far_side: FakePretix,
    spans: Sequence[Span] = (WINDOW,),
    *,
    most_orders: int = 10_000,
    deadline: timedelta = HOUR,
) -> Books:
    access = Access(far_side.url, TOKEN)
    async with Pretix(access, sleep=no_wait, monotonic=lambda: 0.0, timeout=20) as pretix:
        return await collect(pretix, spans, most_orders=most_orders, deadline=deadline)


async def books_of(far_side: FakePretix, spans: Sequence[Span] = (WINDOW,)) -> Books:
    async with fake_pretix(far_side):
        return await read(far_side, spans)


@dataclass(frozen=True)
class Line:
    """A payment, refund or order as the test itself finds it in the fake's own objects."""

    kind: str
    event: str
    provider: str
    number: str
    amount: Decimal
    before: bool


def expected(far_side: FakePretix) -> Iterator[Line]:
    """Find what happened from START to END, by other means than the code under test."""
    for organizer, events in far_side.organizers.items():
        for event in events:
            name = f"{organizer}/{event.slug}"
            for order in event.orders:
                if order.testmode:
                    continue
                if START <= order.made < END:
                    yield Line("order", name, "", order.code, order.total, before=False)
                for one in order.payments:
                    paid = one.state in {"confirmed", "refunded"}
                    if paid and one.done and START <= one.done < END:
                        number, before = f"{order.code}-P-{one.local_id}", one.created < START
                        yield Line(
                            "payment", name, one.provider or "", number, one.amount, before=before
                        )
                for one in order.refunds:
                    if one.state == "done" and one.done and START <= one.done < END:
                        number = f"{order.code}-R-{one.local_id}"
                        yield Line(
                            "refund", name, one.provider or "", number, -one.amount, before=False
                        )


@pytest.mark.parametrize("seed", [1, 2, 48])
async def test_what_happened_inside_the_window_is_all_there_and_nothing_else(seed: int) -> None:
    far_side = shop(seed)
    lines = list(expected(far_side))
    assert (
        sum(len(event.orders) for events in far_side.organizers.values() for event in events) > 200
    )
    assert {line.kind for line in lines} == {"order", "payment", "refund"}
    assert any(line.before for line in lines)
    books = await books_of(far_side)
    found = [
        Line(one.kind, str(one.event), one.provider, one.number, one.amount, one.started_before)
        for one in books.movements
    ]
    assert sorted(found, key=repr) == sorted(lines, key=repr)
    assert books.missing == ()


@pytest.mark.parametrize("seed", [3, 48])
async def test_totals_per_event_and_provider_are_the_sums(seed: int) -> None:
    far_side = shop(seed)
    lines = list(expected(far_side))

    def summed(
        kind: str, event: str, provider: str, *, before: bool = False
    ) -> tuple[int, Decimal]:
        amounts = [
            line.amount
            for line in lines
            if (line.kind, line.event, line.provider) == (kind, event, provider)
            and (line.before or not before)
        ]
        return len(amounts), sum(amounts, Decimal())

    totals = by_event((await books_of(far_side)).movements)
    assert [str(one.event) for one in totals] == ["club/gala", "club/trip", "other/party"]
    for one in totals:
        name = str(one.event)
        assert (one.orders.count, one.orders.amount) == summed("order", name, "")
        providers = {line.provider for line in lines if line.event == name and line.kind != "order"}
        assert [each.provider for each in one.providers] == sorted(providers)
        for each in one.providers:
            shown = [
                (t.count, t.amount) for t in (each.payments, each.refunds, each.started_before)
            ]
            assert shown == [
                summed("payment", name, each.provider),
                summed("refund", name, each.provider),
                summed("payment", name, each.provider, before=True),
            ]


async def test_csv_and_json_say_the_same_numbers() -> None:
    far_side = shop()
    lines = sorted(expected(far_side), key=repr)
    books = await books_of(far_side)
    note = Note("2026-W48", WINDOW, END, (), (), books)
    rows = list(csv.DictReader(io.StringIO(csv_of(note, UTC))))
    data = json.loads(json_of(note))["books"]["movements"]
    for shown in (rows, data):
        found = [
            Line(
                one["kind"],
                f"{one['organizer']}/{one['event']}",
                one["provider"],
                one["number"],
                Decimal(one["amount"]),
                one["started_before"] in ("yes", True),
            )
            for one in shown
        ]
        assert sorted(found, key=repr) == lines
    assert SECRET not in json_of(note) + csv_of(note, UTC)
    assert data_of(note)["complete"] is True


async def test_each_movement_names_the_providers_own_id() -> None:
    far_side = shop()
    ids = {
        f"{order.code}-{letter}-{one.local_id}": one.details["id"]
        for events in far_side.organizers.values()
        for event in events
        for order in event.orders
        for letter, listed in (("P", order.payments), ("R", order.refunds))
        for one in listed
        if isinstance(one.details, dict) and "id" in one.details
    }
    books = await books_of(far_side)
    paid = [one for one in books.movements if one.kind is not Kind.ORDER]
    assert {one.number: one.provider_id for one in paid if one.provider_id} == {
        one.number: ids[one.number] for one in paid if one.number in ids
    }
    assert all(not one.provider_id for one in paid if one.provider == "giftcard")


async def test_no_name_and_no_address_of_a_buyer_is_asked_for() -> None:
    async with fake_pretix(shop()) as far_side:
        await read(far_side)
        asked = next(request for request in far_side.requests if request.path.endswith("/orders/"))
    includes = set(asked.query.getall("include"))
    assert includes
    assert not {field.split(".")[0] for field in includes} - {
        "code",
        "status",
        "testmode",
        "datetime",
        "total",
        "payments",
        "refunds",
    }


def one_order(order: FakeOrder, **event: str) -> FakePretix:
    return FakePretix({"club": [FakeEvent("gala", orders=[order], **event)]})


OLD = datetime(2026, 6, 1, tzinfo=UTC)
INSIDE = START + HOUR


async def test_a_refund_on_an_order_that_pretix_does_not_call_modified_is_found() -> None:
    refund = FakePayment(1, "done", Decimal("7.50"), INSIDE, INSIDE)
    books = await books_of(one_order(FakeOrder("OLD", OLD, Decimal(20), refunds=[refund])))
    assert [(one.number, one.amount) for one in books.movements] == [("OLD-R-1", Decimal("-7.50"))]


async def test_of_an_event_with_very_many_orders_only_the_modified_are_read_and_that_is_said() -> (
    None
):
    orders = [FakeOrder(f"A{n:03}", OLD, Decimal(1)) for n in range(120)]
    orders.append(FakeOrder("NEW", INSIDE, Decimal(3)))
    far_side = FakePretix({"club": [FakeEvent("gala", orders=orders)]})
    async with fake_pretix(far_side):
        books = await read(far_side, most_orders=120)
    assert [one.number for one in books.movements] == ["NEW"]
    assert [(one.subject, one.problem) for one in books.missing] == [("club/gala", "many-orders")]
    assert "121" in books.missing[0].sentence
    assert len(far_side.paths) == 4


async def test_orders_in_test_mode_are_counted_apart() -> None:
    paid = FakePayment(1, "confirmed", Decimal(5), INSIDE, INSIDE)
    inside = FakeOrder("TEST", INSIDE, Decimal(5), testmode=True, payments=[paid])
    outside = FakeOrder("TEST2", OLD, Decimal(5), testmode=True)
    far_side = one_order(inside)
    far_side.organizers["club"][0].orders.append(outside)
    books = await books_of(far_side)
    assert (books.movements, books.test_orders) == ((), 1)


async def test_several_windows_are_read_in_one_go() -> None:
    second = Span(START - 48 * HOUR, START - 47 * HOUR)
    orders = [FakeOrder("IN2", second.start, Decimal(1)), FakeOrder("IN1", START, Decimal(2))]
    far_side = FakePretix({"club": [FakeEvent("gala", orders=orders)]})
    books = await books_of(far_side, [second, WINDOW])
    assert [(one.number, one.window) for one in books.movements] == [
        ("IN2", second),
        ("IN1", WINDOW),
    ]
    assert len(far_side.paths) == 3


async def test_without_a_window_nothing_is_asked() -> None:
    far_side = shop()
    assert await books_of(far_side, []) == Books()
    assert far_side.requests == []


@pytest.mark.parametrize("status", [403, 404])
async def test_an_event_that_the_token_may_not_see_hides_no_other(status: int) -> None:
    far_side = shop()
    far_side.faults.append(Fault("club/events/gala/orders/", status))
    books = await books_of(far_side)
    assert {str(one.event) for one in books.movements} == {"club/trip", "other/party"}
    assert [one.subject for one in books.missing] == ["club/gala"]


async def test_an_organizer_that_the_token_may_not_see_hides_no_other() -> None:
    far_side = shop()
    far_side.faults.append(Fault("club/events/", 403))
    books = await books_of(far_side)
    assert {str(one.event) for one in books.movements} == {"other/party"}
    assert [one.subject for one in books.missing] == ["club"]


async def test_a_pretix_that_cannot_even_list_its_events_leaves_one_sentence() -> None:
    far_side = shop()
    far_side.faults.append(Fault("club/events/", 503))
    books = await books_of(far_side)
    assert [(one.subject, one.problem) for one in books.missing] == [("pretix", "busy")]
    assert len(far_side.requests) == 5


async def test_a_wrong_token_leaves_one_sentence() -> None:
    far_side = shop()
    far_side.faults.append(Fault(status=401))
    books = await books_of(far_side)
    assert books.movements == ()
    assert [(one.subject, one.problem) for one in books.missing] == [("pretix", "token")]


async def test_an_event_whose_list_is_broken_hides_no_other() -> None:
    far_side = shop()
    far_side.faults += [
        Fault("club/events/gala/orders/", 500),
        Fault("other/events/party/orders/", 500),
    ]
    books = await books_of(far_side)
    assert {str(one.event) for one in books.movements} == {"club/trip"}
    assert [one.subject for one in books.missing] == ["club/gala", "other/party"]


async def test_a_pretix_that_goes_away_keeps_what_was_read_and_is_not_asked_for_ever() -> None:
    far_side = shop()
    far_side.organizers["club"] += [FakeEvent("x"), FakeEvent("y"), FakeEvent("z")]
    far_side.faults += [Fault("x/orders/", 503), Fault("y/orders/", 503)]
    books = await books_of(far_side)
    assert {str(one.event) for one in books.movements} == {"club/gala", "club/trip"}
    assert [(one.subject, one.problem) for one in books.missing] == [
        ("club/x", "busy"),
        ("pretix", "busy"),
    ]
    assert "club/y and what comes after it" in books.missing[1].sentence
    assert far_side.paths[-5:] == [
        "organizers/club/events/x/orders/",
        *["organizers/club/events/y/orders/"] * 4,
    ]


async def test_a_page_that_fails_for_a_moment_is_not_missed_and_not_counted_twice() -> None:
    far_side = shop()
    far_side.faults.append(Fault("gala/orders/", 502, times=2, skip=1))
    books = await books_of(far_side)
    assert books.missing == ()
    assert len(books.movements) == len(list(expected(far_side)))


async def test_a_pretix_that_hangs_costs_no_more_than_the_deadline() -> None:
    far_side = shop()
    far_side.faults.append(Fault("club/events/trip/orders/"))
    async with fake_pretix(far_side):
        books = await read(far_side, deadline=timedelta(seconds=0.3))
    assert [(one.subject, one.problem) for one in books.missing] == [("pretix", "timeout")]


async def test_orders_that_move_between_pages_are_not_counted_twice_and_it_is_said() -> None:
    orders = [FakeOrder("SAME", INSIDE, Decimal(2)) for _ in range(3)]
    far_side = FakePretix({"club": [FakeEvent("gala", orders=orders)]}, page_size=2)
    books = await books_of(far_side)
    assert [one.number for one in books.movements] == ["SAME"]
    assert [one.problem for one in books.missing] == ["changed"]


def faulty(**change: object) -> dict[str, object]:
    order: dict[str, object] = {
        "code": "ABC",
        "status": "p",
        "testmode": False,
        "datetime": "2026-11-29T23:00:00+01:00",
        "total": "23.00",
        "payments": [],
        "refunds": [],
    }
    return order | change


PAID: dict[str, object] = {
    "local_id": 1,
    "state": "confirmed",
    "amount": "1.00",
    "created": "2026-11-29T22:30:00Z",
    "payment_date": "2026-11-29T22:30:00Z",
    "provider": "mollie",
    "details": {},
}


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (7, "code"),
        ({}, "code"),
        (faulty(code="../../x"), "code"),
        (faulty(code=5), "code"),
        (faulty(testmode="no"), "testmode"),
        (faulty(datetime="yesterday"), "datetime"),
        (faulty(datetime="2026-11-29T23:00:00"), "datetime"),
        (faulty(total="NaN"), "total"),
        (faulty(total="Infinity"), "total"),
        (faulty(total="1e99"), "total"),
        (faulty(total="secret words"), "total"),
        (faulty(total=23.0), "total"),
        (faulty(payments=None), "payments"),
        (faulty(payments=[PAID | {"local_id": True}]), "local_id"),
        (faulty(payments=[PAID | {"payment_date": 5}]), "payment_date"),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_an_order_that_cannot_be_read_is_said_by_field_never_by_value(
    order: object, field: str
) -> None:
    far_side = shop()
    page = json.dumps({"count": 1, "next": None, "results": [order]})
    far_side.faults.append(Fault("club/events/gala/orders/", 200, page))
    books = await books_of(far_side)
    assert [one.subject for one in books.missing] == ["club/gala"]
    assert f": {field} " in books.missing[0].sentence
    assert "secret" not in books.missing[0].sentence
    assert {str(one.event) for one in books.movements} == {"club/trip", "other/party"}


@pytest.mark.parametrize(
    ("details", "shown"),
    [
        ({"id": "tr_1"}, "tr_1"),
        ({"sale_id": "9X"}, "9X"),
        ({"id": None}, ""),
        ({"id": 5}, ""),
        ({}, ""),
        (None, ""),
        ([], ""),
        ({"id": "x" * 900}, "x" * 200),
    ],
    ids=str,
)
async def test_whatever_a_provider_tells_only_its_id_is_taken(details: object, shown: str) -> None:
    paid = FakePayment(1, "confirmed", Decimal(5), INSIDE, INSIDE, details=details)
    books = await books_of(one_order(FakeOrder("ABC", OLD, Decimal(5), payments=[paid])))
    assert [one.provider_id for one in books.movements] == [shown]


async def test_a_zone_that_this_machine_does_not_know_changes_no_number() -> None:
    books = await books_of(one_order(FakeOrder("ABC", START, Decimal(5)), zone="Mars"))
    assert [(one.at, one.event.zone, one.event.zone_name) for one in books.movements] == [
        (START, None, "Mars")
    ]


async def test_the_event_s_own_zone_is_shown_beside_the_one_for_people() -> None:
    far_side = one_order(FakeOrder("ABC", INSIDE, Decimal(5)), zone="America/New_York")
    note = Note("2026-W48", WINDOW, END, (), (), await books_of(far_side))
    (row,) = csv.DictReader(io.StringIO(csv_of(note, UTC)))
    assert row["time_utc"] == "2026-11-29T23:00:00Z"
    assert row["time_local"] == "2026-11-29 23:00:00+00:00"
    assert row["time_event"] == "2026-11-29 18:00:00-05:00"
    assert row["event_timezone"] == "America/New_York"
    assert data_of(note)["books"]["movements"][0]["at_event"] == "2026-11-29T18:00:00-05:00"
