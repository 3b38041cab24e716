"""An adapter that runs against its far side, with a host that remembers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from adapters.base import (
    Adapter,
    AdapterError,
    Button,
    Destination,
    OutgoingMessage,
    Receipt,
    Span,
)
from adapters.contract.far_side import FarSide, Post
from adapters.contract.host import PATIENCE, RecordingHost


class World:
    """One far side, one adapter on it and the task in which it runs."""

    def __init__(self, far: FarSide, adapter: Adapter, host: RecordingHost) -> None:
        """Tie them together; nothing runs yet."""
        self.far = far
        self.adapter = adapter
        self.host = host
        self.running: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Start the adapter and wait until it hears its platform."""
        self.running = asyncio.create_task(self.adapter.run(self.host))
        hears = asyncio.create_task(self.host.connected())
        await asyncio.wait({self.running, hears}, return_when=asyncio.FIRST_COMPLETED)
        if not hears.done():
            hears.cancel()
            with suppress(asyncio.CancelledError):
                await hears
            self.running.result()  # raises what ended it
        else:
            hears.result()

    async def halt(self) -> None:
        """Cancel the adapter and wait for its end."""
        if self.running is None:
            return
        self.running.cancel()
        with suppress(asyncio.CancelledError):
            await self.running

    async def send(  # noqa: PLR0913 -- the fields of OutgoingMessage, by name
        self,
        text: str,
        *,
        spans: Sequence[Span] = (),
        to: Destination | None = None,
        reply_to: str | None = None,
        replaces: Receipt | None = None,
        buttons: Sequence[Button] = (),
        event_id: str | None = None,
        repeat_note: str | None = None,
    ) -> Receipt:
        """Send a message to the group chat."""
        message = OutgoingMessage(
            destination=to or self.far.destination,
            text=text,
            spans=spans,
            reply_to=reply_to,
            replaces=replaces,
            buttons=buttons,
            event_id=event_id,
            repeat_note=repeat_note,
        )
        async with asyncio.timeout(self.host.patience):
            return await self.adapter.send(message)

    async def refused(self, text: str, *, to: Destination | None = None) -> AdapterError:
        """Send a message that cannot arrive and give the error.

        Raises:
            AssertionError: the adapter says that it was sent.
        """
        try:
            receipt = await self.send(text, to=to)
        except AdapterError as error:
            return error
        raise AssertionError(f"sent, although the platform refused it: {receipt}")

    def one_post(self) -> Post:
        """Give the only post there is.

        Raises:
            AssertionError: there is none, or more than one.
        """
        posts = self.far.posts()
        if len(posts) != 1:
            raise AssertionError(f"not one message but {len(posts)}: {posts}")
        return posts[0]


@asynccontextmanager
async def world(
    far: FarSide, *, slow: Callable[[], None] = lambda: None, patience: float = PATIENCE
) -> AsyncIterator[World]:
    """Start a far side and an adapter on it; end both."""
    await far.start()
    made = World(far, far.adapter(), RecordingHost(slow, patience=patience))
    try:
        await made.run()
        yield made
    finally:
        await made.halt()
        await far.stop()
