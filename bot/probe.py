"""Ask the public shop what it answers: a marker proves nothing, the shop's answer does.

One GET, as a buyer's browser would send it, with nothing of ours in it: no credentials, no cookies,
no proxy or `.netrc` of this machine, no redirect followed, and no cache believed.
"""

import asyncio
import enum
import json
import logging
import secrets
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

TIMEOUT = 3.0
"""Seconds that one question may take in all."""

FINGERPRINT = "pretix-maintenance"
"""What the closed page contains, and no page of the shop does."""

_CODE = "maintenance"
"""What machines are told as `code` in the page's place, and no answer of pretix says."""

USER_AGENT = "pretix-maintenance-bot (asks whether the shop is closed)"

_MOST = 65536
"""Bytes of the answer that are looked at; our page is far smaller."""

_UNIQUE = "pretix-maintenance-probe"
"""A parameter that no page knows: a cache that ignores our headers has never seen its value."""

_SUCCESS = range(200, 300)
_REDIRECT = range(300, 400)


class Verdict(enum.StrEnum):
    """What the shop's answer means."""

    CLOSED = "closed"  # our own 503: status, Retry-After and the page's fingerprint
    OPEN = "open"  # the shop itself
    UNREACHABLE = "unreachable"  # no answer: refused, unknown name, timed out
    CERTIFICATE = "certificate"  # somebody answers, but not provably the shop
    PAGE_WITH_200 = "page-with-200"  # our page under a status that says that all is well
    FOREIGN = "foreign"  # an answer that is neither the shop's nor ours


class Family(enum.StrEnum):
    """By which protocol the shop is asked; `BOTH` asks twice, because buyers use either."""

    ANY = "any"
    V4 = "4"
    V6 = "6"
    BOTH = "both"


# A socket bound to this address can reach addresses of its own family only.
_SOURCES = {Family.V4: "0.0.0.0", Family.V6: "::"}  # noqa: S104 - nothing listens there


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One answer of the public shop.

    `at` is aware, `host` is the name asked, `status` the HTTP status if there was an answer.
    `expected` tells whether maintenance was on when it was asked (None: nobody knew). `others` are
    the answers of the other addresses asked at the same time, none of them worse than this one.
    """

    at: datetime
    host: str
    status: int | None
    verdict: Verdict
    expected: bool | None = None
    url: str = ""
    others: tuple["ProbeResult", ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the shop answers as it must; true when nothing was expected."""
        if self.expected is None:
            return True
        return self.verdict is (Verdict.CLOSED if self.expected else Verdict.OPEN)


class Asks(Protocol):
    """Whatever can ask the shop: the probe, or nothing when none is configured."""

    @property
    def last(self) -> ProbeResult | None:
        """Give the newest result."""

    async def ask(self, expected: bool | None) -> ProbeResult | None:  # noqa: FBT001 - the state, on or off
        """Ask once; never raises, None when no shop is configured."""


class NoProbe:
    """Stands in where no shop's address is configured."""

    last: ProbeResult | None = None

    async def ask(self, expected: bool | None) -> ProbeResult | None:  # noqa: ARG002, FBT001 - see Asks
        """Know nothing."""
        return None


