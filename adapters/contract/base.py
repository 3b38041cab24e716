"""What all parts of the suite share."""

import abc
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.contract.far_side import Ability, FarSide
from adapters.contract.world import World, world

A_WHILE = 0.005
"""Seconds that the slow host takes for a message, blocking everything as a slow disk would."""


@pytest.mark.asyncio
class ContractPart(abc.ABC):
    """The far side of each test, and the skip for what its platform cannot do."""

    @abc.abstractmethod
    def far_side(self, tmp_path: Path) -> FarSide:
        """Make a far side that has not started; `tmp_path` is an empty folder of its own."""

    @pytest_asyncio.fixture
    async def live(self, tmp_path: Path) -> AsyncIterator[World]:
        """Give an adapter that runs and hears its platform."""
        async with world(self.far_side(tmp_path)) as made:
            yield made

    @pytest_asyncio.fixture
    async def slow(self, tmp_path: Path) -> AsyncIterator[World]:
        """Give the same with a host that takes its time."""
        async with world(self.far_side(tmp_path), slow=lambda: time.sleep(A_WHILE)) as made:
            yield made

    def needs(self, live: World, ability: Ability) -> None:
        """Skip the rest of the test, with the far side's reason, where the platform cannot."""
        if ability in live.far.lacks:
            pytest.skip(f"{ability.value}: {live.far.lacks[ability]}")
