"""The server's signature under a `trigger_id`, looked at with the key that the server publishes."""

from typing import Final

from adapters.base import AdapterError
from adapters.mattermost.api import Api
from adapters.mattermost.pace import Effects
from adapters.mattermost.requests_in import Refused
from adapters.mattermost.trigger import Forged, verify

OLD: Final = 60.0
"""Seconds after which a key that does not fit is asked for again: the server may have a new one."""


class Signatures:
    """Looks at them; the second proof, besides the token, that a person asked just now."""

    def __init__(self, api: Api, effects: Effects) -> None:
        """Ask for the key when it is needed."""
        self._api = api
        self._effects = effects
        self._key: tuple[float, str] | None = None

    async def check(self, trigger_id: str, user: str) -> None:
        """Look at one.

        Raises:
            Refused: the signature does not fit, or the key is not to be had.
        """
        try:
            key, fresh = await self._key_now()
            if not self._fits(trigger_id, user, key) and not fresh:
                self._key = None
                key, _ = await self._key_now()
            verify(trigger_id, user=user, key=key, now=self._effects.clock())
        except (Forged, AdapterError) as error:
            raise Refused(
                f"trigger_id: {error}",
                "Mattermost's signature under this request does not fit. Nothing was changed; "
                "please say it again.",
            ) from None

    def _fits(self, trigger_id: str, user: str, key: str) -> bool:
        try:
            verify(trigger_id, user=user, key=key, now=self._effects.clock())
        except Forged:
            return False
        return True

    async def _key_now(self) -> tuple[str, bool]:
        now = self._effects.monotonic()
        if self._key is None:
            self._key = (now, await self._api.signing_key())
            return self._key[1], True
        return self._key[1], now - self._key[0] < OLD
