"""The shipped sudo rule: three command lines work, nothing else does, nothing else gets in."""

import json
import os
import resource
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.sudo_host import PATH_IN_RULE, REQUEST, RULE, USER_IN_RULE, SudoHost, snapshot
from tests.figures import Figures
from tests.installed import run

LAWFUL = ("lock --json --stdin", "unlock --json --stdin", "reconcile --json --stdin")


def active_lines(text: str) -> list[str]:
    """The rule without comments and with its continuation lines joined."""
    joined = text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and line.lstrip()[0] != "#"]


def test_the_rule_names_three_whole_command_lines_and_no_pattern() -> None:
    alias, *others = active_lines(RULE.read_text())
    commands = [" ".join(one.split()) for one in alias.split("=", 1)[1].split(",")]
    assert commands == [f"{PATH_IN_RULE} {line}" for line in LAWFUL]
    for line in (alias, *others):
        assert not set("*?[]^$!") & set(line.replace("Defaults!", "").replace(" !", " "))


def test_the_tested_rule_differs_from_the_shipped_one_in_its_three_names_only(
    host: SudoHost,
) -> None:
    installed = (Path("/etc/sudoers.d") / f"{host.user}-helper").read_text()
    assert installed != RULE.read_text()
    back = installed.replace(str(host.launcher), PATH_IN_RULE).replace(host.user, USER_IN_RULE)
    back = back.replace(f"PRETIX_MAINTENANCE_{host.user.upper()}", "PRETIX_MAINTENANCE")
    assert back == RULE.read_text()


def test_the_rule_file_has_a_name_that_sudo_reads() -> None:
    assert "." not in RULE.name
    assert "~" not in RULE.name


def test_lock_closes_and_unlock_opens_through_sudo(host: SudoHost) -> None:
    closed = host.helper("lock").json
    assert (closed["ok"], closed["maintenance"], closed["reasons"]) == (True, True, ["lock"])
    assert closed["lock"]["actor"] == "telegram:12345"
    assert closed["lock"]["reason"] == "audit"
    assert host.marker.exists()
    opened = host.helper("unlock").json
    assert (opened["ok"], opened["maintenance"], opened["lock"]) == (True, False, None)
    assert not host.marker.exists()


def test_unlock_through_sudo_inside_a_window_keeps_the_shop_closed(host: SudoHost) -> None:
    host.windows(window_open=True)
    host.helper("lock")
    answer = host.helper("unlock").json
    assert (answer["maintenance"], answer["reasons"]) == (True, ["window"])
    assert host.marker.exists()


def test_reconcile_through_sudo_puts_a_lost_marker_back(host: SudoHost) -> None:
    host.helper("lock")
    host.marker.unlink()
    answer = host.helper("reconcile").json
    assert (answer["maintenance"], answer["changed"]) == (True, True)
    assert host.marker.exists()


def test_what_the_helper_writes_belongs_to_root_and_only_what_nginx_needs_is_public(
    host: SudoHost,
) -> None:
    host.helper("lock")
    modes = {
        name: (stat.filemode(mode), uid) for name, (mode, uid, _, _) in snapshot(host.state).items()
    }
    assert modes["MAINTENANCE_MODE"] == ("-rw-r--r--", 0)
    assert modes["MAINTENANCE_MODE_LOCK"] == ("-rw-r-----", 0)
    assert modes["journal.jsonl"] == ("-rw-r-----", 0)
    assert modes["mutex"] == ("-rw-------", 0)
    assert modes["page/pretix-maintenance.json"] == ("-rw-r--r--", 0)
    assert {uid for _, uid in modes.values()} == {0}


def test_the_second_user_can_neither_change_the_state_nor_hold_the_mutex(host: SudoHost) -> None:
    host.helper("lock")
    before = snapshot(host.state)
    for command in (
        ["rm", "-f", host.marker],
        ["touch", host.state / "new"],
        ["mv", host.lock, host.state / "moved"],
        ["cat", host.lock],
        ["cat", host.state / "mutex"],
        ["flock", "--nonblock", host.state / "mutex", "true"],
    ):
        assert host.as_user(command).code != 0, command
    assert snapshot(host.state) == before


Misuse = Callable[[SudoHost], list[str | Path]]
LOCK = ("lock", "--json", "--stdin")

