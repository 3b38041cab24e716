"""Ports for those who must name theirs before they listen, or who listen on it once more."""

import itertools
import os
import socket

FIRST = 20_000
"""All are below 32768, where the kernel's own choices begin: none of those takes one meanwhile."""

EACH = 750
"""Ports that a worker of pytest-xdist has to itself."""

WORKERS = 16

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
# The process counts, as runs may go on side by side and a worker's children look for ports as well.
_turns = itertools.count(os.getpid() * 61)


def free_port() -> int:
    """Find a port of loopback that nobody uses, and that is not given out again soon.

    Raises:
        OSError: all of this worker's are in use.
    """
    for turn in itertools.islice(_turns, EACH):
        port = FIRST + _worker * EACH + turn % EACH
        if _is_free(port):
            return port
    raise OSError(f"no port from {FIRST + _worker * EACH} on is free")


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
