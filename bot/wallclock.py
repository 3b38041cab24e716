"""From the time on a clock on the wall to the instant that is meant."""

from bisect import bisect_left
from datetime import UTC, datetime, tzinfo


def last_instant(local: datetime, zone: tzinfo) -> datetime:
    """Return the instant (UTC) at which a clock in `zone` shows `local` for the last time.

    A time that a clock change shows twice means the second one, a time that it skips the first
    instant after the gap: while it is uncertain, the shop stays closed (PEP 495 for the folds).
    """
    later = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if later.astimezone(zone).replace(tzinfo=None) == local:
        return later.replace(fold=0)
    # In a gap fold=1 lies before the change and fold=0 after it.
    after = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    seconds = range(int(later.timestamp()), int(after.timestamp()) + 1)
    offset = after.astimezone(zone).utcoffset()
    index = bisect_left(
        seconds, 1, key=lambda at: datetime.fromtimestamp(at, zone).utcoffset() == offset
    )
    return datetime.fromtimestamp(seconds[index], UTC)
