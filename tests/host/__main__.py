"""`make test-host`: the whole life of a deployment, on real Debian hosts made for it.

python -m tests.host [12] [13]
"""

import os
import shutil
import signal
import sys
import time
import traceback
from functools import partial

from tests.host.guest import Guest
from tests.host.scenario import Scenario
from tests.host.trees import RELEASES, Debian, base_tree, wheels

_TOOLS = ("systemd-nspawn", "mmdebstrap", "ip", "nsenter", "ssh", "ssh-keygen")


def main(wanted: list[str]) -> int:
    """Run on the wanted releases; 0 if all is well, 1 if not, 77 if it cannot be tried here."""
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing:
        print(f"make test-host needs root, and: {', '.join(missing) or 'nothing else'}")
        return 77
    # Told to end, it still cleans up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    failed = [one for one in RELEASES if one.number in (wanted or "12 13") and not _on(one)]
    return 1 if failed else 0


def _on(debian: Debian) -> bool:
    began = time.monotonic()
    say = partial(_say, debian, began)
    say("base tree and wheels (minutes the first time, then cached)")
    base_tree(debian)
    wheels(debian)
    with Guest(debian) as guest:
        guest.boot()
        say(f"booted: {guest.run('systemctl --version').splitlines()[0]}")
        try:
            for step in Scenario(guest, say).steps():
                before = time.monotonic()
                step()
                name = step.__name__.replace("_", " ")
                say(f"ok {name} ({time.monotonic() - before:.1f} s)")
        # The top level of the run: whatever it was, show what the host says, then clean up.
        except Exception:  # noqa: BLE001 - see above
            traceback.print_exc()
            print(guest.try_run("journalctl --no-pager -n 60").stdout)
            say("FAILED")
            return False
    say("all is well")
    return True


def _say(debian: Debian, began: float, sentence: str) -> None:
    print(f"[Debian {debian.number} {time.monotonic() - began:5.0f} s] {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
