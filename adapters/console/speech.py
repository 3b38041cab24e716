"""What a typed line means. Pure."""

import re
from dataclasses import dataclass

_AS = re.compile(r"as\s+(?P<who>[\w.-]+)\s*(?:(?P<colon>:)\s*(?P<text>.*))?", re.IGNORECASE)
_AS_BARE = re.compile(r"as\s+(?P<who>[\w.-]+?):?\s+(?P<text>[/@].*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Say:
    """Somebody says something in the chat; `who` is None for the present speaker."""

    text: str
    who: str | None = None


@dataclass(frozen=True, slots=True)
class Become:
    """From now on somebody else types."""

    who: str


@dataclass(frozen=True, slots=True)
class Leave:
    """The person at the terminal has had enough."""


@dataclass(frozen=True, slots=True)
class Explain:
    """The person at the terminal asks how this terminal works."""


@dataclass(frozen=True, slots=True)
class Silence:
    """An empty line."""


Speech = Say | Become | Leave | Explain | Silence

_WORDS: dict[str, Speech] = {
    "": Silence(),
    "quit": Leave(),
    "exit": Leave(),
    "help": Explain(),
    "?": Explain(),
}


def understand(line: str) -> Speech:
    """Tell what a line means: `as NAME: TEXT`, `as NAME`, `quit`, `help`, or something said."""
    line = line.strip("\r\n")
    word = _WORDS.get(line.strip().lower())
    if word is not None:
        return word
    match = _AS_BARE.fullmatch(line.strip()) or _AS.fullmatch(line.strip())
    if match is None:
        return Say(line)
    who, text = match["who"].lower(), (match["text"] or "").strip()
    return Say(text, who) if text else Become(who)


def wants_answer(text: str) -> bool:
    """Tell whether somebody speaks to the bot, not to the other people in the chat."""
    return text.lstrip().startswith(("/", "@"))
