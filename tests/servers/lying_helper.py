"""A helper that does what it is told: answers, is busy, talks nonsense, dies or never ends.

As a program (first argument: its folder) it takes the next line of `plan` there and obeys it; what
it was given goes to `calls`. As a module it writes that plan.
"""

import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class LyingHelper:
    """The test's end of it."""

    folder: Path
    command: list[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "command", [sys.executable, "-IS", __file__, str(self.folder)])
        os.mkfifo(self.folder / "release")

    def plan(self, *deeds: dict[str, Any]) -> None:
        """One deed a call: `say`, `complain`, `code`, `die`, and `wait` until it is released."""
        lines = "".join(json.dumps(deed) + "\n" for deed in deeds)
        (self.folder / "plan").write_text(lines)

    def calls(self) -> list[dict[str, Any]]:
        """What it was given, call by call: `words` and `order`."""
        path = self.folder / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def release(self) -> None:
        """Let the one that waits go on; waits itself until there is one."""
        with (self.folder / "release").open("w"):
            pass


def failure(problem: str) -> dict[str, Any]:
    """Plan a failure in the helper's own words."""
    answer = {"version": 1, "ok": False, "problem": problem, "message": f"it is {problem}"}
    return {"say": json.dumps(answer), "code": 4}


def obey(folder: Path, words: Sequence[str]) -> int:
    """Do the next deed of the plan."""
    plan = folder / "plan"
    deed, *rest = plan.read_text().splitlines()
    plan.write_text("".join(f"{line}\n" for line in rest))
    with (folder / "calls").open("a") as calls:
        calls.write(json.dumps({"words": list(words), "order": sys.stdin.read()}) + "\n")
    wish = json.loads(deed)
    if wish.get("wait"):
        (folder / "release").read_text()
    if wish.get("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    sys.stderr.write(wish.get("complain", ""))
    sys.stdout.write(wish.get("say", ""))
    return int(wish.get("code", 0))


if __name__ == "__main__":
    sys.exit(obey(Path(sys.argv[1]), sys.argv[2:]))
