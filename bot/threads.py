"""Threads that nobody waits for at the end of the process."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class AbandonableThreads(ThreadPoolExecutor):
    """Runs every call in a daemon thread of its own.

    The standard pool's threads are joined when the loop and again when the interpreter ends, so a
    name server that does not answer, or a helper that takes its time, would hold up the end of the
    bot. It is a `ThreadPoolExecutor` because `loop.set_default_executor` takes nothing else.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start `fn` at once."""
        future: Future[Any] = Future()
        thread = threading.Thread(target=_run, args=(future, fn, args, kwargs), daemon=True)
        thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - the base's signature
        """Leave the threads to themselves."""


def _run(
    future: Future[Any], fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = fn(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001 - the top level of a thread: the awaiter gets it
        future.set_exception(error)
    else:
        future.set_result(result)
