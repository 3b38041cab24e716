"""What can go wrong when pretix is asked, by who must act.

    PretixError
    ├── PretixAway      nobody: no usable answer now, also after trying again
    ├── PretixRefuses   a person: the token is not taken, or may not see this
    └── PretixStrange   a person: what answers does not speak as pretix's API does

A sentence never holds the token, and nothing of what orders say.
"""


class PretixError(Exception):
    """Root; `problem` is the code for machines, `str()` the sentence."""

    def __init__(self, problem: str, sentence: str) -> None:
        """Keep code and sentence."""
        super().__init__(sentence)
        self.problem = problem


class PretixAway(PretixError):
    """No usable answer; `retry_after` is the wait in seconds that it asked for, if any."""

    def __init__(self, problem: str, sentence: str, *, retry_after: float | None = None) -> None:
        """Keep the wait as well."""
        super().__init__(problem, sentence)
        self.retry_after = retry_after


class PretixRefuses(PretixError):
    """The token does not open this."""


class PretixStrange(PretixError):
    """An answer that pretix's API would not give."""
