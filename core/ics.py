"""The coming occurrences as an iCalendar file (RFC 5545)."""

import time

from core import __version__
from core.vocabulary import Occurrence

_LINE = 75  # octets, without the line's end


def calendar(occurrences: list[Occurrence], now: int) -> str:
    """Return the file; lines end in CRLF and are folded, instants are UTC."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//pretix-maintenance//core {__version__}//EN",
    ]
    for one in occurrences:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{one.start}-{one.end}@pretix-maintenance",
            f"DTSTAMP:{_basic(now)}",
            f"DTSTART:{_basic(one.start)}",
            f"DTEND:{_basic(one.end)}",
            f"SUMMARY:{_escaped(one.name)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _basic(moment: int) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment))


def _escaped(text: str) -> str:
    for character in "\\;,":
        text = text.replace(character, f"\\{character}")
    return text


def _folded(line: str) -> str:
    """Break the line so that no part has more than 75 octets and no character is cut."""
    parts = [""]
    size = 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _LINE:
            parts.append("")
            size = 1  # the space that a continued line begins with
        parts[-1] += character
        size += octets
    return "\r\n ".join(parts)
