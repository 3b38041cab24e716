"""What must be true on a real host, in the order in which an operator meets it."""

import json
import re
import shlex
import time
from collections.abc import Callable
from datetime import UTC, datetime

from tests.host import guide, trees, upstream
from tests.host.chat import Chat
from tests.host.controller import LOCK, SECRET, UNLOCK, Controller
from tests.host.guest import Guest
from tests.host.places import STATE
from tests.host.sandbox import BOT
from tests.host.speed import Speed
from tests.host.surroundings import Surroundings
from tests.host.volunteer import Volunteer
from tests.host.watcher import Watcher

NEWER = "99.1"
ALONE = {"the_chat_is_much_faster_than_the_playbook"}
"""The parts that measure, so that nothing else may use the processors meanwhile."""


class Scenario:
    """One run on one guest; `steps` gives its parts in their order."""

    def __init__(self, guest: Guest, say: Callable[[str], None]) -> None:
        """Use this guest; `say` prints progress."""
        self.guest = guest
        self.say = say
        self.controller = Controller(guest)
        self.chat = Chat(guest)
        self._surroundings = Surroundings(guest, say)
        self._before: set[str] = set()
        self._role_takes = 60.0

    def steps(self) -> list[Callable[[], None]]:
        """Give the parts; each one's first line says what it proves."""
        return [
            self.a_check_on_an_empty_host_changes_nothing,
            self.the_core_alone_is_installed_and_a_bot_beside_it_can_be_checked_for,
            self.the_role_installs_everything,
            self.a_second_run_and_a_check_change_nothing,
            self.a_run_that_was_broken_off_is_made_up_for,
            self.units_are_as_tight_as_promised,
            self.the_chat_closes_and_opens_the_shop,
            self.a_stranger_in_the_chat_closes_nothing,
            self.the_bots_sandbox_holds_and_leaves_it_what_it_needs,
            self.whoever_watches_from_outside_is_told,
            self.both_checks_are_content_and_find_what_is_broken,
            self.the_command_line_closes_and_opens_the_shop,
            self.playbooks_close_and_open_the_shop,
            self.a_killed_bot_comes_back,
            self.a_helper_at_work_outlives_its_bot,
            self.glass_can_be_broken_by_hand,
            self.the_timer_fires_at_both_edges_of_a_window,
            self.the_previous_release_comes_back,
            self.after_a_reboot_inside_a_window_no_page_of_the_shop_is_served,
            self.the_chat_is_much_faster_than_the_playbook,
            self.removing_refuses_to_open_a_closed_shop,
            self.removing_refuses_to_leave_an_include_that_nginx_would_stumble_over,
            self.removing_leaves_nothing,
            self.a_volunteer_gets_there_by_the_guide,
            self.migrating_never_opens_the_shop,
            self.migrating_a_site_that_is_changed_by_hand_never_opens_the_shop,
        ]

    def a_check_on_an_empty_host_changes_nothing(self) -> None:
        """Check mode works before anything is there."""
        upstream.plain(self.guest)
        self._before = self._files()
        assert self.controller.play("playbooks/site.yml", "--check").changed == 0
        assert self._files() == self._before

    def the_core_alone_is_installed_and_a_bot_beside_it_can_be_checked_for(self) -> None:
        """Without an adapter there is no bot, until somebody names one."""
        self.controller.set_up(adapters={}, people=[], destinations=[], credentials={})
        self.controller.play("playbooks/site.yml")
        assert self._status() == 200
        self.controller.set_up()
        assert self.controller.play("playbooks/site.yml", "--check").changed > 0

    def the_role_installs_everything(self) -> None:
        """One run installs all, and its own check at the end finds nothing wrong."""
        played = self.controller.play("playbooks/site.yml")
        assert self._status() == 200
        self.chat.wait_for_bot()
        spare = f"stat -c '%U:%G' {STATE}/.lock.spare"
        assert self.guest.run(spare) == "root:pretix-maintenance\n"
        secret = f"/run/credentials/{BOT}/sample"
        assert self.controller.vault.read_text().startswith("$ANSIBLE_VAULT;")
        assert self.guest.run(f"cat {secret}") == SECRET
        assert SECRET not in played.text
        mode = "stat -c '%U:%G %a' /etc/pretix-maintenance/bot.toml"
        assert self.guest.run(mode) == "root:pretix-maintenance-bot 640\n"
        others = "find /opt/pretix-maintenance/ /usr/lib/pretix-maintenance ! -user root"
        assert self.guest.run(others) == ""

    def a_second_run_and_a_check_change_nothing(self) -> None:
        """The role can be run at any time."""
        began = time.monotonic()
        played = self.controller.play("playbooks/site.yml")
        self._role_takes = time.monotonic() - began
        assert played.changed == 0, played.text
        played = self.controller.play("playbooks/site.yml", "--check")
        assert played.changed == 0, played.text

    def a_run_that_was_broken_off_is_made_up_for(self) -> None:
        """It placed files and told nobody: nginx, systemd and the bot are told now."""
        include, site = guide.include(), "/etc/nginx/conf.d/site.conf"
        self.guest.run(
            f"sed -i 's|include .*;|# nothing|' {site}; systemctl reload nginx; sleep 1;"
            f"sed -i 's|# nothing|{include}|' {site}"
        )
        told = self.guest.try_run("pretix-maintenance check --json").stdout
        self._surroundings.finds(told, wrong={"nginx-read"})
        self.guest.run("touch /etc/pretix-maintenance/bot.toml")
        pid = f"systemctl show -P MainPID {BOT}"
        before = self.guest.run(pid)
        assert self.controller.play("playbooks/site.yml").changed == 1
        assert self.guest.run(pid) != before
        self.chat.wait_for_bot()

    def units_are_as_tight_as_promised(self) -> None:
        """systemd's own figures, with the drop-in where systemd allows it."""
        limits = {BOT: self.guest.debian.bot_exposure, "pretix-maintenance.service": 0.7}
        for unit, limit in limits.items():
            told = self.guest.run(f"systemd-analyze security --no-pager {unit}")
            found = re.search(r"exposure level for \S+: ([0-9.]+)", told)
            assert found, told
            self.say(f"{unit}: {found[1]}")
            assert float(found[1]) <= limit, told

    def the_bots_sandbox_holds_and_leaves_it_what_it_needs(self) -> None:
        """What the bot asks of its host, and must not reach, from within its own unit."""
        self._surroundings.sandbox_holds()

    def whoever_watches_from_outside_is_told(self) -> None:
        """The bot's `/metrics` and `/healthz`."""
        self._surroundings.watchers_are_told()

    def both_checks_are_content_and_find_what_is_broken(self) -> None:
        """Everything an operator could have got wrong: as root, and as the bot in its unit."""
        self._surroundings.checks_find()

    def the_chat_closes_and_opens_the_shop(self) -> None:
        """Chat, bot, real sudo, marker, nginx: the first 503 is there before the reply."""
        with Watcher(self.guest) as watcher:
            began = time.time()
            told = self.chat.say("anna: /maintenance lock audit", "Locked")
            assert "audit" in told
            watcher.first(503, began)
            assert self._journal()["actor"] == "file:anna"
            assert watcher.next(self.chat.said_at("Locked")).status == 503
            opening = time.time()
            self.chat.say("anna: /maintenance unlock", "Lock removed")
            watcher.first(200, opening)

    def a_stranger_in_the_chat_closes_nothing(self) -> None:
        """Nobody is anybody who is not in the roster."""
        self.chat.say("eve: /maintenance lock", "Only treasurer")
        assert self._status() == 200

    def the_command_line_closes_and_opens_the_shop(self) -> None:
        """The core alone, as root; also under its old name."""
        self.guest.run("pretix-maintenance lock --reason 'by hand'")
        assert self._status() == 503
        assert "by hand" in self.guest.run("pretix-maintenance status")
        self.guest.run("pretix-maintenance unlock; /usr/local/bin/pretix-maintenance.sh")
        assert self._status() == 200
        bot = "runuser -u pretix-maintenance-bot -- sudo -n /usr/sbin/pretix-maintenance"
        assert self.guest.try_run(f"{bot} lock").returncode != 0
        assert self._status() == 200

    def playbooks_close_and_open_the_shop(self) -> None:
        """The names and the way that operators know; check mode only looks."""
        assert self.controller.play(LOCK, "--check").changed == 0
        assert self._status() == 200
        assert self.controller.play(LOCK, "--reason=audit; $(x) {{ y }} 'z' 🎟").changed == 1
        assert self._status() == 503
        assert self._journal()["actor"] == "ansible:tester"
        assert self._journal()["reason"] == "audit; $(x) {{ y }} 'z' 🎟"
        assert self.controller.play(LOCK).changed == 0
        assert self.controller.play(UNLOCK).changed == 1
        assert self._status() == 200

    def the_chat_is_much_faster_than_the_playbook(self) -> None:
        """Measured in turn, in one run, with nothing else of ours on the processors."""
        Speed(self.guest, self.controller, self.chat, self.say).compare()

    def a_killed_bot_comes_back(self) -> None:
        """Killed without a chance to say good-bye, it is back and answers."""
        pid = f"systemctl show -P MainPID {BOT}"
        old = self.guest.run(pid).strip()
        self.guest.run(f"kill -KILL {old}")
        self.chat.wait_for(lambda: self.guest.run(pid).strip() not in {"0", old}, 30)
        self.chat.wait_for_bot()
        self.chat.say("anna: /maintenance status", "open")

    def a_helper_at_work_outlives_its_bot(self) -> None:
        """What the chat has ordered happens, even if the bot is stopped before it has."""
        self._surroundings.a_helper_outlives_its_bot()

    def glass_can_be_broken_by_hand(self) -> None:
        """`docs/break-glass.md`, word for word: no bot, no chat, no Python."""
        self.guest.run(f"cd {STATE} && {guide.by_hand('close the shop')}")
        assert self._status() == 503
        self.guest.run("systemctl start pretix-maintenance.service")
        assert self._status() == 503
        self.guest.run(f"cd {STATE} && {guide.by_hand('open the shop')}")
        assert self._status() == 200
        self.guest.run("systemctl start pretix-maintenance.service")
        assert self._status() == 200

    def the_timer_fires_at_both_edges_of_a_window(self) -> None:
        """A window of the configuration, as the role writes it; also an upgrade of the release."""
        newer = str(trees.another_version(self.guest.folder / "newer", NEWER))
        start = self._deploy_a_window(source=newer)
        with Watcher(self.guest) as watcher:
            closed = watcher.first(503, time.time(), start + 10 - time.time())
            opened = watcher.first(200, closed.at, 30)
        at_start, at_end = closed.at - start, opened.at - start - 8
        self.say(f"closed {at_start:+.2f} s and opened {at_end:+.2f} s off the edges")
        # What is seen from outside also waits for this machine; the journal says when it was done.
        assert -0.1 <= at_start <= 5
        assert -0.1 <= at_end <= 5
        done = [_seconds(event["at"]) for event in self._events(2)]
        assert start <= done[0] <= start + 2, done
        assert start + 8 <= done[1] <= start + 10, done
        self.chat.wait_for(lambda: "Soon" in self.chat.log(), 20)

    def _deploy_a_window(self, **more: str) -> int:
        """Deploy a window of eight seconds that begins soon after; give its start.

        How long a playbook takes is not known before, least of all one with a new release.
        """
        for _ in range(3):
            start = int(time.time() + 1.5 * self._role_takes + 40)
            window = {"name": "Soon", "start": _instant(start), "end": _instant(start + 8)}
            self.controller.set_up(extra_windows=[window], **more)
            began = time.time()
            self.controller.play("playbooks/site.yml")
            self._role_takes = time.time() - began
            if time.time() < start:
                return start
        raise AssertionError(f"a playbook takes {self._role_takes:.0f} s")

    def the_previous_release_comes_back(self) -> None:
        """Another version of core and bot each; not back to one that cannot read what is there."""
        assert self._versions() == {NEWER}
        self.guest.run("echo 'nonsense = 1' >> /etc/pretix-maintenance/core.toml")
        self.controller.play("playbooks/rollback.yml", ok=False)
        assert self._versions() == {NEWER}
        self.guest.run("sed -i '$d' /etc/pretix-maintenance/core.toml")
        known = self._database_becomes(99)
        self.controller.play("playbooks/rollback.yml", ok=False)
        assert self._versions() == {NEWER}
        self._database_becomes(known)
        self.controller.play("playbooks/rollback.yml", "--check")
        assert self._versions() == {NEWER}
        self.controller.play("playbooks/rollback.yml")
        assert self._versions() == {trees.VERSION}
        self.chat.wait_for_bot()
        self.chat.say("anna: /maintenance status", "open")
        self.controller.play("playbooks/rollback.yml")
        assert self._versions() == {NEWER}
        self.chat.wait_for_bot()

    def _database_becomes(self, version: int) -> int:
        """Have the bot's database be of this version; give the one that it was of."""
        script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
        script += "print(*c.execute('PRAGMA user_version').fetchone());"
        script += f"c.execute('PRAGMA user_version = {version}'); c.commit()"
        command = f"python3 -c {shlex.quote(script)} /var/lib/pretix-maintenance-bot/bot.sqlite3"
        return int(self.guest.run(f"runuser -u pretix-maintenance-bot -- {command}"))

    def after_a_reboot_inside_a_window_no_page_of_the_shop_is_served(self) -> None:
        """The run at boot comes before nginx, even if the marker was lost with the power."""
        now = int(time.time())
        window = f'\n[[extra_window]]\nname = "Long"\nstart = {_instant(now)}\n'
        window += f"end = {_instant(now + 3600)}\n"
        config = "/etc/pretix-maintenance/core.toml"
        self.guest.run(f"cp -p {config} /root/; echo {shlex.quote(window)} >> {config}")
        self.guest.run("pretix-maintenance reconcile; systemctl stop pretix-maintenance.timer")
        self.guest.run("systemctl disable -q pretix-maintenance.timer")
        self.guest.run(f"rm {STATE}/MAINTENANCE_MODE")
        with Watcher(self.guest) as watcher:
            assert self._status() == 200
            began = time.time()
            self.guest.reboot()
            watcher.first(503, began)
            gone = next(one.at for one in watcher.answers if one.at > began and one.status == 0)
            wrong = [one for one in watcher.answers if one.at > gone and one.page == "shop"]
            assert not wrong, wrong
        self.guest.run(f"cp -p /root/core.toml {config}; rm /root/core.toml")
        self.guest.run("systemctl enable -q --now pretix-maintenance.timer")
        self.guest.run("pretix-maintenance reconcile")
        assert self._status() == 200
        self.chat.wait_for_bot()

    def removing_refuses_to_open_a_closed_shop(self) -> None:
        """Somebody who only wants to clean up opens nothing."""
        self.guest.run("pretix-maintenance lock")
        self.controller.play("playbooks/remove.yml", ok=False)
        assert self._status() == 503
        self.guest.run("pretix-maintenance unlock")

    def removing_refuses_to_leave_an_include_that_nginx_would_stumble_over(self) -> None:
        """Without its star it would keep nginx from its next start."""
        site = "/etc/nginx/conf.d/site.conf"
        self.guest.run(f"sed -i 's|maintenance[*].conf|maintenance.conf|' {site}")
        told = self.controller.play("playbooks/remove.yml", ok=False).text
        assert "by its whole name" in told
        assert self._status() == 200
        self.guest.run(f"sed -i 's|maintenance.conf|maintenance*.conf|' {site}")

    def removing_leaves_nothing(self) -> None:
        """The same files as before, and the shop is open."""
        self.controller.play("playbooks/remove.yml")
        assert self._files() == self._before, self._files() ^ self._before
        assert self._status() == 200
        assert self.guest.run("systemctl list-units --all --no-legend 'pretix-maintenance*'") == ""
        for database in ("passwd", "group"):
            assert "pretix-maintenance" not in self.guest.run(f"getent {database}")
        assert self.controller.play("playbooks/remove.yml").changed == 0

    def a_volunteer_gets_there_by_the_guide(self) -> None:
        """From a clone to a staging host that works, by the commands that stand in the guide."""
        if self.guest.debian is not trees.RELEASES[-1]:
            return  # once is enough: the commands are the same, and they fetch all of Ansible
        volunteer = Volunteer(self.guest, self.controller.wheels)
        for line in guide.commands():
            began = time.monotonic()
            volunteer.types(line)
            self.say(f"$ {line} ({time.monotonic() - began:.0f} s)")
        self.chat.wait_for_bot()
        self.chat.say("anna: /maintenance status", "open")
        self._surroundings.finds(self.guest.run("pretix-maintenance check --json"), wrong=set())
        self.controller.play("playbooks/remove.yml")

    def migrating_never_opens_the_shop(self) -> None:
        """Watched all the time: not one page of the shop between the old lock and the new."""
        upstream.closed(self.guest)
        self.controller.set_up(url=upstream.URL)
        before = self._files()
        self.controller.play("playbooks/migrate.yml", "--check")
        assert self._files() == before
        self._migrate_a_closed_shop()
        assert self.controller.play("playbooks/migrate.yml").changed == 0
        assert self._status(upstream.NAME) == 503
        assert self.guest.run("systemctl is-active pretix-maintenance.timer") == "active\n"
        self.guest.run("pretix-maintenance unlock")
        assert self._status(upstream.NAME) == 200

    def _migrate_a_closed_shop(self) -> None:
        with Watcher(self.guest) as watcher:
            self.controller.play("playbooks/migrate.yml")
            watcher.first(503, time.time())
            answers = watcher.answers
        assert {one.status for one in answers[:5]} == {200}
        assert {one.page for one in answers} == {"page"}, answers
        assert "carried over" in self.guest.run("pretix-maintenance status")
        assert self.guest.run(f"ls -A {upstream.OLD} | grep -i maintenance || true") == ""

    def migrating_a_site_that_is_changed_by_hand_never_opens_the_shop(self) -> None:
        """Two server blocks in one file: refused, changed as the refusal says, and run again."""
        if self.guest.debian is not trees.RELEASES[0]:
            return  # once is enough: nothing in it depends on the release
        self.controller.play("playbooks/remove.yml")
        upstream.closed(self.guest, two_blocks=True)
        told = self.controller.play("playbooks/migrate.yml", ok=False).text
        assert "do not reload nginx" in " ".join(told.split())
        upstream.changed_by_hand(self.guest)
        self._migrate_a_closed_shop()

    def _versions(self) -> set[str]:
        """Ask core and bot which version they are."""
        installed = "import importlib.metadata as m; print(m.version('pretix-maintenance'))"
        bots = f"/opt/pretix-maintenance/current/bin/python -I -c {shlex.quote(installed)}"
        told = self.guest.run(f"pretix-maintenance --version; {bots}")
        return {line.split()[-1] for line in told.splitlines()}

    def _status(self, name: str = "127.0.0.1") -> int:
        """Ask the shop of this name once, in the guest."""
        script = f"import http.client as h; c = h.HTTPConnection('{name}'); c.request('GET', '/')"
        return int(self.guest.run(f'python3 -c "{script}; print(c.getresponse().status)"'))

    def _files(self) -> set[str]:
        """List every file of the guest that is not the system's own coming and going."""
        left = "/proc /sys /dev /run /tmp /var/tmp /var/log /var/cache /wheels /root /home"
        left += " /var/backups /var/lib/apt /var/lib/systemd/random-seed /var/lib/systemd/catalog"
        skipped = " -o ".join(f"-path {path}" for path in left.split())
        find = f"find / \\( {skipped} -o -name __pycache__ \\) -prune -o -print"
        return set(self.guest.run(find).splitlines())

    def _journal(self) -> dict[str, str]:
        """Give the journal's last event."""
        return self._events(1)[0]

    def _events(self, count: int) -> list[dict[str, str]]:
        """Give the journal's last events."""
        lines = self.guest.run(f"tail -n {count} {STATE}/journal.jsonl").splitlines()
        return [json.loads(line) for line in lines]


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()
