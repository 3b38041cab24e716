"""Every address of pretix, with the shop open and closed, through a real nginx."""

import json
from collections import Counter

import pytest

from tests.web.site import FACTS, Site
from tests.web.upstream import Asked
from tests.web.url_table import Fate, Row, rows

TABLE = rows()


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_without_the_marker_everything_reaches_the_shop_as_it_came(web: Site, row: Row) -> None:
    answer = web.ask(row.target, row.method, row.host)

    assert answer.status == 200
    assert web.reached == [Asked(row.method, row.target, row.host, 0)]
    assert "retry-after" not in answer.headers
    assert "cache-control" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("row", [r for r in TABLE if r.fate is Fate.OPEN], ids=str)
def test_a_closed_shop_lets_through_what_must_stay_open(web: Site, row: Row) -> None:
    web.close()

    answer = web.ask(row.target, row.method, row.host)

    assert answer.status == 200
    assert web.reached == [Asked(row.method, row.target, row.host, 0)]
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize("row", [r for r in TABLE if r.fate is Fate.PAGE], ids=str)
def test_a_closed_shop_shows_people_the_page(web: Site, row: Row) -> None:
    web.close()

    answer = web.ask(row.target, row.method, row.host)

    assert web.reached == []
    assert answer.closed
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.body == ("" if row.method == "HEAD" else web.page.read_text())


@pytest.mark.parametrize("row", [r for r in TABLE if r.fate is Fate.JSON], ids=str)
def test_a_closed_shop_tells_programs_in_json(web: Site, row: Row) -> None:
    web.close()

    answer = web.ask(row.target, row.method, row.host)

    assert web.reached == []
    assert answer.closed
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert json.loads(answer.body) == json.loads(FACTS)


def test_the_table_holds_rows_of_every_fate_and_none_twice() -> None:
    fates = Counter(row.fate for row in TABLE)

    assert fates[Fate.OPEN] > 100
    assert fates[Fate.PAGE] > 200
    assert fates[Fate.JSON] > 25
    assert len({str(row) for row in TABLE}) == len(TABLE)
