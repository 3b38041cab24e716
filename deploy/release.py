#!/usr/bin/env python3
"""Build what is installed on a host, once for each content of the checkout.

    release.py [WHEEL...]

Prints one JSON object: `id` (a digest of all that goes in), `version`, `core` (an archive of the
root side), `wheels` (the project's and the given ones) and `requirements` (the locked versions).
What was built before is used again. Needs hatchling beside the interpreter, and no network.
"""

import argparse
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent
PACKAGES = ("core", "adapters", "bot")
SINGLE = ("pyproject.toml", "requirements.lock", "README.md", "LICENSE")


def main(arguments: Sequence[str] | None = None) -> int:
    """Build and print; the exit code is that of the build."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("wheel", nargs="*", type=Path, help="a further adapter's wheel")
    extra = parser.parse_args(arguments).wheel
    try:
        print(json.dumps(release(SOURCE, [path.absolute() for path in extra])))
    except FileNotFoundError as error:
        print(f"release.py: {error.filename} does not exist", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"release.py: {error.stderr}\nIs hatchling installed?", file=sys.stderr)
        return 1
    return 0


def release(source: Path, extra: Sequence[Path]) -> dict[str, object]:
    """Build the checkout `source` with `extra` wheels; return what `main` prints.

    Raises:
        subprocess.CalledProcessError: the wheel could not be built.
    """
    ours = sorted(_files(source))
    name = _digest(source, ours, extra)
    folder = source / "build" / "release" / name
    if not folder.exists():
        _build(source, ours, folder)
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    return {
        "id": name,
        "version": project["version"],
        "core": str(folder / "core.tar"),
        "wheels": [*map(str, folder.glob("*.whl")), *map(str, extra)],
        "requirements": str(folder / "requirements.lock"),
    }


def _files(source: Path) -> Iterable[Path]:
    yield from (source / name for name in SINGLE)
    for package in PACKAGES:
        for path in (source / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def _digest(source: Path, ours: Iterable[Path], extra: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for name, path in [
        *((str(p.relative_to(source)), p) for p in ours),
        *((p.name, p) for p in extra),
    ]:
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]


def _build(source: Path, ours: Iterable[Path], folder: Path) -> None:
    # Renamed into place at the end, so that a run which was broken off is begun again.
    half = folder.with_name(f"{folder.name}.{os.getpid()}")
    half.mkdir(parents=True)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(half)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, text=True)  # noqa: S603 - fixed words
    (half / "requirements.lock").write_bytes((source / "requirements.lock").read_bytes())
    with tarfile.open(half / "core.tar", "w") as archive:
        for path in ours:
            if path.relative_to(source).parts[0] == "core":
                _add(archive, str(path.relative_to(source)), path.read_bytes())
    try:
        half.rename(folder)
    except OSError:
        # Somebody else built the same content meanwhile.
        if not folder.is_dir():
            raise
        shutil.rmtree(half)


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add a file that is root's, whoever builds."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o644
    archive.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    sys.exit(main())
