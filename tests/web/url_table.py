"""What a closed shop still answers: every kind of address that pretix has, and its fate.

`P` is the shop's prefix: `/ORG/EVENT` on the main domain, `/EVENT` on an organizer's domain,
nothing on an event's own domain.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from tests.web.site import EVENT, MAIN, ORGANIZER

PREFIXES = {MAIN: "/demo/party", ORGANIZER: "/party", EVENT: ""}
SHUTTING = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Fate(enum.Enum):
    """What happens to a request while the marker is there."""

    OPEN = "reaches the shop"
    PAGE = "503 with the page"
    JSON = "503 with JSON"


@dataclass(frozen=True)
class Row:
    """One request and its fate."""

    method: str
    target: str
    fate: Fate
    host: str = MAIN

    def __str__(self) -> str:
        return f"{self.method} {self.host}{self.target}"


# Looking at what was bought; none of these pages holds a form that sells.
_BOUGHT = """
P/order/ABC12/s3cr3tqwert/
P/order/ABC12/s3cr3tqwert/?paid=yes
P/order/ABC12/s3cr3tqwert/open/5f0a1b2c3d/
P/order/ABC12/s3cr3tqwert/invoice/12
P/order/ABC12/s3cr3tqwert/answer/3/
P/ticket/ABC12/1/s3cr3tqwert/
P/ticket/ABC12/1/s3cr3tqwert/answer/3/
"""

_DRESS = """
P/theme.css
P/favicon.ico
P/widget/v2.css
"""

_DOWNLOADS = """
P/order/ABC12/s3cr3tqwert/download/77/pdf
P/order/ABC12/s3cr3tqwert/download/pdf
P/ticket/ABC12/1/s3cr3tqwert/download/77/pdf
"""

_SELLING = """
P/
P/?voucher=X
P/12/
P/ical/
P/page/about/
P/cart/add
P/cart/remove
P/cart/clear
P/cart/extend
P/cart/voucher
P/cart/answer/3/
P/checkout/start
P/checkout/questions/
P/checkout/confirm/
P/redeem
P/redeem?voucher=X
P/w/AAAAAAAAAAAAAAAA/
P/w/AAAAAAAAAAAAAAAA/cart/add
P/w/AAAAAAAAAAAAAAAA/cart/create
P/w/AAAAAAAAAAAAAAAA/checkout/start
P/seatingframe/
P/waitinglist
P/resend/
P/auth/
P/unlock/abcdef/
P/order/ABC12/s3cr3tqwert/pay/4/
P/order/ABC12/s3cr3tqwert/pay/4/confirm
P/order/ABC12/s3cr3tqwert/pay/4/complete
P/order/ABC12/s3cr3tqwert/pay/change
P/order/ABC12/s3cr3tqwert/change
P/order/ABC12/s3cr3tqwert/cancel
P/order/ABC12/s3cr3tqwert/cancel/do
P/order/ABC12/s3cr3tqwert/modify
P/order/ABC12/s3cr3tqwert/invoice
P/order/ABC12/s3cr3tqwert/giftcard/1/
P/ticket/ABC12/1/s3cr3tqwert/change
P/ticket/ABC12/1/s3cr3tqwert/modify
P/mollie/redirect/
P/stripe/sca/ABC12/5f0a1b2c/4/
P/paypal2/return/
P/paypal2/abort/
P/paypal2/xhr/
P/paypal2/pay/
"""

_PROVIDERS = """
POST P/mollie/webhook2/ABC12/5f0a1b2c3d/4/
POST P/mollie/webhook/4/
GET P/mollie/return/ABC12/5f0a1b2c3d/4/
GET P/mollie/return/ABC12/5f0a1b2c3d/4/?from=mollie
POST P/stripe/webhook/
GET P/stripe/return/ABC12/5f0a1b2c3d/4/
GET P/stripe/sca/ABC12/5f0a1b2c3d/4/return/
"""

_ADMINS = """
/control
/control?next=1
/control/
/control/login?next=/control/
/control/event/demo/party/
/control/event/demo/party/orders/ABC12/change
/control/event/demo/party/mollie/disconnect/
"""

_ALWAYS = """
GET /download/5f0a1b2c-0000-4000-8000-000000000000/
GET /jsi18n/nl/
GET /js_helpers/address_form/?country=NL
GET /js_helpers/states/?country=US
GET /redirect/?url=x
POST /csp_report/
GET /agpl_source
GET /healthcheck/
GET /metrics
GET /.well-known/acme-challenge/token
GET /.well-known/apple-developer-merchantid-domain-association
GET /robots.txt
GET /favicon.ico
GET /site.webmanifest
GET /widget/v2.nl.js
GET /widget/v2.de-informal.js
POST /_stripe/webhook/
POST /_paypal/webhook/
GET /_mollie/oauth_return/?code=1
GET /_stripe/oauth_return/?code=1
"""

_ELSEWHERE_SHUT = """
/
/demo/
/demo/?page=2
/demo/events/ical/
/demo/account/login
/demo/account/register
/demo/oauth2/v1/authorize
/locale/set?locale=en
/_favicon
/_cookie
/_mollie/other/
/controlroom/
/controlroom/party/
/downloads/party/
/metricsclub/
/js_helpers/party/cart/add
/static
/media
/demo/control/
"""

_READ_API = """
/api/
/api/v1/
/api/v1/organizers/demo/events/party/orders/
/api/v1/organizers/demo/events/party/checkinlists/1/positions/?search=x
"""

_DOOR_API = """
POST /api/v1/device/initialize
POST /api/v1/device/update
POST /api/v1/device/roll
POST /api/v1/upload
POST /api/v1/oauth/token
POST /api/v1/oauth/revoke_token
POST /api/v1/organizers/demo/checkinrpc/redeem/
POST /api/v1/organizers/demo/checkinrpc/annul/
POST /api/v1/organizers/demo/reusablemedia/lookup/
PATCH /api/v1/organizers/demo/reusablemedia/3/
POST /api/v1/organizers/demo/orderpositions/5/printlog/
POST /api/v1/organizers/demo/events/party/orderpositions/5/printlog/
POST /api/v1/organizers/demo/events/party/orderpositions/5/price_calc/
POST /api/v1/organizers/demo/events/party/checkinlists/1/failed_checkins/
POST /api/v1/organizers/demo/events/party/checkinlists/1/positions/5/redeem/
POST /api/v1/organizers/demo/events/party/checkinlists/1/positions/a%2Fb%3D/redeem/?x=1
"""

_WRITE_API = """
POST /api/v1/organizers/demo/events/party/orders/
POST /api/v1/organizers/demo/events/party/orders/ABC12/payments/
POST /api/v1/organizers/demo/events/party/orders/ABC12/payments/1/refund/
POST /api/v1/organizers/demo/events/party/orders/ABC12/refunds/
POST /api/v1/organizers/demo/events/party/orders/ABC12/mark_paid/
POST /api/v1/organizers/demo/events/party/orders/ABC12/change/
POST /api/v1/organizers/demo/events/party/cartpositions/
POST /api/v1/organizers/demo/events/party/vouchers/
PATCH /api/v1/organizers/demo/events/party/
PATCH /api/v1/organizers/demo/events/party/orderpositions/5/
PUT /api/v1/organizers/demo/events/party/items/1/
DELETE /api/v1/organizers/demo/events/party/cartpositions/1/
POST /api/v1/organizers/demo/reusablemedia/
POST /api/v1/organizers/demo/giftcards/1/transact/
"""


def _lines(text: str) -> list[str]:
    return text.split("\n")[1:-1]


def _everywhere(method: str, path: str, fate: Fate) -> Iterator[Row]:
    for host, prefix in PREFIXES.items():
        yield Row(method, path.replace("P", prefix, 1), fate, host)


def _named(text: str, fate: Fate) -> Iterator[Row]:
    """Rows of lines that begin with their method."""
    for line in _lines(text):
        method, path = line.split(" ", 1)
        if path.startswith("P/"):
            yield from _everywhere(method, path, fate)
        else:
            yield Row(method, path, fate)


def _bought() -> Iterator[Row]:
    for path in _lines(_BOUGHT):
        for method in ("GET", "HEAD"):
            yield from _everywhere(method, path, Fate.OPEN)
        yield from _everywhere("POST", path, Fate.PAGE)
    for path in _lines(_DRESS):
        yield from _everywhere("GET", path, Fate.OPEN)
    for path in _lines(_DOWNLOADS):
        for method in ("GET", "HEAD", "POST"):
            yield from _everywhere(method, path, Fate.OPEN)


def _selling() -> Iterator[Row]:
    for path in _lines(_SELLING):
        for method in ("GET", "POST"):
            yield from _everywhere(method, path, Fate.PAGE)
    for method in SHUTTING:
        yield Row(method, "/demo/party/cart/add", Fate.PAGE)
        yield Row(method, "/", Fate.PAGE)
    for path in _lines(_ELSEWHERE_SHUT):
        yield Row("GET", path, Fate.PAGE)


def _admin() -> Iterator[Row]:
    for path in _lines(_ADMINS):
        for method in ("GET", "POST"):
            yield Row(method, path, Fate.OPEN)


def _api() -> Iterator[Row]:
    for path in _lines(_READ_API):
        for method in ("GET", "HEAD", "OPTIONS"):
            yield Row(method, path, Fate.OPEN)
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            yield Row(method, path, Fate.JSON)
    yield from _named(_DOOR_API, Fate.OPEN)
    yield from _named(_WRITE_API, Fate.JSON)
    yield from _everywhere("GET", "P/widget/product_list", Fate.JSON)
    yield Row("GET", "/demo/widget/product_list?lang=nl", Fate.JSON)


def rows() -> list[Row]:
    """All of the table; a request stands in it once."""
    found = [
        *_admin(),
        *_bought(),
        *_selling(),
        *_named(_PROVIDERS, Fate.OPEN),
        *_named(_ALWAYS, Fate.OPEN),
        *_api(),
    ]
    # `/control/login` is limited by the site's own rule; the odd-request tests look at that one.
    return list({str(row): row for row in found if "/control/login" not in row.target}.values())
