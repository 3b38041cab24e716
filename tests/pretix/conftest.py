"""One real pretix for all tests of this folder; they run only where this folder is asked for."""

from collections.abc import Iterator

import pytest

from tests.pretix.shop import RealShop, real_shop, why_not

HERE = "tests/pretix"
LIMIT = 1800
"""Seconds for a test, the first of which may have to install pretix."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out of a run of everything: they need minutes and a download."""
    ours = [item for item in items if HERE in item.path.as_posix()]
    for item in ours:
        item.add_marker(pytest.mark.timeout(LIMIT))
    if any(HERE in argument for argument in config.args):
        return
    items[:] = [item for item in items if item not in ours]
    config.hook.pytest_deselected(items=ours)


@pytest.fixture(scope="session")
def the_shop() -> Iterator[RealShop]:
    if reason := why_not():
        pytest.skip(reason)
    with real_shop() as one:
        yield one


@pytest.fixture
def shop(the_shop: RealShop) -> RealShop:
    """The shop, open."""
    the_shop.open()
    return the_shop
