"""The table `[adapters.telegram]`."""

from collections.abc import Mapping

import pytest

from adapters.base import Adapter, Destination, Fault, Settings, SettingsError
from adapters.telegram import create
from adapters.telegram.settings import Options, read

TOKEN = "123456:" + "A" * 35
SECRETS = {"credential:telegram-token": f"{TOKEN}\n", "file:/p": "http://u:p@proxy.example:3128"}


def secret(reference: str) -> str:
    if reference not in SECRETS:
        raise SettingsError([Fault("", f"there is no {reference}")])
    return SECRETS[reference]


def settings(table: Mapping[str, object], *places: Destination) -> Settings:
    full = {"token": "credential:telegram-token"} | dict(table)
    return Settings("telegram", full, places, secret)


def faults(table: Mapping[str, object], *places: Destination) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        read(settings(table, *places))
    return {fault.key: fault.sentence for fault in caught.value.faults}


def test_a_token_alone_is_enough() -> None:
    assert read(settings({})) == Options(TOKEN)


def test_everything_can_be_set() -> None:
    table = {
        "base_url": "https://bots.example/",
        "proxy": "file:/p",
        "poll_timeout": 50,
        "timeout": 3,
        "menu": False,
    }
    options = Options(TOKEN, "https://bots.example", SECRETS["file:/p"], 50, 3, menu=False)
    assert read(settings(table)) == options


def test_a_proxy_without_a_password_is_no_secret() -> None:
    assert read(settings({"proxy": "http://10.0.0.1:3128"})).proxy == "http://10.0.0.1:3128"


def test_neither_token_nor_proxy_is_shown() -> None:
    shown = repr(read(settings({"proxy": "file:/p"})))
    assert TOKEN not in shown
    assert "u:p" not in shown


def test_a_server_of_ones_own_on_this_machine_needs_no_tls() -> None:
    assert read(settings({"base_url": "http://127.0.0.1:8081"})).base_url == "http://127.0.0.1:8081"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("tokn", "x", "not a setting"),
        ("token", 5, "must be a text"),
        ("token", "credential:none", "there is no credential:none"),
        ("token", "file:/p", "does not look like a bot token"),
        ("proxy", 5, "must be a text"),
        ("proxy", "socks5://h:1", "http:"),
        ("proxy", "http://[", "http://"),
        ("proxy", "file:/none", "there is no file:/none"),
        ("base_url", 5, "must be a text"),
        ("base_url", "api.telegram.org", "must be an address"),
        ("base_url", "ftp://x", "must be an address"),
        ("base_url", "http://[", "must be an address"),
        ("base_url", "http://bots.example", "must be https"),
        ("poll_timeout", 0, "from 1 to 50"),
        ("poll_timeout", 51, "from 1 to 50"),
        ("poll_timeout", True, "from 1 to 50"),
        ("poll_timeout", "25", "from 1 to 50"),
        ("timeout", 0, "above 0"),
        ("timeout", 61, "above 0"),
        ("timeout", True, "above 0"),
        ("menu", "yes", "true or false"),
    ],
)
def test_a_wrong_setting_is_said_by_its_key(key: str, value: object, words: str) -> None:
    found = faults({key: value})
    assert set(found) == {key}
    assert words in found[key]


def test_a_missing_token_is_said() -> None:
    with pytest.raises(SettingsError, match=r"token: is missing.*@BotFather"):
        read(Settings("telegram", {}))


def test_all_faults_are_said_at_once() -> None:
    assert set(faults({"menu": 1, "timeout": -1, "colour": "red"})) == {"menu", "timeout", "colour"}


@pytest.mark.parametrize(
    ("channel", "thread", "words"),
    [
        ("@board", None, "not a chat id"),
        ("", None, "not a chat id"),
        ("-1001", "1", "leave the thread out"),
        ("-1001", "general", "not a topic's number"),
    ],
)
def test_a_place_that_cannot_be_is_said(channel: str, thread: str | None, words: str) -> None:
    assert words in faults({}, Destination("telegram", channel, thread))["destination"]


def test_the_entry_point_makes_an_adapter() -> None:
    adapter = create(settings({}, Destination("telegram", "-1001", "7")))
    assert isinstance(adapter, Adapter)


def test_the_entry_point_refuses_a_wrong_table() -> None:
    with pytest.raises(SettingsError):
        create(settings({"menu": 1}))
