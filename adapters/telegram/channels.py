"""The configured chats, and where they moved to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from adapters.base import ChannelMoved, Destination


class Channels:
    """Which chats are ours: those of the configuration, followed when they get a new id.

    A group gets a new id when it becomes a supergroup (topics, visible history, many members).
    """

    def __init__(self, destinations: Iterable[Destination]) -> None:
        """Start with the configured destinations."""
        self._places: dict[str, list[Destination]] = {}
        for place in destinations:
            self._places.setdefault(place.channel, []).append(place)

    def __contains__(self, channel: str) -> bool:
        """Tell whether a chat is ours."""
        return channel in self._places

    def __iter__(self) -> Iterator[str]:
        """Give the chats' ids as they are now."""
        return iter(list(self._places))

    def destinations(self, channel: str) -> Sequence[Destination]:
        """Give the destinations in a chat: none if it is not ours."""
        return tuple(self._places.get(channel, ()))

    def follow(self, old: str, new: str) -> list[ChannelMoved]:
        """Take over a chat's destinations under its new id; empty if that is known already."""
        places = self._places.pop(old, [])
        known = self._places.setdefault(new, []) if places else []
        moves = [ChannelMoved(place, replace(place, channel=new)) for place in places]
        known += [move.new for move in moves if move.new not in known]
        return moves