REFUSED: dict[str, Misuse] = {
    "no verb": lambda host: ["sudo", "-n", host.launcher],
    "verb alone": lambda host: ["sudo", "-n", host.launcher, "lock"],
    "half the line": lambda host: ["sudo", "-n", host.launcher, "lock", "--json"],
    "other order": lambda host: ["sudo", "-n", host.launcher, "lock", "--stdin", "--json"],
    "upper case": lambda host: ["sudo", "-n", host.launcher, "LOCK", "--json", "--stdin"],
    "unlisted verb": lambda host: ["sudo", "-n", host.launcher, "check", "--json", "--stdin"],
    "extra word": lambda host: ["sudo", "-n", host.launcher, *LOCK, "now"],
    "empty word": lambda host: ["sudo", "-n", host.launcher, *LOCK, ""],
    "trailing space": lambda host: ["sudo", "-n", host.launcher, "lock", "--json", "--stdin "],
    "trailing newline": lambda host: ["sudo", "-n", host.launcher, "lock", "--json", "--stdin\n"],
    "second verb": lambda host: ["sudo", "-n", host.launcher, *LOCK, "unlock"],
    "shell word": lambda host: ["sudo", "-n", host.launcher, "lock", "--json", "--stdin;id"],
    "text on the line": lambda host: ["sudo", "-n", host.launcher, *LOCK, "--reason", "x"],
    "own configuration": lambda host: [
        "sudo",
        "-n",
        host.launcher,
        "--config",
        "/tmp/c",
        *LOCK,
    ],
    "own directory": lambda host: ["sudo", "-n", host.launcher, "--state-dir", "/etc", *LOCK],
    "working directory": lambda host: ["sudo", "-n", "-D", "/tmp", host.launcher, *LOCK],
    "other root": lambda host: ["sudo", "-n", "-R", "/", host.launcher, *LOCK],
    "time limit": lambda host: ["sudo", "-n", "-T", "1", host.launcher, *LOCK],
    "whole environment": lambda host: ["sudo", "-n", "-E", host.launcher, *LOCK],
    "one variable": lambda host: ["sudo", "-n", "PYTHONPATH=/tmp", host.launcher, *LOCK],
    "preloaded library": lambda host: ["sudo", "-n", "LD_PRELOAD=/tmp/x", host.launcher, *LOCK],
    "other user": lambda host: ["sudo", "-n", "-u", "nobody", host.launcher, *LOCK],
    "other group": lambda host: ["sudo", "-n", "-u", "root", "-g", "daemon", host.launcher, *LOCK],
    "login shell": lambda host: ["sudo", "-n", "-i", host.launcher, *LOCK],
    "shell": lambda host: ["sudo", "-n", "-s", host.launcher, *LOCK],
    "edit": lambda host: ["sudo", "-n", "-e", host.launcher],
    "other host": lambda host: ["sudo", "-n", "-h", "elsewhere", host.launcher, *LOCK],
    "descriptors kept": lambda host: ["sudo", "-n", "-C", "10", host.launcher, *LOCK],
    "by the interpreter": lambda host: ["sudo", "-n", "/usr/bin/python3", host.launcher, *LOCK],
    "by a link": lambda host: ["sudo", "-n", _link(host), *LOCK],
    "by a copy": lambda host: ["sudo", "-n", _copy(host), *LOCK],
    "another program": lambda host: ["sudo", "-n", "/usr/bin/id"],
}


def _link(host: SudoHost) -> Path:
    link = host.prefix / "link"
    if not link.is_symlink():
        link.symlink_to(host.launcher)
    return link


def _copy(host: SudoHost) -> Path:
    copy = host.prefix / "copy"
    copy.write_bytes(host.launcher.read_bytes())
    copy.chmod(0o755)
    return copy


@pytest.mark.parametrize("name", REFUSED)
def test_sudo_refuses_every_other_command_line(host: SudoHost, figures: Figures, name: str) -> None:
    answer = host.as_user(REFUSED[name](host))
    figures.count("sudo misuse", effects=len(snapshot(host.state)))
    assert answer.code == 1, answer
    assert answer.out == ""
    assert snapshot(host.state) == {}


REFUSED_BY_THE_HELPER: dict[str, Misuse] = {
    # sudo compares the arguments as one string, so it cannot see these.
    "one word": lambda host: ["sudo", "-n", host.launcher, "lock --json --stdin"],
    "two words": lambda host: ["sudo", "-n", host.launcher, "lock", "--json --stdin"],
    # Runs as the caller in that group, not as root.
    "only a group": lambda host: ["sudo", "-n", "-g", "root", host.launcher, *LOCK],
}


