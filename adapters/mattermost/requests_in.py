"""What Mattermost sends to our endpoint, checked when it comes in."""

import asyncio
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from adapters.mattermost.options import ID, Slash
from adapters.mattermost.presses import ForeignButton, Presses
from adapters.mattermost.records import clean

LARGEST: Final = 64 * 1024
"""Bytes of a request; Mattermost's own limit for a command is 16,383 characters."""

FORM: Final = "application/x-www-form-urlencoded"

_HOOK = re.compile(r"/hooks/commands/([a-z0-9]{26})$")


class Refused(Exception):
    """Not to be obeyed; `str()` is for the asker, `why` for the log, and neither has a secret."""

    def __init__(self, why: str, words: str) -> None:
        """Keep both."""
        super().__init__(words)
        self.why = why


@dataclass(frozen=True, slots=True)
class Asked:
    """A slash command (`text`), or a press (`action`)."""

    user: str
    user_name: str
    channel: str
    channel_name: str
    trigger_id: str
    text: str = ""
    action: str | None = None
    root: str | None = None
    hook_id: str | None = None


async def command(request: web.Request, slash: Slash, seconds: float) -> Asked:
    """Read a slash command.

    Raises:
        Refused: it is none of Mattermost's, or not for us.
    """
    # Other charsets are none of Mattermost's, and some make texts that cannot be written again.
    if request.content_type != FORM or (request.charset or "utf-8").lower() != "utf-8":
        kind = request.headers.get("Content-Type", "")[:50]
        raise Refused(f"content type {kind!r}", "This is no slash command.")
    form = await _body(request, seconds)
    values = {key: value for key, value in form.items() if isinstance(value, str)}
    _look_at_token(values.get("token", ""), slash)
    found = _HOOK.search(values.get("response_url", ""))
    return Asked(
        **_common(values),
        # Whatever it is registered as, for the bot it is one command.
        text=f"/maintenance {values.get('text', '')}".rstrip(),
        root=_id_or_none(values.get("root_id")),
        # Of the address only the id: the rest could lead elsewhere.
        hook_id=found[1] if found else None,
    )


async def press(request: web.Request, presses: Presses | None, seconds: float) -> Asked:
    """Read the press of a button.

    Raises:
        Refused: it is not a button of ours.
    """
    if presses is None:
        raise Refused("a button, without public_url", "This button is not connected.")
    values = await _json(request, seconds)
    common = _common(values)
    try:
        token = presses.token(values.get("context"), common["channel"])
    except ForeignButton as error:
        raise Refused(
            f"a button: {error}", "This button has ended. Please type the command."
        ) from None
    return Asked(**common, action=token, root=None)


def _look_at_token(given: str, slash: Slash) -> None:
    # All are compared, each in constant time: the time taken must not tell which one is near.
    fits = [hmac.compare_digest(given.encode(), token.encode()) for token in slash.tokens]
    if not any(fits):
        raise Refused(
            "an unknown token",
            "The bot does not know this slash command's token. Nothing was changed. "
            "An administrator must enter the token in the bot's settings.",
        )


def _common(values: Mapping[str, Any]) -> dict[str, Any]:
    user, channel = values.get("user_id"), values.get("channel_id")
    trigger_id = values.get("trigger_id")
    if not (isinstance(user, str) and ID.fullmatch(user)) or not (
        isinstance(channel, str) and ID.fullmatch(channel)
    ):
        raise Refused("no user or channel", "This request lacks its user or channel.")
    if not isinstance(trigger_id, str) or not trigger_id:
        raise Refused("no trigger_id", "This request lacks its trigger_id.")
    return {
        "user": user,
        "user_name": clean(str(values.get("user_name", "")))[:100],
        "channel": channel,
        "channel_name": clean(str(values.get("channel_name", "")))[:200],
        "trigger_id": clean(trigger_id),
    }


def _id_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and ID.fullmatch(value) else None


async def _body(request: web.Request, seconds: float) -> Mapping[str, Any]:
    try:
        async with asyncio.timeout(seconds):
            return await request.post()
    except TimeoutError:
        raise Refused("a request without an end", "The request was incomplete.") from None
    except web.HTTPRequestEntityTooLarge:
        raise Refused("a request too large", "That is too long for a command.") from None
    except ValueError:
        raise Refused("an unreadable form", "This is no slash command.") from None


async def _json(request: web.Request, seconds: float) -> Mapping[str, Any]:
    try:
        async with asyncio.timeout(seconds):
            value = json.loads(await request.read())
    except TimeoutError:
        raise Refused("a request without an end", "The request was incomplete.") from None
    except web.HTTPRequestEntityTooLarge:
        raise Refused("a request too large", "That is too long for a button.") from None
    except (ValueError, RecursionError):
        raise Refused("unreadable JSON", "This is no press of a button.") from None
    if not isinstance(value, dict):
        raise Refused("unreadable JSON", "This is no press of a button.")
    return value
