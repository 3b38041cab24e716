"""What guests are made of, kept in a cache: a Debian tree and the locked wheels."""

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
CACHE = SOURCE / ".hosts"
VERSION = tomllib.loads((SOURCE / "pyproject.toml").read_text())["project"]["version"]
_PACKAGES = (
    "acl,dbus,nginx-light,openssh-server,python3,python3-apt,python3-venv,sudo,systemd,systemd-sysv"
)
_QUIET = 30.0
"""Seconds after which it is said that something still runs."""
_APT = Path("/etc/apt/sources.list.d/debian.sources")
# Ansible's user. Keys are made for each run.
_ACCOUNT = (
    'chroot "$1" useradd --create-home --shell /bin/bash ansible;'
    'echo "ansible ALL=(ALL) NOPASSWD: ALL" > "$1/etc/sudoers.d/ansible";'
    'chmod 0440 "$1/etc/sudoers.d/ansible"; rm -f "$1/etc/nginx/sites-enabled/default"'
)


@dataclass(frozen=True)
class Debian:
    """A release of Debian, and what a guest of it must reach."""

    number: str
    codename: str
    python: str
    bot_exposure: float
    """The greatest figure that `systemd-analyze security` may give the bot's unit."""


RELEASES = (Debian("12", "bookworm", "3.11", 5.8), Debian("13", "trixie", "3.13", 2.0))


def base_tree(debian: Debian, say: Callable[[str], None] = print) -> Path:
    """Give the tree of a release; made once, which takes one to two minutes."""
    tree = CACHE / f"debian-{debian.number}"
    if tree.exists():
        return tree
    half = CACHE / f"half-{debian.number}"
    subprocess.run(["rm", "-rf", half], check=True)
    CACHE.mkdir(exist_ok=True)
    command = ["mmdebstrap", "--variant=minbase", f"--include={_PACKAGES}"]
    command += [f"--customize-hook={_ACCOUNT}", debian.codename, str(half), *_sources(debian)]
    _run_long(command, f"making a tree of Debian {debian.number} (once)", say)
    half.rename(tree)
    return tree


def _run_long(command: list[str], what: str, say: Callable[[str], None]) -> None:
    """Run it; say now and then that it still runs, and if it fails, what it said at its end.

    Raises:
        RuntimeError: it failed.
    """
    say(what)
    log = CACHE / "log" / f"{command[0]}-{os.getpid()}-{time.monotonic_ns()}"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    while True:
        try:
            code = process.wait(_QUIET)
        except subprocess.TimeoutExpired:
            say(f"still {what}")
            continue
        if code:
            raise RuntimeError(f"{command[0]}: {code}\n{log.read_text(errors='replace')[-3000:]}")
        log.unlink()
        return


def _sources(debian: Debian) -> list[str]:
    """Where packages come from: from where the machine's own do, if that is known."""
    if not _APT.exists():
        return []
    text = _APT.read_text()
    for known in RELEASES:
        text = text.replace(known.codename, debian.codename)
    sources = CACHE / f"debian-{debian.number}.sources"
    sources.write_text(text)
    return [str(sources)]


def wheels(debian: Debian, say: Callable[[str], None] = print) -> Path:
    """Give the folder of locked wheels for a release's Python; guests have no network."""
    folder = CACHE / f"wheels-{debian.python}"
    lock = SOURCE / "requirements.lock"
    done = folder / "requirements.lock"
    if done.exists() and done.read_bytes() == lock.read_bytes():
        return folder
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--require-hashes", "--requirement", str(lock), "--dest", str(folder)]
    command += ["--only-binary=:all:", "--implementation=cp", f"--python-version={debian.python}"]
    command += [f"--abi={abi}" for abi in (f"cp{debian.python.replace('.', '')}", "abi3", "none")]
    machine = os.uname().machine
    for platform in ("manylinux_2_28", "manylinux_2_17", "manylinux2014"):
        command.append(f"--platform={platform}_{machine}")
    _run_long(command, f"fetching the locked wheels for Python {debian.python}", say)
    done.write_bytes(lock.read_bytes())
    return folder


def file_adapter(folder: Path) -> Path:
    """Build the wheel of the example adapter, through which a chat can be played in a guest."""
    example = SOURCE / "examples" / "pretix-maintenance-file-adapter"
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=example, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def another_version(folder: Path, version: str) -> Path:
    """Copy the checkout's programs into `folder`, as the checkout of another version."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("core", "adapters", "bot", "deploy"):
        shutil.copytree(SOURCE / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "requirements.lock", "README.md", "LICENSE"):
        shutil.copy(SOURCE / name, folder / name)
    for name in ("pyproject.toml", "core/__init__.py"):
        path = folder / name
        text = path.read_text()
        changed = re.sub(
            r'^((?:__)?version(?:__)? = )".*"$', rf'\1"{version}"', text, flags=re.MULTILINE
        )
        assert changed != text, f"{path} has no version"
        path.write_text(changed)
    return folder
