"""Blocking calls in threads that nobody has to wait for."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def in_thread(call: Callable[[], T]) -> T:
    """Run a blocking call and await it; when cancelled, leave it to itself.

    The standard pool's threads are joined when the interpreter ends, so that a server which does
    not answer would hold up the end of the program.
    """
    future: Future[T] = Future()
    threading.Thread(target=_run, args=(future, call), name="mattermost", daemon=True).start()
    return await asyncio.wrap_future(future)


def _run(future: Future[T], call: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 -- the top level of a thread: the awaiter gets it
        future.set_exception(error)
    else:
        future.set_result(result)
