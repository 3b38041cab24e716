"""Instants: UTC epoch seconds inside, RFC 3339 text at the borders."""

import time

from core.errors import RequestError

LATEST = 253370764799  # 9998-12-31T23:59:59Z: RFC 3339 ends a year later, and windows look ahead


def text_of(instant: int) -> str:
    """Return `instant` (epoch seconds) as RFC 3339 text in UTC, `2026-11-29T22:00:00Z`."""
    year, month, day, hour, minute, second = time.gmtime(instant)[:6]
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"


def instant(text: str) -> int:
    """Read an RFC 3339 instant, whole seconds, ending in `Z` or an offset such as `+01:00`.

    Raises:
        RequestError: `text` is anything else, or before 1970 or after 9998.
    """
    # datetime costs 2 ms and is needed only where a person or a file names an instant.
    from datetime import UTC, datetime  # noqa: PLC0415 - as said

    try:
        moment = datetime.fromisoformat(text)
        seconds = int((moment - datetime.fromtimestamp(0, UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        raise _refused(text) from None
    # fromisoformat takes week dates, spaces and fractions too; only one spelling is ours.
    if moment.isoformat() != text.replace("Z", "+00:00") or not 0 <= seconds <= LATEST:
        raise _refused(text)
    return seconds


def _refused(text: object) -> RequestError:
    return RequestError(f"{text!r} is not an instant such as 2026-11-29T22:00:00Z")
