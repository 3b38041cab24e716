"""One voice for each language that a chat may have."""

from collections.abc import Callable, Iterable

from adapters.base import Destination
from bot.messages import Voice
from bot.roster import Place


class Voices:
    """Finds the voice of a chat."""

    def __init__(
        self, make: Callable[[str], Voice], places: Iterable[Place], language: str
    ) -> None:
        """`make` gives the voice of a language; `language` is that of chats without their own."""
        self._places = {place.destination: place for place in places}
        self._default = make(language)
        self._others = {
            place.language: make(place.language)
            for place in self._places.values()
            if place.language
        }

    def of(self, place: Place | None) -> Voice:
        """Give the voice of a place."""
        if place is None or place.language is None:
            return self._default
        return self._others[place.language]

    def at(self, destination: Destination) -> Voice:
        """Give the voice of a configured destination."""
        return self.of(self._places.get(destination))

    def label(self, subject: str) -> str:
        """Name an adapter or a destination for people."""
        for place in self._places.values():
            if subject == str(place.destination) and place.label:
                return place.label
        return subject
