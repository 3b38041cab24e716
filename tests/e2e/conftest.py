"""Fixtures of the end-to-end tests."""

from collections.abc import Iterator

import pytest

from tests.e2e.sudo_host import SudoHost, sudo_host, why_not


@pytest.fixture(scope="module")
def shared_host() -> Iterator[SudoHost]:
    """One installed host for a whole file of tests."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with sudo_host() as made:
        yield made


@pytest.fixture
def host(shared_host: SudoHost) -> SudoHost:
    """The same host with an empty state directory and no window near."""
    shared_host.begin_afresh()
    return shared_host
