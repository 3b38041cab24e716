"""Small duties beside the polling, none of which may hold it up or end it."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Self


class Chores:
    """Tasks that end when their owner ends: `async with Chores() as chores`.

    Each chore catches what its platform does; what else it raises is a bug and shows in the log.
    """

    def __init__(self) -> None:
        """Start with nothing to do."""
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[None, None, None]) -> None:
        """Do it meanwhile."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def __aenter__(self) -> Self:
        """Be ready."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Break off what is not done."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
