"""What guests are made of, kept in a cache: a Debian tree and the locked wheels."""

import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
CACHE = SOURCE / ".hosts"
_PACKAGES = (
    "acl,dbus,nginx-light,openssh-server,python3,python3-apt,python3-venv,sudo,systemd,systemd-sysv"
)
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


def base_tree(debian: Debian) -> Path:
    """Give the tree of a release; made once, which takes one to two minutes."""
    tree = CACHE / f"debian-{debian.number}"
    if tree.exists():
        return tree
    half = CACHE / f"half-{debian.number}"
    subprocess.run(["rm", "-rf", half], check=True)
    CACHE.mkdir(exist_ok=True)
    command = ["mmdebstrap", "--variant=minbase", f"--include={_PACKAGES}"]
    command += [f"--customize-hook={_ACCOUNT}", debian.codename, str(half), *_sources(debian)]
    with (CACHE / f"debian-{debian.number}.log").open("w") as log:
        subprocess.run(command, check=True, stdout=log, stderr=log)
    half.rename(tree)
    return tree


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


def wheels(debian: Debian) -> Path:
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
    subprocess.run(command, check=True)
    done.write_bytes(lock.read_bytes())
    return folder


def file_adapter() -> Path:
    """Build the wheel of the example adapter, through which a chat can be played in a guest."""
    example = SOURCE / "examples" / "pretix-maintenance-file-adapter"
    folder = CACHE / "adapter"
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=example, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def nothing_wheel() -> Path:
    """Make a wheel with nothing in it: added to a release, it makes another release."""
    CACHE.mkdir(exist_ok=True)
    path = CACHE / "nothing-1-py3-none-any.whl"
    info = "nothing-1.dist-info"
    members = {
        "METADATA": "Metadata-Version: 2.1\nName: nothing\nVersion: 1\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(f"{info}/{name}"), text)
    return path
