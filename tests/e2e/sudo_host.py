"""A host in small: the core below a root-owned prefix, a second user, and the shipped sudo rule."""

import grp
import json
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.installed import SOURCE, SYSTEM_PYTHON, Answer, install, interpreter

RULE = SOURCE / "deploy" / "sudoers" / "pretix-maintenance"
PATH_IN_RULE = "/usr/sbin/pretix-maintenance"
USER_IN_RULE = "pretix-maintenance-bot"
REQUEST = json.dumps(
    {
        "version": 1,
        "actor": "telegram:12345",
        "name": "Anna",
        "reason": "audit",
        "until": None,
        "origin": "telegram:-100:7",
        "request_id": "r1",
    }
)


def why_not() -> str | None:
    """What is missing for a real sudo rule, as a sentence; None if nothing is."""
    if os.geteuid() != 0:
        return "needs root: installs a sudo rule and makes a user"
    for tool in ("sudo", "visudo", "useradd", "userdel"):
        if shutil.which(tool) is None:
            return f"needs {tool}: apt install sudo passwd"
    if interpreter() != str(SYSTEM_PYTHON):
        return "needs a system python3 of 3.11 or newer"
    return None


def rule_text(path: Path, user: str) -> str:
    """The shipped rule for another path and another user."""
    text = RULE.read_text().replace(USER_IN_RULE, user).replace(PATH_IN_RULE, str(path))
    # Tests side by side each install a rule, and sudo knows every alias once.
    return text.replace("PRETIX_MAINTENANCE", f"PRETIX_MAINTENANCE_{user.upper()}")


def snapshot(folder: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """Everything below a folder: mode, owner, group and content (or a link's target)."""
    found = {}
    for path in sorted(folder.rglob("*")):
        entry = path.lstat()
        content = b""
        if stat.S_ISLNK(entry.st_mode):
            content = os.fsencode(path.readlink())
        elif stat.S_ISREG(entry.st_mode):
            content = path.read_bytes()
        found[str(path.relative_to(folder))] = (
            entry.st_mode,
            entry.st_uid,
            entry.st_gid,
            content,
        )
    return found


@dataclass
class SudoHost:
    """Where the pieces are, and how the bot's user calls them."""

    prefix: Path
    user: str
    launcher: Path

    @property
    def uid(self) -> int:
        """The second user's id."""
        return pwd.getpwnam(self.user).pw_uid

    @property
    def gid(self) -> int:
        """The second user's group."""
        return grp.getgrnam(self.user).gr_gid

    @property
    def state(self) -> Path:
        """The state directory."""
        return self.prefix / "state"

    @property
    def marker(self) -> Path:
        """The file that closes the shop."""
        return self.state / "MAINTENANCE_MODE"

    @property
    def lock(self) -> Path:
        """The file that a person's order leaves."""
        return self.state / "MAINTENANCE_MODE_LOCK"

    def begin_afresh(self, *, window_open: bool = False) -> None:
        """An empty state directory and a window that is open now, or far from it."""
        shutil.rmtree(self.state, ignore_errors=True)
        self.state.mkdir(mode=0o755)
        self.windows(window_open=window_open)

    def windows(self, *, window_open: bool) -> None:
        """Rewrite the configuration."""
        start = datetime.now(UTC) + timedelta(hours=-1 if window_open else 24)
        end = start + timedelta(hours=6)
        (self.prefix / "core.toml").write_text(
            '[[extra_window]]\nname = "test"\n'
            f"start = {start:%Y-%m-%dT%H:%M:%SZ}\nend = {end:%Y-%m-%dT%H:%M:%SZ}\n"
        )

    def start(self, argv: Sequence[object], **options: Any) -> subprocess.Popen[str]:
        """Start a program as the second user."""
        return subprocess.Popen(
            [str(word) for word in argv],
            user=self.uid,
            group=self.gid,
            extra_groups=[],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **{"cwd": "/", "env": {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, **options},
        )

    def as_user(self, argv: Sequence[object], stdin: str = REQUEST, **options: Any) -> Answer:
        """Run a program as the second user, to its end."""
        with self.start(argv, **options) as process:
            out, err = process.communicate(stdin, timeout=30)
        return Answer(process.returncode, out, err)

    def helper(self, verb: str, stdin: str = REQUEST, **options: Any) -> Answer:
        """What the bot does."""
        return self.as_user(self.command(verb), stdin, **options)

    def command(self, verb: str) -> list[str | Path]:
        """The bot's argument list for a verb."""
        return ["sudo", "-n", self.launcher, verb, "--json", "--stdin"]

    def as_root(self, verb: str, env: Mapping[str, str] | None = None) -> Answer:
        """What the timer does."""
        done = subprocess.run(
            [self.launcher, verb, "--json"],
            input="",
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env=env,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def rule(self, text: str, name: str) -> Iterator[None]:
        """A sudo rule in force, checked before it is put in place and gone afterwards."""
        draft = self.prefix / f"{name}.sudoers"
        draft.write_text(text)
        draft.chmod(0o440)
        subprocess.run(["visudo", "-cqf", draft], check=True)
        target = Path("/etc/sudoers.d") / f"{self.user}-{name}"
        draft.rename(target)
        try:
            yield
        finally:
            target.unlink()


@contextmanager
def sudo_host() -> Iterator[SudoHost]:
    """Make it, and leave nothing behind."""
    prefix = Path(tempfile.mkdtemp(prefix="pretix-maintenance-test-", dir="/opt"))
    prefix.chmod(0o755)
    user = f"pmtest{os.getpid()}"
    try:
        # A system user without a home: nothing but sudo lets it in anywhere.
        argv = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/", user]
        subprocess.run(argv, check=True)
        arguments = ("--config", str(prefix / "core.toml"), "--state-dir", str(prefix / "state"))
        launcher = install(prefix, *arguments)
        host = SudoHost(prefix, user, launcher)
        host.begin_afresh()
        with host.rule(rule_text(launcher, user), "helper"):
            yield host
    finally:
        shutil.rmtree(prefix)
        subprocess.run(["userdel", user], check=True)
