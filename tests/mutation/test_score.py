"""What counts as a mutant that the tests have noticed, and what does not."""

import pytest

from tests.mutation.score import Score


def of(*codes: int | None) -> Score:
    return Score.of("core/x.py", {f"mutant {n}": code for n, code in enumerate(codes)})


def test_a_failing_test_and_one_that_never_ends_notice_a_mutant() -> None:
    score = of(1, 1, -24)
    assert (score.mutants, score.killed, score.timeout, score.survivors) == (3, 2, 1, ())
    assert score.percent == 100


@pytest.mark.parametrize("code", [0, 2, 5, 33, 34, 35, -9, -11, None])
def test_passing_skipped_broken_off_crashed_and_unjudged_mutants_survive(code: int | None) -> None:
    score = of(1, code)
    assert score.survivors == ("mutant 1",)
    assert score.percent == 50


def test_ninety_of_a_hundred_are_enough_and_fewer_are_not() -> None:
    assert of(*[1] * 90, *[0] * 10).enough
    assert not of(*[1] * 89, *[0] * 11).enough


def test_a_module_without_mutants_has_no_score() -> None:
    assert not of().enough
