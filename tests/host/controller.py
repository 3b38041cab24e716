"""The person at the keyboard: inventory, playbooks, `deploy.py`."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.host import trees
from tests.host.guest import Guest

RUN = "/run/pretix-maintenance-bot"
LOCK = "playbooks/pretix/lock-maintenance.yml"
UNLOCK = "playbooks/pretix/unlock-maintenance.yml"
SECRET = "not-a-real-secret"
VARIABLES: Mapping[str, Any] = {
    "pretix_maintenance_association": "The Example Association",
    "pretix_maintenance_url": "http://127.0.0.1/",
    "pretix_maintenance_language": "en",
    # Far from now, whenever that is.
    "pretix_maintenance_windows": [
        {
            "name": "Mollie week",
            "start": f"{datetime.now(UTC) + timedelta(days=3):%a} 22:00",
            "duration": "7h",
            "timezone": "Europe/Amsterdam",
        }
    ],
    "pretix_maintenance_people": [{"name": "Anna", "role": "treasurer", "ids": {"file": "anna"}}],
    "pretix_maintenance_destinations": [{"adapter": "file", "channel": "file", "label": "board"}],
    "pretix_maintenance_adapters": {
        "file": {"incoming": f"{RUN}/chat.in", "log": f"{RUN}/chat.log"}
    },
    "pretix_maintenance_credentials": {"sample": "{{ vault_sample }}"},
    "pretix_maintenance_monitoring": {"listen": "127.0.0.1:9478"},
    "pretix_maintenance_pip_arguments": ["--no-index", "--find-links=/wheels"],
}


@dataclass(frozen=True)
class Played:
    """How a playbook ended."""

    code: int
    text: str

    @property
    def changed(self) -> int:
        """How many tasks changed something."""
        found = re.search(r"changed=(\d+)", self.text)
        assert found, self.text
        return int(found[1])


class Controller:
    """Runs Ansible against one guest, over ssh."""

    def __init__(self, guest: Guest) -> None:
        """Write the inventory."""
        self._guest = guest
        self._inventory = guest.folder / "inventory"
        self._wheels = [str(trees.file_adapter(guest.folder))]
        self._password = guest.folder / "password"
        self._lock_a_secret_away()
        self.set_up()

    def _lock_a_secret_away(self) -> None:
        """Encrypt a secret, as an operator does, with a password that no host ever sees."""
        self._password.write_text("of this run alone\n")
        self.vault.parent.mkdir(parents=True)
        self.vault.write_text(f"vault_sample: {SECRET}\n")
        command = [str(Path(sys.executable).with_name("ansible-vault")), "encrypt"]
        command += [f"--vault-password-file={self._password}", str(self.vault)]
        subprocess.run(command, check=True, capture_output=True)

    @property
    def vault(self) -> Path:
        """The encrypted file of the inventory."""
        return self._inventory / "group_vars" / "all" / "vault.yml"

    def set_up(self, **changed: Any) -> None:
        """Write the inventory with these variables in place of the usual ones."""
        variables: dict[str, Any] = {**VARIABLES, "pretix_maintenance_extra_wheels": self._wheels}
        variables |= {f"pretix_maintenance_{key}": value for key, value in changed.items()}
        host = {"ansible_host": "127.0.0.1", "ansible_user": "ansible", **variables}
        host["ansible_ssh_common_args"] = " ".join(self._guest.ssh_options)
        inventory = {"all": {"hosts": {self._guest.name: host}}}
        (self._inventory / "hosts.json").write_text(json.dumps(inventory))

    @property
    def wheels(self) -> list[str]:
        """The wheels with further adapters."""
        return list(self._wheels)

    def play(self, playbook: str, *options: str, ok: bool = True) -> Played:
        """Run a playbook through `deploy.py`, from whatever state the tree is in."""
        command = [sys.executable, str(trees.SOURCE / "deploy" / "deploy.py"), "--force"]
        command += ["--to=staging", f"--inventory={self._inventory}", f"--playbook={playbook}"]
        environment = {**os.environ, "USER": "tester", "ANSIBLE_NOCOLOR": "1"}
        # By default the connections to all guests, which have one address, would share a socket.
        sockets = str(self._guest.folder / "cp")
        environment |= {
            "ANSIBLE_HOME": str(self._guest.folder / "ansible"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": sockets,
            "ANSIBLE_VAULT_PASSWORD_FILE": str(self._password),
        }
        done = subprocess.run(
            self._guest.inside(*command, *options),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        played = Played(done.returncode, done.stdout + done.stderr)
        assert (played.code == 0) == ok, f"{playbook}: {played.code}\n{played.text[-6000:]}"
        return played
