"""Feeds foreign bytes to one parser after the other and holds each to its property.

Hypothesis chooses and shrinks. One campaign is a series of batches with known seeds, so whatever it
finds is found again.
"""

import random
import time
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy, integers

from tests.fuzz.shapes import spoilt

MEBIBYTE = 1 << 20
SPOILT = 20
"""Inputs made quickly of each that Hypothesis chose."""

CPU = 2.0
"""Seconds of a processor that one input may cost; none is larger than 128 KiB."""

MEMORY = 32 * MEBIBYTE
"""Bytes that one input may cost at once."""


@dataclass(frozen=True)
class Target:
    """A parser and what must hold of it.

    `check` gives the bytes to the parser and raises for anything but a valid value or a documented
    error; it returns whether the bytes were taken. `bombs` are inputs made to cost much.
    """

    name: str
    inputs: SearchStrategy[bytes]
    check: Callable[[bytes], bool]
    bombs: tuple[bytes, ...] = ()


@dataclass
class Campaign:
    """What a series of batches came to."""

    examples: int = 0
    taken: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        """As it stands in the summary."""
        pace = self.examples / max(self.seconds, 1e-9)
        return (
            f"{self.examples:,} inputs, {self.taken:,} of them valid, "
            f"{pace:,.0f} a second, {self.seconds:.0f} s, 0 violations"
        )

    def run(self, target: Target, *, batch: int, until: float = 0.0) -> "Campaign":
        """One batch at least, and more until the monotonic time `until`.

        Raises:
            Exception: whatever the smallest input that breaks the property raised.
        """
        begun = time.monotonic()
        for number in range(1 << 30):
            self._batch(target, number, batch)
            if time.monotonic() >= until:
                break
        self.seconds = time.monotonic() - begun
        return self

    def _batch(self, target: Target, number: int, size: int) -> None:
        @seed(number)
        @settings(
            max_examples=size,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
            report_multiple_bugs=False,
        )
        @given(target.inputs, integers(0, 1 << 32))
        def run(content: bytes, number: int) -> None:
            # Hypothesis is thorough and slow, so each of its inputs is spoilt quickly as well.
            for one in (content, *spoilt(content, random.Random(number), SPOILT)):
                self.examples += 1
                self.taken += told(target.check, one)

        run()


def told(check: Callable[[bytes], bool], content: bytes) -> bool:
    """The property; what breaks it is told in full."""
    try:
        return affordable(check, content)
    except Exception as error:
        error.add_note(f"the input: {content!r}")
        raise


def explained(sentences: Iterable[str]) -> None:
    """An error says what is wrong, and where it is shown it can be shown."""
    told_of = list(sentences)
    assert told_of
    for sentence in told_of:
        assert sentence.strip()
        sentence.encode()


def affordable(check: Callable[[bytes], bool], content: bytes) -> bool:
    """The property, and that it takes no time to speak of."""
    begun = time.thread_time()
    taken = check(content)
    spent = time.thread_time() - begun
    assert spent < CPU, f"{len(content)} bytes cost {spent:.1f} s"
    return taken


def memory_of(check: Callable[[bytes], Any], content: bytes) -> int:
    """The most bytes that were in use at once for this input."""
    tracemalloc.start()
    try:
        check(content)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
