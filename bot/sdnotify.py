"""Tell systemd how the service is, as sd_notify(3) describes.

The protocol is one datagram of plain text; the packages that speak it bring nothing more, and the
well-known one has had no release for years, so it is spoken here.
"""

import logging
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)


class Notifier:
    """The service manager's socket; without one every call does nothing."""

    def __init__(self, address: str = "", watchdog: float | None = None) -> None:
        """Send to `address`; `watchdog` is the longest silence in seconds that systemd bears."""
        # A leading @ stands for the abstract name space, which the kernel spells with a zero.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog = watchdog

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], pid: int) -> "Notifier":
        """Read what systemd set for this process; a value meant for another one is ignored."""
        microseconds = environ.get("WATCHDOG_USEC", "")
        meant_for_us = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        watched = microseconds.isdecimal() and int(microseconds) > 0 and meant_for_us
        return cls(environ.get("NOTIFY_SOCKET", ""), int(microseconds) / 1e6 if watched else None)

    def ready(self, status: str) -> None:
        """Say that the service works from now on."""
        self._send("READY=1", f"STATUS={_line(status)}")

    def status(self, text: str) -> None:
        """Say in one line how things are, for `systemctl status`."""
        self._send(f"STATUS={_line(text)}")

    def alive(self) -> None:
        """Say that the service is not stuck."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the service is ending."""
        self._send("STOPPING=1")

    def _send(self, *assignments: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as end:
                end.settimeout(0)
                end.sendto("\n".join(assignments).encode(), self._address)
        except OSError as error:
            # The service does its work without systemd's ear; the watchdog will act if need be.
            log.warning("systemd was not told %s: %s", assignments[0], error)


def _line(text: str) -> str:
    """Keep a status to one line: a newline would begin another assignment."""
    return " ".join(text.split())
