"""The bot's user can neither freeze, kill nor orphan the root helper that it started."""

import fcntl
import os
import platform
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.sudo_host import PATH_IN_RULE, REQUEST, RULE, USER_IN_RULE, SudoHost
from tests.figures import Figures

SIGNALS = ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "ALRM", "TSTP", "STOP", "KILL", "SEGV"]
SEND = "import os, signal, sys; os.kill(int(sys.argv[1]), getattr(signal, 'SIG' + sys.argv[2]))"


@contextmanager
def waiting_helper(host: SudoHost, verb: str = "lock") -> Iterator[subprocess.Popen[str]]:
    """A helper that is root already and still waits for its request."""
    with host.start(host.command(verb)) as process:
        try:
            until_root_runs(process.pid)
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def until_root_runs(pid: int) -> None:
    """Wait until sudo has become the helper; ends by itself when the process ends."""
    while True:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if words[0].endswith(b"python3"):
            return
        if Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z":
            pytest.fail("the helper ended before it was asked anything")
        os.sched_yield()


def send_as_user(host: SudoHost, pid: int, name: str) -> str:
    """The second user sends a signal; what the kernel says to that."""
    argv = ["/usr/bin/python3", "-IS", "-c", SEND, str(pid), name]
    answer = host.as_user(argv)
    return "sent" if answer.code == 0 else answer.err.strip().splitlines()[-1].split(":")[0]


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_of_the_bots_user_never_reaches_the_helper(
    host: SudoHost, figures: Figures, name: str
) -> None:
    with waiting_helper(host) as process:
        came = send_as_user(host, process.pid, name)
        figures.count("signals of the bot's user to the helper", arrived=int(came == "sent"))
        assert came == "PermissionError"
        out, _ = process.communicate(REQUEST, timeout=20)
    assert process.returncode == 0
    assert '"ok":true' in out
    assert host.marker.exists()


def test_a_timeout_in_the_bot_cannot_orphan_the_helper(host: SudoHost) -> None:
    with waiting_helper(host) as process:
        pid = process.pid
        kill = "import os, sys; os.kill(int(sys.argv[1]), 9)"
        denied = host.as_user(["/usr/bin/python3", "-IS", "-c", kill, str(pid)])
        assert "PermissionError" in denied.err
        assert Path(f"/proc/{pid}").exists()
        process.communicate(REQUEST, timeout=20)
    assert host.marker.exists()


@pytest.mark.parametrize("name", ["TSTP", "TTIN", "TTOU", "HUP", "TERM", "INT", "PIPE", "XFSZ"])
def test_even_a_signal_of_roots_own_terminal_does_not_stop_the_helper_half_way(
    host: SudoHost, name: str
) -> None:
    with waiting_helper(host) as process:
        until_waiting_for_input(process.pid)
        os.kill(process.pid, getattr(signal, f"SIG{name}"))
        out, _ = process.communicate(REQUEST, timeout=20)
    assert process.returncode == 0
    assert '"ok":true' in out


def until_waiting_for_input(pid: int) -> None:
    """Wait until the program sleeps in a system call on its standard input."""
    if platform.machine() != "x86_64":
        pytest.skip("the numbers of the system calls are known for x86_64 only")
    while True:
        call = Path(f"/proc/{pid}/syscall").read_text().split()
        if call[0] in {"0", "7", "270", "271", "23"} and call[1:2]:
            return
        os.sched_yield()


def test_a_helper_that_waits_for_its_request_does_not_hold_up_the_timer(host: SudoHost) -> None:
    with waiting_helper(host) as process:
        until_waiting_for_input(process.pid)
        assert host.as_root("reconcile").code == 0
        process.communicate(REQUEST, timeout=20)
    assert process.returncode == 0


def test_a_request_that_never_ends_does_not_keep_the_helper_for_ever(host: SudoHost) -> None:
    with waiting_helper(host) as process:
        assert process.stdin is not None
        process.stdin.write(REQUEST[:20])
        process.stdin.flush()
        code = process.wait(timeout=15)
        out = process.stdout.read() if process.stdout else ""
    assert code not in (0, None)
    assert out.count("\n") <= 1
    assert '"ok":true' not in out
    assert not host.lock.exists()


def test_an_answer_that_nobody_reads_does_not_hold_the_mutex(host: SudoHost) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    while True:
        try:
            os.write(writing, b"x" * 4096)
        except BlockingIOError:
            break
    os.set_blocking(writing, True)
    with subprocess.Popen(
        [str(word) for word in host.command("lock")],
        user=host.uid,
        group=host.gid,
        extra_groups=[],
        stdin=subprocess.PIPE,
        stdout=writing,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(REQUEST)
        process.stdin.close()
        until(host.marker.exists)
        with (host.state / "mutex").open("rb") as mutex:
            until(lambda: _free(mutex.fileno()))
            fcntl.flock(mutex, fcntl.LOCK_UN)
        assert process.poll() is None
        assert host.as_root("reconcile").json["maintenance"] is True
        os.close(reading)
        os.close(writing)
        process.wait(timeout=15)


def until(condition: Callable[[], object]) -> None:
    """Ask again and again; the test's own time limit is the stop."""
    while not condition():
        os.sched_yield()


def _free(mutex: int) -> bool:
    try:
        fcntl.flock(mutex, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def test_without_direct_execution_the_same_signals_do_arrive(host: SudoHost) -> None:
    own = "Defaults!PRETIX_MAINTENANCE !use_pty, !pam_session, !pam_setcred\n"
    assert own in RULE.read_text()
    other = host.prefix / "other"
    other.write_text("#!/usr/bin/python3 -IS\nimport sys\nsys.stdin.read()\n")
    other.chmod(0o755)
    text = RULE.read_text().replace(own, "").replace(USER_IN_RULE, host.user)
    text = text.replace("PRETIX_MAINTENANCE", "OTHER").replace(PATH_IN_RULE, str(other))
    with (
        host.rule(text, "other"),
        host.start(["sudo", "-n", other, "lock", "--json", "--stdin"]) as process,
    ):
        try:
            until(lambda: _children(process.pid))
            helper = _children(process.pid)[0]
            # Before it has become the helper, sudo does not pass signals on to it.
            until(
                lambda: b"python3" in Path(f"/proc/{helper}/cmdline").read_bytes().split(b"\0")[0]
            )
            until_waiting_for_input(helper)
            assert send_as_user(host, process.pid, "TSTP") == "sent"
            assert send_as_user(host, process.pid, "KILL") == "sent"
            process.wait(timeout=15)
            assert Path(f"/proc/{helper}").exists()
        finally:
            for pid in (helper, process.pid):
                if Path(f"/proc/{pid}").exists():
                    os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(word) for word in listed.split()]


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
