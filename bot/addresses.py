"""Ask several addresses of one shop as if they were one: the worst answer is the answer."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.config import ProbeSettings
from bot.probe import Asks, Family, NoProbe, Probe, ProbeResult, Verdict

_WORST_FIRST = (
    Verdict.OPEN,
    Verdict.CLOSED,
    Verdict.PAGE_WITH_200,
    Verdict.FOREIGN,
    Verdict.CERTIFICATE,
    Verdict.UNREACHABLE,
)
"""Among wrong answers: what surely is not as it must be comes before what nobody could see."""


class Addresses:
    """Asks all of them at the same time."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        """Ask `probes`, at least one; the first one is the shop that people know."""
        self._probes = tuple(probes)
        self.last: ProbeResult | None = None

    async def ask(self, expected: bool | None) -> ProbeResult:  # noqa: FBT001 - see bot.probe.Asks
        """Ask once; takes no longer than the slowest of them, never raises."""
        answers = await asyncio.gather(*(probe.ask(expected) for probe in self._probes))
        self.last = worst(answers)
        return self.last


def worst(answers: Sequence[ProbeResult]) -> ProbeResult:
    """Give the worst answer, with the others in it; all get the instant of the last one."""
    at = max(one.at for one in answers)
    together = [replace(one, at=at) for one in answers]
    first, *others = sorted(together, key=_badness)
    return replace(first, others=tuple(others))


def _badness(answer: ProbeResult) -> int:
    return len(_WORST_FIRST) if answer.agrees else _WORST_FIRST.index(answer.verdict)


def shop(settings: ProbeSettings | None, clock: Callable[[], datetime]) -> Asks:
    """Make what asks the configured shop."""
    if settings is None:
        return NoProbe()
    both = (Family.V4, Family.V6)
    families = both if settings.ip is Family.BOTH else (settings.ip,)
    ways = [(url, family, None) for url in settings.all_urls for family in families]
    nginx = [(url, Family.ANY, settings.site) for url in [settings.nginx_url] if url]

    def probe(url: str, family: Family, site: str | None) -> Probe:
        return Probe(
            url,
            clock=clock,
            timeout=settings.timeout.total_seconds(),
            fingerprint=settings.fingerprint,
            ca_file=str(settings.ca_file) if settings.ca_file else None,
            family=family,
            site=site,
        )

    return Addresses([probe(*way) for way in (*ways, *nginx)])
