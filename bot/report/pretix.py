"""The client of pretix's REST API: reads lists, page by page, and nothing else.

Only GET, only below the configured address. A `next` link is believed for its query alone, so that
the token goes nowhere else; redirects are not followed.
"""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlsplit

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from bot.report.access import Access
from bot.report.errors import PretixAway, PretixError, PretixRefuses, PretixStrange

if TYPE_CHECKING:
    import httpx

TIMEOUT = 30.0
"""Seconds that one answer may take in all."""

SPACING = 0.5
"""Seconds between the beginnings of two requests: at most two a second."""

PAGE_SIZE = 50
"""pretix gives no more on a page."""

MOST_PAGES = 2000
"""Of one list; a list that goes on is not believed."""

USER_AGENT = "pretix-maintenance-bot (reads what happened during a closing)"

TRIES = stop_after_attempt(4)
BACKOFF = wait_random_exponential(multiplier=1, min=1, max=20)
PATIENCE = 60.0
"""Seconds; a server that asks for a longer wait is away."""

_MOST_BYTES = 16 << 20
_OK = 200
_REDIRECTS = range(300, 400)
_REFUSED = {401: "does not take the token", 403: "does not let the token see this"}
_NOT_FOUND = 404
_TRY_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})

Query = list[tuple[str, str]]


class TooMany(Exception):
    """A list is longer than the caller wants to read; `count` is what pretix says."""

    def __init__(self, count: int) -> None:
        """Keep the count."""
        super().__init__(f"{count} are too many")
        self.count = count


@dataclass(frozen=True, slots=True)
class Listing:
    """A whole list; `count` is how many pretix said there are when the last page was read."""

    results: list[Any]
    count: int


