"""Faults at exact system calls: strace ends the program there, or makes the call fail."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.installed import Answer

_CALL = re.compile(r"^(\w+)\((.*)$")
NEVER_RETURNS = {"exit_group", "exit", "execve"}
ABORTS = {"rt_sigprocmask", "futex"}
"""Fail only for wrong arguments, and the C library itself ends the process if they do."""
LOOKS = {
    *("close", "dup", "fcntl", "fstat", "fstatfs", "getdents64", "ioctl", "lseek", "newfstatat"),
    *("poll", "ppoll", "pread64", "read", "readlink", "readlinkat", "statfs", "statx", "uname"),
    *("futex", "getcwd", "getegid", "geteuid", "getgid", "getpid", "getrandom", "getuid"),
    *("prctl", "prlimit64", "rt_sigaction", "rt_sigprocmask", "sched_yield", "sysinfo"),
    *("connect", "recvfrom", "recvmsg", "sendmsg", "sendto", "setsockopt", "socket"),
    *("brk", "madvise", "mmap", "mprotect", "mremap", "munmap", "clock_nanosleep", "access"),
}
MEMORY = {"mmap", "munmap", "mremap", "brk", "mprotect", "madvise"}


def why_not() -> str | None:
    """What is missing, as a sentence; None if nothing is."""
    if shutil.which("strace") is None:
        return "needs strace: apt install strace"
    done = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False)
    return None if done.returncode == 0 else "strace may not trace here (ptrace is forbidden)"


@dataclass(frozen=True)
class Point:
    """The nth call of a system call in a run."""

    call: str
    nth: int
    arguments: str
    importing: bool = False

    def __str__(self) -> str:
        """As it stands in a test's report."""
        return f"{self.call}#{self.nth}({self.arguments[:60]}"

    @property
    def changes_nothing(self) -> bool:
        """It leaves everything on the disk as it is. What is not known to do so does not."""
        if self.call == "openat":
            return "O_CREAT" not in self.arguments and "O_TRUNC" not in self.arguments
        return self.call in LOOKS

    @property
    def is_the_answer(self) -> bool:
        """It writes to standard output."""
        return self.call == "write" and self.arguments.startswith("1,")


def points(argv: Sequence[str | Path], stdin: str, folder: Path, trace: Path) -> list[Point]:
    """Every system call of a run, from the first that names something below `folder`."""
    _strace(["-o", str(trace)], argv, stdin)
    counts: Counter[str] = Counter()
    found: list[Point] = []
    imported = _Imports()
    begun = False
    for line in trace.read_text(errors="replace").splitlines():
        match = _CALL.match(line)
        if match is None:
            continue
        call, arguments = match.groups()
        counts[call] += 1
        importing = imported.include(call, arguments)
        begun = begun or (call != "execve" and str(folder) in arguments)
        if begun:
            found.append(Point(call, counts[call], arguments, importing=importing))
    return found


def distinct(found: Sequence[Point]) -> list[Point]:
    """One point for each run of calls that change nothing: the end finds the same disk in all."""
    return [
        point
        for before, point in zip((None, *found), found, strict=False)
        if before is None or not (before.changes_nothing and point.changes_nothing)
    ]


class _Imports:
    """Follows the descriptors by which the interpreter reads its modules."""

    def __init__(self) -> None:
        self._open: set[str] = set()

    def include(self, call: str, arguments: str) -> bool:
        """Whether this call only serves to load code."""
        named = any(place in arguments for place in ("/usr/lib/", "/usr/local/lib/", "/lib/core"))
        if call == "openat" and named and " = " in arguments:
            self._open.add(arguments.rsplit(" = ", 1)[1].split(maxsplit=1)[0])
            return True
        descriptor = arguments.split(",", maxsplit=1)[0].split(")", maxsplit=1)[0]
        if call == "close" and descriptor in self._open:
            self._open.discard(descriptor)
            return True
        return named or descriptor in self._open or call in MEMORY


def killed_at(point: Point, argv: Sequence[str | Path], stdin: str) -> Answer:
    """Run; SIGKILL arrives when the call is entered, before it does anything."""
    return _injected(point, "signal=KILL", argv, stdin, Path("/dev/null"))


def failing_at(
    point: Point, error: str, argv: Sequence[str | Path], stdin: str, trace: Path
) -> Answer | None:
    """Run; the call does nothing and returns the error. None if the call was not reached."""
    answer = _injected(point, f"error={error}", argv, stdin, trace, "--seccomp-bpf")
    return answer if "(INJECTED)" in trace.read_text(errors="replace") else None


def _injected(
    point: Point, what: str, argv: Sequence[str | Path], stdin: str, trace: Path, *faster: str
) -> Answer:
    options = [
        # Faster is --seccomp-bpf; but under it strace 6.1 injects errors and no signals.
        *(*faster, "-f", "-o", str(trace), "-e", f"trace={point.call}"),
        *("-e", f"inject={point.call}:{what}:when={point.nth}"),
    ]
    return _strace(options, argv, stdin)


def _strace(options: list[str], argv: Sequence[str | Path], stdin: str) -> Answer:
    done = subprocess.run(
        ["strace", "-qq", *options, *[str(word) for word in argv]],
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)
