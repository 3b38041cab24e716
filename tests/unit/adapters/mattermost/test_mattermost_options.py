"""The table in bot.toml: all its faults at once, in sentences, without secrets."""

from pathlib import Path
from typing import Any

import pytest

from adapters.base import Adapter, Destination, Fault, Settings, SettingsError
from adapters.mattermost import create
from adapters.mattermost.options import Listen, read

CHANNEL = "c" * 26
GOOD: dict[str, object] = {"url": "https://chat.example", "token": "t" * 26}
SLASH: dict[str, object] = {"listen": "127.0.0.1:8066", "tokens": ["s" * 26]}


def settings(table: dict[str, object], *channels: str) -> Settings:
    where = [Destination("mattermost", channel) for channel in channels]
    return Settings("mattermost", table, where)


def faults(table: dict[str, object], *channels: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        read(settings(table, *channels))
    return {fault.key: fault.sentence for fault in caught.value.faults}


def test_address_and_token_are_enough() -> None:
    options = read(settings(GOOD, CHANNEL))
    assert options.base.url == "https://chat.example"
    assert options.channels == (CHANNEL,)
    assert (options.slash, options.trigger, options.mention) == (None, "maintenance", "")


@pytest.mark.parametrize(
    ("url", "shown", "port"),
    [
        ("https://chat.example/", "https://chat.example", 443),
        ("https://chat.example:8443", "https://chat.example:8443", 8443),
        ("https://club.example/chat/", "https://club.example/chat", 443),
        ("http://127.0.0.1:8065", "http://127.0.0.1:8065", 8065),
        ("http://[::1]:8065/x", "http://[::1]:8065/x", 8065),
        ("http://localhost", "http://localhost", 80),
    ],
)
def test_the_address_is_taken_as_it_stands_in_the_browser(url: str, shown: str, port: int) -> None:
    base = read(settings({**GOOD, "url": url})).base
    assert (base.url, base.port) == (shown, port)


@pytest.mark.parametrize(
    "url",
    [
        "chat.example",
        "ftp://chat.example",
        "https://",
        "https://chat.example:99999",
        "https://anna:secret@chat.example",
        "https://chat.example/?a=b",
        "http://chat.example",
        "http://10.0.0.1",
        "",
        7,
    ],
)
def test_an_address_that_would_not_work_or_shows_the_token_is_refused(url: object) -> None:
    assert list(faults({**GOOD, "url": url})) == ["url"]


def test_every_fault_is_told_at_once() -> None:
    found = faults({"url": 1, "token": "", "mention": "all", "trigger": "/x", "nonsense": 1})
    assert set(found) == {"url", "token", "mention", "trigger", "nonsense"}


def test_debug_is_refused_with_its_reason() -> None:
    assert "print the token" in faults({**GOOD, "debug": True})["debug"]


def test_a_channels_name_is_refused_and_the_way_to_its_id_is_told() -> None:
    assert "View Info" in faults(GOOD, "town-square")["destination"]


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "ünicode"])
def test_a_token_that_would_break_the_header_is_refused_and_not_shown(token: str) -> None:
    found = faults({**GOOD, "token": token})
    assert list(found) == ["token"]
    assert token not in found["token"]


def test_faults_of_a_secret_are_told_under_its_key() -> None:
    def secret(reference: str) -> str:
        raise SettingsError([Fault(reference, "is not set")])

    broken = Settings("mattermost", {**GOOD, "token": "env:X"}, (), secret)
    with pytest.raises(SettingsError, match="token: env:X is not set"):
        read(broken)


def test_secrets_are_in_no_description() -> None:
    options = read(settings({**GOOD, "slash": SLASH, "proxy": "http://u:secret@p.example:1"}))
    assert not any(secret in repr(options) for secret in ("t" * 26, "s" * 26, "secret"))


@pytest.mark.parametrize(
    ("listen", "expected"),
    [
        ("127.0.0.1:8066", Listen("127.0.0.1", 8066)),
        ("[::1]:8066", Listen("::1", 8066)),
        ("localhost:0", Listen("localhost", 0)),
        ("unix:/run/x.sock", Listen(path="/run/x.sock")),
    ],
)
def test_the_endpoint_listens_on_this_machine(listen: str, expected: Listen) -> None:
    slash = read(settings({**GOOD, "slash": {**SLASH, "listen": listen}})).slash
    assert slash is not None
    assert slash.listen == expected


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:8066", "8066", "127.0.0.1", "127.0.0.1:70000", "unix:x.sock", None]
)
def test_the_endpoint_never_listens_to_the_world(listen: object) -> None:
    assert list(faults({**GOOD, "slash": {**SLASH, "listen": listen}})) == ["slash.listen"]


@pytest.mark.parametrize("tokens", [[], "s" * 26, [1], None])
def test_the_slash_commands_tokens_are_a_list(tokens: object) -> None:
    assert list(faults({**GOOD, "slash": {**SLASH, "tokens": tokens}})) == ["slash.tokens"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("slash", "yes"),
        ("slash.public_url", "bot.example"),
        ("slash.verify_trigger", "yes"),
        ("slash.nonsense", 1),
        ("proxy", "socks5://p.example"),
        ("ca_file", "/no/such/file"),
    ],
)
def test_a_wrong_value_is_told_with_its_path(key: str, value: Any) -> None:
    outer, _, inner = key.partition(".")
    changed = {**SLASH, inner: value} if inner else value
    assert list(faults({**GOOD, outer: changed})) == [key]


def test_a_ca_file_without_certificates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    assert list(faults({**GOOD, "ca_file": str(tmp_path / "ca.pem")})) == ["ca_file"]


def test_the_factory_makes_an_adapter_or_tells_the_faults() -> None:
    assert isinstance(create(settings(GOOD)), Adapter)
    with pytest.raises(SettingsError):
        create(settings({}))
