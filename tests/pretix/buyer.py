"""A buyer with a browser's manners: cookies, forms, redirects."""

import re
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from tests.pretix.shop import RealShop

MAIL = "buyer@tickets.example"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_CODE = re.compile(r"/order/([A-Z0-9]+)/([a-z0-9]+)/")


class Buyer:
    """Walks through the shop of one event."""

    def __init__(self, shop: RealShop, event: str = "party") -> None:
        self.shop = shop
        self.prefix = f"/demo/{event}"
        self._item = shop.facts["events"][event]["item"]
        # Nothing of this machine's proxies or credentials: the shop is on loopback.
        self.client = httpx.Client(base_url=shop.url, timeout=60, trust_env=False)
        self.page: httpx.Response | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()

    def look(self, path: str) -> httpx.Response:
        """Open a page; redirects are followed inside the shop only."""
        self.page = self._follow(self.client.get(self._inside(path)))
        return self.page

    def send(self, path: str, **fields: str) -> httpx.Response:
        """Send the form of the page that is open."""
        assert self.page is not None
        found = _TOKEN.search(self.page.text)
        assert found, f"no form on {self.page.url}: {self.page.text[:500]}"
        token = {"csrfmiddlewaretoken": found[1]}
        referer = {"Referer": str(self.page.url)}
        answer = self.client.post(self._inside(path), data={**token, **fields}, headers=referer)
        self.page = self._follow(answer)
        return self.page

    def choose(self) -> httpx.Response:
        """Put a ticket into the cart and go to the last page of the checkout."""
        self.look("/")
        self.send("/cart/add", **{f"item_{self._item}": "1"})
        self.look("/checkout/start")
        self.send("/checkout/questions/", email=MAIL)
        return self.send("/checkout/payment/", payment="mollie_ideal")

    def confirm(self) -> httpx.Response:
        """Confirm the order; the answer of an open shop leads to Mollie."""
        return self.send("/checkout/confirm/")

    def order(self) -> str:
        """Order a ticket and go to Mollie; return the payment's name there."""
        self.choose()
        return self.at_mollie(self.confirm())

    @staticmethod
    def at_mollie(answer: httpx.Response) -> str:
        """Return the payment that the buyer was sent to."""
        gone = urlsplit(answer.headers.get("Location", ""))
        assert gone.netloc == "www.mollie.com", f"{answer.status_code} {answer.text[:3000]}"
        return str(gone.path.rsplit("/", 1)[-1])

    def _inside(self, path: str) -> str:
        return path if path.startswith(("http:", "/demo/", "/control/")) else self.prefix + path

    def _follow(self, answer: httpx.Response) -> httpx.Response:
        while answer.is_redirect:
            onward = answer.next_request
            assert onward is not None
            if onward.url.host != "127.0.0.1":
                return answer
            answer = self.client.send(onward)
        return answer
