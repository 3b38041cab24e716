"""Run the helper: the one program through which the bot changes anything.

    HelperError
    ├── HelperFailed   it answered that it did not do it, and why (or could not be started at all)
    └── HelperLost     no answer that can be understood: perhaps done; look before you speak

The helper is never killed: it may be in the middle of closing the shop, it is root's, and it has
a deadline of its own. When that has passed without an answer it is left to itself.
"""

import asyncio
import enum
import logging
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from bot.threads import AbandonableThreads
from core.errors import Busy, CoreError
from core.protocol import Failure, Report, Request, parse_answer

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds that an answer is awaited; longer than the helper's own deadline of 8."""

Sleep = Callable[[float], Awaitable[None]]


class Verb(enum.StrEnum):
    """What the helper is asked to do."""

    LOCK = "lock"
    UNLOCK = "unlock"
    RECONCILE = "reconcile"


class HelperError(Exception):
    """Root of what asking the helper may end in."""


class HelperFailed(HelperError):
    """The helper answered that it did not do it; `problem` for machines, `str()` for people."""

    def __init__(self, problem: str, sentence: str) -> None:
        """Keep code and sentence."""
        super().__init__(sentence)
        self.problem = problem


class HelperLost(HelperError):
    """No answer that can be understood: it may or may not have been done."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a process ended: its exit code and what it wrote."""

    code: int
    answer: bytes
    complaints: bytes


Runner = Callable[[Sequence[str], bytes], Finished]
"""Runs a command with this on its standard input, and waits for it however long it takes."""


def run_process(command: Sequence[str], request: bytes) -> Finished:
    """Run `command` to its end; raises `OSError` when it cannot be started.

    It gets a session of its own, so that Ctrl-C in a terminal ends the bot and not the helper.
    """
    process = subprocess.Popen(  # noqa: S603 - a fixed list from the configuration, no chat text
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    answer, complaints = process.communicate(request)
    return Finished(process.returncode, answer, complaints)


class Helper:
    """Calls the helper, one call at a time."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        sleep: Sleep = asyncio.sleep,
        patience: float = PATIENCE,
        runner: Runner = run_process,
    ) -> None:
        """Use `command` as the beginning of every argument list; wait `patience` seconds."""
        self._command = tuple(command)
        self._sleep = sleep
        self._patience = patience
        self._runner = runner
        self._turn = asyncio.Semaphore(1)
        self._threads = AbandonableThreads()

    async def ask(self, verb: Verb, request: Request) -> Report:
        """Have `verb` done; several tries while another run is in the helper's way.

        Raises:
            HelperFailed: it says that it was not done.
            HelperLost: nobody can say whether it was done.
        """
        async with self._turn:
            return await while_busy(self._sleep)(self._once, verb, request)

    async def _once(self, verb: Verb, request: Request) -> Report:
        argv = [*self._command, verb.value, "--json", "--stdin"]
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(
            self._threads, self._runner, argv, request.to_json().encode()
        )
        try:
            async with asyncio.timeout(self._patience):
                finished = await running
        except TimeoutError as error:
            raise HelperLost(f"no answer to {verb} within {self._patience:g} s") from error
        except OSError as error:
            raise HelperFailed("helper", f"cannot be started: {error}") from error
        return understand(verb, finished)


def while_busy(sleep: Sleep) -> AsyncRetrying:
    """Retry while somebody else holds the mutex: 4 tries, at most about 4 s between them in all.

    A new instance each time: one that is shared between tasks loses count.
    """
    return AsyncRetrying(
        retry=retry_if_exception(_is_busy),
        stop=stop_after_attempt(4),
        wait=wait_random_exponential(multiplier=0.25, max=2),
        sleep=sleep,
        before_sleep=_say_that_it_waits,
        reraise=True,
    )


def understand(verb: Verb, finished: Finished) -> Report:
    """Read what the helper answered.

    Raises:
        HelperFailed: a failure in its own words.
        HelperLost: anything else, such as sudo's refusal or a helper that died.
    """
    complaints = finished.complaints.decode(errors="replace").strip()
    if complaints:
        log.warning("the helper said while it did %s: %s", verb, complaints)
    try:
        answer = parse_answer(finished.answer.decode())
    except (CoreError, ValueError) as error:
        raise HelperLost(f"{verb} ended with {finished.code} and no readable answer") from error
    if isinstance(answer, Failure):
        raise HelperFailed(answer.problem, answer.message)
    return answer


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, HelperFailed) and error.problem == Busy.problem


def _say_that_it_waits(state: RetryCallState) -> None:
    log.info("the helper is busy (try %d); trying again", state.attempt_number)
