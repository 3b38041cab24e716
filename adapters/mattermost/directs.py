"""Which channels are conversations of two with the bot."""

from collections import OrderedDict
from collections.abc import Iterator

MOST = 1000


class Directs:
    """Remembers them; frames and payloads say it, records of posts do not."""

    def __init__(self) -> None:
        """Know none."""
        self._known: OrderedDict[str, None] = OrderedDict()

    def add(self, channel: str) -> None:
        """Remember one."""
        self._known[channel] = None
        self._known.move_to_end(channel)
        while len(self._known) > MOST:
            self._known.popitem(last=False)

    def __contains__(self, channel: object) -> bool:
        """Tell whether it is one."""
        return channel in self._known

    def __iter__(self) -> Iterator[str]:
        """Give all that are known."""
        return iter(tuple(self._known))
