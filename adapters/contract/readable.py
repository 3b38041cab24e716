"""Compare texts as a reader would."""

import re

_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
_NOTHING = re.compile(r"\s+")


def as_read(text: str) -> str:
    """Take away what nobody sees: characters without width (they defuse mentions), end spaces."""
    lines = _INVISIBLE.sub("", text).strip().split("\n")
    return "\n".join(line.rstrip() for line in lines)


def without_space(text: str) -> str:
    """Take away all white space: where a text is split is the adapter's choice."""
    return _NOTHING.sub("", _INVISIBLE.sub("", text))
