"""The place where a module's mutants are made and judged: a copy below `mutants/`.

mutmut takes one set of tests for all that it mutates, from the `pyproject.toml` where it runs. So
each module has a folder of its own, with only the tests that judge it.
"""

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.mutation.score import Score
from tests.mutation.subjects import Subject

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = ROOT / "mutants"
_MUTMUT = str(Path(sys.executable).with_name("mutmut"))
_PLUGIN = "tests/mutation/few.py"
_LOCK = "requirements-mutants.lock"
_STAMP = "inputs"
# A module of tests that a mutant keeps from being imported counts as a failed test, not as a run
# that somebody broke off.
_FEW = ("-p", "tests.mutation.few", "--continue-on-collection-errors")
_MEMORY_DISK = Path("/dev/shm")
"""Where the core's many fsyncs cost nothing."""
_MEMORY = 4 << 30
"""Bytes that a run may take: a mutant that never stops growing ends here."""


class Workshop:
    """One module's copy, with what was judged there so far."""

    def __init__(self, subject: Subject) -> None:
        """Name the folder; nothing is written yet."""
        self.subject = subject
        self.folder = MUTANTS / subject.name
        self.log = MUTANTS / f"{subject.name}.log"

    def prepare(self) -> None:
        """Copy anew if anything that goes in has changed; else go on where the last run ended."""
        inputs = self._inputs()
        stamp = self.folder / _STAMP
        if stamp.exists() and stamp.read_text() == inputs:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        for path in self._files():
            target = self.folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
        settings = self.folder / "pyproject.toml"
        settings.write_text(settings.read_text() + self._settings())
        stamp.write_text(inputs)

    def _files(self) -> Iterator[Path]:
        for package in self.subject.packages:
            for path in sorted((ROOT / package).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    yield path
        yield from sorted((ROOT / "tests").glob("*.py"))
        for name in (*self.subject.files, _PLUGIN, _LOCK, "pyproject.toml"):
            yield ROOT / name

    def _inputs(self) -> str:
        summary = hashlib.sha256(self._settings().encode())
        for path in self._files():
            summary.update(f"{path.relative_to(ROOT)}\0".encode())
            summary.update(hashlib.sha256(path.read_bytes()).digest())
        return summary.hexdigest()

    def _settings(self) -> str:
        settings = {
            "source_paths": list(self.subject.packages),
            "only_mutate": [self.subject.source],
            "pytest_add_cli_args": list(_FEW),
            "pytest_add_cli_args_test_selection": list(self.subject.tests),
            "use_git_change_detection": False,
            "use_setproctitle": False,
        }
        # These lists, texts and truth values read the same in TOML as in JSON.
        lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        return "\n".join(["", "[tool.mutmut]", *lines, ""])

    def judge(self, jobs: int) -> Score:
        """Run the tests on each mutant that was not judged yet.

        Raises:
            subprocess.CalledProcessError: mutmut itself failed, for example because the tests
                fail without any mutant.
        """
        command = [_MUTMUT, "run", "--max-children", str(jobs)]
        disk = _MEMORY_DISK if _MEMORY_DISK.is_dir() else None
        with (
            tempfile.TemporaryDirectory(prefix="mutants-", dir=disk) as scratch,
            self.log.open("w") as log,
        ):
            subprocess.run(
                command,
                cwd=self.folder,
                check=True,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "TMPDIR": scratch, "PYTHONDONTWRITEBYTECODE": "1"},
                preexec_fn=_limited,
            )
        return self.score()

    def score(self) -> Score:
        """Return what was found so far."""
        verdicts = self.folder / "mutants" / f"{self.subject.source}.meta"
        codes = json.loads(verdicts.read_text())["exit_code_by_key"]
        return Score.of(self.subject.source, codes)

    def difference(self, mutant: str) -> str:
        """Return how a mutant differs from the module."""
        command = [_MUTMUT, "show", mutant]
        return subprocess.run(
            command, cwd=self.folder, check=True, text=True, capture_output=True
        ).stdout


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
