"""Mollie's far side on loopback: pretix reaches it as https://api.mollie.com, through a proxy.

The proxy leads to this one name and to no other, so nothing of a test leaves the machine. The
certificate is made for the run.
"""

import json
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, cast

from tests.servers.serving import serving

NAME = "api.mollie.com"


class Mollie(ThreadingHTTPServer):
    """Payments and refunds, as far as pretix-mollie asks for them."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.certificate = folder / "mollie.pem"
        self.payments: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, list[dict[str, Any]]] = {}
        self.refused: list[str] = []
        """Names that somebody wanted to reach through the proxy."""
        self.numbers = count(1)
        _certificate(self.certificate)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.certificate)

    @property
    def variables(self) -> dict[str, str]:
        """What leads a Python program here."""
        return {
            "HTTPS_PROXY": f"http://127.0.0.1:{self.server_address[1]}",
            "REQUESTS_CA_BUNDLE": str(self.certificate),
        }

    def begin(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Begin a payment, still to be paid by the buyer."""
        name = f"tr_{next(self.numbers):010d}"
        self.payments[name] = {
            **asked,
            "resource": "payment",
            "id": name,
            "mode": "test",
            "status": "open",
            "amountRefunded": {"currency": "EUR", "value": "0.00"},
            "_links": {"checkout": {"href": f"https://www.mollie.com/checkout/{name}"}},
        }
        return self.payments[name]

    def refund(self, payment: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Pay something back."""
        made = {"resource": "refund", "id": f"re_{next(self.numbers):010d}", "status": "pending"}
        self.refunds.setdefault(payment, []).append({**asked, **made})
        self.payments[payment]["amountRefunded"] = asked["amount"]
        return self.refunds[payment][-1]

    def settle(self, name: str, status: str = "paid") -> dict[str, Any]:
        """Let the buyer pay; the webhook is the test's to call."""
        self.payments[name]["status"] = status
        return self.payments[name]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def mollie(self) -> Mollie:
        return cast("Mollie", self.server)

    def do_CONNECT(self) -> None:
        if self.path != f"{NAME}:443":
            self.mollie.refused.append(self.path)
            self.send_error(403)
            return
        self.send_response(200)
        self.end_headers()
        inner = self.mollie.tls.wrap_socket(self.connection, server_side=True)
        # The same handler reads on, now inside the tunnel.
        self.connection = inner
        self.rfile = inner.makefile("rb")
        self.wfile = cast("Any", inner.makefile("wb", buffering=0))
        self.close_connection = False

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # inside the tunnel it is not the one that the server knows

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        match self.path.split("?")[0].strip("/").split("/"):
            case ["v2", "payments"]:
                self._answer(201, self.mollie.begin(asked))
            case ["v2", "payments", name, "refunds"] if name in self.mollie.payments:
                self._answer(201, self.mollie.refund(name, asked))
            case _:
                self._answer(404, {"status": 404, "title": "Not Found"})

    def do_GET(self) -> None:
        match self.path.split("?")[0].strip("/").split("/"):
            case ["v2", "payments", name] if name in self.mollie.payments:
                self._answer(200, self.mollie.payments[name])
            case ["v2", "payments", name, "refunds"] if name in self.mollie.payments:
                refunds = self.mollie.refunds.get(name, [])
                self._answer(200, {"_embedded": {"refunds": refunds}})
            case _:
                self._answer(404, {"status": 404, "title": "Not Found"})

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/hal+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep quiet."""


def _certificate(path: Path) -> None:
    key = path.with_suffix(".key")
    subject = ("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}")
    new = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    subprocess.run([*new, *subject, "-keyout", key, "-out", path], check=True, capture_output=True)
    path.write_text(path.read_text() + key.read_text())


@contextmanager
def mollie(folder: Path) -> Iterator[Mollie]:
    """Serve on a free port until the block ends."""
    with serving(Mollie(folder)) as server:
        yield server
