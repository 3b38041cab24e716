"""One question to nginx, over TCP and TLS, with whatever may come back."""

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.check.asking import Answer, ask
from core.check.servers import Listen
from tests.servers.serving import serving


class FarSide(HTTPServer):
    """Answers with `status`, and remembers which host it was asked for."""

    status = 503
    retry = True
    kept = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hosts: list[str] = []

    def place(self, *, tls: bool = False) -> Listen:
        return Listen("127.0.0.1", self.server_port, tls=tls)


class Handler(BaseHTTPRequestHandler):
    server: FarSide

    def do_GET(self) -> None:
        self.server.hosts.append(f"{self.path} {self.headers['Host']}")
        self.send_response(self.server.status)
        if self.server.kept:
            self.send_header("Cache-Control", self.server.kept)
        if self.server.retry:
            self.send_header("Retry-After", "900")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def far_side() -> Iterator[FarSide]:
    with serving(FarSide()) as one:
        yield one


def test_the_host_is_asked_for_its_front_page(far_side: FarSide) -> None:
    assert ask(far_side.place(), "tickets.example") == Answer(503, retry=True)
    assert far_side.hosts == ["/ tickets.example"]


def test_a_redirect_is_not_followed(far_side: FarSide) -> None:
    far_side.status, far_side.retry = 301, False
    assert ask(far_side.place(), "tickets.example") == Answer(301)


def test_another_page_may_be_asked_for(far_side: FarSide) -> None:
    far_side.status, far_side.retry, far_side.kept = 404, False, "private, no-store"
    assert ask(far_side.place(), "tickets.example", "/x.json") == Answer(404, no_store=True)
    assert far_side.hosts == ["/x.json tickets.example"]


def certificate(folder: Path) -> Path:
    """A certificate that nobody signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "other.example")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2020, 1, 2, tzinfo=dt.UTC))
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def test_over_tls_the_name_is_told_and_an_expired_certificate_does_not_matter(
    tmp_path: Path,
) -> None:
    named: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    far_side = FarSide()
    far_side.socket = context.wrap_socket(far_side.socket, server_side=True)
    with serving(far_side):
        assert ask(far_side.place(tls=True), "tickets.example") == Answer(503, retry=True)
    assert named == ["tickets.example"]


def test_nobody_there_is_a_fault() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        answer = ask(Listen("127.0.0.1", unused.getsockname()[1], tls=False), "a")
    assert "refused" in answer.fault


def test_nonsense_is_a_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as liar:

        def lie() -> None:
            with liar.accept()[0] as link:
                link.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=lie)
        thread.start()
        answer = ask(Listen("127.0.0.1", liar.getsockname()[1], tls=False), "a")
        thread.join()
    assert answer.fault
    assert not answer.status


def test_silence_is_a_fault_after_a_bounded_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = ask(Listen("127.0.0.1", silent.getsockname()[1], tls=False), "a", patience=0.05)
    assert "timed out" in answer.fault
