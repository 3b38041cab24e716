"""What a button is connected to, so that only ours are obeyed.

Mattermost sends no secret with a press, and any user can post a button that calls our address. But
`url` and `context` of a button are shown to nobody, not even to its author, so a code in the
context that only we can compute proves that the button is ours.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from adapters.base import Button

LIFETIME: Final = 25 * 3600
"""Seconds that a button is connected; the bot's own limits are shorter, a day at most."""


class ForeignButton(Exception):
    """Not a button of ours, or not there, or too old."""


class Presses:
    """Connects buttons and recognises their presses."""

    def __init__(self, secret: str, url: str, clock: Callable[[], datetime]) -> None:
        """Derive the key from a secret that outlives a restart, as buttons do."""
        self._key = hmac.digest(secret.encode(), b"pretix-maintenance button", "sha256")
        self._url = url
        self._clock = clock

    def connect(self, button: Button, channel: str) -> dict[str, Any]:
        """Give a button's `integration`."""
        until = int(self._clock().timestamp()) + LIFETIME
        context = {"token": button.token, "channel": channel, "until": until}
        return {"url": self._url, "context": {**context, "mac": self._mac(context)}}

    def token(self, context: object, channel: str) -> str:
        """Give the token of the button that was pressed in a channel.

        Raises:
            ForeignButton: see there.
        """
        if not isinstance(context, dict):
            raise ForeignButton("no context")
        inner = {key: context.get(key) for key in ("token", "channel", "until")}
        given = str(context.get("mac", ""))
        if not hmac.compare_digest(self._mac(inner).encode(), _bytes(given)):
            raise ForeignButton("not made here")
        if inner["channel"] != channel:
            raise ForeignButton("made for another channel")
        if not isinstance(inner["until"], int) or inner["until"] < self._clock().timestamp():
            raise ForeignButton("too old")
        return str(inner["token"])

    def _mac(self, context: dict[str, Any]) -> str:
        # Every part is told with its length, so that no two contexts look alike.
        parts = [_bytes(str(context[key])) for key in ("token", "channel", "until")]
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()


def _bytes(text: str) -> bytes:
    # JSON can carry halves of characters, which nothing of ours has.
    return text.encode(errors="backslashreplace")
