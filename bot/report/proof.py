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

    A wrong answer is a gap up to the next right one; if the shop was seen open in it, that is what
    it is called. `silence` is how long nobody may ask, also
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
    wrong: list[ProbeRecord] = []
    for one in inside:
        if one.verdict is not Verdict.CLOSED:
            wrong.append(one)
        elif wrong:
            yield Gap(Span(wrong[0].at, one.at), _worst(wrong))
            wrong = []
    if wrong:
        yield Gap(Span(wrong[0].at, end), _worst(wrong))


def _worst(wrong: Sequence[ProbeRecord]) -> Verdict:
    seen = [one.verdict for one in wrong]
    return Verdict.OPEN if Verdict.OPEN in seen else seen[0]


def _silent(inside: Sequence[ProbeRecord], span: Span, silence: timedelta) -> Iterator[Gap]:
    moments = [span.start, *(one.at for one in inside), span.end]
    for before, after in pairwise(moments):
        if after - before > silence:
            yield Gap(Span(before, after), None)
