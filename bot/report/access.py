"""Where pretix is, and the token that may read it."""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


class BadAccess(ValueError):
    """The address cannot be used; `str()` is the sentence, which never holds the token."""


@dataclass(frozen=True, slots=True)
class Access:
    """A pretix as its REST API is reached.

    `url` is the address of the installation, without `/api/`. `token` is a team's token with the
    right to see orders and no other. `host` is the name to ask for where `url` goes another way
    (loopback, behind the public name). `ca_file` is trusted instead of the system's.
    """

    url: str
    token: str = field(repr=False)
    host: str | None = None
    ca_file: str | None = None

    def __post_init__(self) -> None:
        """Refuse what would send the token astray.

        Raises:
            BadAccess: it would.
        """
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadAccess('the address must be one such as "https://tickets.example/"')
        if parts.username is not None or parts.query or parts.fragment:
            raise BadAccess("the address must not hold a user name, a query or a fragment")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise BadAccess("the address must begin with https: a token is sent there")
        if not (self.token.isascii() and self.token.isalnum()):
            raise BadAccess("the token must be letters and digits, as pretix shows it")

    @property
    def names(self) -> frozenset[str]:
        """Give the names under which this pretix may speak of itself."""
        found = {urlsplit(self.url).hostname, urlsplit(f"//{self.host or ''}").hostname}
        return frozenset(name for name in found if name)


def _is_loopback(hostname: str) -> bool:
    try:
        return ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return hostname == "localhost"
