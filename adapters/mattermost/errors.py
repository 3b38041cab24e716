"""What goes wrong at the far side, as `adapters.base` says it.

An answer that refuses is a `Refusal`, one that is not Mattermost's is `Garbled`; both come from our
own client. Everything else is requests' or aiohttp's. `translate` knows them all, decides by class,
status and the server's error id, and never by its message, which is translated and may quote us.
"""

from typing import Final

import aiohttp
from mattermostdriver import exceptions as driver
from requests import exceptions as http
from urllib3.exceptions import MaxRetryError

from adapters.base import AdapterError, OutcomeUnknown, Permanent, Temporary

PENDING: Final = "api.post.deduplicate_create_post.pending"
"""The first post with the same `pending_post_id` is still on its way in."""


class Refusal(Exception):
    """Mattermost's answer is an error: its status, error id and wished wait (seconds)."""

    def __init__(self, status: int, error_id: str = "", retry_after: float | None = None) -> None:
        """Keep them; the message of the server is left behind."""
        super().__init__(f"HTTP {status} {error_id}".rstrip())
        self.status = status
        self.error_id = error_id
        self.retry_after = retry_after


class Garbled(Exception):
    """An answer that is none of Mattermost's: a proxy's page, or JSON of another shape."""


REFUSED: Final[dict[int, tuple[str, str]]] = {
    400: ("invalid", "Mattermost does not accept this message"),
    401: ("token", "Mattermost does not know the bot's token (any more)"),
    403: ("forbidden", "The bot may not write there: is it a member of team and channel?"),
    404: ("gone", "There is no such channel or post in Mattermost"),
    405: ("wrong-address", "The address is not Mattermost's API"),
    413: ("too-large", "Mattermost finds this message too large"),
    501: ("disabled", "Mattermost's administrator has switched this off"),
}

NEVER_SENT: Final[tuple[type[Exception], ...]] = (
    http.ConnectTimeout,
    http.ProxyError,
    http.SSLError,
    http.RetryError,
    aiohttp.ClientConnectorError,
)

WRONG_SETTING: Final[tuple[type[Exception], ...]] = (
    http.URLRequired,
    http.MissingSchema,
    http.InvalidSchema,
    http.InvalidURL,
    http.InvalidProxyURL,
    http.InvalidHeader,
    http.UnrewindableBodyError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)

DRIVERS: Final[dict[type[Exception], int]] = {
    driver.InvalidOrMissingParameters: 400,
    driver.NoAccessTokenProvided: 401,
    driver.NotEnoughPermissions: 403,
    driver.ResourceNotFound: 404,
    driver.MethodNotAllowed: 405,
    driver.ContentTooLarge: 413,
    driver.FeatureDisabled: 501,
}
"""What the driver's own client raises; ours does not, but an update could let one through."""

FOREIGN: Final = (
    Refusal,
    Garbled,
    http.RequestException,
    aiohttp.ClientError,
    TimeoutError,
    OSError,
)
"""Everything that a call may raise; anything else is a bug of ours and must be seen."""


def translate(error: BaseException, *, writing: bool) -> AdapterError:  # noqa: PLR0911 -- a table
    """Say it in the words of `adapters.base`; `writing` when the request may have changed things.

    The result is to be raised `from None`: requests' errors hold the request, and so the token.
    """
    if isinstance(error, Refusal):
        return _refusal(error, writing=writing)
    status = next((DRIVERS[kind] for kind in DRIVERS if isinstance(error, kind)), None)
    if status is not None:
        return _refusal(Refusal(status), writing=writing)
    if isinstance(error, WRONG_SETTING):
        return Permanent("wrong-address", "The address of Mattermost, or of its proxy, is unusable")
    if isinstance(error, http.SSLError | aiohttp.ClientConnectorCertificateError):
        return Temporary("certificate", "Mattermost's certificate is not one that is trusted here")
    if isinstance(error, NEVER_SENT) or _refused_to_connect(error):
        return Temporary("unreachable", "Mattermost cannot be reached")
    if isinstance(error, Garbled):
        return _lost("garbled", "What answered is not Mattermost", writing=writing)
    if isinstance(error, http.Timeout | TimeoutError):
        return _lost("timeout", "Mattermost did not answer in time", writing=writing)
    return _lost("cut", "The connection to Mattermost broke", writing=writing)


def _refusal(error: Refusal, *, writing: bool) -> AdapterError:
    if error.error_id == PENDING:
        return OutcomeUnknown("pending", "Mattermost is still busy with the same message")
    if error.status in REFUSED:
        problem, sentence = REFUSED[error.status]
        return Permanent(problem, f"{sentence} (HTTP {error.status} {error.error_id}".strip() + ")")
    if error.status == 429:  # noqa: PLR2004 -- HTTP's own number
        return Temporary(
            "rate-limit", "Mattermost asks to write less often", retry_after=error.retry_after
        )
    sentence = f"Mattermost answered HTTP {error.status}"
    # 503 is said before a request is taken; what the others may have done, nobody knows.
    if error.status >= 500 and error.status != 503:  # noqa: PLR2004 -- same
        return _lost("server-error", sentence, writing=writing)
    return Temporary("refused", sentence, retry_after=error.retry_after)


def _lost(problem: str, sentence: str, *, writing: bool) -> AdapterError:
    return (OutcomeUnknown if writing else Temporary)(problem, sentence)


def _refused_to_connect(error: BaseException) -> bool:
    # urllib3 wraps only what failed before the request was sent, as we allow it no retries.
    return bool(error.args) and isinstance(error.args[0], MaxRetryError)
