"""A real nginx for the demo: private configuration, private files, a free port of loopback."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from bot.shop import CLOSED_PAGE, HOST, OPEN_PAGE, RETRY_AFTER

PATIENCE = 5.0
"""Seconds that nginx may take to start, or to end."""

# All paths are relative, and nginx runs in its folder: so no path has to be quoted, whatever
# letters are in it. The page is an address, not a named location, because that also turns a POST
# into a GET; a static page under POST would be a 405.
CONFIGURATION = """\
daemon off;
{user}worker_processes 1;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 64; }}
http {{
    access_log access.log;
    client_body_temp_path temp-body;
    proxy_temp_path temp-proxy;
    fastcgi_temp_path temp-fastcgi;
    uwsgi_temp_path temp-uwsgi;
    scgi_temp_path temp-scgi;
    default_type text/html;
    charset utf-8;
    server {{
        listen {host}:{port};
        root pages;
        error_page 503 /closed.html;
        error_page 405 =200 /open.html;
        location / {{
            if (-f ../state/MAINTENANCE_MODE) {{ return 503; }}
            add_header Cache-Control no-store;
            try_files /open.html =404;
        }}
        location = /closed.html {{
            internal;
            add_header Retry-After {retry_after} always;
            add_header Cache-Control no-store always;
        }}
    }}
}}
"""


class NginxFailed(Exception):
    """Nginx does not run; `str()` says why."""


class _NotYet(Exception):
    """The port does not answer yet."""


def find() -> str | None:
    """Find nginx's program; ordinary users have no sbin in their path."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin")


class NginxShop:
    """One nginx, from `start` to `stop`."""

    name = "a real nginx"

    def __init__(
        self,
        program: str,
        folder: Path,
        *,
        patience: float = PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Keep everything of nginx in `folder`; the marker is in `../state`."""
        self._patience = patience
        self._program = program
        self._folder = folder
        self._sleep = sleep
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Serve on a free port and return the shop's address.

        Raises:
            NginxFailed: it does not answer in time.
            OSError: its files cannot be written or it cannot be run.
        """
        port = _free_port()
        pages = self._folder / "pages"
        pages.mkdir()
        (pages / "open.html").write_text(OPEN_PAGE)
        (pages / "closed.html").write_text(CLOSED_PAGE)
        # As root, nginx would drop to a user that may not be able to look into this folder, and
        # then not see the marker; otherwise it stays whoever started it.
        user = "user root;\n" if os.geteuid() == 0 else ""
        (self._folder / "nginx.conf").write_text(
            CONFIGURATION.format(user=user, host=HOST, port=port, retry_after=RETRY_AFTER)
        )
        self._run()
        try:
            self._wait_for(port)
        except _NotYet as error:
            self.stop()
            raise NginxFailed(self._last_words()) from error
        return f"http://{HOST}:{port}/"

    def stop(self) -> None:
        """End it and wait for its end; does nothing if it does not run."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(self._patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _run(self) -> None:
        with (self._folder / "output.log").open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 -- a fixed program with our own paths
                [self._program, "-p", "./", "-c", "nginx.conf", "-e", "error.log"],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C in the terminal is for the chat; `stop` ends nginx afterwards.
                start_new_session=True,
            )

    def _wait_for(self, port: int) -> None:
        _patiently(self._patience, self._sleep)(self._knock, port)

    def _knock(self, port: int) -> None:
        if self._process is None or self._process.poll() is not None:
            raise NginxFailed(self._last_words())
        try:
            socket.create_connection((HOST, port), timeout=PATIENCE).close()
        except OSError as error:
            raise _NotYet from error

    def _last_words(self) -> str:
        for name in ("error.log", "output.log"):
            log = self._folder / name
            lines = log.read_text(errors="replace").splitlines() if log.exists() else []
            if lines:
                return lines[-1]
        return "it did not say why"


def end_leftover(folder: Path, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """End the nginx of an earlier demo that was killed before it could do so itself."""
    try:
        pid = int((folder / "nginx.pid").read_text())
        home = Path(f"/proc/{pid}/cwd").readlink()
    except (OSError, ValueError):
        return
    # The number may be another program's by now.
    if _title(pid).startswith(b"nginx: master") and home == folder.resolve():
        os.kill(pid, signal.SIGTERM)
        _patiently(PATIENCE, sleep)(_look_whether_gone, pid)


def _title(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _look_whether_gone(pid: int) -> None:
    # One that has ended and that nobody has asked about yet is still listed, without a title.
    if _title(pid):
        raise _NotYet


def _patiently(patience: float, sleep: Callable[[float], None]) -> Retrying:
    return Retrying(
        stop=stop_after_delay(patience),
        wait=wait_fixed(0.02),
        retry=retry_if_exception_type(_NotYet),
        sleep=sleep,
        reraise=True,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
