"""A Debian host with systemd as PID 1: a container with a disk, a network and a cgroup of its own.

Nothing enters a guest but ssh. A process that joined its namespaces would keep this machine's
capabilities, and could set this machine's clock.
"""

import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from tests.host.trees import CACHE, Debian, base_tree, wheels

_CGROUPS = Path("/sys/fs/cgroup")
_PATIENCE = 90
_REBOOT = 133  # systemd-nspawn leaves it to whoever started it to start it again


class Guest:
    """One guest; use it as a context, which also ends what an earlier run left."""

    def __init__(self, debian: Debian) -> None:
        """Prepare names; nothing is made yet."""
        self.debian = debian
        # Another checkout on this machine has guests of its own.
        self.name = f"pretix-{debian.number}-{zlib.crc32(bytes(CACHE)):08x}"
        self._disk = CACHE / "run" / self.name
        self._root = self._disk / "root"
        # Sockets have short paths, so this is not below the checkout.
        self.folder = Path(tempfile.mkdtemp(prefix="pretix-host-"))
        self._program: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Make the disk and the network."""
        self._clean()
        self._disk.mkdir(parents=True)
        _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", self._disk)
        for part in ("upper", "work", "root"):
            (self._disk / part).mkdir()
        layers = f"lowerdir={base_tree(self.debian)}"
        layers += f",upperdir={self._disk / 'upper'},workdir={self._disk / 'work'}"
        _run("mount", "-t", "overlay", "-o", layers, "overlay", self._root)
        _run("ip", "netns", "add", self.name)
        _run("ip", "-n", self.name, "link", "set", "lo", "up")
        self._give_keys()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind."""
        self._clean()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _give_keys(self) -> None:
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "key")
        (self._root / "etc" / "hostname").write_text(f"{self.name}\n")
        (self._root / "etc" / "hosts").write_text(f"127.0.0.1 localhost {self.name}\n")
        for home in ("root", "home/ansible"):
            place = self._root / home / ".ssh"
            place.mkdir(mode=0o700, exist_ok=True)
            shutil.copy(self.folder / "key.pub", place / "authorized_keys")
            owner = self._root / home
            for path in (place, place / "authorized_keys"):
                os.chown(path, owner.stat().st_uid, owner.stat().st_gid)

    def boot(self) -> None:
        """Start it and wait until systemd says that it runs."""
        groups = [group / self.name for group in _hierarchies()]
        for group in groups:
            group.mkdir(exist_ok=True)
        join = "".join(f"echo $$ > {shlex.quote(str(group))}/cgroup.procs; " for group in groups)
        command = ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit"]
        command += ["--console=pipe", f"--machine={self.name}", f"--directory={self._root}"]
        command += [f"--network-namespace-path=/run/netns/{self.name}", "--link-journal=no"]
        command += ["--resolv-conf=off", "--timezone=off", "--drop-capability=CAP_SYS_TIME"]
        command += ["--capability=CAP_BPF,CAP_NET_ADMIN", "--system-call-filter=bpf"]
        command.append(f"--bind-ro={wheels(self.debian)}:/wheels")
        with (self.folder / "console").open("ab") as console:
            self._program = subprocess.Popen(
                ["/bin/sh", "-c", f"{join}exec {shlex.join(command)}"],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            )
        self.wait_until_running()

    def wait_until_running(self) -> None:
        """Wait for ssh, then for systemd.

        Raises:
            TimeoutError: with what the console said.
        """
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            done = self.try_run("systemctl is-system-running --wait")
            if done.stdout.strip() in {"running", "degraded"}:
                return
            time.sleep(0.3)
        raise TimeoutError(f"{self.name} does not come up:\n{self.console()[-3000:]}")

    def reboot(self) -> None:
        """Let it restart itself, as a person would, and wait."""
        assert self._program
        self.try_run("systemctl reboot")
        code = self._program.wait(_PATIENCE)
        assert code == _REBOOT, f"ended with {code}: {self.console()[-3000:]}"
        self.boot()

    def console(self) -> str:
        """Give all that the console showed."""
        return (self.folder / "console").read_text(errors="replace")

    @property
    def ssh_options(self) -> list[str]:
        """Give what ssh needs to reach it."""
        words = ["-i", str(self.folder / "key"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
        words += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        return [*words, "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=5"]

    def inside(self, *command: str | Path) -> list[str]:
        """Give a command that runs on this machine, in the guest's network."""
        return ["nsenter", f"--net=/run/netns/{self.name}", "--", *map(str, command)]

    def try_run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a shell script as root in the guest."""
        command = self._ssh(script)
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )

    def _ssh(self, script: str) -> list[str]:
        keep = ["-o", "ControlMaster=auto", "-o", "ControlPersist=30"]
        keep += ["-o", f"ControlPath={self.folder}/root"]
        return self.inside("ssh", *self.ssh_options, *keep, "root@127.0.0.1", script)

    def run(self, script: str) -> str:
        """Run it and give what it prints.

        Raises:
            AssertionError: it failed.
        """
        done = self.try_run(script)
        assert done.returncode == 0, f"{script}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def write(self, path: str, text: str, mode: str = "0644") -> None:
        """Write a file in the guest."""
        folder, name = shlex.quote(str(Path(path).parent)), shlex.quote(path)
        script = f"umask 022; mkdir -p {folder}; cat > {name}; chmod {mode} {name}"
        command = self._ssh(script)
        subprocess.run(command, input=text, text=True, check=True, timeout=60)

    def _clean(self) -> None:
        """End the guest through its cgroup: killing systemd-nspawn would leave it running."""
        for group in _hierarchies():
            _end(group / self.name)
        if self._program:
            self._program.wait()
        _try("ip", "netns", "delete", self.name)
        for place in (self._root, self._disk):
            while os.path.ismount(place):
                _run("umount", "--lazy", place)
        shutil.rmtree(self._disk, ignore_errors=True)


def _hierarchies() -> Iterator[Path]:
    """Give the mounted cgroup trees in which systemd needs a group."""
    if (_CGROUPS / "cgroup.controllers").exists():
        yield _CGROUPS
        return
    yield from (_CGROUPS / name for name in ("unified", "systemd"))


def _end(group: Path) -> None:
    if not group.exists():
        return
    end = time.monotonic() + 20
    while time.monotonic() < end:
        members = [pid for path in group.rglob("cgroup.procs") for pid in _members(path)]
        members += _members(group / "cgroup.procs")
        if not members:
            break
        with contextlib.suppress(OSError):
            (group / "cgroup.kill").write_text("1")
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        time.sleep(0.1)
    for path in sorted([group, *(p for p in group.rglob("*") if p.is_dir())], reverse=True):
        with contextlib.suppress(OSError):
            path.rmdir()


def _members(path: Path) -> list[int]:
    try:
        return [int(line) for line in path.read_text().split()]
    except OSError:
        return []


def _run(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True)


def _try(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=False, capture_output=True)
