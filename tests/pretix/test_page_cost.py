"""The snippet before a real pretix: its cost cannot be seen in a page."""

import pytest

from tests.figures import Figures
from tests.pretix.page_cost import SHARE, Comparison, Cost, compare, interval
from tests.pretix.shop import RealShop


def test_the_snippet_takes_no_part_of_a_page_that_could_be_seen(
    shop: RealShop, figures: Figures
) -> None:
    compared = compare(shop, rounds=40)

    figures.tell("snippet before pretix", str(compared))
    assert compared.share <= SHARE


def test_a_millisecond_of_work_would_be_more_than_its_share() -> None:
    assert Comparison([Cost(0.2, 0.0001)], [Cost(0.2, 0.0011)]).share > SHARE


@pytest.mark.parametrize(("count", "low", "high"), [(9, 1, 7), (100, 39, 60)])
def test_the_interval_has_the_ranks_of_a_binomial_table(count: int, low: int, high: int) -> None:
    assert interval(range(count)) == (low, high)
