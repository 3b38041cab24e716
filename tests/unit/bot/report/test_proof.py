"""What the probes prove."""

from datetime import timedelta

import pytest

from bot.probe import Verdict
from bot.report.model import Gap, ProbeRecord, Proof, Span
from bot.report.proof import SILENCE, prove
from tests.unit.bot.report.journal import MONDAY, SUNDAY

MINUTE = timedelta(minutes=1)
SPAN = Span(SUNDAY, SUNDAY + 30 * MINUTE)


def at(minute: float, verdict: Verdict = Verdict.CLOSED) -> ProbeRecord:
    return ProbeRecord(SUNDAY + minute * MINUTE, verdict, 503 if verdict is Verdict.CLOSED else 200)


def between(start: float, end: float) -> Span:
    return Span(SUNDAY + start * MINUTE, SUNDAY + end * MINUTE)


def test_first_and_last_503_are_the_proof() -> None:
    records = [at(25), at(0.1), at(10), at(20)]
    first, last = SUNDAY + 0.1 * MINUTE, SUNDAY + 25 * MINUTE
    assert prove(records, SPAN) == Proof(4, first, last, ())


def test_answers_outside_the_window_prove_nothing() -> None:
    records = [at(-1), at(30), at(40, Verdict.OPEN)]
    assert prove(records, SPAN) == Proof(0, None, None, (Gap(SPAN, None),))


@pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.CLOSED])
def test_a_wrong_answer_is_a_gap_up_to_the_next_503(verdict: Verdict) -> None:
    records = [at(1), at(5, verdict), at(9, Verdict.FOREIGN), at(12), at(20), at(29)]
    proof = prove(records, SPAN)
    assert proof.gaps == (Gap(between(5, 12), verdict),)
    assert (proof.first, proof.last) == (SUNDAY + MINUTE, SUNDAY + 29 * MINUTE)


def test_a_gap_in_which_the_shop_was_seen_open_is_called_open() -> None:
    records = [at(1), at(5, Verdict.UNREACHABLE), at(9, Verdict.OPEN), at(12), at(20), at(29)]
    assert prove(records, SPAN).gaps == (Gap(between(5, 12), Verdict.OPEN),)


def test_a_wrong_answer_at_the_end_is_a_gap_to_the_end() -> None:
    proof = prove([at(1), at(10), at(20, Verdict.OPEN)], SPAN)
    assert proof.gaps == (Gap(between(20, 30), Verdict.OPEN),)


def test_a_shop_that_was_never_closed_has_no_first_503() -> None:
    proof = prove([at(minute, Verdict.OPEN) for minute in range(0, 30, 5)], SPAN)
    assert (proof.first, proof.last, proof.gaps) == (None, None, (Gap(SPAN, Verdict.OPEN),))


def test_a_time_in_which_nobody_asked_is_a_gap_also_at_both_ends() -> None:
    span = Span(SUNDAY, MONDAY)
    records = [at(16), at(30), at(60)]
    gaps = prove(records, span).gaps
    assert gaps == (
        Gap(between(0, 16), None),
        Gap(between(30, 60), None),
        Gap(Span(SUNDAY + 60 * MINUTE, MONDAY), None),
    )


def test_silence_is_only_what_is_longer_than_allowed() -> None:
    assert prove([at(15)], Span(SUNDAY, SUNDAY + 2 * SILENCE)).gaps == ()
