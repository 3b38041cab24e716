"""`make test-host`: the whole life of a deployment, on real Debian hosts made for it.

python -m tests.host [12] [13]

With both, each runs in a process of its own, side by side.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from functools import partial

from tests.host.guest import Guest
from tests.host.scenario import ALONE, Scenario
from tests.host.trees import CACHE, RELEASES, Debian, base_tree, wheels
from tests.host.turnstile import Turnstile

_TOOLS = ("systemd-nspawn", "mmdebstrap", "ip", "nsenter", "ssh", "ssh-keygen")


def main(wanted: list[str]) -> int:
    """Run on the wanted releases; 0 if all is well, 1 if not, 77 if it cannot be tried here."""
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing:
        print(f"make test-host needs root, and: {', '.join(missing) or 'nothing else'}")
        return 77
    # Told to end, it still cleans up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    releases = [one for one in RELEASES if not wanted or one.number in wanted]
    if len(releases) > 1:
        return _side_by_side(releases)
    return 0 if all(_on(one) for one in releases) else 1


def _side_by_side(releases: list[Debian]) -> int:
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.host"]
    running = [subprocess.Popen([*command, one.number]) for one in releases]
    try:
        codes = [process.wait() for process in running]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()
    for release, code in zip(releases, codes, strict=True):
        print(f"Debian {release.number}: {'all is well' if code == 0 else 'FAILED'}")
    print(f"{time.monotonic() - began:.0f} s in all", flush=True)
    return max(codes)


def _on(debian: Debian) -> bool:
    began = time.monotonic()
    say = partial(_say, debian, began)
    base_tree(debian, say)
    wheels(debian, say)
    turnstile = Turnstile(CACHE / "run")
    with Guest(debian) as guest:
        guest.boot()
        say(f"booted: {guest.run('systemctl --version').splitlines()[0]}")
        try:
            for step in Scenario(guest, say).steps():
                with turnstile.inside(alone=step.__name__ in ALONE):
                    before = time.monotonic()
                    name = step.__name__.replace("_", " ")
                    say(f"... {name}")
                    step()
                say(f"ok  {name} ({time.monotonic() - before:.1f} s)")
        # The top level of the run: whatever it was, show what the host says, then clean up.
        except Exception:  # noqa: BLE001 - see above
            traceback.print_exc()
            print(guest.try_run("journalctl --no-pager -n 60").stdout)
            say("FAILED")
            return False
    say("all is well")
    return True


def _say(debian: Debian, began: float, sentence: str) -> None:
    # One write a line: two processes share what this goes to.
    sys.stdout.write(f"[Debian {debian.number} {time.monotonic() - began:5.0f} s] {sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
