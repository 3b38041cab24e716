"""Every error of the SDK's, and of what it stands on, becomes one of ours."""

from typing import Any

import httpx
import pytest
import telegram.error
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    PassportDecryptionError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from adapters.base import (
    AdapterError,
    Destination,
    Moved,
    OutcomeUnknown,
    Permanent,
    Temporary,
)
from adapters.telegram.errors import translated
from adapters.telegram.request import HttpFailure

HERE = Destination("telegram", "-1001", "7")
TOKEN = "12345:planted-token"

BY_CLASS = {
    TelegramError("Unknown"): OutcomeUnknown,
    BadRequest("Chat not found"): Permanent,
    ChatMigrated(-1009): Moved,
    Conflict("terminated by other getUpdates request"): Temporary,
    EndPointNotFound("no such method"): OutcomeUnknown,
    Forbidden("bot was kicked"): Permanent,
    InvalidToken("Not Found"): Permanent,
    NetworkError("broken"): OutcomeUnknown,
    PassportDecryptionError("never"): OutcomeUnknown,
    TimedOut(): OutcomeUnknown,
    HttpFailure(502, None, None): OutcomeUnknown,
}

NEVER_SENT = {
    "ConnectError",
    "ConnectTimeout",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
}


def subclasses(root: type[Any]) -> set[type[Any]]:
    return {root}.union(*(subclasses(child) for child in root.__subclasses__()))


HTTP_ERRORS = sorted(subclasses(httpx.HTTPError), key=lambda kind: kind.__name__)


def translate(error: TelegramError) -> AdapterError:
    return translated(error, HERE, TOKEN)


def test_no_class_of_the_sdk_is_forgotten() -> None:
    named = {getattr(telegram.error, name) for name in telegram.error.__all__}
    assert {type(error) for error in BY_CLASS} | {RetryAfter} == subclasses(TelegramError)
    assert named <= subclasses(TelegramError)


@pytest.mark.parametrize("error", BY_CLASS, ids=lambda error: type(error).__name__)
def test_each_class_has_its_meaning(error: TelegramError) -> None:
    assert type(translate(error)) is BY_CLASS[error]


@pytest.mark.filterwarnings("ignore:.*retry_after.*")  # the SDK warns of its own attribute
def test_the_sdks_own_rate_limit_tells_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    for wish in ("0", "1"):
        monkeypatch.setenv("PTB_TIMEDELTA", wish)
        error = translate(RetryAfter(7))
        assert isinstance(error, Temporary)
        assert error.retry_after == 7.0


@pytest.mark.parametrize("kind", HTTP_ERRORS, ids=str)
@pytest.mark.parametrize(
    "outer", [NetworkError("x"), TimedOut()], ids=lambda one: type(one).__name__
)
def test_only_what_was_certainly_never_sent_is_temporary(
    kind: type[httpx.HTTPError], outer: NetworkError
) -> None:
    outer.__cause__ = kind.__new__(kind)
    expected = Temporary if kind.__name__ in NEVER_SENT else OutcomeUnknown
    assert type(translate(outer)) is expected
    assert kind.__name__ in str(translate(outer))


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        (429, None, Temporary),
        (429, "Too Many Requests", Temporary),
        (500, "Internal Server Error", OutcomeUnknown),
        (502, None, OutcomeUnknown),
        (504, None, OutcomeUnknown),
        (200, None, OutcomeUnknown),
        (302, None, Temporary),
        (403, None, Temporary),
        (404, None, Temporary),
        (407, None, Temporary),
        (413, None, Permanent),
        (413, "Request Entity Too Large", Permanent),
        (421, None, Permanent),
        (406, "Not Acceptable", Permanent),
    ],
)
def test_a_status_without_a_class_tells_who_must_act(
    status: int, said: str | None, expected: type[AdapterError]
) -> None:
    assert type(translate(HttpFailure(status, said, None))) is expected


def test_the_wait_that_telegram_asks_for_is_kept() -> None:
    error = translate(HttpFailure(429, "Too Many Requests: retry after 7", 7.0))
    assert isinstance(error, Temporary)
    assert error.retry_after == 7.0


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("Chat not found", "chat-not-found"),
        ("Topic_closed", "topic-closed"),
        ("Message thread not found", "topic-gone"),
        ("Not enough rights to send text messages to the chat", "muted"),
        ("Have no rights to send a message", "muted"),
        ("Chat_write_forbidden", "muted"),
        ("Message is too long", "too-long"),
        ("Something new", "refused"),
    ],
)
def test_a_refusal_has_a_code_of_its_own(said: str, problem: str) -> None:
    error = translate(BadRequest(said))
    assert (type(error), error.problem) == (Permanent, problem)
    assert said in str(error)


def test_a_moved_group_keeps_its_thread() -> None:
    error = translate(ChatMigrated(-1009))
    assert isinstance(error, Moved)
    assert error.destination == Destination("telegram", "-1009", "7")


@pytest.mark.parametrize("kind", [BadRequest, Forbidden, InvalidToken, TelegramError])
def test_a_token_that_is_quoted_is_left_out(kind: type[TelegramError]) -> None:
    error = translate(kind(f"no such address: /bot{TOKEN}/sendMessage"))
    assert TOKEN not in str(error)
    assert "/sendMessage" in str(error)
