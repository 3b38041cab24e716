"""The table `[adapters.mattermost]` of `bot.toml`, checked once."""

import importlib.util
import ipaddress
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from adapters.base import Destination, Fault, Settings, SettingsError

ID = re.compile(r"[a-z0-9]{26}")
"""What Mattermost's ids look like; a name in their place is the usual mistake."""

TRIGGER = re.compile(r"[a-z0-9._-]{1,128}")
MENTION = re.compile(r"@[a-z0-9._-]+")
LANGUAGE = re.compile(r"nl|en")
KEYS = {"url", "token", "team", "ca_file", "proxy", "trigger", "mention", "language", "slash"}
SLASH_KEYS = {"listen", "tokens", "public_url", "verify_trigger"}


@dataclass(frozen=True, slots=True)
class Base:
    """The server's address, with the port that counts and the folder it is served under."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def url(self) -> str:
        """Give the address without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}[self.scheme]
        port = "" if self.port == usual else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the endpoint listens: a loopback address and port, or a Unix socket."""

    host: str = ""
    port: int = 0
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Slash:
    """The slash command: where it reaches us, and what proves that it is Mattermost."""

    listen: Listen
    tokens: tuple[str, ...] = field(repr=False)
    public_url: str | None = None
    verify_trigger: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """What the adapter is set to; secrets are in no repr."""

    name: str
    base: Base
    token: str = field(repr=False)
    channels: tuple[str, ...] = ()
    team: str | None = None
    ca_file: str | None = None
    proxy: str | None = field(default=None, repr=False)
    trigger: str = "maintenance"
    mention: str = ""
    language: str = "nl"
    slash: Slash | None = None


def read(settings: Settings) -> Options:
    """Check the table.

    Raises:
        SettingsError: with every fault, not only the first.
    """
    table = Table(settings.options)
    table.only(KEYS)
    options = Options(
        name=settings.name,
        base=base_of(table),
        token=table.secret("token", settings),
        channels=_channels(settings.destinations, table),
        team=table.text("team"),
        ca_file=_ca_file(table),
        proxy=_proxy(table),
        trigger=table.matching("trigger", TRIGGER, "maintenance"),
        mention=table.matching("mention", MENTION, ""),
        language=table.matching("language", LANGUAGE, "nl"),
        slash=_slash(table, settings),
    )
    table.done()
    return options


class Table:
    """A table that collects what is wrong with it."""

    def __init__(self, values: Mapping[str, object], prefix: str = "") -> None:
        """Look at `values`; `prefix` stands in front of their keys in faults."""
        self._values = values
        self._prefix = prefix
        self.faults: list[Fault] = []

    def done(self) -> None:
        """Raise what was found.

        Raises:
            SettingsError: there was a fault.
        """
        if self.faults:
            raise SettingsError(self.faults)

    def fault(self, key: str, sentence: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(self._prefix + key, sentence))

    def only(self, known: set[str]) -> None:
        """Refuse keys that mean nothing here."""
        for key in sorted(set(self._values) - known):
            if key == "debug":
                self.fault(key, "is refused: mattermostdriver would print the token")
            else:
                self.fault(key, f"is unknown; known are {', '.join(sorted(known))}")

    def text(self, key: str, *, needed: bool = False) -> str | None:
        """Give a text, or None where there is none."""
        value = self._values.get(key)
        if value is None and not needed:
            return None
        if not isinstance(value, str) or not value.strip():
            self.fault(key, "must be a text" if value is not None else "is missing")
            return None
        return value.strip()

    def matching(self, key: str, pattern: re.Pattern[str], default: str) -> str:
        """Give a text of a certain form."""
        value = self.text(key)
        if value is None:
            return default
        if not pattern.fullmatch(value):
            self.fault(key, f"must be of the form {pattern.pattern}")
        return value

    def flag(self, key: str) -> bool:
        """Give a yes or no; no where there is none."""
        value = self._values.get(key, False)
        if not isinstance(value, bool):
            self.fault(key, "must be true or false")
        return value is True

    def secret(self, key: str, settings: Settings) -> str:
        """Give the secret that a reference stands for."""
        reference = self.text(key, needed=True)
        return self.value_of(key, reference, settings) if reference else ""

    def secrets(self, key: str, settings: Settings) -> tuple[str, ...]:
        """Give the secrets of a list of references."""
        value = self._values.get(key)
        if not isinstance(value, list) or not value:
            self.fault(key, "must be a list of secrets, one for each team's command")
            return ()
        if not all(isinstance(one, str) for one in value):
            self.fault(key, "must hold texts only")
            return ()
        return tuple(self.value_of(key, one, settings) for one in value)

    def value_of(self, key: str, reference: str, settings: Settings) -> str:
        """Look a secret up; its faults are told under our key."""
        try:
            value = settings.secret(reference)
        except SettingsError as error:
            for fault in error.faults:
                self.fault(key, f"{fault.key} {fault.sentence}")
            return ""
        # It goes into an HTTP header, where a line break would begin another one.
        if not value.isascii() or not value.isprintable() or " " in value:
            self.fault(key, "is not a token: it must be printable ASCII without spaces")
        return value

    def inner(self, key: str) -> "Table | None":
        """Give a table inside this one, which notes its faults in ours."""
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.fault(key, "must be a table")
            return None
        table = Table(value, f"{self._prefix}{key}.")
        table.faults = self.faults
        return table


def base_of(table: Table) -> Base:
    """Read `url`: one address with port and folder, as a person sees it in the browser."""
    nowhere = Base("https", "", 443)
    text = table.text("url", needed=True)
    if text is None:
        return nowhere
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        table.fault("url", "has no usable port")
        return nowhere
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        table.fault("url", "must look like https://chat.example")
        return nowhere
    if parts.username or parts.query or parts.fragment:
        table.fault("url", "must be the address alone, without a user, `?` or `#`")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        table.fault("url", "must be https: the token would travel readable for everybody")
    port = port or {"https": 443, "http": 80}[parts.scheme]
    return Base(parts.scheme, parts.hostname, port, parts.path.rstrip("/"))


def is_loopback(host: str) -> bool:
    """Tell whether an address never leaves this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _channels(destinations: Sequence[Destination], table: Table) -> tuple[str, ...]:
    for destination in destinations:
        for what, value in (("channel", destination.channel), ("thread", destination.thread)):
            if value is not None and not ID.fullmatch(value):
                table.fault(
                    "destination",
                    f"{what} {value!r} is not an id: in Mattermost open the channel's menu, "
                    "View Info, and copy the 26 letters and digits at the bottom",
                )
    return tuple(dict.fromkeys(destination.channel for destination in destinations))


