"""What every text is made with: a language's words, and instants as people read them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from adapters.base import SpanKind
from bot.catalogue import translations
from bot.text import Piece, Text, filled, foreign, spanned
from bot.timefmt import Times

_NAME, _REASON = 60, 300
"""Characters of somebody else's words that are shown."""

NOTABLE = timedelta(seconds=5)
"""Less than this from an edge, people are not told how long it is."""

_PLATFORMS = {"telegram": "Telegram", "mattermost": "Mattermost"}
_ON_THE_SERVER = frozenset({"unix", "systemd", "unknown"})
"""Beginnings of actors who are on the machine itself."""


class Phrases:
    """One language, one zone, and the names of things here."""

    def __init__(
        self,
        language: str,
        zone: tzinfo,
        contact: str,
        shop: str = "",
        places: Mapping[str, str] | None = None,
    ) -> None:
        """See `bot.messages.Voice`."""
        self._words = translations(language)
        self._places = places or {}
        self.times = Times(language, zone)
        self.zone = zone
        self.contact = foreign(contact, _NAME)
        self.shop: Piece = foreign(shop, _NAME) or self.say("the ticket shop")

    def say(self, template: str, **values: Piece) -> Text:
        """Translate and fill `template`, a literal, so that extraction finds it."""
        return filled(self._words.gettext(template), contact=self.contact, **values)

    def count(self, one: str, many: str, number: int, **values: Piece) -> Text:
        """Translate for a number of things, which is `{number}`."""
        template = self._words.ngettext(one, many, number)
        return filled(template, contact=self.contact, number=str(number), **values)

    def when(self, at: datetime | int, now: datetime) -> Text:
        """Show an instant, given as a time or in epoch seconds."""
        instant = aware(at)
        return spanned(self.times.instant(instant, now), SpanKind.TIME, instant)

    def since(self, at: datetime | int, now: datetime) -> str:
        """Show how long ago something was."""
        return self.times.duration(now - aware(at))

    def ahead(self, at: datetime | int, now: datetime) -> str:
        """Show how long it is to something."""
        return self.times.duration(aware(at) - now)

    def lasting(self, at: datetime | int, now: datetime) -> Text:
        """Return `, for …` since then; nothing right after it, when a length says nothing."""
        if now - aware(at) < NOTABLE:
            return Text("")
        return self.say(", for {age}", age=self.since(at, now))

    def coming(self, at: datetime | int, now: datetime) -> Text:
        """Return `, in …` until then; nothing right before it."""
        if aware(at) - now < NOTABLE:
            return Text("")
        return self.say(", in {wait}", wait=self.ahead(at, now))

    def length(self, length: timedelta) -> str:
        """Show a duration."""
        return self.times.duration(length)

    def who(self, name: str | None) -> str:
        """Name a person for people, never by an id."""
        return foreign(name or "", _NAME) or self.say("somebody").text

    def someone(self, actor: str, name: str | None, origin: str | None = None) -> Text:
        """Name a person with the place from which they acted."""
        where = self.where(actor, origin)
        return self.say("{who} ({where})", who=self.who(name), where=where)

    def where(self, actor: str, origin: str | None) -> str:
        """Name the place from which somebody acted."""
        if origin is not None and origin in self._places:
            return foreign(self._places[origin], _NAME)
        platform = actor.partition(":")[0]
        if platform in _ON_THE_SERVER:
            return self.say("on the server").text
        return platform_name(platform)

    def reason(self, reason: str | None) -> Text:
        """Return `, reason: “…”`, or nothing."""
        shown = foreign(reason or "", _REASON)
        return self.say(", reason: “{reason}”", reason=shown) if shown else Text("")


def aware(at: datetime | int) -> datetime:
    """Return an instant as a time; epoch seconds are the core's."""
    return datetime.fromtimestamp(at, UTC) if isinstance(at, int) else at


def platform_name(adapter: str) -> str:
    """Return an adapter's name as people write it."""
    return _PLATFORMS.get(adapter, foreign(adapter, _NAME))


def quoted(text: str) -> str:
    """Return a few of somebody's words, to be shown to them again."""
    return foreign(text, _NAME)
