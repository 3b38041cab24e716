"""What the probes prove of a window. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from bot.probe import Verdict
from bot.report.model import Gap, ProbeRecord, Proof, Span

SILENCE = timedelta(minutes=15)
"""Longer than this without a question proves nothing: three beats of the shop's watch."""


def prove(records: Iterable[ProbeRecord], span: Span, silence: timedelta = SILENCE) -> Proof:
    """Judge the answers inside `span`.

    A wrong answer is a gap up to the next right one. `silence` is how long nobody may ask, also
    after the beginning and before the end.
    """
    inside = sorted((one for one in records if one.at in span), key=lambda one: one.at)
    closed = [one.at for one in inside if one.verdict is Verdict.CLOSED]
    gaps = (*_wrong(inside, span.end), *_silent(inside, span, silence))
    return Proof(
        asked=len(inside),
        first=min(closed, default=None),
        last=max(closed, default=None),
        gaps=tuple(sorted(gaps, key=lambda gap: gap.span.start)),
    )


def _wrong(inside: Sequence[ProbeRecord], end: datetime) -> Iterator[Gap]:
    since: ProbeRecord | None = None
    for one in inside:
        if one.verdict is not Verdict.CLOSED:
            since = since or one
        elif since is not None:
            yield Gap(Span(since.at, one.at), since.verdict)
            since = None
    if since is not None:
        yield Gap(Span(since.at, end), since.verdict)


def _silent(inside: Sequence[ProbeRecord], span: Span, silence: timedelta) -> Iterator[Gap]:
    moments = [span.start, *(one.at for one in inside), span.end]
    for before, after in pairwise(moments):
        if after - before > silence:
            yield Gap(Span(before, after), None)
