"""What a note consists of. Instants are aware, amounts are Decimals."""

import enum
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.probe import Verdict


@dataclass(frozen=True, slots=True)
class Span:
    """The time `[start, end)`."""

    start: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        """Tell whether `at` is inside; the end is not."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class ProbeRecord:
    """One answer of the public shop: when, what it meant, and its HTTP status if there was one."""

    at: datetime
    verdict: Verdict
    status: int | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without proof: the shop answered `verdict`, or (None) nobody asked it."""

    span: Span
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What the shop answered during a window: how often asked, first and last 503, what lacks."""

    asked: int
    first: datetime | None
    last: datetime | None
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """One window and what became of it.

    `closed_at` and `opened_at` are what the journal recorded; a lock may have closed the shop
    earlier or kept it closed. `opened_between` are times inside at which it was recorded as open,
    `repairs` when the shop was found open and put right. `recorded` is false where the
    journal does not reach back; `over` is false while the window is still open.
    """

    name: str
    planned: Span
    closed_at: datetime | None
    opened_at: datetime | None
    opened_between: tuple[Span, ...]
    repairs: tuple[datetime, ...]
    recorded: bool
    over: bool
    proof: Proof | None = None


class Ended(enum.StrEnum):
    """How a lock ended."""

    UNLOCKED = "unlocked"
    EXPIRED = "expired"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class ManualLock:
    """A person's lock; `end` is None while it holds, `until` the end that was ordered with it."""

    actor: str
    name: str | None
    origin: str | None
    reason: str | None
    start: datetime
    until: datetime | None
    end: datetime | None = None
    ended: Ended | None = None
    ended_by: str | None = None


class Kind(enum.StrEnum):
    """What moved."""

    ORDER = "order"
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Event:
    """An event in pretix; `zone` is None where this machine does not know `zone_name`."""

    organizer: str
    slug: str
    currency: str
    zone_name: str
    zone: ZoneInfo | None

    def __str__(self) -> str:
        """Show it as in pretix's addresses."""
        return f"{self.organizer}/{self.slug}"


@dataclass(frozen=True, slots=True)
class Movement:
    """Something that happened in pretix inside a window.

    `at` is pretix's own time of it: an order's making, a payment's confirmation, a refund's
    execution. `number` is the order's code, for payments and refunds with `-P-1` or `-R-1`.
    `amount` is in the event's currency, negative for a refund. `provider_id` is what the payment
    provider calls it (Mollie: `tr_…`, `re_…`), empty if pretix does not tell.
    """

    kind: Kind
    event: Event
    window: Span
    order: str
    number: str
    at: datetime
    amount: Decimal
    state: str
    provider: str = ""
    provider_id: str = ""
    started: datetime | None = None

    @property
    def started_before(self) -> bool:
        """Whether it was a payment begun before the window, which landed inside."""
        begun = self.started
        return self.kind is Kind.PAYMENT and begun is not None and begun < self.window.start


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not in the note, and why: a machine code and a sentence in English."""

    subject: str
    problem: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Books:
    """What pretix says; `test_orders` were left out of everything."""

    movements: tuple[Movement, ...] = ()
    missing: tuple[Missing, ...] = ()
    test_orders: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """The treasurer's note of one week; `books` is None where no pretix is configured."""

    week: str
    span: Span
    made_at: datetime
    closings: tuple[Closing, ...]
    locks: tuple[ManualLock, ...]
    books: Books | None
    missing: tuple[Missing, ...] = ()

    @property
    def lacks(self) -> tuple[Missing, ...]:
        """Everything that is missing."""
        return (*self.missing, *(self.books.missing if self.books else ()))
