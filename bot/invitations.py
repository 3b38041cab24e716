"""Buttons under announcements: for everybody who may, and for as long as the news is news."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from adapters.base import Button, Destination, Receipt
from bot.buttons import Buttons, Choice, Offer
from bot.commands import Keep, Unlock, Verb
from bot.corestate import lock_name
from bot.notices import Kind, lock_of
from bot.parcel import Notice
from bot.voices import Voices

LIFETIME = timedelta(days=1)
"""Until the next reminder brings new buttons."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """Buttons, and what they need to know once the message is there."""

    buttons: Sequence[Button]
    offer: Offer

    def shown_as(self, receipt: Receipt) -> None:
        """The message stands there: a press replaces it by its result."""
        self.offer.shown = receipt


class Invitations:
    """Makes the buttons of a notice."""

    def __init__(self, buttons: Buttons, voices: Voices) -> None:
        """Make them by `buttons`, named by `voices`."""
        self._buttons = buttons
        self._voices = voices

    def of(
        self, configured: Destination, current: Destination, notice: Notice
    ) -> Invitation | None:
        """Give the buttons under `notice`, if it asks something; the chat may have moved."""
        if notice.kind != Kind.LONG_LOCK:
            return None
        voice = self._voices.at(configured)
        read_about = lock_name(lock_of(notice.facts))
        choices = (
            # Whoever presses this has read whose lock it is; of a later lock nobody has.
            Choice(voice.button(Verb.UNLOCK), Unlock(confirmed=read_about), dangerous=True),
            Choice(voice.button_keep(), Keep()),
        )
        offer, made = self._buttons.offer_to_all(current, choices, LIFETIME)
        return Invitation(made, offer)
