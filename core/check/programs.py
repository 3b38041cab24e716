"""Run the system's own programs, each for a bounded time, and read what they say."""

import os
from subprocess import TimeoutExpired, run

from core.vocabulary import Value

PATIENCE = 10
"""Seconds that one program may take."""

_FOLDERS = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")


class Ended(Value):
    """How it ended: its exit code and what it wrote.

    Where it did not end or was never started, `code` is None and `fault` says why.
    """

    __slots__ = ("code", "err", "fault", "out")

    def __init__(
        self,
        code: int | None,
        out: str = "",
        err: str = "",
        fault: str = "",
    ) -> None:
        """Keep it."""
        self.code = code
        self.out = out
        self.err = err
        self.fault = fault

    @property
    def good(self) -> bool:
        """Whether the program itself says that all went well."""
        return self.code == 0

    @property
    def complaint(self) -> str:
        """The last thing that it complained of, on one line, or why it did not run."""
        lines = self.err.strip().splitlines()
        return self.fault or (lines[-1].strip() if lines else f"exit code {self.code}")


def start(program: str, *arguments: str, stdin: str = "", patience: float = PATIENCE) -> Ended:
    """Run a program of the system with nothing of the caller's environment."""
    path = _find(program)
    if path is None:
        return Ended(None, fault=f"{program} is not installed")
    try:
        ended = run(  # noqa: S603 - a fixed path, and no argument comes from outside
            [path, *arguments],
            input=stdin.encode(),
            capture_output=True,
            check=False,
            env={"PATH": ":".join(_FOLDERS)},
            timeout=patience,
        )
    except TimeoutExpired:
        return Ended(None, fault=f"{program} did not end within {patience:g} s")
    except OSError as error:
        return Ended(None, fault=f"{program} cannot be started: {error.strerror}")
    out, err = (stream.decode(errors="replace") for stream in (ended.stdout, ended.stderr))
    return Ended(ended.returncode, out, err)


def _find(program: str) -> str | None:
    for folder in _FOLDERS:
        path = os.path.join(folder, program)
        if os.access(path, os.X_OK):
            return path
    return None
