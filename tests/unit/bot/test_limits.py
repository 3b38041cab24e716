"""How often people may speak."""

from bot.limits import MOST, OF_A_PERSON, OF_A_STRANGER, OF_ALL_STRANGERS, Limits


class Stopwatch:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def allowed(limits: Limits, sender: str, times: int, *, known: bool = False) -> int:
    return sum(limits.allow(sender, known=known) for _ in range(times))


def test_a_person_may_say_so_much_at_once_and_more_as_time_passes() -> None:
    watch = Stopwatch()
    limits = Limits(watch)
    assert allowed(limits, "anna", 1000, known=True) == OF_A_PERSON.burst
    watch.now += 3 * OF_A_PERSON.every
    assert allowed(limits, "anna", 1000, known=True) == 3
    watch.now += 1e9
    assert allowed(limits, "anna", 1000, known=True) == OF_A_PERSON.burst


def test_one_stranger_may_say_less() -> None:
    watch = Stopwatch()
    limits = Limits(watch)
    assert allowed(limits, "eve", 1000) == OF_A_STRANGER.burst
    watch.now += OF_A_STRANGER.every
    assert allowed(limits, "eve", 1000) == 1


def test_a_crowd_of_strangers_may_say_no_more_than_the_limit_of_all() -> None:
    watch = Stopwatch()
    limits = Limits(watch)
    assert sum(allowed(limits, f"s{n}", 1) for n in range(1000)) == OF_ALL_STRANGERS.burst
    watch.now += 2 * OF_ALL_STRANGERS.every
    assert sum(allowed(limits, f"t{n}", 1) for n in range(1000)) == 2


def test_a_stranger_who_is_over_their_own_limit_takes_nothing_from_the_others() -> None:
    limits = Limits(Stopwatch())
    allowed(limits, "eve", 1000)
    left = OF_ALL_STRANGERS.burst - OF_A_STRANGER.burst
    assert sum(allowed(limits, f"s{n}", 1) for n in range(1000)) == left


def test_neither_strangers_nor_what_looks_like_hers_use_up_what_is_a_members() -> None:
    limits = Limits(Stopwatch())
    allowed(limits, "anna", 1000)
    allowed(limits, "eve", 1000)
    assert allowed(limits, "anna", 1000, known=True) == OF_A_PERSON.burst


def test_what_is_remembered_is_bounded() -> None:
    limits = Limits(Stopwatch())
    for number in range(5 * MOST):
        limits.allow(f"s{number}", known=False)
    assert len(limits._buckets) == MOST
