"""Two hosts share this machine's processors; whoever measures must have them alone."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Turnstile:
    """Lets parts of several processes run side by side, except those that want to be alone."""

    def __init__(self, folder: Path) -> None:
        """Use two files in `folder`, the same for all processes."""
        folder.mkdir(parents=True, exist_ok=True)
        self._door = folder / "door"
        self._room = folder / "room"

    @contextmanager
    def inside(self, *, alone: bool) -> Iterator[None]:
        """Be inside until the block ends."""
        with self._room.open("w") as room:
            # Whoever waits for an empty room holds the door meanwhile, so that nobody slips in.
            with self._door.open("w") as door:
                fcntl.flock(door, fcntl.LOCK_EX)
                fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            yield
