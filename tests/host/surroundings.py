"""What the bot's unit lets it see and do, what it tells of it, and what both checks find."""

import json
import shlex
from collections.abc import Callable

from tests.host.chat import Chat
from tests.host.controller import RUN
from tests.host.guest import Guest
from tests.host.places import STATE
from tests.host.sandbox import BOT, Sandbox

_BIND_AND_PROBE = """
import http.client, socket
socket.create_server(("127.0.0.1", 9479)).close()
shop = http.client.HTTPConnection("127.0.0.1", timeout=5)
shop.request("GET", "/")
print(shop.getresponse().status)
"""

_OWN = ("/var/lib/pretix-maintenance-bot", "/run/pretix-maintenance-bot")
"""What the bot may write to."""

_ANYBODYS = "/srv/try"
_BY_RIGHTS = (
    "touch /etc/pretix-maintenance/try",
    f"touch {STATE}/try",
    "cat /etc/pretix-maintenance/credentials/sample",
    "cat /etc/shadow",
    "sudo -n true",
)
"""What the bot's user may not do anywhere."""

_BY_SANDBOX = (
    f"touch {_ANYBODYS}/try",
    "ls /home",
    *(
        f"cd {folder} && cp /bin/true try && ./try"
        for folder in (*_OWN, "/tmp", "/var/tmp", "/dev/shm")
    ),
    "test -d /proc/1",
)
"""What its unit alone keeps it from."""


class Surroundings:
    """Looks at one guest on which everything is installed."""

    def __init__(self, guest: Guest, say: Callable[[str], None]) -> None:
        """`say` prints what is not as it should be, but no fault."""
        self._guest = guest
        self._say = say

    def sandbox_holds(self) -> None:
        """What the bot asks of its host, and must not reach, from within its own unit."""
        sandbox = Sandbox(self._guest)
        synchronised = "timedatectl show -p NTPSynchronized --value"
        assert sandbox.told(synchronised) == self._guest.run(synchronised).strip()
        assert sandbox.told("systemctl is-active pretix-maintenance.timer") == "active"
        timer = "/etc/systemd/system/pretix-maintenance.timer"
        assert sandbox.told(f"cat {timer}") == self._guest.run(f"cat {timer}").rstrip("\n")
        for needed in (
            f"head -c 1 {STATE}/journal.jsonl",
            "stat /var/lib/systemd/timers/stamp-pretix-maintenance.timer",
            "touch /var/lib/pretix-maintenance-bot/try && rm /var/lib/pretix-maintenance-bot/try",
        ):
            sandbox.told(needed)
        assert sandbox.python(_BIND_AND_PROBE) == "200"
        self._guest.run(f"install -d -m 1777 {_ANYBODYS}")
        for forbidden in (*_BY_RIGHTS, *_BY_SANDBOX):
            # It must be refused, and not merely never begin.
            ended = sandbox.run(f"echo begun; {forbidden}")
            assert ended.code != 0, (forbidden, ended)
            assert ended.text.startswith("begun"), (forbidden, ended)
        for possible in _BY_SANDBOX:
            as_the_bot = "runuser -u pretix-maintenance-bot -- sh -c"
            self._guest.run(f"{as_the_bot} {shlex.quote(possible)}")
        left = " ".join(f"{folder}/try" for folder in (*_OWN, "/tmp", "/var/tmp", "/dev/shm"))
        self._guest.run(f"rm -rf {_ANYBODYS} {left}")
        sandbox.close()

    def a_helper_outlives_its_bot(self) -> None:
        """A deploy ends the bot while a helper of it waits for another run of the core."""
        chat = Chat(self._guest)
        chat.wait_for_ears()
        self._guest.run(
            f"systemd-run --quiet --unit=hold-mutex flock {STATE}/mutex sleep 60; "
            f"until ! flock -n {STATE}/mutex true; do sleep 0.1; done; "
            f"echo anna: /maintenance lock > {RUN}/chat.in"
        )
        helper = r"grep -lsaP 'pretix-maintenance\x00lock\x00' /proc/[0-9]*/cmdline"
        chat.wait_for(lambda: self._guest.try_run(helper).returncode == 0, 20)
        # In one go: the helper does not wait long.
        self._guest.run(
            f'its=$({helper}); systemctl stop {BOT}; test "$its" = "$({helper})"; still=$?;'
            "systemctl stop hold-mutex; exit $still"
        )
        closed = f"test -e {STATE}/MAINTENANCE_MODE"
        chat.wait_for(lambda: self._guest.try_run(closed).returncode == 0, 20)
        self._guest.run(f"systemctl start {BOT}")
        chat.wait_for_bot()
        # In its turn: behind what the bot makes of the order that it was stopped in.
        chat.say("anna: /maintenance unlock", "Lock removed")

    def watchers_are_told(self) -> None:
        """`/metrics` and `/healthz` of the bot in its unit, asked on the host's loopback."""
        ask = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9478{}').read().decode())"
        metrics = self._guest.run(f'python3 -c "{ask.format("/metrics")}"')
        for line in (
            "pretix_maintenance_on 0.0",
            "pretix_maintenance_desired 0.0",
            "pretix_maintenance_state_readable 1.0",
            'pretix_maintenance_probe_ok{host="127.0.0.1"} 1.0',
            'pretix_maintenance_adapter_connected{adapter="file"} 1.0',
            "pretix_maintenance_last_reconcile_timestamp_seconds ",
        ):
            assert line in metrics, (line, metrics)
        health = json.loads(self._guest.run(f'python3 -c "{ask.format("/healthz")}"'))
        assert health["ok"] is True
        assert "timer" not in health["difficulties"]

    def checks_find(self) -> None:
        """Everything an operator could have got wrong: as root, and as the bot in its unit."""
        sandbox = Sandbox(self._guest)
        bots = "pretix-maintenance-bot check --json"
        cores = "pretix-maintenance check --json"
        self.finds(self._guest.try_run(cores).stdout, wrong=set())
        self.finds(sandbox.run(bots).text, wrong=set())
        self._guest.run("systemctl stop pretix-maintenance.timer")
        self._guest.run("mv /etc/sudoers.d/pretix-maintenance /root/")
        self._guest.run(f"chmod 0700 {STATE}")
        broken = {"timer", "sudo-rule", "sudo-try", "state", "nginx-reach"}
        self.finds(self._guest.try_run(cores).stdout, wrong=broken)
        self._guest.run(f"chmod 2755 {STATE}; chmod 0600 {STATE}/journal.jsonl")
        self.finds(sandbox.run(bots).text, wrong={"lost", "journal"})
        self._guest.run(
            f"chmod 0640 {STATE}/journal.jsonl; mv /root/pretix-maintenance /etc/sudoers.d/"
        )
        self._guest.run("systemctl start pretix-maintenance.timer")
        self.finds(self._guest.try_run(cores).stdout, wrong=set())
        sandbox.close()

    def finds(self, told: str, *, wrong: set[str]) -> None:
        """Compare what a check found to be wrong; whatever is not ok has a cure."""
        answer = json.loads(told)
        findings = answer["findings"] if isinstance(answer, dict) else answer
        found = {one["problem"] for one in findings if one["severity"] == "wrong"}
        assert found == wrong, told
        assert all(one["cure"] for one in findings if one["severity"] != "ok"), told
        for one in findings:
            if one["severity"] == "warning":
                self._say(f"to look at: {one['sentence']}")
