"""Every text that the bot says in a chat, in Dutch and English.

`Voice` is the only entrance: one per language, and so per destination.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from adapters.base import IncomingMessage
from bot.commands import Command, Verb
from bot.messages import answers, card, news, refusals, results, watch
from bot.messages.answers import Difficulty, Pending
from bot.messages.note import treasurers_note
from bot.messages.phrases import Phrases
from bot.policy import Refused
from bot.probe import ProbeResult
from bot.report.model import Note
from bot.roster import Person
from bot.text import Text
from core.protocol import Event, LockInfo, Occurrence, Report

__all__ = ["Difficulty", "Pending", "Text", "Voice"]


class Voice:
    """What the bot says in one language.

    Every instant given is aware; `now` is when the text is made. `probe` is the shop's answer asked
    for this text, or None. `error_id` leads from the text to the log.
    """

    def __init__(
        self,
        language: str,
        zone: tzinfo,
        contact: str,
        shop: str = "",
        places: Mapping[str, str] | None = None,
    ) -> None:
        """Speak `language` ("nl", "en") and show instants in `zone`, with UTC in brackets.

        `contact` is whom to ask when something does not work, `shop` the shop's host name.
        `places` maps the `origin` of requests and events to a label for people.
        """
        self._phrases = Phrases(language, zone, contact, shop, places)

    # Answers to commands.

    def waiting(self, verb: Verb) -> Text:
        """Say at once that it is being done; edited into the result."""
        return results.waiting(self._phrases, verb)

    def lock_done(  # noqa: PLR0913 - what is known after a lock
        self,
        report: Report,
        probe: ProbeResult | None,
        now: datetime,
        *,
        actor: str,
        asked: Command | None = None,
        error_id: str = "",
    ) -> Text:
        """After `lock`: locked now, or already locked by `actor` or by another.

        `asked` is the command, to say what of it an earlier lock did not take over.
        """
        return results.lock_done(
            self._phrases, report, probe, now, actor=actor, asked=asked, error_id=error_id
        )

    def unlock_done(  # noqa: PLR0913 - what is known after a unlock
        self,
        report: Report,
        probe: ProbeResult | None,
        now: datetime,
        *,
        removed: bool,
        former: LockInfo | None = None,
        actor: str = "",
        error_id: str = "",
    ) -> Text:
        """After `unlock`: open, closed by a window still, or was not locked.

        `removed` tells whether a lock was; `former` which, if known: another's is named to `actor`.
        """
        return results.unlock_done(
            self._phrases,
            report,
            probe,
            now,
            removed=removed,
            former=former,
            actor=actor,
            error_id=error_id,
        )

    def status(  # noqa: PLR0913 - all that a status tells
        self,
        report: Report,
        probe: ProbeResult | None,
        now: datetime,
        *,
        pending: Sequence[Pending] = (),
        difficulties: Sequence[Difficulty] = (),
        overview: bool = False,
        may_lock: bool = False,
    ) -> Text:
        """How things are; `overview` adds what the asker (`may_lock`?) can send."""
        return answers.status(
            self._phrases,
            report,
            probe,
            now,
            pending=pending,
            difficulties=difficulties,
            overview=overview,
            may_lock=may_lock,
        )

    def status_unreadable(self, probe: ProbeResult | None, now: datetime, *, error_id: str) -> Text:
        """When the state itself cannot be read."""
        return answers.status_unreadable(self._phrases, probe, now, error_id=error_id)

    def history(
        self,
        events: Sequence[Event],
        now: datetime,
        proofs: Mapping[int, ProbeResult] | None = None,
    ) -> Text:
        """What happened; `events` oldest first, `proofs` by `seq` (None: the shop is not asked)."""
        return answers.history(self._phrases, events, now, proofs)

    def schedule(self, occurrences: Sequence[Occurrence], now: datetime) -> Text:
        """When the shop closes by itself."""
        return answers.schedule(self._phrases, occurrences, now)

    def calendar_name(self) -> str:
        """Name the calendar of all closings."""
        return answers.calendar_name(self._phrases)

    def calendar_title(self, occurrence: Occurrence) -> str:
        """Name one closing in a calendar."""
        return answers.calendar_title(self._phrases, occurrence)

    def card(
        self,
        report: Report | None,
        probe: ProbeResult | None,
        now: datetime,
        *,
        pending: Sequence[Pending] = (),
        difficulties: Sequence[Difficulty] = (),
    ) -> Text:
        """How things are, for a message that is edited in place; None as `report`: unreadable."""
        return card.card(
            self._phrases, report, probe, now, pending=pending, difficulties=difficulties
        )

    def whoami(self, message: IncomingMessage, person: Person | None, now: datetime) -> Text:
        """Who the sender is to us."""
        return answers.whoami(self._phrases, message, person, now)

    def help(self, person: Person | None, now: datetime) -> Text:
        """What the asker may do, at most four lines."""
        return answers.help_text(self._phrases, person, now)

    def refused(self, refused: Refused, now: datetime) -> Text:
        """Why the policy refuses."""
        return refusals.refused(self._phrases, refused, now)

    def not_done(self, command: Command) -> Text:
        """For Synonym, Typo, Leftover, BadEnd and TooLong: quoted and explained."""
        return refusals.not_done(self._phrases, command)

    def failed(
        self,
        verb: Verb,
        present: Report | None,
        probe: ProbeResult | None,
        now: datetime,
        *,
        error_id: str,
    ) -> Text:
        """The helper says that it was not done; `present` is the status asked afterwards."""
        return results.failed(self._phrases, verb, present, probe, now, error_id=error_id)

    def busy(self, verb: Verb, present: Report | None, now: datetime, *, error_id: str) -> Text:
        """The helper stayed busy for too long."""
        return results.busy(self._phrases, verb, present, now, error_id=error_id)

    def lost_answer(  # noqa: PLR0913 - what is known when nothing was heard
        self,
        verb: Verb,
        present: Report | None,
        probe: ProbeResult | None,
        now: datetime,
        *,
        actor: str = "",
        error_id: str,
    ) -> Text:
        """The helper's answer was lost; `present` is the status asked since.

        With `actor` another person's lock does not count as having done what was ordered.
        """
        return results.lost_answer(
            self._phrases, verb, present, probe, now, actor=actor, error_id=error_id
        )

    def button(self, verb: Verb) -> str:
        """Return a button's label; STATUS refreshes."""
        return refusals.button(self._phrases, verb)

    def unlock_anyway(self, former: LockInfo, now: datetime) -> Text:
        """Ask whether another person's lock is to be removed."""
        return results.unlock_anyway(self._phrases, former, now)

    def your_lock_removed(self, report: Report, name: str | None, now: datetime) -> Text:
        """Tell the owner that the person `name` removed the lock."""
        return results.your_lock_removed(self._phrases, report, name, now)

    def button_keep(self) -> str:
        """Return the label of the button that leaves a lock as it is."""
        return refusals.button_keep(self._phrases)

    def kept(self, person: Person | None) -> Text:
        """After that button was pressed."""
        return results.kept(self._phrases, person)

    def button_ended(self) -> Text:
        """A press that comes too late, or a second time."""
        return refusals.button_ended(self._phrases)

    def button_not_yours(self) -> Text:
        """A press by somebody who did not ask."""
        return refusals.button_not_yours(self._phrases)

    # Announcements.

    def announcement(
        self,
        events: Sequence[Event],
        now: datetime,
        *,
        late: bool | None = None,
        present: Report | None = None,
        probe: ProbeResult | None = None,
    ) -> Text:
        """Tell one event, or several as one message; at least one, in order of `seq`.

        Late ones (judged here by the first event's age unless `late` says it) name when they
        happened and how things are now: give `present` whenever it is known.
        """
        return news.announcement(
            self._phrases, events, now, late=late, present=present, probe=probe
        )

    def repeat_note(self) -> str:
        """What marks a message that may be a second copy."""
        return self._phrases.say("(Sent again: perhaps you have seen this already.)").text

    def repaired(
        self, report: Report, since: datetime, at: datetime, now: datetime, *, closed: bool
    ) -> Text:
        """The shop was not as it must be since then, until it was made closed or open `at`."""
        return watch.repaired(self._phrases, report, since, at, now, closed=closed)

    def not_repaired(
        self, report: Report | None, since: datetime, now: datetime, *, error_id: str
    ) -> Text:
        """The shop is not as it must be since then, and the repair failed."""
        return watch.not_repaired(self._phrases, report, since, now, error_id=error_id)

    def ahead(self, occurrence: Occurrence, now: datetime) -> Text:
        """A window begins soon."""
        return watch.ahead(self._phrases, occurrence, now)

    def long_lock(self, report: Report, now: datetime) -> Text:
        """The lock of `report` has been on for long."""
        return watch.long_lock(self._phrases, report, now)

    def doubt(self, report: Report, since: datetime, now: datetime) -> Text:
        """Since then the shop is closed because nobody can tell whether it may be open."""
        return watch.doubt(self._phrases, report, since, now)

    def doubt_over(self, report: Report, since: datetime, now: datetime) -> Text:
        """The server can tell again; it could not `since`."""
        return watch.doubt_over(self._phrases, report, since, now)

    def shop_wrong(self, report: Report, probe: ProbeResult, now: datetime) -> Text:
        """The public shop does not answer as it must."""
        return watch.shop_wrong(self._phrases, report, probe, now)

    def shop_right(
        self, report: Report, probe: ProbeResult, since: datetime, now: datetime
    ) -> Text:
        """The public shop answers as it must again; wrong `since`."""
        return watch.shop_right(self._phrases, report, probe, since, now)

    def difficulty(self, difficulty: Difficulty, now: datetime) -> Text:
        """An adapter or a destination does not work; for the other chats."""
        return watch.difficulty(self._phrases, difficulty, now)

    def difficulty_over(self, difficulty: Difficulty) -> Text:
        """An adapter or a destination works again; for the other chats."""
        return watch.difficulty_over(self._phrases, difficulty)

    def note(self, note: Note, now: datetime) -> Text:
        """Tell the treasurer how the closing went."""
        return treasurers_note(self._phrases, note, now)