@pytest.mark.parametrize("name", REFUSED_BY_THE_HELPER)
def test_the_helper_refuses_what_sudo_cannot_tell_apart(
    host: SudoHost, figures: Figures, name: str
) -> None:
    answer = host.as_user(REFUSED_BY_THE_HELPER[name](host))
    figures.count("sudo misuse", effects=len(snapshot(host.state)))
    assert answer.code not in (0, None), answer
    assert '"ok":true' not in answer.out
    assert snapshot(host.state) == {}


HARMLESS: dict[str, Misuse] = {
    "no descriptors kept": lambda host: ["sudo", "-n", "-C", "3", host.launcher, *LOCK],
    "roundabout path": lambda host: [
        "sudo",
        "-n",
        f"{host.prefix}/lib/../{host.launcher.name}",
        *LOCK,
    ],
    "home": lambda host: ["sudo", "-n", "-H", host.launcher, *LOCK],
    "password from standard input": lambda host: ["sudo", "-n", "-S", host.launcher, *LOCK],
    "groups kept": lambda host: ["sudo", "-n", "-P", host.launcher, *LOCK],
    "ticket dropped": lambda host: ["sudo", "-n", "-k", host.launcher, *LOCK],
    "in the background": lambda host: ["sudo", "-n", "-b", host.launcher, *LOCK],
}


@pytest.mark.parametrize("name", HARMLESS)
def test_an_odd_but_allowed_call_does_exactly_what_the_plain_one_does(
    host: SudoHost, figures: Figures, name: str
) -> None:
    answer = host.as_user(HARMLESS[name](host)).json
    figures.count("odd but allowed sudo calls")
    assert (answer["ok"], answer["maintenance"], answer["reasons"]) == (True, True, ["lock"])
    assert host.marker.exists()
    assert {entry[1:3] for entry in snapshot(host.state).values()} == {(0, 0)}


def _no_descriptors() -> None:
    for descriptor in (0, 1, 2):
        os.close(descriptor)


def _no_file_may_grow() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _few_descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))


def _idle_priority() -> None:
    os.nice(19)


@pytest.mark.parametrize(
    "prepare", [_no_descriptors, _no_file_may_grow, _few_descriptors, _idle_priority]
)
def test_no_limit_that_the_caller_inherits_to_the_helper_makes_it_lie(
    host: SudoHost, prepare: Callable[[], None]
) -> None:
    host.as_root("reconcile")
    answer = host.helper("lock", preexec_fn=prepare)
    if '"ok":true' in answer.out:
        assert answer.json["maintenance"] is True
        assert host.marker.exists()
    after = host.as_root("reconcile").json
    assert after["maintenance"] is host.marker.exists() is host.lock.exists()


def test_a_disk_quota_of_the_caller_cannot_keep_the_shop_open(host: SudoHost) -> None:
    host.as_root("reconcile")
    host.windows(window_open=True)
    host.helper("reconcile", preexec_fn=_no_file_may_grow)
    assert host.marker.exists()


def test_the_callers_environment_and_folder_have_no_effect(host: SudoHost, tmp_path: Path) -> None:
    trap = Path(host.prefix) / "trap"
    (trap / "core").mkdir(parents=True, exist_ok=True)
    (trap / "core" / "__init__.py").write_text(f"open({str(trap / 'sprung')!r}, 'w')\n")
    (trap / "json.py").write_text(f"open({str(trap / 'sprung')!r}, 'w')\n")
    (trap / "startup.py").write_text(f"open({str(trap / 'sprung')!r}, 'w')\n")
    trap.chmod(0o777)
    hostile = {
        "PATH": f"{trap}:/usr/sbin:/usr/bin:/sbin:/bin",
        "PYTHONPATH": str(trap),
        "PYTHONHOME": str(trap),
        "PYTHONSTARTUP": str(trap / "startup.py"),
        "PYTHONINSPECT": "1",
        "PYTHONTZPATH": str(trap),
        "PYTHONUSERBASE": str(trap),
        "TZ": "Pacific/Kiritimati",
        "TZDIR": str(trap),
        "LANG": "tr_TR.UTF-8",
        "LC_ALL": "C",
        "LD_PRELOAD": str(trap / "none.so"),
        "SUDO_USER": "root",
        "STATE_DIRECTORY": str(trap),
        "HOME": str(trap),
    }
    plain = host.helper("lock").json
    hostile_answer = host.helper("lock", env=hostile, cwd=str(trap)).json
    assert not (trap / "sprung").exists()
    for key in ("maintenance", "desired", "reasons", "window", "lock", "next_transition"):
        assert hostile_answer[key] == plain[key]


