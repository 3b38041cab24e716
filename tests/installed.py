"""A copy of the core as a host has it: byte-compiled, outside the checkout, with a launcher."""

import compileall
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parent.parent
SYSTEM_PYTHON = Path("/usr/bin/python3")

SHIPPED = SOURCE / "deploy" / "launcher" / "pretix-maintenance"


def interpreter() -> str:
    """The system's interpreter where it is new enough, else the one that runs the tests."""
    command = [str(SYSTEM_PYTHON), "-IS", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    if SYSTEM_PYTHON.exists() and subprocess.run(command, check=False).returncode == 0:
        return str(SYSTEM_PYTHON)
    return sys.executable


def install(prefix: Path, *arguments: str) -> Path:
    """Copy the core below `prefix`; the launcher puts `arguments` before those of its caller."""
    library = prefix / "lib"
    shutil.copytree(SOURCE / "core", library / "core", ignore=shutil.ignore_patterns("__pycache__"))
    python = interpreter()
    if python == sys.executable:
        compileall.compile_dir(library, quiet=1)
    else:
        subprocess.run([python, "-IS", "-m", "compileall", "-q", library], check=True)
    return launcher(prefix, "pretix-maintenance", *arguments)


def launcher(prefix: Path, name: str, *arguments: str) -> Path:
    """One more launcher beside the copy."""
    made = prefix / name
    text = SHIPPED.read_text()
    for shipped, here in (
        ("/usr/bin/python3", interpreter()),
        ('"/usr/lib/pretix-maintenance"', repr(str(prefix / "lib"))),
        ("main()", f"main({list(arguments)} + sys.argv[1:])"),
    ):
        assert text.count(shipped) == 1, shipped
        text = text.replace(shipped, here)
    made.write_text(text)
    made.chmod(0o755)
    return made


@dataclass(frozen=True)
class Answer:
    """What a run of the program gave."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Every JSON object on standard output, one a line."""
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object; anything else on standard output is a fault."""
        answer = json.loads(self.out)
        assert isinstance(answer, dict), self
        return answer


def run(
    argv: Sequence[object],
    *,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> Answer:
    """Run to the end and keep everything."""
    done = subprocess.run(
        [str(word) for word in argv],
        input=stdin if stdin is not None else "",
        env=env,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def run_at(
    instant: str, argv: Sequence[object], *, stdin: str | None = None, prefix: Sequence[str] = ()
) -> Answer:
    """Run at an RFC 3339 instant in UTC, by faketime; `prefix` sees the clock as it is.

    The clock stands still: a machine that is slow to start the program must not pass an edge.
    """
    words = [*prefix, "faketime", "-f", instant[:-1].replace("T", " "), *argv]
    return run(words, stdin=stdin, env={**os.environ, "TZ": "UTC"})
