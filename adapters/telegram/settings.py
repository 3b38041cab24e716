"""The adapter's table in `bot.toml`, checked once and as a whole."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from adapters.base import Destination, Fault, Settings, SettingsError

_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,100}")
_CHANNEL = re.compile(r"-?[1-9][0-9]{0,18}")
_THREAD = re.compile(r"[1-9][0-9]{0,9}")
_KEYS = {"token", "base_url", "proxy", "poll_timeout", "timeout", "menu"}
_OFFICIAL = "https://api.telegram.org"
_LONGEST_POLL = 50
_LONGEST_TIMEOUT = 60
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_REFERENCES = ("credential:", "file:", "env:")
GENERAL_TOPIC = "1"


@dataclass(frozen=True, slots=True)
class Options:
    """What the table says.

    `base_url` is the Bot API server without `/bot`. `poll_timeout` is how many seconds Telegram
    holds a request for updates open when there are none (Telegram's limit is 50). `timeout` is how
    many seconds any step of another request may take. `menu` lets the adapter list the command in
    the chats' menu.
    """

    token: str = field(repr=False)
    base_url: str = _OFFICIAL
    proxy: str | None = field(repr=False, default=None)
    poll_timeout: int = 25
    timeout: float = 10.0
    menu: bool = True


def read(settings: Settings) -> Options:
    """Check the table and resolve its secrets.

    Raises:
        SettingsError: with all faults, not only the first.
    """
    table = settings.options
    faults = [Fault(key, "is not a setting of this adapter") for key in sorted(set(table) - _KEYS)]
    secrets = {key: _secret(settings, key, faults) for key in ("token", "proxy")}
    faults += [*_text_faults(table, secrets), *_figure_faults(table)]
    faults += [fault for place in settings.destinations for fault in _place_faults(place)]
    if faults:
        raise SettingsError(faults)
    plain = {key: table[key] for key in ("poll_timeout", "timeout", "menu") if key in table}
    base_url = str(table.get("base_url", _OFFICIAL)).rstrip("/")
    return Options(
        token=secrets["token"] or "",
        base_url=base_url,
        proxy=secrets["proxy"],
        **plain,  # type: ignore[arg-type]  # checked by _figure_faults
    )


def _secret(settings: Settings, key: str, faults: list[Fault]) -> str | None:
    value = settings.options.get(key)
    if not isinstance(value, str):
        return None
    # Most proxies ask for no password, and their address is then no secret.
    if key == "proxy" and not value.startswith(_REFERENCES):
        return value
    try:
        return settings.secret(value).strip()
    except SettingsError as error:
        faults += [Fault(key, fault.sentence) for fault in error.faults]
        return None


def _text_faults(table: Mapping[str, object], secrets: Mapping[str, str | None]) -> Iterator[Fault]:
    for key in ("token", "proxy", "base_url"):
        if key in table and not isinstance(table[key], str):
            yield Fault(key, "must be a text")
    if "token" not in table:
        yield Fault("token", "is missing: the reference to the token that @BotFather gave")
    elif secrets["token"] is not None and not _TOKEN.fullmatch(secrets["token"]):
        yield Fault("token", "does not look like a bot token (digits, a colon, 35 characters)")
    if isinstance(table.get("base_url"), str):
        yield from _address_faults(str(table["base_url"]))
    if secrets["proxy"] is not None and not _is_proxy(secrets["proxy"]):
        yield Fault("proxy", "must be an http:// or https:// address")


def _address_faults(address: str) -> Iterator[Fault]:
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        yield Fault("base_url", "must be an address such as https://api.telegram.org")
    elif parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        yield Fault("base_url", "must be https: the token is part of every request's address")


def _is_proxy(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _figure_faults(table: Mapping[str, object]) -> Iterator[Fault]:
    wait = table.get("poll_timeout", 25)
    if isinstance(wait, bool) or not isinstance(wait, int) or not 1 <= wait <= _LONGEST_POLL:
        yield Fault("poll_timeout", f"must be a whole number of seconds from 1 to {_LONGEST_POLL}")
    limit = table.get("timeout", 10.0)
    if (
        isinstance(limit, bool)
        or not isinstance(limit, (int, float))
        or not 0 < limit <= _LONGEST_TIMEOUT
    ):
        yield Fault("timeout", f"must be seconds above 0 and at most {_LONGEST_TIMEOUT}")
    if not isinstance(table.get("menu", True), bool):
        yield Fault("menu", "must be true or false")


def _place_faults(place: Destination) -> Iterator[Fault]:
    if not _CHANNEL.fullmatch(place.channel):
        yield Fault("destination", f"channel '{place.channel}' is not a chat id (a number)")
    if place.thread == GENERAL_TOPIC:
        yield Fault("destination", f"{place}: leave the thread out to write in General")
    elif place.thread is not None and not _THREAD.fullmatch(place.thread):
        yield Fault("destination", f"{place}: the thread is not a topic's number")
