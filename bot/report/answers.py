"""pretix's JSON, checked at the door: only what the note needs comes in, as typed values.

The fields are those of pretix's REST API v1 (https://docs.pretix.eu/dev/api/resources/). What a
fault quotes is the name of a field, never its value.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.report.errors import PretixStrange
from bot.report.model import Event

_T = TypeVar("_T")

_SLUG = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9]{1,40}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_PROVIDER_IDS = ("id", "sale_id")
"""Where providers put their own id: Mollie and Stripe in the first, PayPal in the second."""
_LONGEST_ID = 200
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment or refund; `done` is when it was confirmed or executed, if it was."""

    local_id: int
    state: str
    amount: Decimal
    created: datetime
    done: datetime | None
    provider: str
    provider_id: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order with its payments and refunds."""

    code: str
    status: str
    testmode: bool
    made: datetime
    total: Decimal
    payments: tuple[Payment, ...]
    refunds: tuple[Payment, ...]


def organizer(data: Any) -> str:
    """Read an organizer's slug.

    Raises:
        PretixStrange: it is not one.
    """
    return _matching(data, "slug", _SLUG)


def event(data: Any, organizer: str) -> Event:
    """Read an event.

    Raises:
        PretixStrange: it is not one.
    """
    zone_name = _text(data, "timezone")
    return Event(
        organizer=organizer,
        slug=_matching(data, "slug", _SLUG),
        currency=_matching(data, "currency", _CURRENCY),
        zone_name=zone_name,
        zone=_zone(zone_name),
    )


def order(data: Any) -> Order:
    """Read an order.

    Raises:
        PretixStrange: it is not one.
    """
    return Order(
        code=_matching(data, "code", _CODE),
        status=_text(data, "status"),
        testmode=_value(data, "testmode", bool),
        made=_instant(data, "datetime"),
        total=_amount(data, "total"),
        payments=_each(data, "payments", lambda one: _payment(one, "payment_date")),
        refunds=_each(data, "refunds", lambda one: _payment(one, "execution_date")),
    )


def _payment(data: Any, done: str) -> Payment:
    return Payment(
        local_id=_value(data, "local_id", int),
        state=_text(data, "state"),
        amount=_amount(data, "amount"),
        created=_instant(data, "created"),
        done=_instant(data, done) if _get(data, done) is not None else None,
        provider=_text(data, "provider") if _get(data, "provider") is not None else "",
        provider_id=_provider_id(_get(data, "details")),
    )


def _provider_id(details: Any) -> str:
    """Take the id and nothing else: details may hold a gift card's secret."""
    if not isinstance(details, Mapping):
        return ""
    found = (details.get(key) for key in _PROVIDER_IDS)
    return next((_clean(one) for one in found if isinstance(one, str)), "")[:_LONGEST_ID]


def _each(data: Any, key: str, read: Callable[[Any], _T]) -> tuple[_T, ...]:
    return tuple(read(one) for one in _value(data, key, list))


def _get(data: Any, key: str) -> Any:
    if not isinstance(data, Mapping) or key not in data:
        raise _strange(key, "is missing")
    return data[key]


def _value(data: Any, key: str, kind: type[_T]) -> _T:
    value = _get(data, key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _strange(key, "is of another kind")
    return value


def _text(data: Any, key: str) -> str:
    return _clean(_value(data, key, str))


def _clean(text: str) -> str:
    """Replace halves of characters, which JSON can carry and no file or chat can."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _matching(data: Any, key: str, pattern: re.Pattern[str]) -> str:
    text = _text(data, key)
    if not pattern.fullmatch(text):
        raise _strange(key, "has another shape")
    return text


def _instant(data: Any, key: str) -> datetime:
    try:
        at = datetime.fromisoformat(_text(data, key))
        if at.tzinfo is None:
            raise _strange(key, "is a time without a zone")
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _strange(key, "is not a time") from error


def _amount(data: Any, key: str) -> Decimal:
    try:
        amount = Decimal(_text(data, key))
    except InvalidOperation as error:
        raise _strange(key, "is not an amount") from error
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or max(abs(exponent), amount.adjusted()) > _MOST_DIGITS:
        raise _strange(key, "is not an amount")
    return amount


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _strange(key: str, what: str) -> PretixStrange:
    return PretixStrange("answer", f"pretix's answer cannot be used: {key} {what}")


def codes(orders: Sequence[Order]) -> dict[str, Order]:
    """Return each order once: a page may show again what the page before it showed."""
    return {one.code: one for one in orders}
