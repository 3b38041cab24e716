"""The SDK's errors → ours, the most specific first.

Whether a message was accepted decides: what was never sent, or refused, is not; what was sent and
not answered by Telegram in words may be. Telegram gives its refusals no codes but sentences, which
`_REFUSALS` recognises, and nothing but the code of a problem depends on it; that a message "is not
modified", that "the message to edit is not found" and that markup cannot be read must be
recognised too, for there the sender goes on.
"""

from http import HTTPStatus

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from adapters.base import (
    AdapterError,
    Destination,
    Moved,
    OutcomeUnknown,
    Permanent,
    Temporary,
)
from adapters.telegram.request import HttpFailure

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_TOO_MUCH = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.MISDIRECTED_REQUEST}
_REFUSALS = (
    ("chat not found", "chat-not-found"),
    ("topic_closed", "topic-closed"),
    ("message thread not found", "topic-gone"),
    ("topic_deleted", "topic-gone"),
    ("not enough rights", "muted"),
    ("no rights to send", "muted"),
    ("chat_write_forbidden", "muted"),
    ("message is too long", "too-long"),
)


def is_unchanged(error: BadRequest) -> bool:
    """Tell whether an edit was refused because the message reads so already."""
    return "not modified" in error.message.casefold()


def is_gone(error: BadRequest) -> bool:
    """Tell whether the message to edit is not there, or not ours to edit any more."""
    said = error.message.casefold()
    return "message to edit not found" in said or "can't be edited" in said


def is_about_markup(error: BadRequest) -> bool:
    """Tell whether the server could not read the markup."""
    return "can't parse entities" in error.message.casefold()


def translated(error: TelegramError, place: Destination, token: str) -> AdapterError:
    """Give the error of `adapters.base` that says the same of a message to `place`."""
    # Nobody should quote the token in a refusal; that nobody does is not ours to promise.
    said = error.message.replace(token, "…").rstrip(".") or type(error).__name__
    if isinstance(error, RetryAfter):
        return _slow_down(said, _seconds(error))
    if isinstance(error, ChatMigrated):
        new = Destination(place.adapter, str(error.new_chat_id), place.thread)
        return Moved("moved", f"the Telegram group has the new id {new.channel}", destination=new)
    if isinstance(error, HttpFailure):
        return _of_status(error, said)
    if isinstance(error, NetworkError) and not isinstance(error, BadRequest):
        return _of_network(error)
    return _of_words(error, said)


def _of_words(error: TelegramError, said: str) -> AdapterError:
    if isinstance(error, BadRequest):
        return Permanent(_problem(said), f"Telegram refused the message: {said}")
    if isinstance(error, Forbidden):
        return Permanent("forbidden", f"Telegram does not let the bot write there: {said}")
    if isinstance(error, InvalidToken):
        return Permanent("token-refused", f"Telegram does not know the bot's token: {said}")
    if isinstance(error, Conflict):
        return Temporary("conflict", f"Telegram is busy with another request: {said}")
    # The rest is not for sending (passport, made-up methods) or has no class: all is possible.
    return OutcomeUnknown("unclear", f"it is not clear whether Telegram took the message: {said}")


def cause(error: TelegramError) -> str:
    """Name what broke a request, without the foreign text, which may quote an address."""
    return type(error.__cause__ or error).__name__


def was_never_sent(error: TelegramError) -> bool:
    """Tell whether a network error came before anything of the request was sent."""
    return isinstance(error.__cause__, _NEVER_SENT)


def _of_network(error: NetworkError) -> AdapterError:
    if was_never_sent(error):
        return Temporary("unreachable", f"Telegram could not be reached ({cause(error)})")
    return OutcomeUnknown(
        "answer-lost", f"the message was sent, but no answer came ({cause(error)})"
    )


def _of_status(error: HttpFailure, said: str) -> AdapterError:
    if error.retry_after is not None or error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _slow_down(said, error.retry_after)
    if error.status in _TOO_MUCH:
        return Permanent("refused", f"Telegram refused the message: {said}")
    refused = HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    if refused and error.by_telegram:
        return Permanent(_problem(said), f"Telegram refused the message: {said}")
    if refused or HTTPStatus.MULTIPLE_CHOICES <= error.status < HTTPStatus.BAD_REQUEST:
        return Temporary("intercepted", f"something in between answered for Telegram: {said}")
    # 5xx, or a page where an answer should be: it may have been taken before that went wrong.
    return OutcomeUnknown("server-error", f"Telegram gave no proper answer: {said}")


def _slow_down(said: str, wait: float | None) -> Temporary:
    return Temporary("rate-limited", f"Telegram asks to slow down: {said}", retry_after=wait)


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait) if isinstance(wait, (int, float)) else wait.total_seconds()


def _problem(said: str) -> str:
    found = (problem for words, problem in _REFUSALS if words in said.casefold())
    return next(found, "refused")
