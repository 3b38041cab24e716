"""The note's numbers, asked of a real pretix and compared with what its own database sums up."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.report.access import Access
from bot.report.books import collect
from bot.report.model import Books, Kind
from bot.report.pretix import Pretix
from bot.report.totals import total
from tests.pretix.shop import RealShop
from tests.servers.pretix import FakeOrder, FakePayment
from tests.unit.bot.report.seeded import END, START, WINDOW
from tests.unit.bot.report.seeded import shop as seeded

MOLLIE = "mollie_ideal"
LONG_AGO = START - timedelta(days=30)


def payment(one: FakePayment) -> dict[str, Any]:
    gift_card = one.provider == "giftcard"
    return {
        "state": one.state,
        "amount": str(one.amount),
        "created": one.created.isoformat(),
        "done": None if one.done is None else one.done.isoformat(),
        "provider": one.provider or "manual",
        "details": {"gift_card": 7} if gift_card else one.details,
    }


def order(one: FakeOrder) -> dict[str, Any]:
    return {
        "status": one.status,
        "testmode": one.testmode,
        "made": one.made.isoformat(),
        "total": str(one.total),
        "payments": [payment(each) for each in one.payments],
        "refunds": [payment(each) for each in one.refunds],
    }


def ask(shop: RealShop, token: str, host: str | None = None) -> Books:
    async def asked() -> Books:
        clock = asyncio.get_running_loop().time
        access = Access(shop.url, token, host)
        async with Pretix(access, sleep=asyncio.sleep, monotonic=clock) as pretix:
            return await collect(pretix, [WINDOW])

    return asyncio.run(asked())


@pytest.fixture(scope="module")
def sums(the_shop: RealShop) -> dict[str, Any]:
    """Fill both events and let pretix's own database say what happened in the window.

    Nothing counts as modified lately: so pretix leaves an order when a refund is executed.
    """
    club = seeded(48, 150).organizers["club"]
    events = {
        name: [order(one) for one in event.orders]
        for name, event in zip(("party", "night"), club, strict=True)
    }
    edges = {"start": START.isoformat(), "end": END.isoformat()}
    question = {**edges, "modified": LONG_AGO.isoformat(), "events": events}
    return dict(the_shop.inside("sales", question))


@pytest.mark.parametrize("closed", [False, True])
def test_the_numbers_are_those_of_the_database(
    shop: RealShop, sums: dict[str, Any], *, closed: bool
) -> None:
    if closed:
        shop.close()
    books = ask(shop, shop.facts["api_token"], f"127.0.0.1:{shop.port}")
    assert books.missing == ()
    for name, zone in (("party", "Europe/Amsterdam"), ("night", "UTC")):
        moved = [one for one in books.movements if str(one.event) == f"demo/{name}"]
        assert {one.event.zone_name for one in moved} == {zone}
        for kind in Kind:
            count, amount = sums[name][kind]
            found = total(moved, kind)
            assert (found.count, abs(found.amount)) == (count, Decimal(amount))
            assert count > 0
        assert sum(one.started_before for one in moved) == sums[name]["started_before"]


def test_mollies_own_ids_are_told(shop: RealShop, sums: dict[str, Any]) -> None:
    books = ask(shop, shop.facts["api_token"])
    letters = {Kind.PAYMENT: "tr_", Kind.REFUND: "re_"}
    paid = [one for one in books.movements if one.provider == MOLLIE]
    assert paid
    assert all(one.provider_id.startswith(letters[one.kind]) for one in paid)


def test_executing_a_refund_does_not_make_an_order_modified(sums: dict[str, Any]) -> None:
    assert sums["refund_modifies"] is False


def test_a_token_that_pretix_does_not_know_is_said(shop: RealShop) -> None:
    books = ask(shop, "unknown")
    assert [(one.subject, one.problem) for one in books.missing] == [("pretix", "token")]
