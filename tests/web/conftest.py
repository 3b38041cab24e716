"""One nginx for all tests of this folder; each of them gets it as it was at first."""

from collections.abc import Iterator

import pytest

from tests.web import nginx_process
from tests.web.chromium import Chromium, chromium, find
from tests.web.site import Site, site


@pytest.fixture(scope="session")
def the_site() -> Iterator[Site]:
    reason = nginx_process.why_not()
    if reason:
        pytest.skip(reason)
    with site() as one:
        yield one


@pytest.fixture
def web(the_site: Site) -> Site:
    the_site.restore()
    return the_site


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    program = find()
    if not program:
        pytest.skip("chromium is not installed")
    with chromium(program) as one:
        yield one
