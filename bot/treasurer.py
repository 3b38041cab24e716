"""The treasurer's note of each window, made and put on its way to the chats that want it."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from bot.config import ConfigurationFaults
from bot.corestate import moment
from bot.foundation import Foundation
from bot.notices import Kind, of_text
from bot.outbox import Outbox
from bot.parcel import Notice
from bot.report.access import Access
from bot.report.gather import Sources
from bot.report.keeper import Keeper, Shelf
from bot.report.model import Missing, Note
from bot.report.table import attachment
from bot.reporting import access_to
from bot.roster import Place
from bot.voices import Voices
from core.protocol import Occurrence


class Treasurer:
    """Words a note for each of its readers and hands it to the outbox."""

    def __init__(  # noqa: PLR0913 - effects and readers, each by name
        self,
        outbox: Outbox,
        voices: Voices,
        readers: Sequence[Place],
        *,
        zone: tzinfo,
        wake: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        """Tell `readers`, with instants in `zone`; `wake` starts the delivery."""
        self._outbox = outbox
        self._voices = voices
        self._readers = readers
        self._zone = zone
        self._wake = wake
        self._now = now

    @property
    def shelf(self) -> Shelf:
        """Where the keeper of the notes finds what is told, and puts what is new."""
        return Shelf(told=lambda: self._outbox.noted_until(self._now()), tell=self._tell)

    def _tell(self, note: Note, one: Occurrence) -> None:
        notices = [(self._notice(note, place), [place.destination]) for place in self._readers]
        self._outbox.put_notes(notices, moment(one.end))
        self._wake()

    def _notice(self, note: Note, place: Place) -> Notice:
        text = self._voices.at(place.destination).note(note, note.made_at)
        file = attachment(note, self._zone)
        return Notice(Kind.NOTE, note.made_at, of_text(text), file, lasting=True)


def keeper(base: Foundation, wake: Callable[[], None]) -> Keeper:
    """Make what watches the ends of windows.

    A pretix that cannot be asked, for what the configuration says, is missing in every note.
    """
    config = base.config
    access, lacking = _access(base)
    sources = Sources(
        config.core_config,
        base.core.journal,
        config.timezone,
        probes=base.proofs.between if config.probe else None,
        access=access,
        lacking=lacking,
        sleep=base.sleep,
    )
    readers = [place for place in config.destinations if place.treasurer]
    treasurer = Treasurer(
        base.outbox, base.voices, readers, zone=config.timezone, wake=wake, now=base.now
    )
    return Keeper(sources, treasurer.shelf, now=base.now, sleep=base.sleep)


def _access(base: Foundation) -> tuple[Access | None, tuple[Missing, ...]]:
    try:
        return access_to(base.config.pretix, base.outside.secret), ()
    except ConfigurationFaults as error:
        return None, tuple(Missing("pretix", "configuration", fault) for fault in error.faults)
