"""The snippet in front of a real pretix with pretix-mollie: what sells is shut, the rest works."""

import json
import re
from datetime import datetime
from typing import Any

import pytest

from tests.pretix.buyer import Buyer
from tests.pretix.shop import CLUB, GALA, RealShop


@pytest.fixture
def bought(shop: RealShop) -> str:
    """A payment at Mollie for an order that is not paid yet."""
    with Buyer(shop) as buyer:
        return buyer.order()


@pytest.fixture
def paid(shop: RealShop, bought: str) -> dict[str, Any]:
    """An order that is paid."""
    shop.mollie.settle(bought)
    assert shop.webhook(bought).status == 200
    return shop.order_of(bought)


def test_a_ticket_can_be_bought_while_the_shop_is_open(shop: RealShop, bought: str) -> None:
    assert shop.order_of(bought)["status"] == "n"

    shop.mollie.settle(bought)
    shop.webhook(bought)

    assert shop.order_of(bought)["status"] == "p"


def test_no_step_of_a_purchase_works_while_it_is_closed(shop: RealShop) -> None:
    with Buyer(shop) as buyer:
        buyer.look("/")
        shop.close()
        for path in ("/", "/checkout/start", "/checkout/questions/", "/redeem?voucher=x"):
            assert buyer.look(path).status_code == 503
        added = buyer.client.post("/demo/party/cart/add", data={"item_1": "1"})

    assert added.status_code == 503
    assert added.headers["retry-after"] == "900"


def test_a_buyer_who_confirms_too_late_makes_no_order(shop: RealShop) -> None:
    before = shop.orders()
    with Buyer(shop) as buyer:
        buyer.choose()
        shop.close()
        answer = buyer.confirm()

    assert answer.status_code == 503
    assert "pretix-maintenance" in answer.text
    assert shop.orders() == before


def test_a_webhook_that_arrives_during_maintenance_marks_the_order_paid(
    shop: RealShop, bought: str
) -> None:
    shop.close()
    shop.mollie.settle(bought)

    answer = shop.webhook(bought)

    assert answer.status == 200
    order = shop.order_of(bought)
    assert order["status"] == "p"
    assert order["payments"][0]["state"] == "confirmed"
    assert datetime.fromisoformat(order["payments"][0]["payment_date"])


def test_a_payer_who_comes_back_during_maintenance_sees_the_paid_order(shop: RealShop) -> None:
    with Buyer(shop) as buyer:
        payment = buyer.order()
        shop.close()
        shop.mollie.settle(payment)
        came = buyer.look(shop.mollie.payments[payment]["redirectUrl"])

    assert came.status_code == 200
    assert came.url.path.startswith("/demo/party/order/")
    assert shop.order_of(payment)["status"] == "p"


def test_a_started_order_cannot_be_paid_anew_during_maintenance(
    shop: RealShop, bought: str
) -> None:
    order = shop.order_of(bought)
    path = f"/demo/party/order/{order['code']}/{order['secret']}"
    shop.close()

    assert shop.ask(f"{path}/").status == 200
    for step in (
        "pay/change",
        f"pay/{order['payments'][0]['local_id']}/",
        "cancel",
        "change",
        "modify",
    ):
        assert shop.ask(f"{path}/{step}").closed


def test_a_bought_ticket_can_be_looked_at_and_downloaded_during_maintenance(
    shop: RealShop, paid: dict[str, Any]
) -> None:
    shop.close()
    with Buyer(shop) as buyer:
        seen = buyer.look(f"/demo/party/order/{paid['code']}/{paid['secret']}/")
        download = re.search(r'action="([^"]*/download/[^"]+)"', seen.text)
        assert download
        answer = buyer.send(download[1])

    assert answer.status_code in {200, 202}
    assert "pretix-maintenance" not in answer.text


def test_the_door_scans_during_maintenance(shop: RealShop, paid: dict[str, Any]) -> None:
    shop.close()
    scan = {
        "secret": paid["positions"][0]["secret"],
        "lists": [shop.facts["events"]["party"]["list"]],
    }

    first = shop.api("checkinrpc/redeem/", scan, token="device_token")
    second = shop.api("checkinrpc/redeem/", scan, token="device_token")

    assert (first.status, json.loads(first.body)["status"]) == (201, "ok")
    assert (second.status, json.loads(second.body)["reason"]) == (400, "already_redeemed")


def test_an_order_by_api_is_refused_with_json(shop: RealShop) -> None:
    item = shop.facts["events"]["party"]["item"]
    wanted = {
        "email": "api@tickets.example",
        "locale": "en",
        "status": "p",
        "payment_provider": "manual",
        "positions": [{"item": item, "variation": None, "price": "10.00"}],
    }
    made = shop.api("events/party/orders/", wanted)
    assert made.status == 201, made.body
    shop.close()

    refused = shop.api("events/party/orders/", wanted)

    assert refused.closed
    assert json.loads(refused.body)["code"] == "maintenance"
    assert shop.api("events/party/orders/").status == 200


def test_admins_work_on_during_maintenance(shop: RealShop) -> None:
    shop.close()
    with Buyer(shop) as admin:
        admin.look("/control/login")
        who = {"email": shop.facts["admin"], "password": shop.facts["password"]}
        assert admin.send("/control/login", **who).status_code == 200
        for path in ("", "orders/", "settings/payment", "orders/export/"):
            page = admin.look(f"/control/event/demo/party/{path}")
            assert page.status_code == 200
            assert page.url.path.startswith("/control/event/demo/party/")


def test_monitoring_sees_pretix_itself(shop: RealShop) -> None:
    shop.close()

    answer = shop.ask("/healthcheck/")

    assert answer.status == 200
    assert answer.body == ""


@pytest.mark.parametrize(
    ("host", "prefix"), [("", "/demo/party"), (CLUB, "/party"), (GALA, "")], ids=str
)
def test_every_domain_closes_and_opens_and_keeps_its_webhooks(
    shop: RealShop, host: str, prefix: str
) -> None:
    assert shop.ask(f"{prefix}/", host=host).status == 200
    hook = f"{prefix}/mollie/webhook2/ABCDE/0123456789abcdef/1/"
    unknown = shop.ask(hook, "POST", host).status
    assert unknown == 404
    shop.close()

    assert shop.ask(f"{prefix}/", host=host).closed
    assert shop.ask(f"{prefix}/cart/add", "POST", host).closed
    assert json.loads(shop.ask(f"{prefix}/widget/product_list", host=host).body)["code"]
    assert shop.ask(hook, "POST", host).status == unknown
    assert shop.ask(f"{prefix}/theme.css", host=host).status in {200, 302, 404}


def test_nothing_of_all_this_left_the_machine(shop: RealShop) -> None:
    assert shop.mollie.refused == []
