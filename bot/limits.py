"""How often people may speak: what comes faster is dropped before it costs anything.

Each sender has a bucket of tokens: a message takes one, and time puts them back. Strangers have one
bucket together besides, so that a crowd of them costs no more than one: neither the disk, nor the
platform's own limit on our answers, is theirs to use up.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST = 1000
"""Senders remembered at once; whoever was silent longest is forgotten, and begins anew."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many messages at once, and one more each so many seconds."""

    burst: int
    every: float


OF_A_PERSON = Rate(30, 2.0)
"""Somebody of the roster."""

OF_A_STRANGER = Rate(3, 60.0)

OF_ALL_STRANGERS = Rate(6, 12.0)
"""Telegram takes 20 messages a minute from a bot in a group: most are left for those who may."""


class Limits:
    """Counts."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Count by this stopwatch (seconds)."""
        self._monotonic = monotonic
        self._strangers = _Bucket(OF_ALL_STRANGERS, monotonic())
        self._buckets: OrderedDict[tuple[str, bool], _Bucket] = OrderedDict()

    def allow(self, sender: str, *, known: bool) -> bool:
        """Tell whether one more message of a sender is within the limits, and count it if so.

        `known` are people of the roster in their own words; what only looks like theirs counts as
        a stranger's, or else it would use up what is theirs.
        """
        now = self._monotonic()
        bucket = self._bucket(sender, known, now)
        if known:
            return bucket.take(now)
        # Asked first: a stranger who has none left takes nothing from the others.
        return bucket.has_one(now) and self._strangers.take(now) and bucket.take(now)

    def _bucket(self, sender: str, known: bool, now: float) -> "_Bucket":  # noqa: FBT001 - a key
        key = (sender, known)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(OF_A_PERSON if known else OF_A_STRANGER, now)
        self._buckets.move_to_end(key)
        while len(self._buckets) > MOST:
            self._buckets.popitem(last=False)
        return bucket


class _Bucket:
    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._tokens = float(rate.burst)
        self._at = now

    def has_one(self, now: float) -> bool:
        more = (now - self._at) / self._rate.every
        self._tokens = min(self._tokens + more, float(self._rate.burst))
        self._at = now
        return self._tokens >= 1

    def take(self, now: float) -> bool:
        if not self.has_one(now):
            return False
        self._tokens -= 1
        return True
