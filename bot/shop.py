"""A small shop for the demo: its two pages, and a server for where nginx is not installed.

Like nginx it looks at the marker at every request and knows nothing else of the bot.
"""

import contextlib
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RETRY_AFTER = 60
"""Seconds after which a visitor of the closed shop may ask again."""

OPEN_PAGE = """<!doctype html>
<title>Ticket shop</title>
<h1>Ticket shop</h1>
<p>Tickets for everybody. The shop is open.
"""

# The bot tells our page from any other 503 by the name of the program in it.
CLOSED_PAGE = """<!doctype html>
<meta name="generator" content="pretix-maintenance">
<title>Closed for maintenance</title>
<h1>Closed for maintenance</h1>
<p>No tickets can be bought just now. Please come back later.
"""

HOST = "127.0.0.1"


class StandInShop:
    """A web server in a thread; each request is answered by what the marker says then."""

    name = "a small stand-in that is built in"

    def __init__(self, marker: Path) -> None:
        """Be closed while `marker` exists."""
        self._marker = marker
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> str:
        """Serve on a free port of the loopback interface and return the shop's address.

        Raises:
            OSError: there is no port.
        """
        marker = self._marker

        class Handler(_Handler):
            """The pages of this shop."""

            def closed(self) -> bool:
                """Look at the marker."""
                return marker.is_file()

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="shop", daemon=True
        )
        self._thread.start()
        return f"http://{HOST}:{self._server.server_port}/"

    def stop(self) -> None:
        """Close the port; does nothing if it is not open."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = None


class _Handler(BaseHTTPRequestHandler):
    """Answers every address and method alike."""

    def closed(self) -> bool:
        """Tell whether the shop is closed."""
        raise NotImplementedError

    def handle(self) -> None:
        """Answer a visitor; one who leaves in the middle of it is no news."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        """Answer with the page that is due."""
        if self.closed():
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, CLOSED_PAGE)
        else:
            self._answer(HTTPStatus.OK, OPEN_PAGE)

    do_HEAD = do_POST = do_GET  # noqa: N815 -- the base class looks for these names

    def log_message(self, *_args: object) -> None:
        """Say nothing: the terminal belongs to the chat."""

    def _answer(self, status: HTTPStatus, page: str) -> None:
        body = page.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if status is HTTPStatus.SERVICE_UNAVAILABLE:
            self.send_header("Retry-After", str(RETRY_AFTER))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
