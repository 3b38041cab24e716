"""A real nginx on loopback, from a configuration with everything in one folder."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.demo.nginx import find

PATIENCE = 10.0
_HEAD = """\
daemon off;
{user}worker_processes 1;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 256; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log access.log;
    client_body_temp_path temp-body;
    proxy_temp_path temp-proxy;
    fastcgi_temp_path temp-fastcgi;
    uwsgi_temp_path temp-uwsgi;
    scgi_temp_path temp-scgi;
{http}
}}
"""


def why_not() -> str | None:
    """Say why nginx cannot run here, or None."""
    return None if find() else "nginx is not installed"


def free_port() -> int:
    """Find a port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def configure(folder: Path, http: str, *, user: str = "nobody nogroup") -> None:
    """Write the configuration; `user` counts only where root starts nginx."""
    said = f"user {user};\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_HEAD.format(user=said, http=http))


def judge(folder: Path) -> str:
    """Return what `nginx -t` says; raises CalledProcessError if it refuses the configuration."""
    done = subprocess.run(
        _command(folder, "-t"), cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stderr


@contextmanager
def running(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run nginx in `folder` until the block ends."""
    process = subprocess.Popen(
        _command(folder), cwd=folder, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _wait_for(process, port, folder)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _command(folder: Path, *more: str) -> list[str]:
    program = find()
    assert program
    return [program, "-p", f"{folder}/", "-c", "nginx.conf", "-e", "error.log", *more]


def _wait_for(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, (folder / "error.log").read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < until, "nginx does not answer"
            time.sleep(0.02)
        else:
            return
