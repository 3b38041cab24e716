"""HTTP answers, judged before the SDK reads them.

The SDK's errors carry no HTTP status, its parser logs whatever page a proxy sends (such pages quote
the address, and the token is in the address), and one update that it cannot read spoils all that
came with it.
"""

import json
import logging
from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from telegram import Update
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")

LONGEST_WAIT = 7 * 86400
"""Seconds; a number without measure could not be waited."""

UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What the SDK raises for an object that is not shaped as documented."""

# With these and a description the SDK makes a class of its own; for others it has none.
_NAMED_BY_THE_SDK = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
}


class HttpFailure(TelegramError):
    """An answer without a result, for which the SDK has no class.

    `by_telegram` tells whether Telegram itself spoke, or somebody on the way (a proxy, a captive
    portal). `retry_after` is the wait in seconds that Telegram asked for.
    """

    def __init__(self, status: int, description: str | None, retry_after: float | None) -> None:
        """Keep the status; the sentence is Telegram's own, never a page's."""
        super().__init__(description or f"HTTP {status} without a readable answer")
        self.status = status
        self.by_telegram = description is not None
        self.retry_after = retry_after


class AnswerRequest(HTTPXRequest):
    """Lets through only what the SDK reads without harm."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Ask, and judge the answer by status and shape.

        Raises:
            HttpFailure: the answer has no result and the SDK has no class for it.
        """
        status, payload = await super().do_request(*args, **kwargs)
        answer = _object(payload)
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES and "result" in answer:
            return status, payload
        description = answer.get("description")
        described = description if isinstance(description, str) else None
        wait = _wait(answer)
        if described is not None and status in _NAMED_BY_THE_SDK and wait is None:
            return status, payload
        raise HttpFailure(status, described, wait)


class UpdatesRequest(AnswerRequest):
    """For `getUpdates`: an update that cannot be read is emptied, so that the others are heard."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read the answer and take the contents out of what the SDK would stumble over."""
        answer = _object(payload)
        if "result" not in answer:
            return answer
        if not isinstance(answer["result"], list):
            raise HttpFailure(HTTPStatus.OK, None, None)
        answer["result"] = [_kept(raw) for raw in answer["result"] if _number(raw) is not None]
        return answer


async def readable(asking: Awaitable[_Answer]) -> _Answer:
    """Wait for the SDK's answer; one that it cannot read is an error of Telegram's, not a crash.

    Raises:
        TelegramError: from the SDK, or because the answer is not shaped as documented.
    """
    try:
        return await asking
    except UNREADABLE as error:
        raise TelegramError(f"an answer that cannot be read ({type(error).__name__})") from error


def _object(payload: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _wait(answer: Mapping[str, Any]) -> float | None:
    parameters = answer.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if not isinstance(wait, (int, float)) or not wait > 0:
        return None
    return float(min(wait, LONGEST_WAIT))


def _number(raw: object) -> int | None:
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return number if isinstance(number, int) else None


def _kept(raw: dict[str, Any]) -> dict[str, Any]:
    try:
        Update.de_json(raw)
    except UNREADABLE as error:
        number = raw["update_id"]
        log.warning("update %d cannot be read (%s) and is skipped", number, type(error).__name__)
        return {"update_id": number}
    return raw
