"""Every address of the table, against what a real pretix answers with the shop open."""

import pytest

from tests.pretix.shop import CLUB, GALA, RealShop
from tests.web.site import EVENT, MAIN, ORGANIZER
from tests.web.url_table import Fate, Row, rows

HOSTS = {MAIN: "", ORGANIZER: CLUB, EVENT: GALA}
SHUT = {Fate.PAGE: "text/html; charset=utf-8", Fate.JSON: "application/json"}
TABLE = [row for row in rows() if not row.target.startswith("/_mollie/other")]


@pytest.mark.parametrize("host", HOSTS, ids=str)
def test_all_addresses_that_must_be_shut_are_shut(shop: RealShop, host: str) -> None:
    shop.close()
    shut = [row for row in TABLE if row.host == host and row.fate is not Fate.OPEN]

    wrong = [str(row) for row in shut if not is_shut(shop, row)]

    assert len(shut) > 50
    assert wrong == []


def is_shut(shop: RealShop, row: Row) -> bool:
    answer = shop.ask(row.target, row.method, HOSTS[row.host])
    return answer.closed and answer.headers["content-type"] == SHUT[row.fate]


@pytest.mark.parametrize("host", HOSTS, ids=str)
def test_pretix_answers_the_open_addresses_as_it_does_in_an_open_shop(
    shop: RealShop, host: str
) -> None:
    opened = [row for row in TABLE if row.host == host and row.fate is Fate.OPEN]
    before = {str(row): shop.ask(row.target, row.method, HOSTS[host]).status for row in opened}
    shop.close()
    during = {str(row): shop.ask(row.target, row.method, HOSTS[host]).status for row in opened}

    assert len(opened) > 20
    assert during == before
