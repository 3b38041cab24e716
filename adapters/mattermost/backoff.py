"""How long to wait before trying again."""

from collections.abc import Callable

from adapters.mattermost.pace import Pace


class Backoff:
    """Doubles from `first_wait` to `longest_wait`, a random half of it taken off or not."""

    def __init__(self, pace: Pace, chance: Callable[[], float]) -> None:
        """Start at the beginning."""
        self._pace = pace
        self._chance = chance
        self._tries = 0

    def reset(self) -> None:
        """Begin again: it was well for a while."""
        self._tries = 0

    def next(self, at_least: float | None = None) -> float:
        """Give the next wait in seconds, no shorter than what was asked for."""
        whole = min(self._pace.longest_wait, self._pace.first_wait * 2.0 ** min(self._tries, 30))
        self._tries += 1
        # Jitter comes on top of what the server wants, or all its clients are back at once.
        return (at_least or 0.0) + whole * (0.5 + self._chance() / 2)
