"""What is installed is what the lock files name, to the byte; and they name nothing unpinned.

Works offline, from the lock files and from what is installed. What it cannot know is which of these
versions have had a weakness found in them since: that is a question to the outside.
"""

import base64
import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.figures import Figures

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s*]+)")
HASH = re.compile(r"--hash=(?P<kind>\w+):(?P<digest>\S+)")
OURS = {"pretix-maintenance"}
INSTALLERS = {"pip", "setuptools"}
"""What `python -m venv` brings; it installs and is not run by the bot."""


@dataclass
class Pinned:
    """One requirement of a lock file."""

    version: str
    marker: str
    hashes: list[str] = field(default_factory=list)


def entries(text: str) -> Iterator[str]:
    """Requirements with their continuation lines joined, without comments."""
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*$", "", text))
    yield from (line.strip() for line in joined.splitlines() if line.strip())


def pinned(path: Path) -> dict[str, list[Pinned]]:
    """What a lock file names, by name; one that cannot be read that way is a fault."""
    found: dict[str, list[Pinned]] = {}
    for entry in entries(path.read_text()):
        what, _, rest = entry.partition("--hash")
        requirement, _, marker = what.partition(";")
        match = PIN.fullmatch(requirement.strip())
        assert match is not None, f"{path.name}: {entry[:80]}"
        hashes = [found["digest"] for found in HASH.finditer("--hash" + rest)]
        one = Pinned(match["version"], marker.strip(), hashes)
        found.setdefault(canonicalize_name(match["name"]), []).append(one)
    return found


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_requirement_is_one_version_with_its_hashes_and_no_address(
    path: Path, figures: Figures
) -> None:
    text, faults = path.read_text(), []
    for entry in entries(text):
        kinds = {found["kind"] for found in HASH.finditer(entry)}
        digests = [found["digest"] for found in HASH.finditer(entry)]
        if kinds != {"sha256"} or not all(re.fullmatch("[0-9a-f]{64}", one) for one in digests):
            faults.append(f"no sha256: {entry[:60]}")
        if re.search(r"://| @ |--(?!hash)", entry):
            faults.append(f"an address or an option: {entry[:60]}")
    assert faults == []
    assert pinned(path)
    figures.count("requirements pinned with hashes", len(pinned(path)), faults=0)


def installed() -> dict[str, Distribution]:
    """What is installed beside the tests, without what is ours or installs."""
    every = {canonicalize_name(one.metadata["Name"]): one for one in distributions()}
    ours = {name for name, one in every.items() if name in OURS or _is_editable(one)}
    return {name: one for name, one in every.items() if name not in ours | INSTALLERS}


def _is_editable(one: Distribution) -> bool:
    direct = one.read_text("direct_url.json")
    return direct is not None and '"editable": true' in direct


def test_every_installed_distribution_is_the_version_that_the_lock_file_names() -> None:
    locked = pinned(ROOT / "requirements-dev.lock")
    faults = [
        f"{name} {one.version}"
        for name, one in installed().items()
        if one.version not in {entry.version for entry in locked.get(name, ())}
    ]
    assert faults == []


def test_the_bots_lock_file_and_the_developers_agree() -> None:
    bots, developers = pinned(ROOT / "requirements.lock"), pinned(ROOT / "requirements-dev.lock")
    assert {name: developers.get(name) for name in bots} == bots


def needs(one: Distribution, extras: set[str]) -> Iterator[Requirement]:
    """What a distribution asks for on this machine."""
    environment = default_environment()
    for line in one.requires or ():
        requirement = Requirement(line)
        marker = requirement.marker
        wanted = [{**environment, "extra": extra} for extra in extras | {""}]
        if marker is None or any(marker.evaluate(one) for one in wanted):  # type: ignore[arg-type]  # a plain dict will do
            yield requirement


def test_the_lock_file_holds_everything_that_anything_in_it_asks_for() -> None:
    locked, here, faults = pinned(ROOT / "requirements.lock"), installed(), []
    for name in locked.keys() & here.keys():
        for requirement in needs(here[name], set()):
            found = locked.get(canonicalize_name(requirement.name), [])
            if not any(
                requirement.specifier.contains(one.version, prereleases=True) for one in found
            ):
                faults.append(f"{name} needs {requirement}")
    assert faults == []


def recorded(one: Distribution) -> Iterator[tuple[Path, str]]:
    """Files of a distribution with the hash that its wheel gave them."""
    for file, digest, _ in csv.reader((one.read_text("RECORD") or "").splitlines()):
        # Scripts get this machine's interpreter when they are installed, and have no hash left.
        if digest and not file.startswith("../../../bin/"):
            yield Path(str(one.locate_file(file))), digest


def test_every_installed_file_is_the_one_that_its_wheel_held(figures: Figures) -> None:
    faults, looked_at = [], 0
    for name, one in installed().items():
        for path, expected in recorded(one):
            kind, _, digest = expected.partition("=")
            real = hashlib.new(kind, path.read_bytes()).digest()
            looked_at += 1
            if base64.urlsafe_b64encode(real).rstrip(b"=").decode() != digest:
                faults.append(f"{name}: {path}")
    assert faults == []
    figures.count("installed files compared with their wheels", looked_at, faults=0)


def test_nothing_is_installed_that_no_wheel_recorded() -> None:
    folder = Path(str(next(iter(installed().values())).locate_file("")))
    known = {
        Path(str(one.locate_file(file))).resolve()
        for one in distributions()
        for file in one.files or ()
    }
    loose = [
        path
        for pattern in ("*.pth", "*.py", "*/__init__.py", "*.so")
        for path in folder.glob(pattern)
        if path.resolve() not in known
    ]
    assert loose == []
