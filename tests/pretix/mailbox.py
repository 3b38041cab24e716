"""A mail server on loopback that takes everything and delivers nothing."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.serving import serving


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self._take_letter()
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")
            if word == b"QUIT":
                return

    def _take_letter(self) -> None:
        while line := self.rfile.readline():
            if line == b".\r\n":
                return


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def mailbox() -> Iterator[int]:
    """Serve until the block ends; gives the port."""
    with serving(_Server(("127.0.0.1", 0), _Handler)) as server:
        yield server.server_address[1]
