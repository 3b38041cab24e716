"""Ask nginx on this host what a visitor would be answered."""

import socket
import ssl
from http.client import HTTPConnection, HTTPException

from core.check.servers import Listen
from core.vocabulary import Value

PATIENCE = 3.0
"""Seconds for each step of one question."""


class Answer(Value):
    """A status, and whether there is a `Retry-After`; or the fault that kept it from coming."""

    __slots__ = ("fault", "retry", "status")

    def __init__(self, status: int = 0, *, retry: bool = False, fault: str = "") -> None:
        """Keep it."""
        self.status = status
        self.retry = retry
        self.fault = fault


def ask(place: Listen, name: str, patience: float = PATIENCE) -> Answer:
    """GET `/` as a browser that wants `name` would; nothing of it leaves this host."""
    try:
        with socket.create_connection((place.host, place.port), patience) as plain:
            # Whether the certificate is good is the browser's question, not this one's.
            link = _untrusting().wrap_socket(plain, server_hostname=name) if place.tls else plain
            connection = HTTPConnection(name, timeout=patience)
            connection.sock = link
            connection.request("GET", "/", headers={"Host": name, "Connection": "close"})
            response = connection.getresponse()
            found = Answer(response.status, retry=response.getheader("Retry-After") is not None)
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
