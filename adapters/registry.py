"""Which adapters there are: entry points of the group `pretix_maintenance.adapters`.

A plugin that cannot be loaded is named with the package that brought it and harms no other.
"""

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from adapters.base import Factory

GROUP = "pretix_maintenance.adapters"
"""The group of entry points; each names a `Factory`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An adapter that somebody offers: its name, who brings it, and why it cannot be used."""

    name: str
    package: str
    problem: str | None = None


class RegistryError(Exception):
    """An adapter cannot be had; `str()` names adapter and package."""


class UnknownAdapter(RegistryError):
    """No installed package offers an adapter of that name."""


class DuplicateAdapter(RegistryError):
    """Two packages offer the same name; neither is taken, for one of them is not meant."""


class BrokenAdapter(RegistryError):
    """The package that offers it cannot be imported, or what it names is no factory."""


def available(found: list[EntryPoint] | None = None) -> list[Candidate]:
    """List every adapter on offer, by name; the broken and the doubled ones with their problem.

    Each is imported to see whether it can be (its SDK is not: see `adapters.base.Factory`).
    `found` stands in for what is installed.
    """
    points = _offers(found)
    return sorted(
        (Candidate(point.name, _package(point), _problem(point, points)) for point in points),
        key=lambda candidate: (candidate.name, candidate.package),
    )


def load(name: str, found: list[EntryPoint] | None = None) -> Factory:
    """Give the factory of an adapter.

    Raises:
        UnknownAdapter, DuplicateAdapter, BrokenAdapter: see there.
    """
    points = _offers(found)
    offers = [point for point in points if point.name == name]
    if not offers:
        names = ", ".join(sorted({point.name for point in points})) or "none"
        raise UnknownAdapter(f"there is no adapter '{name}'; installed: {names}")
    if len(offers) > 1:
        raise DuplicateAdapter(_doubled(name, offers))
    return _import(offers[0])


def _offers(found: list[EntryPoint] | None) -> list[EntryPoint]:
    points = list(entry_points(group=GROUP)) if found is None else found
    # The same package seen twice (an editable install beside its metadata) is one offer.
    return list({(p.name, _package(p), p.value): p for p in points}.values())


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value.partition(":")[0]


def _problem(point: EntryPoint, points: list[EntryPoint]) -> str | None:
    offers = [other for other in points if other.name == point.name]
    if len(offers) > 1:
        return _doubled(point.name, offers)
    try:
        _import(point)
    except BrokenAdapter as error:
        return str(error)
    return None


def _doubled(name: str, offers: list[EntryPoint]) -> str:
    packages = " and ".join(sorted(_package(point) for point in offers))
    return f"the adapter '{name}' is offered by {packages}; remove all but one"


def _import(point: EntryPoint) -> Factory:
    whose = f"the adapter '{point.name}' of the package {_package(point)}"
    try:
        factory = point.load()
    # A plugin is foreign code: whatever it raises when imported, even a call of `sys.exit`, is its
    # problem and not the bot's.
    except (Exception, SystemExit) as error:
        raise BrokenAdapter(f"{whose} cannot be loaded: {type(error).__name__}: {error}") from error
    if not callable(factory):
        raise BrokenAdapter(f"{whose} is no function: {point.value}")
    return factory  # type: ignore[no-any-return]  # entry points carry no types