def _ca_file(table: Table) -> str | None:
    path = table.text("ca_file")
    if path is None:
        return None
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        table.fault("ca_file", f"cannot be used: {error.strerror or 'it holds no certificate'}")
    return path


def _proxy(table: Table) -> str | None:
    address = table.text("proxy")
    if address is not None and urlsplit(address).scheme != "http":
        table.fault("proxy", "must look like http://proxy.example:3128")
    return address


def _slash(table: Table, settings: Settings) -> Slash | None:
    inner = table.inner("slash")
    if inner is None:
        return None
    inner.only(SLASH_KEYS)
    slash = Slash(
        listen=_listen(inner),
        tokens=inner.secrets("tokens", settings),
        public_url=_public_url(inner),
        verify_trigger=inner.flag("verify_trigger"),
    )
    if slash.verify_trigger and not _has_cryptography():
        inner.fault("verify_trigger", "needs the package cryptography: pip install cryptography")
    return slash


def _listen(table: Table) -> Listen:
    text = table.text("listen", needed=True)
    if text is None:
        return Listen()
    if text.startswith("unix:"):
        path = text.removeprefix("unix:")
        if not path.startswith("/"):
            table.fault("listen", "needs a whole path: unix:/run/…/mattermost.sock")
        return Listen(path=path)
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not is_loopback(host) or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 -- ports
        table.fault(
            "listen",
            "must be 127.0.0.1:PORT or unix:/PATH; nginx stands in front of it for the outside",
        )
        return Listen()
    return Listen(host, int(port))


def _public_url(table: Table) -> str | None:
    text = table.text("public_url")
    if text is None:
        return None
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        table.fault("public_url", "must look like https://bot.example/mattermost")
    return text.rstrip("/")


def _has_cryptography() -> bool:
    return importlib.util.find_spec("cryptography") is not None