def wait(state: RetryCallState) -> float:
    """Wait as pretix asks, else longer each time."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, PretixAway) and error.retry_after is not None:
        return error.retry_after
    return BACKOFF(state)


def stop(state: RetryCallState) -> bool:
    """Stop after some tries, or when pretix asks for more patience than there is."""
    return TRIES(state) or state.upcoming_sleep > PATIENCE


RETRY = retry_if_exception_type(PretixAway)


class Pretix:
    """One pretix, asked as `async with Pretix(…) as pretix`."""

    def __init__(
        self,
        access: Access,
        *,
        sleep: Callable[[float], Awaitable[None]],
        monotonic: Callable[[], float],
        timeout: float = TIMEOUT,
    ) -> None:
        """Nothing is sent yet; `timeout` is in seconds for one answer."""
        self._access = access
        self._sleep = sleep
        self._monotonic = monotonic
        self._timeout = timeout
        self._free_at = monotonic()
        self._client: httpx.AsyncClient | None = None
        self.requests = 0

    async def __aenter__(self) -> Self:
        """Make the connections' pool.

        Raises:
            PretixStrange: the trusted certificates cannot be read.
        """
        # Only who has a pretix configured pays for the import.
        import httpx  # noqa: PLC0415 - see above

        headers = {
            "Authorization": f"Token {self._access.token}",
            "Accept": "application/json",
            "User-Agent": USER_AGENT,
        }
        if self._access.host:
            headers["Host"] = self._access.host
        self._client = httpx.AsyncClient(
            headers=headers,
            timeout=self._timeout,
            follow_redirects=False,
            trust_env=False,
            verify=await _trust(self._access),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def listing(self, path: str, query: Query, most: int | None = None) -> Listing:
        """Read a whole list below `/api/v1/`.

        Raises:
            TooMany: pretix says on the first page that there are more than `most`.
            PretixError: it cannot be read.
        """
        results: list[Any] = []
        asked: set[str] = set()
        following: Query | None = [*query, ("page_size", str(PAGE_SIZE))]
        while following is not None:
            if str(following) in asked or len(asked) >= MOST_PAGES:
                raise PretixStrange("pages", "pretix's list of pages does not come to an end")
            asked.add(str(following))
            page = await self._page(path, following)
            if most is not None and page["count"] > most:
                raise TooMany(page["count"])
            results += page["results"]
            following = self._following(path, page["next"])
        return Listing(results, page["count"])

    async def _page(self, path: str, query: Query) -> dict[str, Any]:
        retrying = AsyncRetrying(stop=stop, wait=wait, retry=RETRY, sleep=self._sleep, reraise=True)
        page: Any = await retrying(self._ask, path, query)
        if not (
            isinstance(page, dict)
            and isinstance(page.get("results"), list)
            and isinstance(page.get("count"), int)
            and isinstance(page.get("next"), str | None)
        ):
            raise PretixStrange("answer", "pretix's answer is not a page of a list")
        return page

    def _following(self, path: str, link: str | None) -> Query | None:
        if link is None:
            return None
        try:
            parts = urlsplit(link)
            name = parts.hostname
        except ValueError:
            name = None
        if name not in self._access.names or parts.path != urlsplit(self._url(path)).path:
            raise PretixStrange("pages", "pretix's next page is at another address")
        return parse_qsl(parts.query, keep_blank_values=True)

    def _url(self, path: str) -> str:
        return f"{self._access.url.rstrip('/')}/api/v1/{path}"

    async def _ask(self, path: str, query: Query) -> Any:
        import httpx  # noqa: PLC0415 - see __aenter__

        await self._pace()
        self.requests += 1
        try:
            async with asyncio.timeout(self._timeout):
                return await self._answer(self._url(path), query)
        except TimeoutError as error:
            raise PretixAway("timeout", "pretix does not answer in time") from error
        except httpx.HTTPError as error:
            # The message may quote the request; its kind says enough.
            kind = type(error).__name__
            raise PretixAway("unreachable", f"pretix cannot be reached ({kind})") from error

    async def _pace(self) -> None:
        now = self._monotonic()
        begin = max(now, self._free_at)
        self._free_at = begin + SPACING
        if begin > now:
            await self._sleep(begin - now)

    async def _answer(self, url: str, query: Query) -> Any:
        if self._client is None:
            raise RuntimeError("asked outside `async with`")
        async with self._client.stream("GET", url, params=tuple(query)) as response:
            fault = fault_of(response.status_code, response.headers.get("Retry-After"))
            if fault is not None:
                raise fault
            kind = response.headers.get("Content-Type", "")
            if kind.partition(";")[0].strip().lower() != "application/json":
                raise PretixStrange("answer", "pretix answers with a page instead of data")
            return _parsed(await _body(response))


def fault_of(status: int, retry_after: str | None) -> PretixError | None:
    """Say what a status means; None when all is well."""
    if status == _OK:
        return None
    if status in _REFUSED:
        return PretixRefuses("token", f"pretix {_REFUSED[status]} ({status})")
    if status == _NOT_FOUND:
        return PretixRefuses("not-found", "pretix has no such list, or hides it (404)")
    if status in _TRY_AGAIN:
        return PretixAway("busy", f"pretix answers {status}", retry_after=seconds_of(retry_after))
    if status in _REDIRECTS:
        return PretixStrange("redirect", f"pretix sends us to another address ({status})")
    return PretixStrange("answer", f"pretix answers {status}")


def seconds_of(retry_after: str | None) -> float | None:
    """Read a Retry-After in seconds; its other form, a date, is not used by pretix or nginx."""
    if retry_after is None or not (retry_after.isascii() and retry_after.isdecimal()):
        return None
    return float(retry_after[:9])


async def _body(response: "httpx.Response") -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > _MOST_BYTES:
            raise PretixStrange("answer", "pretix's answer is far too long")
    return bytes(body)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        # Not chained: the error would carry the body.
        raise PretixStrange("answer", "pretix's answer is not JSON") from None


async def _trust(access: Access) -> "ssl.SSLContext | bool":
    """Make what to trust, aside: it takes a fifth of a second in which chats would wait."""
    import httpx  # noqa: PLC0415 - see __aenter__

    if urlsplit(access.url).scheme != "https":
        return False
    try:
        if access.ca_file is None:
            return await asyncio.to_thread(httpx.create_ssl_context)
        return await asyncio.to_thread(ssl.create_default_context, cafile=access.ca_file)
    except OSError as error:
        sentence = f"the certificates to trust cannot be read: {error.strerror}"
        raise PretixStrange("certificates", sentence) from error
