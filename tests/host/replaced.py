"""The playbook that the project takes the place of: facts, a file made as the web user, a unit."""

import json
from typing import Self

from tests.host.guest import Guest

_FILE = "/var/tmp/replaced-lock"
_UNIT = "replaced-maintenance.service"
_PLAY = {
    "hosts": "all",
    "become": True,
    "tasks": [
        {
            "name": "Make the lock",
            "ansible.builtin.file": {"path": _FILE, "state": "touch"},
            "become_user": "www-data",
        },
        {
            "name": "Let the script look at it",
            "ansible.builtin.service": {"name": _UNIT, "state": "started"},
        },
    ],
}


class Replaced:
    """Beside what is deployed, with a file and a unit of its own; use it as a context."""

    def __init__(self, guest: Guest) -> None:
        """Prepare names; nothing is made yet."""
        self._guest = guest
        self.playbook = guest.folder / "replaced.yml"

    def __enter__(self) -> Self:
        """Install the unit, which runs once and ends."""
        self.playbook.write_text(json.dumps([_PLAY]))
        self._guest.write(
            f"/run/systemd/system/{_UNIT}",
            "[Service]\nExecStart=/usr/bin/touch /run/replaced-marker\n",
        )
        self._guest.run("systemctl daemon-reload")
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind."""
        self._guest.run(f"rm -f {_FILE} /run/replaced-marker /run/systemd/system/{_UNIT}")
        self._guest.run("systemctl daemon-reload")
