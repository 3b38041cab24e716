"""One bot on one database."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.claim import Claim, Claimed


def test_a_second_bot_on_the_same_folder_is_refused_and_told_where(tmp_path: Path) -> None:
    first = Claim(tmp_path)
    with pytest.raises(Claimed, match=str(tmp_path)):
        Claim(tmp_path)
    first.release()


def test_the_folder_is_free_once_the_first_bot_has_let_go(tmp_path: Path) -> None:
    Claim(tmp_path / "new").release()
    Claim(tmp_path / "new").release()


def test_a_killed_bot_holds_nothing(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys; from bot.claim import Claim;"
        "held = Claim(pathlib.Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert done.returncode == -9
    Claim(tmp_path).release()


def test_a_refused_claim_leaves_nothing_open(tmp_path: Path) -> None:
    first = Claim(tmp_path)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with pytest.raises(Claimed):
            Claim(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    first.release()