def test_a_pth_file_on_the_host_has_no_effect(host: SudoHost) -> None:
    ask = "import os, site; print(next(filter(os.path.isdir, site.getsitepackages())))"
    asked = run(["/usr/bin/python3", "-I", "-c", ask])
    folder = Path(asked.out.strip())
    assert folder.is_dir(), asked
    trap = host.prefix / "pth-trap"
    trap.mkdir(exist_ok=True)
    pth = folder / f"{host.user}.pth"
    pth.write_text(
        f"import os; os.path.isdir({str(trap)!r}) and open({str(trap / 'sprung')!r},'w')\n"
    )
    try:
        assert host.helper("lock").json["ok"] is True
        assert not (trap / "sprung").exists()
        # The trap is a good one: without -S the same interpreter walks into it.
        subprocess.run(["/usr/bin/python3", "-I", "-c", ""], check=True)
        assert (trap / "sprung").exists()
    finally:
        pth.unlink()


PROBE = """\
#!/usr/bin/python3 -IS
import json, os, sys
sys.stdin.read()
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
try:
    os.posix_spawn("/bin/true", ["true"], {})
    executed = True
except OSError:
    executed = False
pid = os.fork()
if pid == 0:
    try:
        os.execv("/bin/true", ["true"])
    except OSError:
        os._exit(77)
replaced = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
print(json.dumps({
    "pid": os.getpid(), "uid": os.getresuid(), "gid": os.getresgid(),
    "environment": dict(os.environ), "path": sys.path, "executed": executed,
    "replaced": replaced, "no_new_privileges": status["NoNewPrivs"].strip(),
    "umask": status["Umask"].strip(), "descriptors": sorted(os.listdir("/proc/self/fd")),
}))
"""


@pytest.fixture
def probe(host: SudoHost) -> Iterator[Path]:
    """A program under the same rule that tells what it was given."""
    program = host.prefix / "probe"
    program.write_text(PROBE)
    program.chmod(0o755)
    text = RULE.read_text().replace(USER_IN_RULE, host.user)
    text = text.replace("PRETIX_MAINTENANCE", "PROBE").replace(PATH_IN_RULE, str(program))
    with host.rule(text, "probe"):
        yield program


def test_a_program_under_the_rule_can_start_no_other(host: SudoHost, probe: Path) -> None:
    given = host.as_user(["sudo", "-n", probe, *LOCK]).json
    assert given["executed"] is False
    assert given["replaced"] is False


def test_without_noexec_the_same_program_could(host: SudoHost, probe: Path) -> None:
    text = (Path("/etc/sudoers.d") / f"{host.user}-probe").read_text()
    with host.rule(text.replace("NOEXEC: ", "").replace("PROBE", "CONTROL"), "zcontrol"):
        given = host.as_user(["sudo", "-n", probe, *LOCK]).json
    assert given["replaced"] is True


def test_sudo_becomes_the_program_with_root_alone_and_a_bare_environment(
    host: SudoHost, probe: Path
) -> None:
    hostile = {"PATH": "/tmp:/usr/bin:/bin", "LANG": "tr_TR.UTF-8", "EVIL": "1", "TZ": "Asia/Tokyo"}
    with host.start(["sudo", "-n", probe, *LOCK], env=hostile) as process:
        out, _ = process.communicate("", timeout=30)
    given = json.loads(out)
    assert given["pid"] == process.pid
    assert given["uid"] == given["gid"] == [0, 0, 0]
    assert given["umask"] == "0022"
    assert given["environment"]["PATH"] == "/usr/sbin:/usr/bin:/sbin:/bin"
    assert not {"LANG", "EVIL", "TZ", "PYTHONPATH"} & set(given["environment"])


def test_a_request_that_is_not_one_changes_nothing(host: SudoHost) -> None:
    for text in ("", "{", "[]", "null", REQUEST * 2, REQUEST[:-1] + ',"path":"/etc"}', "x" * 5000):
        answer = host.helper("lock", text)
        assert answer.code == 2, (text[:40], answer)
        assert answer.json["problem"] == "request"
    assert not host.marker.exists()
    assert not host.lock.exists()
