"""Requests that try to pass for something else, or that no browser sends."""

import pytest

from tests.web.site import BARE, EVENT, MAIN, ORGANIZER, Site
from tests.web.upstream import BROKEN

CREATE = "w/AAAAAAAAAAAAAAAA/cart/create"

DISGUISES = [
    f"/demo/party/{CREATE}/../../../../../../control/?ajax=1",
    f"/demo/party/{CREATE}/%2e%2e/%2e%2e/%2e%2e/%2E%2E/%2e%2e/%2e%2e/control/",
    f"/control/../demo/party/{CREATE}",
    f"/control/..%2fdemo/party/{CREATE}",
    f"/control%2f..%2fdemo/party/{CREATE}",
    f"/control/./../demo/party/{CREATE}",
    f"/static/../demo/party/{CREATE}",
    f"/healthcheck/.%2e/demo/party/{CREATE}",
    f"/api/../demo/party/{CREATE}",
    f"/api/v1/../../demo/party/{CREATE}",
    f"/media/..;/../demo/party/{CREATE}",
    f"/.well-known/acme-challenge/../../demo/party/{CREATE}",
    f"/demo/party/order/ABC12/s3cr3t/../../../{CREATE}",
    f"/demo/party/{CREATE}?x=/control/",
    f"/demo/party/{CREATE}?/../../control/",
    f"/demo/party/{CREATE}#/control/",
    f"/demo/party/{CREATE};/control/",
    f"/demo/party/{CREATE}/control/",
    f"//control/../demo/party/{CREATE}",
    "//control/",
    "/%63ontrol/",
    "/Control/",
    "/control%2f",
    "/controlroom/",
    "/demo/party/%6frder/ABC12/s3cr3t/pay/4/",
    "/demo/party/order/ABC12/s3cr3t/open/../pay/4/",
    "/demo/party/mollie/webhook2/ABC12/5f0a/4/../../../../../cart/add",
    "/demo/party/mollie/webhook2/ABC12/5f0a/4/x",
    "/a/b/c/order/ABC12/s3cr3t/",
]


@pytest.mark.parametrize("host", [MAIN, ORGANIZER, EVENT, BARE])
@pytest.mark.parametrize("target", DISGUISES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_disguise_reaches_the_shop(web: Site, method: str, target: str, host: str) -> None:
    web.close()

    answer = web.ask(target, method, host)

    assert web.reached == []
    assert answer.status in {503, 400}


def test_the_absolute_form_of_an_address_makes_no_difference(web: Site) -> None:
    web.close()

    shut = web.ask(f"http://{MAIN}/demo/party/cart/add", "POST")
    through = web.ask(f"http://{MAIN}/control/")

    assert shut.closed
    assert through.status == 200
    assert len(web.reached) == 1


def test_a_scanned_secret_with_slashes_in_it_is_no_dot_segment(web: Site) -> None:
    web.close()
    lists = "/api/v1/organizers/demo/events/party/checkinlists/1/positions"

    web.ask(f"{lists}/a%2Fb.c%2F..d%3D%3D/redeem/", "POST")

    assert len(web.reached) == 1


def test_twenty_megabytes_are_refused_without_being_read(web: Site) -> None:
    web.close()

    answer = web.ask("/demo/party/cart/add", "POST", body=bytes(20 * 1024 * 1024))

    assert answer.closed
    assert web.reached == []


def test_the_door_may_send_a_body(web: Site) -> None:
    web.close()

    web.ask("/api/v1/organizers/demo/checkinrpc/redeem/", "POST", body=b'{"secret":"x"}')

    assert [asked.length for asked in web.reached] == [14]


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-10"},
        {"If_None_Match": "*"},
        {"If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"If_Range": '"x"', "Range": "bytes=0-1"},
        {"Accept": "application/json", "X_Requested_With": "XMLHttpRequest"},
    ],
    ids=str,
)
def test_partial_and_conditional_requests_get_the_whole_page(
    web: Site, headers: dict[str, str]
) -> None:
    web.close()

    answer = web.ask("/demo/party/", "GET", MAIN, b"", **headers)

    assert answer.closed
    assert answer.body == web.page.read_text()


def test_a_request_for_the_page_itself_tells_nothing_while_the_shop_is_open(web: Site) -> None:
    assert web.ask("/pretix-maintenance.html").status == 404


def test_the_shops_own_503_is_not_dressed_as_maintenance(web: Site) -> None:
    for _ in ("open", "closed"):
        answer = web.ask(BROKEN)
        assert answer.status == 503
        assert answer.body == "the shop itself"
        assert "retry-after" not in answer.headers
        web.close()


def test_the_sites_limits_keep_their_own_answer(web: Site) -> None:
    web.ask("/control/login")
    for _ in ("open", "closed"):
        limited = web.ask("/control/login")
        assert limited.status == 503
        assert limited.body == "the site's own busy page"
        assert "retry-after" not in limited.headers
        web.close()


def test_rules_of_the_site_that_stand_before_the_include_stay_in_force(web: Site) -> None:
    for _ in ("open", "closed"):
        assert web.ask("/demo/party/", X_Blocked="1").status == 403
        web.close()
