"""What Prometheus is told; imported only where metrics are configured.

Every figure is read when it is asked for: nothing here is kept, so nothing can be out of date.
"""

import platform
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.probe import ProbeResult
from bot.vitals import Vitals
from core import __version__
from core.protocol import Report

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

REASONS = ("window", "lock")
"""Reasons that are always shown, as 0 when they do not hold; others only while they do."""

_PREFIX = "pretix_maintenance"


class Exposition(Collector):
    """The figures in Prometheus' words."""

    def __init__(self, vitals: Vitals) -> None:
        """Read from `vitals`."""
        self._vitals = vitals

    def collect(self) -> Iterator[Metric]:
        """Give all figures as they are now."""
        yield _build()
        yield from self._state()
        yield from _shop(self._vitals.probe())
        yield from self._deliveries()
        yield _labelled(
            "adapter_connected",
            "Whether the adapter hears its platform.",
            "adapter",
            self._vitals.adapters().items(),
        )
        yield _labelled(
            "difficulty",
            "What does not work at present.",
            "subject",
            ((one, 1) for one in self._vitals.difficulties()),
        )

    def _state(self) -> Iterator[Metric]:
        report = self._vitals.report()
        yield _gauge("state_readable", "Whether the state can be read.", report is not None)
        if report is not None:
            yield from _of_report(report)
        reconciled = self._vitals.last_reconcile()
        if reconciled is not None:
            help_text = "When the timer last had the shop put right, as far as it is known."
            yield _gauge("last_reconcile_timestamp_seconds", help_text, reconciled)
        lag = self._vitals.journal_lag()
        if lag is not None:
            yield _gauge("journal_lag_bytes", "What of the journal has not been read yet.", lag)

    def _deliveries(self) -> Iterator[Metric]:
        now = self._vitals.now().timestamp()
        overview = self._vitals.deliveries()
        yield _labelled(
            "deliveries_pending",
            "Announcements that are still tried.",
            "destination",
            ((str(one.destination), one.waiting) for one in overview),
        )
        yield _labelled(
            "deliveries_oldest_age_seconds",
            "How long the first of them waits; 0 if none does.",
            "destination",
            (
                (str(one.destination), now - one.oldest.timestamp() if one.oldest else 0)
                for one in overview
            ),
        )
        yield _labelled(
            "deliveries_dead",
            "Announcements that were given up.",
            "destination",
            ((str(one.destination), one.dead) for one in overview),
        )


def _of_report(report: Report) -> Iterator[Metric]:
    yield _gauge("on", "Whether the shop is closed for maintenance.", report.maintenance)
    yield _gauge("desired", "Whether it should be.", report.desired)
    reasons = dict.fromkeys((*REASONS, *report.reasons))
    yield _labelled(
        "reason",
        "Why the shop is closed.",
        "reason",
        ((reason, reason in report.reasons) for reason in reasons),
    )


def _shop(result: ProbeResult | None) -> Iterator[Metric]:
    if result is None:
        return
    answers = (result, *result.others)
    at = result.at.timestamp()
    yield _gauge("probe_timestamp_seconds", "When the shop was last asked.", at)
    right = ((one.host, one.agrees) for one in answers)
    yield _labelled("probe_ok", "Whether the shop answers as it must.", "host", right)
    statuses = ((one.host, one.status or 0) for one in answers)
    yield _labelled("probe_status", "The shop's HTTP status; 0 for none.", "host", statuses)
    verdicts = GaugeMetricFamily(
        f"{_PREFIX}_probe_verdict", "What the shop's answer means.", labels=["host", "verdict"]
    )
    for one in answers:
        verdicts.add_metric([one.host, one.verdict.value], 1)
    yield verdicts


def _build() -> Metric:
    found = {"version": __version__, "python": platform.python_version()}
    return InfoMetricFamily(f"{_PREFIX}_build", "What runs here.", value=found)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{_PREFIX}_{name}", help_text, value=value)


def _labelled(name: str, help_text: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(f"{_PREFIX}_{name}", help_text, labels=[label])
    for value_of, value in values:
        family.add_metric([value_of], value)
    return family


def exposed(vitals: Vitals) -> bytes:
    """Give everything in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Exposition(vitals))
    return generate_latest(registry)
