"""When a delivery is tried again: stop, wait and retry as named values.

tenacity keeps the state of a run in the retrying object, so every delivery gets a new one; a
shared one loses announcements without an error (https://github.com/jd/tenacity/issues/93).
"""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from adapters.base import Moved, OutcomeUnknown, Temporary

SPACING = 1.0
"""Seconds between two messages to one destination; chat servers count a group's messages."""

CERTAIN = wait_random_exponential(multiplier=1, min=SPACING, max=300)
"""After what was certainly not accepted: full jitter, at most five minutes."""

QUICK_REPEATS = 2
"""So many repeats of what was perhaps accepted follow soon; each may be a copy in the chat."""

DOUBTFUL = wait_random_exponential(multiplier=600, min=300, max=4 * 3600)
"""After those repeats: five minutes at least, up to four hours."""

MOST_MOVES = 3
"""So often in one delivery a channel's new id is followed at once."""


def is_worth_repeating(error: BaseException) -> bool:
    """Whether to try again; never for a cancellation, which tenacity would swallow."""
    return isinstance(error, Temporary | OutcomeUnknown | Moved)


RETRY = retry_if_exception(is_worth_repeating)


def wait_for(doubts: Callable[[], int]) -> Callable[[RetryCallState], float]:
    """Wait as the platform asks, else as the error deserves; `doubts` counts the former ones."""

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Temporary) and error.retry_after is not None:
            return max(SPACING, error.retry_after) + random.random()  # noqa: S311 - a jitter
        if isinstance(error, Moved) and state.attempt_number <= MOST_MOVES:
            return 0.0
        if isinstance(error, OutcomeUnknown) and doubts() >= QUICK_REPEATS:
            return DOUBTFUL(_counting(state, doubts() - QUICK_REPEATS + 1))
        return CERTAIN(state)

    return wait


def stop_when_older(max_age: timedelta, age: Callable[[], timedelta]) -> Callable[..., bool]:
    """Stop when the announcement would be older than `max_age` at the next attempt."""

    def stop(state: RetryCallState) -> bool:
        return age() + timedelta(seconds=state.upcoming_sleep) > max_age

    return stop


def retrying(
    *,
    max_age: timedelta,
    age: Callable[[], timedelta],
    doubts: Callable[[], int],
    before_sleep: Callable[[RetryCallState], None],
    sleep: Callable[[float], Awaitable[None]],
) -> AsyncRetrying:
    """Return the retrying of one delivery."""
    return AsyncRetrying(
        stop=stop_when_older(max_age, age),
        wait=wait_for(doubts),
        retry=RETRY,
        before_sleep=before_sleep,
        sleep=sleep,
        reraise=True,
    )


def _counting(state: RetryCallState, attempt: int) -> RetryCallState:
    counted = RetryCallState(state.retry_object, state.fn, state.args, state.kwargs)
    counted.attempt_number = attempt
    return counted
