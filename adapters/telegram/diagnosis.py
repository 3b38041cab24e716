"""What a failed request for updates means, and how long to wait before the next."""

from dataclasses import dataclass

from telegram.error import Conflict, InvalidToken, TelegramError

from adapters.base import Trouble
from adapters.telegram.errors import cause
from adapters.telegram.request import HttpFailure

FIRST_WAIT = 1.0
"""Seconds before asking again after the first failure; doubled at each further one."""
LONGEST_WAIT = 60.0
"""Seconds at most between two requests."""
TOKEN_WAIT = 60.0
"""Seconds before a refused token is tried again: a proxy's mistake passes, a revoked one stays."""
COPY_WAIT = 30.0
"""Seconds before asking again when another copy asks too, so that one of them is heard at all."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What to report and how many seconds to wait."""

    trouble: Trouble
    wait: float


def patience(failures: int) -> float:
    """Give the wait in seconds after so many failures in a row."""
    return float(min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - 1, 10)))


def diagnosis(error: TelegramError, failures: int) -> Diagnosis:
    """Judge an error; `failures` is how many there were in a row, this one among them."""
    wait = patience(failures)
    if isinstance(error, InvalidToken):
        return Diagnosis(_TOKEN_REFUSED, max(wait, TOKEN_WAIT))
    if isinstance(error, Conflict):
        return Diagnosis(_ANOTHER_COPY, max(wait, COPY_WAIT))
    if isinstance(error, HttpFailure):
        asked = error.retry_after or 0.0
        sentence = f"Telegram does not give messages (HTTP {error.status})"
        problem = "rate-limited" if asked else "no-answer"
        return Diagnosis(Trouble(problem, sentence), max(wait, asked))
    return Diagnosis(Trouble("unreachable", f"Telegram cannot be reached ({cause(error)})"), wait)


_TOKEN_REFUSED = Trouble(
    "token-refused",
    "Telegram does not know the bot's token; take the token from @BotFather and restart the bot",
    alarm=True,
)
_ANOTHER_COPY = Trouble(
    "another-copy",
    "another copy of this bot takes messages with the same token; stop it",
    alarm=True,
)
WEBHOOK_SET = Trouble(
    "webhook-set",
    "a webhook was set for this bot, so it heard nothing; it has been taken away",
    alarm=True,
)
NO_PROGRESS = Trouble("no-progress", "Telegram gives the same messages again and again")
