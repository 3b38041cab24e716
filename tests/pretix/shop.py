"""A whole real shop on loopback: nginx with the snippet, pretix, redis, Mollie's far side."""

import json
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bot.demo.nginx import find
from core.places import MARKER, PAGE, PAGE_DIR
from tests.pretix import environment
from tests.pretix.mailbox import mailbox
from tests.pretix.mollie import Mollie, mollie
from tests.web import nginx_process
from tests.web.exchange import Answer, ask
from tests.web.rendering import page, snippet

PATIENCE = 120.0
PROGRAMS = ("nginx", "redis-server", "openssl")
CLUB = "club.example"
GALA = "gala.example"

_UPSTREAM = "    upstream pretix {{ server unix:{folder}/pretix.sock; }}\n"
_SERVER = """\
    server {{
        listen 127.0.0.1:{port} default_server;
        server_name {names};
        client_max_body_size 100M;
        add_header Referrer-Policy same-origin;
        add_header X-Content-Type-Options nosniff;
        location / {{
            proxy_pass http://pretix;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header Host $http_host;
        }}
        location /media/ {{ alias {folder}/data/media/; expires 7d; access_log off; }}
        location ^~ /media/cachedfiles {{ deny all; return 404; }}
        location ^~ /media/invoices {{ deny all; return 404; }}
        location /static/ {{
            alias {static}/;
            access_log off;
            expires 365d;
            add_header Cache-Control "public";
        }}
        {include}
    }}
"""


@dataclass(frozen=True)
class RealShop:
    """The shop while it runs."""

    folder: Path
    port: int
    bare_port: int
    """Where the same nginx serves the same pretix without the snippet."""
    mollie: Mollie
    facts: Mapping[str, Any]
    variables: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def marker(self) -> Path:
        return self.folder / "state" / MARKER

    def close(self) -> None:
        self.marker.touch()

    def open(self) -> None:
        self.marker.unlink(missing_ok=True)

    def ask(
        self,
        target: str,
        method: str = "GET",
        host: str = "",
        body: bytes = b"",
        **headers: str,
    ) -> Answer:
        """Send one request as it is; no cookies, no redirects."""
        host = f"{host or '127.0.0.1'}:{self.port}"
        return ask(self.port, method, target, host=host, body=body, headers=headers)

    def api(self, target: str, content: Any = None, *, token: str = "api_token") -> Answer:
        """Ask pretix's API as a script, or with `token="device_token"` as the door."""
        scheme = "Device" if token == "device_token" else "Token"
        body = b"" if content is None else json.dumps(content).encode()
        return self.ask(
            f"/api/v1/organizers/demo/{target}",
            "GET" if content is None else "POST",
            body=body,
            Authorization=f"{scheme} {self.facts[token]}",
            Content_Type="application/json",
        )

    def webhook(self, payment: str) -> Answer:
        """Call pretix as Mollie does when something happened to a payment."""
        target = urlsplit(self.mollie.payments[payment]["webhookUrl"]).path
        form = urlencode({"id": payment}).encode()
        kind = "application/x-www-form-urlencoded"
        return self.ask(target, "POST", body=form, Content_Type=kind)

    def inside(self, script: str, question: Any) -> Any:
        """Run a script of `inside/` beside the running shop, on the same database."""
        return environment.ask_inside(script, question, self.variables)

    def orders(self, event: str = "party") -> int:
        """Return how many orders pretix has."""
        return int(json.loads(self.api(f"events/{event}/orders/").body)["count"])

    def order_of(self, payment: str) -> dict[str, Any]:
        """Return what pretix tells by API of the order that a payment at Mollie is for."""
        meant = self.mollie.payments[payment]["metadata"]
        answer = self.api(f"events/{meant['event']}/orders/{meant['order']}/")
        assert answer.status == 200, answer.body
        return dict(json.loads(answer.body))


def why_not() -> str | None:
    """Say what is missing here, or None."""
    missing = [name for name in PROGRAMS if not _which(name)]
    return f"not installed: {', '.join(missing)}" if missing else None


def _which(name: str) -> str | None:
    return find() if name == "nginx" else shutil.which(name)


@contextmanager
def real_shop() -> Iterator[RealShop]:
    """Run everything until the block ends; each run begins with the same filled database."""
    filled = environment.ready()
    folder = Path(tempfile.mkdtemp(prefix="shop-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        shutil.copytree(filled / "data", folder / "data")
        port, bare_port = nginx_process.free_port(), nginx_process.free_port()
        far_side = stack.enter_context(mollie(folder))
        mail = stack.enter_context(mailbox())
        redis = f"[redis]\nlocation=unix://{folder}/redis.sock?db=0\nsessions=true\n"
        configured = environment.configuration(folder, port=port, mail=mail, more=redis)
        variables = environment.surroundings(configured, far_side.variables)
        _serve(stack, folder, (port, bare_port), variables)
        facts = json.loads((filled / "facts.json").read_text())
        yield RealShop(folder, port, bare_port, far_side, facts, variables)


def _serve(
    stack: ExitStack, folder: Path, ports: tuple[int, int], variables: Mapping[str, str]
) -> None:
    redis = ["redis-server", "--port", "0", "--save", "", "--unixsocket", f"{folder}/redis.sock"]
    stack.enter_context(_program(redis, folder, variables, "redis.sock"))
    gunicorn = [str(environment.PYTHON), "-m", "gunicorn", "pretix.wsgi", "--workers", "2"]
    where = ["--bind", f"unix:{folder}/pretix.sock", "--timeout", "120"]
    stack.enter_context(_program([*gunicorn, *where], folder, variables, "pretix.sock"))
    for name in (f"state/{PAGE_DIR}", "pages"):
        (folder / name).mkdir(parents=True)
    (folder / "state" / PAGE_DIR / PAGE).write_text(
        '{"detail":"The ticket shop is closed.","code":"maintenance","reopens_at":null}\n'
    )
    (folder / "pages/pretix-maintenance.html").write_text(page())
    (folder / "pretix-maintenance.conf").write_text(snippet(folder / "state", folder / "pages"))
    (static,) = environment.VENV.glob("lib/python3*/site-packages/pretix/static.dist")
    http = _UPSTREAM.format(folder=folder)
    for port, include in zip(
        ports, (f"include {folder}/pretix-maintenance.conf;", ""), strict=True
    ):
        http += _SERVER.format(
            folder=folder, port=port, static=static, names=f"{CLUB} {GALA}", include=include
        )
    # As root, since the files that it serves may be in somebody's home.
    nginx_process.configure(folder, http, user="root")
    stack.enter_context(nginx_process.running(folder, ports[0]))
    _until_healthy(ports[0])


def _until_healthy(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while not _is_healthy(port):
        assert time.monotonic() < until, "pretix is not healthy"
        time.sleep(0.2)


def _is_healthy(port: int) -> bool:
    try:
        return ask(port, "GET", "/healthcheck/", host="127.0.0.1").status == 200
    except TimeoutError:
        return False  # a busy machine takes long over pretix's first page


@contextmanager
def _program(
    command: list[str], folder: Path, variables: Mapping[str, str], appears: str
) -> Iterator[None]:
    """Run a program until the block ends; it is there once its socket is."""
    log = folder / f"{appears}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + PATIENCE
        while not (folder / appears).exists():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, f"{command[0]} does not start"
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
