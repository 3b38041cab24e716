"""Ask nginx on this host what a visitor would be answered."""

import socket
import ssl
from http.client import HTTPConnection, HTTPException

from core.check.servers import Listen
from core.vocabulary import Value

PATIENCE = 3.0
"""Seconds for each step of one question."""


class Answer(Value):
    """A status, and whether `Retry-After` and `no-store` came with it; or why nothing came."""

    __slots__ = ("fault", "no_store", "retry", "status")

    def __init__(
        self, status: int = 0, *, retry: bool = False, no_store: bool = False, fault: str = ""
    ) -> None:
        """Keep it."""
        self.status = status
        self.retry = retry
        self.no_store = no_store
        self.fault = fault


def ask(place: Listen, name: str, path: str = "/", patience: float = PATIENCE) -> Answer:
    """GET `path` as a browser that wants `name` would; nothing of it leaves this host."""
    try:
        with socket.create_connection((place.host, place.port), patience) as plain:
            # Whether the certificate is good is the browser's question, not this one's.
            link = _untrusting().wrap_socket(plain, server_hostname=name) if place.tls else plain
            connection = HTTPConnection(name, timeout=patience)
            connection.sock = link
            connection.request("GET", path, headers={"Host": name, "Connection": "close"})
            response = connection.getresponse()
            found = Answer(
                response.status,
                retry=response.getheader("Retry-After") is not None,
                no_store="no-store" in (response.getheader("Cache-Control") or ""),
            )
            connection.close()
            return found
    except (OSError, HTTPException, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        return Answer(fault=said or type(error).__name__)


def _untrusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
