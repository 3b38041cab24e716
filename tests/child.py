"""Work that changes its process for good, or is killed in it, done in a copy of this one."""

import os
import resource
import sys
import traceback
import warnings
from collections.abc import Callable

UNEXPECTED = 3
"""The exit code of a child whose work raised; the traceback stands on standard error."""


def in_a_child(work: Callable[[], object]) -> int:
    """Do `work` in a fork; 0 if it returned, the signal's negative number if one ended it."""
    with warnings.catch_warnings():
        # A test worker has threads, and the child needs none of them.
        warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
        pid = os.fork()
    if not pid:
        _work_and_end(work)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _work_and_end(work: Callable[[], object]) -> None:
    code = UNEXPECTED
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - nothing may leave a second copy of the test run
        # What the work did to this process must not hide what went wrong.
        sys.setprofile(None)
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)
