"""A new volunteer with the operator's guide on the screen, who types what it says, no more."""

import json
import os
import pty
import select
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from tests.host.controller import SECRET, VARIABLES
from tests.host.guest import Guest
from tests.host.trees import SOURCE

PATIENCE = 900
_PASSWORD = "typed by hand"
_EDITOR = """\
#!{python} -I
import json, pathlib, sys
prepared = json.loads(pathlib.Path({prepared!r}).read_text())
for name in sys.argv[1:]:
    path = pathlib.Path(name)
    path.write_text(prepared.get(path.name, prepared["vault.yml"]))
"""


class Volunteer:
    """Sits at a machine with nothing on it but git, make, Python and an editor."""

    def __init__(self, guest: Guest, wheels: list[str]) -> None:
        """Give them a repository to clone: the checkout as it is now."""
        self._guest = guest
        self._desk = guest.folder / "desk"
        self._place = self._desk
        self._desk.mkdir()
        self._repository = guest.folder / "repository.git"
        self._publish()
        self._prepare(wheels)

    def _publish(self) -> None:
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", self._repository], check=True)
        git = ["git", f"--git-dir={self._repository}", f"--work-tree={SOURCE}"]
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run([*git, "add", "-A"], check=True, cwd=SOURCE)
        subprocess.run([*git, *who, "commit", "-q", "-m", "all"], check=True, cwd=SOURCE)

    def _prepare(self, wheels: list[str]) -> None:
        """Write down what will be typed into the editor, and the host's key, as ssh finds it."""
        example = SOURCE / "deploy/inventory/staging.example"
        chosen: dict[str, Any] = yaml.safe_load((example / "group_vars/all/main.yml").read_text())
        chosen |= {**VARIABLES, "pretix_maintenance_extra_wheels": wheels}
        hosts = yaml.safe_load((example / "hosts.yml").read_text())
        (host,) = hosts["all"]["hosts"]
        assert hosts["all"]["hosts"][host] == {"ansible_user": "ansible"}
        reach = {"ansible_host": "127.0.0.1"}
        reach["ansible_ssh_common_args"] = " ".join(self._guest.ssh_options)
        hosts["all"]["hosts"][host] |= reach
        prepared = {
            "hosts.yml": yaml.safe_dump(hosts),
            "main.yml": yaml.safe_dump(chosen),
            "vault.yml": f"vault_sample: {SECRET}\n",
        }
        (self._desk / "prepared.json").write_text(json.dumps(prepared))
        editor = self._desk / "bin" / "their-editor"
        editor.parent.mkdir()
        names = {"python": sys.executable, "prepared": str(self._desk / "prepared.json")}
        editor.write_text(_EDITOR.format(**names))
        editor.chmod(0o755)

    def types(self, line: str) -> str:
        """Type a line and wait for its end; gives what was on the screen.

        Raises:
            AssertionError: it failed.
        """
        line = line.replace("REPOSITORY", str(self._repository))
        if line.startswith("cd "):
            self._place /= line.removeprefix("cd ")
            return ""
        words = ["/bin/bash", "-c", line]
        # This machine's own network is for packages; the guest's leads to the guest.
        if line.startswith("deploy/"):
            words = self._guest.inside(*words)
        code, screen = _in_a_terminal(words, self._place, self._environment())
        assert code == 0, f"{shlex.join(words)}: {code}\n{screen[-6000:]}"
        return screen

    def _environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if "ANSIBLE" not in name}
        mine = {"PATH": f"{self._desk / 'bin'}:{os.environ['PATH']}", "EDITOR": "their-editor"}
        mine |= {"ANSIBLE_HOME": str(self._desk / "ansible"), "ANSIBLE_NOCOLOR": "1"}
        return clean | mine | {"ANSIBLE_SSH_CONTROL_PATH_DIR": str(self._guest.folder / "vp")}


def _in_a_terminal(words: list[str], place: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run it in a terminal; type the password wherever one is asked for."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(place)
        os.execvpe(words[0], words, environment)
    screen, asked, end = b"", 0, time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            seen = os.read(terminal, 65536)
        except OSError:
            break  # how Linux says that nobody has the terminal open any more
        screen += seen
        if screen[asked:].rstrip().lower().endswith(b"password:"):
            asked = len(screen)
            os.write(terminal, f"{_PASSWORD}\n".encode())
    else:
        os.kill(child, 15)
    # First its end: to whom is still there, a terminal that goes is a reason to die.
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), screen.decode(errors="replace")
