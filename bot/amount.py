"""An end as an amount of time from now: "2h", "1,5 uur", "2 days and 3 hours", "an hour"."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from bot import endwords
from bot.commands import EndFault
from bot.notaken import NotTakenError

_AMOUNT = re.compile(r"(?:[0-9]{1,5}(?:[.,][0-9]{1,2})?[a-z]+)+")
_PIECE = re.compile(r"([0-9.,]+)([a-z]+)")


def is_amount(text: str) -> bool:
    """Tell whether this is an amount of time written without spaces: "2h30m"."""
    return bool(_AMOUNT.fullmatch(text)) and all(
        unit in endwords.UNITS for _, unit in _PIECE.findall(text)
    )


def end_after(words: Sequence[str], now: datetime, _zone: tzinfo) -> datetime:
    """Return `now` plus the amount, in UTC; a day is 24 hours.

    Rounded up to the full minute unless seconds were asked for: nobody who says "2h" wants to read
    seconds, and later is the safe side.

    Raises:
        NotTakenError: this is no amount, or leads beyond the calendar.
    """
    keys = [word for word in words if word not in endwords.FILLERS]
    if keys and keys[0] in endwords.ARTICLES:
        keys[0] = "1"
    text = "".join(keys)
    if not is_amount(text):
        raise NotTakenError(EndFault.UNKNOWN)
    pieces = [
        (float(amount.replace(",", ".")), endwords.UNITS[unit])
        for amount, unit in _PIECE.findall(text)
    ]
    try:
        return _added(now.astimezone(UTC), pieces)
    except OverflowError:
        raise NotTakenError(EndFault.TOO_FAR) from None


def _added(now: datetime, pieces: Sequence[tuple[float, timedelta]]) -> datetime:
    length = sum((amount * unit for amount, unit in pieces), timedelta())
    end = now + length
    exact = not length or any(unit < timedelta(minutes=1) for _, unit in pieces)
    return end.replace(microsecond=0) if exact else _full_minute(end)


def _full_minute(end: datetime) -> datetime:
    full = end.replace(second=0, microsecond=0)
    return full if full == end else full + timedelta(minutes=1)