class Probe:
    """Asks one address."""

    def __init__(  # noqa: PLR0913 - what is asked and how, each by name
        self,
        url: str,
        *,
        clock: Callable[[], datetime],
        timeout: float = TIMEOUT,
        fingerprint: str = FINGERPRINT,
        ca_file: str | None = None,
        family: Family = Family.ANY,
        site: str | None = None,
    ) -> None:
        """Ask `url`, for `timeout` seconds at most; trust `ca_file` instead of the system's.

        `site` is the name to ask for where `url` goes another way than buyers do, such as
        straight to nginx on this machine.
        """
        self._url = url
        self._site = site
        self._family = family
        self._host = _named(url, site, family)
        self._clock = clock
        self._timeout = timeout
        self._fingerprint = fingerprint
        self._ca_file = ca_file
        self._tls: ssl.SSLContext | None = None
        self.last: ProbeResult | None = None

    async def ask(self, expected: bool | None) -> ProbeResult:  # noqa: FBT001 - see Asks
        """Ask once; whatever goes wrong is a verdict, never an error."""
        # httpx costs a tenth of a second to import, so only who has a probe pays it.
        import httpx  # noqa: PLC0415 - see above

        status = None
        try:
            async with asyncio.timeout(self._timeout):
                response, body = await self._get(httpx.AsyncClient(**self._options()))
            status = response.status_code
            asked = f"//{self._site}/" if self._site else self._url
            verdict = judge(asked, status, response.headers, body, self._fingerprint)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            verdict = verdict_of(error)
            log.info("asking %s: %s (%s: %s)", self._host, verdict, type(error).__name__, error)
        self.last = ProbeResult(self._clock(), self._host, status, verdict, expected, self._url)
        return self.last

    def _options(self) -> dict[str, Any]:
        import httpx  # noqa: PLC0415 - as in `ask`

        if self._tls is None:
            self._tls = ssl.create_default_context(cafile=self._ca_file)
        headers = {"User-Agent": USER_AGENT, "Cache-Control": "no-cache", "Pragma": "no-cache"}
        if self._site:
            headers["Host"] = self._site
        source = _SOURCES.get(self._family)
        return {
            "headers": headers,
            "transport": httpx.AsyncHTTPTransport(
                verify=self._tls, trust_env=False, local_address=source
            ),
            "trust_env": False,
            "follow_redirects": False,
            # Of each step; a bit shorter, because the library tidies up after its own timeouts.
            "timeout": self._timeout * 0.9,
        }

    async def _get(self, client: "httpx.AsyncClient") -> tuple["httpx.Response", str]:
        import httpx  # noqa: PLC0415 - as in `ask`

        url = httpx.URL(self._url).copy_merge_params({_UNIQUE: secrets.token_hex(4)})
        # The certificate must be that of the name that is asked for.
        more = {"sni_hostname": urlsplit(f"//{self._site}").hostname} if self._site else {}
        # A client a question: a connection kept open would ask the nginx of before a reload.
        async with client, client.stream("GET", url, extensions=more) as response:
            body = b""
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) >= _MOST:
                    break
        return response, body[:_MOST].decode(errors="replace")


def judge(
    url: str, status: int, headers: Mapping[str, str], body: str, fingerprint: str = FINGERPRINT
) -> Verdict:
    """Say what an answer means; `headers` looks names up regardless of case.

    A bare 503 is not ours: pretix itself answers so when its cache is down. And a page of ours that
    is not sent as 503 would let search engines and API clients believe that all is well.
    """
    ours = fingerprint in body or _is_for_machines(headers, body)
    if status == 503 and ours and "Retry-After" in headers:  # noqa: PLR2004 - Service Unavailable
        return Verdict.CLOSED
    if ours and status in _SUCCESS:
        return Verdict.PAGE_WITH_200
    if status in _SUCCESS:
        return Verdict.OPEN
    if status in _REDIRECT and _same_host(url, headers.get("Location", "")):
        return Verdict.OPEN
    return Verdict.FOREIGN


def _is_for_machines(headers: Mapping[str, str], body: str) -> bool:
    """Tell whether it is the page's twin for API clients and widgets (docs/nginx.md)."""
    if not headers.get("Content-Type", "").lower().startswith("application/json"):
        return False
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and told.get("code") == _CODE and "detail" in told


def _named(url: str, site: str | None, family: Family) -> str:
    """Name what is asked for people: "tickets.example (IPv6)", "tickets.example @ 127.0.0.1"."""
    host = urlsplit(url).hostname or url
    name = f"{site} @ {host}" if site else host
    return f"{name} (IPv{family})" if family in _SOURCES else name


def verdict_of(error: BaseException) -> Verdict:
    """Say what no answer means: the libraries wrap the cause in errors of their own."""
    if any(_is_about_trust(cause) for cause in _causes(error)):
        return Verdict.CERTIFICATE
    return Verdict.UNREACHABLE


def _is_about_trust(error: BaseException) -> bool:
    # Waiting for more bytes is an SSLError as well.
    waiting = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
    return isinstance(error, ssl.SSLError) and not isinstance(error, waiting)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _same_host(url: str, location: str) -> bool:
    try:
        return urlsplit(urljoin(url, location)).hostname == urlsplit(url).hostname
    except ValueError:
        return False  # no address at all
