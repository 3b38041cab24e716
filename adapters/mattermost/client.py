"""One HTTP session to Mattermost, in the place of mattermostdriver's own client.

The driver's opens a connection for each call, obeys `.netrc` and proxy variables, sends a body with
GET, waits for ever, logs what the server says at ERROR and drops status and error id of a refusal.
"""

import json
import logging
import ssl
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

from mattermostdriver.client import Client as DriversClient
from requests import Response, Session

from adapters.mattermost.errors import Garbled, Refusal
from adapters.mattermost.options import Options
from adapters.mattermost.pace import Pace

LARGEST = 32 * 1024 * 1024
"""Bytes of an answer; a thousand posts as long as they can be in practice are a tenth of it."""

CHUNK = 65536

for _name in ("mattermostdriver.websocket", "mattermostdriver.api"):
    # Importing it set both to INFO; at ERROR it would log the server's messages, which quote ours.
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class Answer:
    """What the driver needs of an answer: JSON, under the one content type that it recognises."""

    headers: Mapping[str, str] = {"Content-Type": "application/json"}

    def __init__(self, value: object) -> None:
        """Hold parsed JSON."""
        self._value = value

    def json(self) -> object:
        """Give it."""
        return self._value


class Client(DriversClient):  # type: ignore[misc] # the driver ships no types
    """The driver's client with one session, no surprises and errors that say what happened."""

    def __init__(self, options: dict[str, Any]) -> None:
        """Open nothing yet."""
        super().__init__(options)
        self._session = Session()
        # Otherwise .netrc replaces our Authorization and *_PROXY leads the token elsewhere.
        self._session.trust_env = False
        # A server that sets MMAUTHTOKEN would make later posts fail for want of a CSRF header.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.verify = options["verify"]
        if options["proxy"]:
            self._session.proxies = {"http": options["proxy"], "https": options["proxy"]}

    def make_request(  # noqa: PLR0913, PLR0917 -- the driver's signature
        self,
        method: str,
        endpoint: str,
        options: object = None,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        files: object = None,
        basepath: str | None = None,
    ) -> Answer:
        """Ask once.

        Raises:
            Refusal, Garbled, requests.RequestException: see `errors`.
        """
        body: dict[str, Any] = {}
        if files is not None:
            body = {"data": data, "files": files}
        elif method.lower() != "get":
            body = {"json": {} if options is None else options}
        with self._session.request(
            method,
            (self.url if basepath is None else self._root() + basepath) + endpoint,
            params=params,
            headers=self.auth_header(),
            timeout=self.request_timeout,
            allow_redirects=False,
            stream=True,
            **body,
        ) as response:
            return Answer(_parsed(response))

    def say(self, endpoint: str, body: object) -> None:
        """Post to a page outside the API, which asks for no login and answers no JSON.

        Raises:
            Refusal, requests.RequestException: see `errors`.
        """
        with self._session.post(
            self._root() + endpoint,
            json=body,
            timeout=self.request_timeout,
            allow_redirects=False,
            stream=True,
        ) as response:
            if response.status_code != 200:  # noqa: PLR2004 -- HTTP's own number
                raise _refusal(response)

    def close(self) -> None:
        """Close the connections; a call under way fails."""
        self._session.close()

    def _root(self) -> str:
        return str(self.url).removesuffix("/api/v4")


def driver_options(options: Options, pace: Pace) -> dict[str, Any]:
    """Spell our options as the driver does, which has no names for them."""
    host = f"[{options.base.host}]" if ":" in options.base.host else options.base.host
    return {
        "scheme": options.base.scheme,
        "url": host,
        "port": options.base.port,
        "basepath": f"{options.base.path}/api/v4",
        "token": options.token,
        "verify": options.ca_file or _system_certificates(),
        "proxy": options.proxy,
        "request_timeout": (pace.connect, pace.read),
        "debug": False,
    }


def _system_certificates() -> str | bool:
    # The websocket trusts the system's certificates, so REST does too, not requests' own list.
    # A folder is read certificate by certificate as needed; the file would cost 1 MB of memory.
    paths = ssl.get_default_verify_paths()
    return paths.capath or paths.cafile or True


def _parsed(response: Response) -> object:
    if not response.ok or response.is_redirect:
        raise _refusal(response)
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
    if media_type != "application/json":
        raise Garbled(f"an answer of the type {media_type[:50]!r}")
    try:
        return json.loads(_content(response))
    except (ValueError, RecursionError):
        raise Garbled("an answer that is not JSON") from None


def _content(response: Response) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(CHUNK):
        content += chunk
        if len(content) > LARGEST:
            raise Garbled("an answer without an end")
    return bytes(content)


def _refusal(response: Response) -> Refusal:
    error_id = ""
    if response.headers.get("Content-Type", "").startswith("application/json"):
        try:
            value = json.loads(_content(response))
        except (ValueError, RecursionError, Garbled):
            value = None
        if isinstance(value, dict):
            error_id = str(value.get("id", ""))[:100]
    return Refusal(response.status_code, error_id, _wait(response.headers))


def _wait(headers: Mapping[str, str]) -> float | None:
    for name in ("Retry-After", "X-Ratelimit-Reset"):
        value = headers.get(name, "")
        if value.isascii() and value.isdecimal():
            return float(value[:9])
    return None
