"""Another program in the bot's own unit: its user, its mounts, its capabilities, its secrets."""

import shlex
from dataclasses import dataclass

from tests.host.guest import Guest

BOT = "pretix-maintenance-bot.service"
_NAME = "pretix-maintenance-try"
_FOLDER = f"/run/{_NAME}"
# What makes the unit a service that stays; all the rest is its sandbox.
_LEFT_OUT = (
    "ExecStart=",
    "NotifyAccess=",
    "Restart",
    "RuntimeDirectory",
    "Type=",
    "WantedBy=",
    "WatchdogSec=",
    "[Install]",
)


@dataclass(frozen=True)
class Ended:
    """How a script ended, and what it wrote."""

    code: int
    text: str


class Sandbox:
    """Runs shell scripts in a copy of the bot's installed unit, drop-ins and all."""

    def __init__(self, guest: Guest) -> None:
        """Copy the unit as systemd has it."""
        self._guest = guest
        lines = guest.run(f"systemctl cat {BOT}").splitlines()
        unit = [line for line in lines if not line.startswith(_LEFT_OUT)]
        unit += ["[Service]", "Type=oneshot", f"ExecStart=/bin/sh {_FOLDER}/script"]
        unit += [f"StandardOutput=truncate:{_FOLDER}/told", "StandardError=inherit"]
        guest.write(f"/run/systemd/system/{_NAME}.service", "\n".join(unit))
        guest.run(f"chmod 755 {_FOLDER} 2>/dev/null; systemctl daemon-reload")

    def run(self, script: str) -> Ended:
        """Run a script and wait for its end."""
        self._guest.write(f"{_FOLDER}/script", script, "0644")
        self._guest.run(f"rm -f {_FOLDER}/told")
        done = self._guest.try_run(f"systemctl start {_NAME}.service")
        show = f"systemctl show -P ExecMainStatus {_NAME}.service"
        code = int(self._guest.run(show)) or done.returncode
        return Ended(code, self._guest.try_run(f"cat {_FOLDER}/told").stdout)

    def told(self, script: str) -> str:
        """Run a script that must succeed, and give what it wrote.

        Raises:
            AssertionError: it failed.
        """
        ended = self.run(script)
        log = f"journalctl --no-pager -n 20 -u {_NAME}"
        assert ended.code == 0, f"{script}: {ended}\n{self._guest.try_run(log).stdout}"
        return ended.text.rstrip("\n")

    def python(self, program: str) -> str:
        """Run a program with the bot's own interpreter and packages; it must succeed."""
        python = "/opt/pretix-maintenance/current/bin/python"
        return self.told(f"{python} -I -c {shlex.quote(program)}")

    def close(self) -> None:
        """Leave nothing."""
        unit = f"/run/systemd/system/{_NAME}.service"
        self._guest.run(f"rm -rf {unit} {_FOLDER}; systemctl daemon-reload")
