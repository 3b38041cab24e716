"""`release.py`: one name for one content, the root side as root's, the wheel with all packages."""

import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).resolve().parents[2]
DEPLOY_PYTHON = SOURCE / ".venv-deploy" / "bin" / "python"


def builder() -> str:
    """An interpreter with hatchling beside it."""
    if find_spec("hatchling"):
        return sys.executable
    if DEPLOY_PYTHON.exists():
        return str(DEPLOY_PYTHON)
    pytest.skip("needs hatchling: make setup-deploy")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    made = tmp_path / "checkout"
    for package in ("core", "adapters", "bot"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(SOURCE / package, made / package, ignore=ignored)
    (made / "deploy").mkdir()
    for name in (
        "pyproject.toml",
        "requirements.lock",
        "README.md",
        "LICENSE",
        "deploy/release.py",
    ):
        shutil.copy(SOURCE / name, made / name)
    return made


def build(checkout: Path, *wheels: Path) -> dict[str, Any]:
    command = [builder(), str(checkout / "deploy" / "release.py"), *map(str, wheels)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    release: dict[str, Any] = json.loads(done.stdout)
    return release


def test_the_core_is_roots_and_nothing_else_is_with_it(checkout: Path) -> None:
    with tarfile.open(build(checkout)["core"]) as archive:
        entries = archive.getmembers()
    assert "core/cli.py" in {entry.name for entry in entries}
    assert {entry.name.split("/")[0] for entry in entries} == {"core"}
    assert {(entry.uid, entry.gid, entry.mode) for entry in entries} == {(0, 0, 0o644)}


def test_the_wheel_holds_every_package(checkout: Path) -> None:
    (wheel,) = build(checkout)["wheels"]
    names = zipfile.ZipFile(wheel).namelist()
    assert {"core/cli.py", "adapters/base.py", "bot/cli.py"} <= set(names)


def test_the_same_content_is_built_once(checkout: Path) -> None:
    first = build(checkout)
    when = Path(first["core"]).stat().st_mtime_ns
    assert build(checkout) == first
    assert Path(first["core"]).stat().st_mtime_ns == when


def test_two_people_who_build_at_the_same_time_get_the_same_release(checkout: Path) -> None:
    command = [builder(), str(checkout / "deploy" / "release.py")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    told = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert told[0] == told[1]
    release = json.loads(told[0])
    assert [entry.name for entry in Path(release["core"]).parent.parent.iterdir()] == [
        release["id"]
    ]


def test_another_content_is_another_release(checkout: Path) -> None:
    first = build(checkout)
    module = checkout / "core" / "places.py"
    module.write_text(module.read_text() + "\n# more\n")
    assert build(checkout)["id"] != first["id"]


def test_a_further_adapter_makes_another_release(checkout: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "pigeon-1-py3-none-any.whl"
    wheel.write_bytes(b"x")
    release = build(checkout, wheel)
    assert str(wheel) in release["wheels"]
    assert release["id"] != build(checkout)["id"]


def test_byte_code_of_the_checkout_is_not_part_of_it(checkout: Path) -> None:
    first = build(checkout)
    (checkout / "core" / "__pycache__").mkdir()
    (checkout / "core" / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert build(checkout)["id"] == first["id"]


def test_a_wheel_that_does_not_exist_is_named(checkout: Path) -> None:
    command = [builder(), str(checkout / "deploy" / "release.py"), "/nowhere/x.whl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "/nowhere/x.whl does not exist" in done.stderr
