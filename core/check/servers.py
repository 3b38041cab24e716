"""What matters about nginx's server blocks. Pure: from directives to plain values."""

import re
from collections.abc import Iterator, Sequence

from core.check.nginxconf import Directive
from core.places import MARKER
from core.vocabulary import Value

DEFAULT_VALIDITY = "60s"
"""How long `open_file_cache` believes what it saw, where nothing is said (nginx's manual)."""

PAGE_FILE = "pretix-maintenance.html"
_PROXIES = frozenset({"proxy_pass", "fastcgi_pass", "grpc_pass", "scgi_pass", "uwsgi_pass"})
_LOOPBACK = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "::1"}  # noqa: S104 - is read, never bound
_REWRITES = frozenset({"break", "if", "return", "rewrite", "set"})
_TEST = re.compile(r"\(\s*!?-[ef]\s+[\"']?(.+?)[\"']?\s*\)")


class Listen(Value):
    """An address of this host at which a server block answers."""

    __slots__ = ("host", "port", "tls")

    def __init__(self, host: str, port: int, *, tls: bool) -> None:
        """Keep it."""
        self.host = host
        self.port = port
        self.tls = tls


class Server(Value):
    """One server block.

    `markers`: the paths of marker files that it looks for · `targets`: where it proxies to ·
    `late`: its own rewrite directives that come after the snippet · `validity`: how long it
    believes what it saw of a file, None without a cache · `page`: the closed page's file.
    """

    __slots__ = ("late", "listens", "markers", "names", "page", "targets", "validity")

    def __init__(  # noqa: PLR0913 - one name for each thing that is looked at
        self,
        names: list[str],
        listens: list[Listen],
        *,
        markers: frozenset[str] = frozenset(),
        targets: frozenset[str] = frozenset(),
        late: Sequence[str] = (),
        validity: str | None = None,
        page: str | None = None,
    ) -> None:
        """Keep it."""
        self.names = names
        self.listens = listens
        self.markers = markers
        self.targets = targets
        self.late = late
        self.validity = validity
        self.page = page

    @property
    def title(self) -> str:
        """How people call it."""
        if self.names:
            return self.names[0]
        return f"port {self.listens[0].port}, without a server_name" if self.listens else "?"


def servers(tree: list[Directive]) -> Iterator[Server]:
    """Yield every server block of every `http` block."""
    for http in tree:
        if http.name != "http":
            continue
        above = http.block or []
        upstreams = dict(_upstreams(above))
        yield from (_server(one, above, upstreams) for one in above if one.name == "server")


def worker_user(tree: list[Directive]) -> str | None:
    """Return the user that nginx's workers run as, None where the configuration does not say."""
    return next((one.args[0] for one in tree if one.name == "user" and one.args), None)


def _server(one: Directive, above: list[Directive], upstreams: dict[str, str]) -> Server:
    block = one.block or []
    names = [word for part in block if part.name == "server_name" for word in part.args]
    said = [part for part in block if part.name == "listen"] or [Directive("listen", ["80"])]
    listens = [found for part in said for found in _listens(part, block)]
    passes = [part.args[0] for part in one.walk() if part.name in _PROXIES and part.args]
    return Server(
        [name for name in names if name not in ("", "_")],
        listens,
        markers=frozenset(path for part in one.walk() for path in _marker(part)),
        targets=frozenset(_target(where, upstreams) for where in passes),
        late=_late(block),
        validity=_validity(block, above),
        page=_page(block),
    )


def _listens(part: Directive, block: list[Directive]) -> Iterator[Listen]:
    if not part.args or {"quic", "proxy_protocol"} & {*part.args}:
        return
    address = part.args[0]
    if address.startswith("unix:"):
        return
    if address.isdecimal():
        address = f"*:{address}"
    host, port = address, "80"
    if ":" in address.rpartition("]")[2]:
        host, _, port = address.rpartition(":")
    host = _LOOPBACK.get(host, host).strip("[]")
    if port.isdecimal():
        yield Listen(host, int(port), tls="ssl" in part.args or _said(block, "ssl") == ["on"])


def _marker(part: Directive) -> Iterator[str]:
    if part.name == "if":
        match = _TEST.fullmatch(" ".join(part.args))
        if match and match.group(1).rpartition("/")[2] == MARKER:
            yield match.group(1)


def _late(block: list[Directive]) -> list[str]:
    """Name what nginx leaves out while the shop is open: the snippet ends with a `break`."""
    places = [index for index, part in enumerate(block) if [*_marker(part)]]
    if not places:
        return []
    gate = block[places[0]]
    return [
        " ".join([part.name, *part.args])
        for part in block[places[0] + 1 :]
        if part.name in _REWRITES and part.file != gate.file
    ]


def _upstreams(above: list[Directive]) -> Iterator[tuple[str, str]]:
    for one in above:
        if one.name == "upstream" and one.args:
            first = _said(one.block or [], "server")
            if first:
                yield one.args[0], first[0]


def _target(where: str, upstreams: dict[str, str]) -> str:
    """Return host and port (or socket) of what is proxied to, one spelling for one place."""
    place = where.partition("://")[2] or where
    if place.startswith("unix:"):
        return ":".join(place.split(":")[:2])
    place = place.partition("/")[0]
    return upstreams.get(place, place).replace("localhost", "127.0.0.1")


def _validity(block: list[Directive], above: list[Directive]) -> str | None:
    kept = _said(block, "open_file_cache") or _said(above, "open_file_cache")
    if not kept or kept == ["off"]:
        return None
    valid = _said(block, "open_file_cache_valid") or _said(above, "open_file_cache_valid")
    return valid[0] if valid else DEFAULT_VALIDITY


def _page(block: list[Directive]) -> str | None:
    for part in block:
        if part.name == "location" and part.args == ["=", f"/{PAGE_FILE}"]:
            root = _said(part.block or [], "root")
            return f"{root[0]}/{PAGE_FILE}" if root else None
    return None


def _said(block: list[Directive], name: str) -> list[str]:
    return next((part.args for part in block if part.name == name), [])
