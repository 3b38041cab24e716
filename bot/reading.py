"""A chat message as words: what phones, keyboards and copying do to text is undone here."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 2000
"""Characters of a message that are read; a longer one is refused, not cut."""

# Phones turn quotes and `--` into typography, and copying brings characters that nobody sees.
_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
        **dict.fromkeys("\u2014\u2015", "--"),
    }
)
_QUOTES = {
    "'": "'",
    '"': '"',
    "\u2018": "\u2019",
    "\u201c": "\u201d",
    "\u201e": "\u201d\u201c",
    "\u00ab": "\u00bb",
}
"""Opening quotes, and what may close each."""
_JOINERS = frozenset("\u200c\u200d")
"""Zero-width characters that belong to words: joined emoji, Persian."""
_INVISIBLE = re.compile("[\u180e\u2800\u3164\uffa0\U000e0000-\U000e0fff]+")
"""Blank characters that Unicode does not call format characters."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was typed, and as we compare it."""

    raw: str
    key: str


def words(text: str) -> tuple[Word, ...]:
    """Split at any white space; words of which nothing is seen are dropped."""
    found = (Word(visible(part), _key(part)) for part in text.split())
    return tuple(word for word in found if word.key)


def joined(parts: tuple[Word, ...]) -> str:
    """Return words as they were typed, one space between them."""
    return " ".join(part.raw for part in parts)


def unquoted(text: str) -> str:
    """Take away one pair of quotes around the whole text."""
    if len(text) > 1 and text[-1] in _QUOTES.get(text[0], ""):
        return text[1:-1].strip()
    return text


def visible(text: str) -> str:
    """Take control and format characters out (those that turn text around, too)."""
    return "".join(char for char in text if char in _JOINERS or not _hidden(char))


def _hidden(char: str) -> bool:
    # Cc control, Cf format, Cs half of a pair, Co private, Cn unassigned: nothing that is read.
    return unicodedata.category(char).startswith("C")


def _key(part: str) -> str:
    seen = _INVISIBLE.sub("", visible(part)).translate(_TYPOGRAPHY)
    bare = "".join(char for char in seen if char not in _JOINERS)
    return unicodedata.normalize("NFKC", bare).translate(_TYPOGRAPHY).casefold()
