"""One HTTP exchange in which nothing is made tidy on the way."""

import http.client
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

PATIENCE = 30.0
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def closed(self) -> bool:
        """Whether it is a real maintenance answer, header by header."""
        return (
            self.status == 503
            and self.headers.get("retry-after") == "900"
            and self.headers.get("cache-control") == "no-store"
        )


def ask(
    port: int,
    method: str,
    target: str,
    *,
    host: str,
    body: bytes = b"",
    headers: Mapping[str, str] = _NONE,
) -> Answer:
    """Send a request with `target` as it is; underscores in header names become dashes."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close"]
    if body or method in {"POST", "PUT", "PATCH"}:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        _send(connection, body)
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        text = response.read().decode()
        response.close()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, text)


def _send(connection: socket.socket, body: bytes) -> None:
    try:
        connection.sendall(body)
    except (BrokenPipeError, ConnectionResetError):
        return  # refused before all of it was read: the answer is there already
