"""A typical site around the snippet: several server blocks, static files, rules of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.places import MARKER, PAGE, PAGE_DIR
from tests.web import nginx_process
from tests.web.exchange import Answer, ask
from tests.web.rendering import inline_hashes, page, snippet
from tests.web.upstream import Asked, Upstream, upstream

MAIN = "tickets.example"
ORGANIZER = "club.example"
EVENT = "party.example"
BARE = "resolving.example"
"""A server block whose `proxy_pass` has a URI part, so nginx hands on the resolved path."""

STRICT = "strict.example"
"""A server block whose own policy forbids everything inline."""

ALLOWING = "allowing.example"
"""The same, with the page's style and script allowed by their hashes."""

FACTS = (
    '{"detail":"The ticket shop is closed for maintenance.","code":"maintenance",'
    '"reopens_at":"2026-11-30T05:00:00Z"}\n'
)

STAGING = "staging.example"
"""A server block that asks everybody for a password."""

_HTTP = """\
    limit_req_zone $binary_remote_addr zone=login:1m rate=1r/m;
    server {{
        listen 127.0.0.1:{port} default_server;
        server_name {main};
        add_header X-Content-Type-Options nosniff;
        add_header Strict-Transport-Security "max-age=31536000" always;
        error_page 503 /busy.html;
        location = /busy.html {{ internal; root {folder}/own; }}
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_set_header Host $http_host;
        }}
        location = /control/login {{
            limit_req zone=login;
            proxy_pass http://127.0.0.1:{upstream};
        }}
        location /static/ {{
            alias {folder}/static/;
            access_log off;
            expires 365d;
            add_header Cache-Control "public";
        }}
        location /media/ {{ alias {folder}/media/; expires 7d; access_log off; }}
        location ^~ /media/cachedfiles {{ deny all; return 404; }}
        location ^~ /media/invoices {{ deny all; return 404; }}
        if ($http_x_blocked) {{ return 403; }}
        include {folder}/pretix-maintenance.conf;
    }}
    server {{
        listen 127.0.0.1:{port};
        server_name {organizer} {event};
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_set_header Host $http_host;
        }}
        include {folder}/pretix-maintenance.conf;
    }}
    server {{
        listen 127.0.0.1:{port};
        server_name {bare};
        location / {{ proxy_pass http://127.0.0.1:{upstream}/; }}
        include {folder}/pretix-maintenance.conf;
    }}
    server {{
        listen 127.0.0.1:{port};
        server_name {strict};
        add_header Content-Security-Policy "default-src 'self'" always;
        include {folder}/pretix-maintenance.conf;
    }}
    server {{
        listen 127.0.0.1:{port};
        server_name {allowing};
        add_header Content-Security-Policy "{policy}" always;
        include {folder}/pretix-maintenance.conf;
    }}
    server {{
        listen 127.0.0.1:{port};
        server_name {staging};
        auth_basic "not for everybody yet";
        auth_basic_user_file {folder}/passwords;
        location / {{ proxy_pass http://127.0.0.1:{upstream}; }}
        include {folder}/pretix-maintenance.conf;
    }}
"""


def policy() -> str:
    """Say how a site with a strict policy allows the page."""
    hashes = inline_hashes(page())
    return (
        f"default-src 'self'; style-src 'self' {hashes['style']}; "
        f"script-src 'self' {hashes['script']}; img-src 'self' data:"
    )


@dataclass
class Site:
    """The site while it runs."""

    folder: Path
    port: int
    shop: Upstream

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def marker(self) -> Path:
        return self.state / MARKER

    @property
    def facts(self) -> Path:
        return self.state / PAGE_DIR / PAGE

    @property
    def page(self) -> Path:
        return self.folder / "pages/pretix-maintenance.html"

    def close(self) -> None:
        self.marker.touch()

    def open(self) -> None:
        self.marker.unlink(missing_ok=True)

    def restore(self) -> None:
        """Put everything back that a test may have changed."""
        self.state.chmod(0o755)
        self.open()
        self.facts.write_text(FACTS)
        self.page.write_text(page())
        self.shop.asked.clear()

    def ask(
        self,
        target: str = "/",
        method: str = "GET",
        host: str = MAIN,
        body: bytes = b"",
        **headers: str,
    ) -> Answer:
        return ask(self.port, method, target, host=host, body=body, headers=headers)

    @property
    def reached(self) -> list[Asked]:
        """What got through to the shop."""
        return self.shop.asked


@contextmanager
def site() -> Iterator[Site]:
    """Run the site until the block ends."""
    # Not in pytest's own folder, which nginx's workers may not enter.
    folder = Path(tempfile.mkdtemp(prefix="site-"))
    try:
        with upstream() as shop:
            one = Site(folder, nginx_process.free_port(), shop)
            _fill(one)
            with nginx_process.running(folder, one.port):
                yield one
    finally:
        shutil.rmtree(folder)


def _fill(one: Site) -> None:
    one.folder.chmod(0o755)
    for name in ("state/page", "pages", "own", "static", "media/pub", "media/invoices"):
        (one.folder / name).mkdir(parents=True)
    (one.folder / "own/busy.html").write_text("the site's own busy page")
    (one.folder / "passwords").write_text("anna:{PLAIN}secret\n")
    (one.folder / "static/app.js").write_text("the shop's script")
    (one.folder / "media/pub/logo.png").write_text("the shop's logo")
    (one.folder / "media/invoices/1.pdf").write_text("secret")
    (one.folder / "pretix-maintenance.conf").write_text(snippet(one.state, one.folder / "pages"))
    one.restore()
    nginx_process.configure(
        one.folder,
        _HTTP.format(
            port=one.port,
            upstream=one.shop.port,
            folder=one.folder,
            main=MAIN,
            organizer=ORGANIZER,
            event=EVENT,
            bare=BARE,
            strict=STRICT,
            allowing=ALLOWING,
            staging=STAGING,
            policy=policy(),
        ),
    )
