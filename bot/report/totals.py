"""Sums of what happened. Pure; Decimals throughout, never across currencies."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from bot.report.model import Event, Kind, Movement


@dataclass(frozen=True, slots=True)
class Total:
    """How many, and how much in all."""

    count: int = 0
    amount: Decimal = field(default_factory=Decimal)

    def plus(self, amount: Decimal) -> "Total":
        """Count one more."""
        return Total(self.count + 1, self.amount + amount)


@dataclass(frozen=True, slots=True)
class ProviderTotals:
    """Payments and refunds of one event by one provider; `started_before` is part of `payments`."""

    event: Event
    provider: str
    payments: Total
    refunds: Total
    started_before: Total


@dataclass(frozen=True, slots=True)
class EventTotals:
    """One event: orders made, and what each provider moved."""

    event: Event
    orders: Total
    providers: tuple[ProviderTotals, ...]


def by_event(movements: Iterable[Movement]) -> list[EventTotals]:
    """Sum up per event, and in it per provider; both in order of their names."""
    groups: dict[tuple[str, str], list[Movement]] = {}
    for one in movements:
        groups.setdefault((one.event.organizer, one.event.slug), []).append(one)
    return [_event(groups[key]) for key in sorted(groups)]


def _event(movements: list[Movement]) -> EventTotals:
    event = movements[0].event
    providers = sorted({one.provider for one in movements if one.kind is not Kind.ORDER})
    return EventTotals(
        event,
        total(movements, Kind.ORDER),
        tuple(
            _provider(event, provider, [one for one in movements if one.provider == provider])
            for provider in providers
        ),
    )


def _provider(event: Event, provider: str, movements: list[Movement]) -> ProviderTotals:
    return ProviderTotals(
        event,
        provider,
        total(movements, Kind.PAYMENT),
        total(movements, Kind.REFUND),
        total((one for one in movements if one.started_before), Kind.PAYMENT),
    )


def total(movements: Iterable[Movement], kind: Kind) -> Total:
    """Sum up one kind; the movements are of one currency."""
    result = Total()
    for one in movements:
        if one.kind is kind:
            result = result.plus(one.amount)
    return result
