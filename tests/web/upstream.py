"""A stand-in for pretix that answers everything and remembers what it was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.servers.serving import serving

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BROKEN = "/healthcheck/?broken"
"""What it answers with a 503 of its own."""


@dataclass(frozen=True)
class Asked:
    """One request that got through, as it came: nothing decoded, nothing resolved."""

    method: str
    target: str
    host: str
    length: int


class Upstream(ThreadingHTTPServer):
    """Answers 200 with the words `the shop itself`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Asked] = []

    @property
    def port(self) -> int:
        port: int = self.server_address[1]
        return port


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or every answer waits 40 ms for its own second half
    server: Upstream

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(
            Asked(self.command, self.path, self.headers.get("Host", ""), len(body))
        )
        self.send_response(503 if self.path == BROKEN else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("ETag", '"shop"')
        text = b"the shop itself"
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep quiet."""


for _method in METHODS:
    setattr(_Handler, f"do_{_method}", _Handler.answer)


@contextmanager
def upstream() -> Iterator[Upstream]:
    """Serve on a free port until the block ends."""
    with serving(Upstream()) as server:
        yield server
