"""The sudo rule: there, exact, and tried as the bot would."""

import os
from pathlib import Path

import pytest

from core.check import OK, WARNING, WRONG, sudo
from core.check.programs import Ended
from core.check.scene import BOT_USER
from core.protocol import Failure
from tests.unit.core.check.system import System, bad, samples, scene, told
from tests.unit.core.conftest import BEFORE, Shop

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may list another user's rules")
RULE = Path(__file__).parents[4] / "deploy/sudoers/pretix-maintenance"
LISTED = samples("sudo-list.txt")
TRY = f"sudo -n -u {BOT_USER} sudo -n /usr/sbin/pretix-maintenance"
REFUSED = Ended(1, err="sudo: a password is required")


class Door(System):
    """A host where sudo does what it must, but for what a test changes."""

    def __init__(self, **changed: str | Ended) -> None:
        answers: dict[str, str | Ended] = {
            "sudo -V": "Sudo version 1.9.13p3\nSudoers policy plugin version 1.9.13p3\n",
            "visudo -c": "/etc/sudoers: parsed OK\n",
            "sudo -ll": LISTED,
            f"{TRY} reconcile --json --stdin": Ended(2, Failure("request", "no version").to_json()),
            f"{TRY} lock --json --stdin extra": REFUSED,
        }
        super().__init__({**answers, **changed})


@pytest.fixture
def host(shop: Shop) -> Shop:
    shop.reconcile(BEFORE)
    (shop.folder / "bot.toml").touch(mode=0o640)
    return shop


@AS_ROOT
def test_a_rule_that_is_as_it_must_be(host: Shop) -> None:
    found = sudo.rule(scene(host, Door()))
    assert told(found) == [("sudo-rule", OK), ("sudo-try", OK)]


@AS_ROOT
def test_the_try_changes_nothing_because_its_request_is_none(host: Shop) -> None:
    door = Door()
    list(sudo.rule(scene(host, door)))
    assert (f"{TRY} reconcile --json --stdin", "{}") in door.asked


def test_without_a_bot_there_is_no_rule_to_check(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    assert list(sudo.rule(scene(shop, Door()))) == []


def test_where_systemd_runs_it_says_whether_there_is_a_bot(host: Shop) -> None:
    door = Door()
    door.answers["systemctl show --property=Version"] = "252"
    door.answers["systemctl show pretix-maintenance-bot"] = "UnitFileState=disabled\n"
    assert list(sudo.rule(scene(host, door))) == []
    door.answers["systemctl show pretix-maintenance-bot"] = "UnitFileState=enabled\n"
    assert list(sudo.rule(scene(host, door))) != []


def test_without_sudo_the_bot_can_do_nothing(host: Shop) -> None:
    assert told(sudo.rule(scene(host))) == [("sudo", WARNING)]


def test_an_old_sudo_is_wrong(host: Shop) -> None:
    assert ("sudo", WRONG) in told(
        sudo.rule(scene(host, Door(**{"sudo -V": "Sudo version 1.8.31"})))
    )


@AS_ROOT
@pytest.mark.parametrize(
    ("line", "answer", "problem"),
    [
        (
            "visudo -c",
            Ended(1, err="/etc/sudoers.d/x: bad permissions, should be mode 0440"),
            "sudoers",
        ),
        ("sudo -ll", f"User {BOT_USER} is not allowed to run sudo on shop.\n", "sudo-rule"),
        (f"{TRY} reconcile --json --stdin", REFUSED, "sudo-try"),
        (f"{TRY} reconcile --json --stdin", "Segmentation fault", "sudo-try"),
        (f"{TRY} lock --json --stdin extra", Failure("usage", "a word").to_json(), "sudo-extra"),
    ],
)
def test_each_fault_is_found(host: Shop, line: str, answer: str | Ended, problem: str) -> None:
    assert (problem, WRONG) in told(sudo.rule(scene(host, Door(**{line: answer}))))


def test_the_shipped_rule_is_the_one_that_is_wanted() -> None:
    text = " ".join(RULE.read_text().replace("\\\n", " ").split())
    assert all(line in text for line in sudo._LINES)
    assert all(word in text for word in sudo._DIRECT)


def test_what_sudo_lists_is_read() -> None:
    (entry,) = sudo.entries(LISTED)
    assert entry.users == "root"
    assert entry.options == {"!setenv", "noexec", "!authenticate"}
    assert entry.commands == sudo._LINES


def test_a_user_who_may_do_nothing_has_no_entries() -> None:
    assert sudo.entries(f"User {BOT_USER} is not allowed to run sudo on shop.\n") == []


def test_a_missing_command_line_is_named() -> None:
    less = LISTED.replace("\t/usr/sbin/pretix-maintenance unlock --json --stdin\n", "")
    assert bad(sudo.listed(less)) == [
        f"sudo does not let {BOT_USER} run: /usr/sbin/pretix-maintenance unlock --json --stdin."
    ]


def test_what_the_bot_may_do_besides_is_named() -> None:
    (sentence,) = bad(sudo.listed(LISTED + samples("sudo-list-more.txt")))
    assert "/usr/bin/id" in sentence
    assert '/bin/true ""' in sentence


@pytest.mark.parametrize(
    ("good", "worse"),
    [
        ("RunAsUsers: root", "RunAsUsers: ALL"),
        ("!authenticate", "authenticate"),
        (", noexec", ""),
        ("!setenv", "setenv"),
    ],
)
def test_a_rule_that_lacks_one_of_its_limits(good: str, worse: str) -> None:
    assert told(sudo.listed(LISTED.replace(good, worse))) == [("sudo-rule", WRONG)]


@pytest.mark.parametrize("word", ["!use_pty", "!pam_session", "!pam_setcred"])
def test_a_rule_under_which_sudo_stays_the_parent(word: str) -> None:
    assert told(sudo.listed(LISTED.replace(word, word[1:]))) == [("sudo-parent", WRONG)]


@pytest.mark.parametrize(
    ("text", "number"),
    [("Sudo version 1.9.13p3\nmore", (1, 9)), ("Sudo version 1.8.31", (1, 8)), ("doas", ())],
)
def test_the_version_is_read(text: str, number: tuple[int, ...]) -> None:
    assert sudo.version(text) == number


@pytest.mark.skipif(os.geteuid() == 0, reason="root can look")
def test_only_root_can_look_at_the_rule(host: Shop) -> None:
    assert told(sudo.rule(scene(host, Door()))) == [("sudo-rule", WARNING)]
