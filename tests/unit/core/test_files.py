"""Small files: the group that may read them, with and without the right to give files away."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core import files

ROOT = Path(__file__).resolve().parents[3]
NOBODY = 65534

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give files to a group")


def made(folder: Path, group: int) -> os.stat_result:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        files.create(descriptor, "file", b"x", 0o640, group)
    finally:
        os.close(descriptor)
    return (folder / "file").stat()


@as_root
def test_a_file_is_given_to_the_group(tmp_path: Path) -> None:
    info = made(tmp_path, NOBODY)
    assert (info.st_gid, info.st_mode & 0o777) == (NOBODY, 0o640)


@as_root
@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv from util-linux")
@pytest.mark.parametrize(("mode", "group"), [(0o2755, NOBODY), (0o755, 0)])
def test_without_the_right_to_give_files_away_it_is_made_all_the_same(
    tmp_path: Path, mode: int, group: int
) -> None:
    os.chown(tmp_path, 0, NOBODY)
    tmp_path.chmod(mode)
    program = (
        "import os, sys; from core import files;"
        "files.create(os.open(sys.argv[1], os.O_RDONLY), 'file', b'x', 0o640, 65534)"
    )
    drop = ["setpriv", "--bounding-set=-chown", "--inh-caps=-chown"]
    subprocess.run([*drop, sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, check=True)
    info = (tmp_path / "file").stat()
    assert (info.st_gid, info.st_mode & 0o777) == (group, 0o640)
