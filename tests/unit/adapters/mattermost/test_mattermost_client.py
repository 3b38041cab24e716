"""The HTTP session: nothing that the driver's own would do behind our back."""

import asyncio
import logging
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from adapters.base import (
    Attachment,
    OutcomeUnknown,
    Permanent,
    Settings,
    Temporary,
)
from adapters.mattermost.adapter import Mattermost
from adapters.mattermost.api import Api
from adapters.mattermost.options import read
from adapters.mattermost.pace import Pace
from tests.servers.mattermost import Fault, close
from tests.unit.adapters.mattermost.conftest import QUICK, Bench


@pytest.fixture
def api(bench: Bench) -> Api:
    return Api(bench.options(), QUICK)


async def test_the_token_is_sent_and_netrc_and_proxies_are_not_looked_at(
    bench: Bench, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login anna password wrong\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert (await api.me()).id == bench.server.bot
    assert bench.server.rest.requests[0][2]["Authorization"] == f"Bearer {bench.server.bot_token}"


async def test_a_get_has_no_body(bench: Bench, api: Api) -> None:
    await api.me()
    headers = bench.server.rest.requests[0][2]
    assert "Content-Length" not in headers
    assert "Content-Type" not in headers


async def test_a_cookie_of_the_server_is_not_sent_back(bench: Bench, api: Api) -> None:
    bench.server.faults.plan(Fault.COOKIE, method="GET", path="/users/me")
    await api.me()
    await api.me()
    assert all("Cookie" not in headers for _, _, headers in bench.server.rest.requests)


async def test_a_redirect_is_not_followed(bench: Bench, api: Api) -> None:
    bench.server.faults.plan(Fault.REDIRECT, method="GET", path="/users/me")
    with pytest.raises(Temporary, match="HTTP 302"):
        await api.me()


@pytest.mark.parametrize("fault", [Fault.HTML, Fault.LOST, Fault.LOST_502, Fault.RESET, Fault.HANG])
async def test_a_post_without_an_answer_may_have_been_taken(
    bench: Bench, api: Api, fault: Fault
) -> None:
    bench.server.faults.plan(fault)
    with pytest.raises(OutcomeUnknown):
        await api.post({"channel_id": bench.server.channel, "message": "x"})


async def test_a_server_that_is_away_has_taken_nothing(bench: Bench, api: Api) -> None:
    await bench.server.stop()
    with pytest.raises(Temporary) as caught:
        await api.post({"channel_id": bench.server.channel, "message": "x"})
    assert caught.value.problem == "unreachable"


async def test_the_wait_of_a_rate_limit_is_told(bench: Bench, api: Api) -> None:
    bench.server.faults.plan(Fault.RATE_LIMIT, retry_after=9)
    with pytest.raises(Temporary) as caught:
        await api.post({"channel_id": bench.server.channel, "message": "x"})
    assert caught.value.retry_after == 9


async def test_an_answer_that_drips_for_ever_ends_at_the_limit(bench: Bench) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.05)

    async with serving("/api/v4/users/me", drip) as url:
        with pytest.raises(Temporary) as caught:
            await at(url, Pace(connect=0.5, read=5, call=0.2)).me()
    assert caught.value.problem == "timeout"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("{}", "application/json"),
        ('{"id": 7}', "application/json"),
        ("[]", "application/json"),
        ("{", "application/json"),
        ("<p>", "text/html"),
    ],
)
async def test_what_is_not_mattermosts_is_told_so(body: str, content_type: str) -> None:
    async def other(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type=content_type)

    async with serving("/api/v4/users/me", other) as url:
        with pytest.raises(Temporary) as caught:
            await at(url).me()
    assert caught.value.problem == "garbled"


async def test_a_server_under_a_folder_is_found_with_its_hooks() -> None:
    seen = []

    async def any_path(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.json_response({"id": "u" * 26, "username": "maintenance"})

    async with serving("/{path:.*}", any_path) as url:
        api = at(f"{url}/chat")
        await api.me()
        await api.answer_later("h" * 26, {"text": "x"})
    assert seen == ["/chat/api/v4/users/me", f"/chat/hooks/commands/{'h' * 26}"]


async def test_a_late_answer_is_sent_without_the_token(bench: Bench, api: Api) -> None:
    with pytest.raises(Permanent):
        await api.answer_later("h" * 26, {"text": "x"})
    assert "Authorization" not in bench.server.rest.requests[-1][2]


async def test_a_file_is_uploaded_with_its_name(bench: Bench, api: Api) -> None:
    file_id = await api.upload(bench.server.channel, Attachment("a.ics", "text/calendar", b"BEGIN"))
    assert bench.server.state.files[file_id] == b"BEGIN"


async def test_more_than_a_thousand_posts_are_read_page_by_page(bench: Bench, api: Api) -> None:
    start = bench.server.state.now()
    for number in range(1105):
        bench.server.write(bench.server.anna, str(number))
    posts = await api.posts_since(bench.server.channel, start)
    assert [post.message for post in posts] == [str(number) for number in range(1105)]


async def test_the_driver_logs_nothing_of_what_the_server_says(
    bench: Bench, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(Permanent):
        await api.channel(bench.server.foreign_channel)
    assert [record for record in caplog.records if "mattermostdriver" in record.name] == []
    assert logging.getLogger("mattermostdriver.websocket").level == logging.CRITICAL


async def test_connections_are_used_again() -> None:
    peers = set()

    async def note(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        return web.json_response({"id": "u" * 26, "username": "x"})

    async with serving("/api/v4/users/me", note) as url:
        api = at(url)
        for _ in range(4):
            await api.me()
    assert len(peers) == 1


@pytest.fixture
async def secure(bench: Bench, tmp_path: Path) -> AsyncIterator[tuple[str, Path]]:
    """The fake behind TLS with a certificate that nobody knows."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl: apt install openssl")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    await asyncio.to_thread(
        subprocess.run,
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        f"-subj /CN=localhost -addext subjectAltName=DNS:localhost "
        f"-keyout {key} -out {certificate}",
        shell=True,
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    application = web.Application(middlewares=[bench.server.rest.middleware])
    application.router.add_routes(bench.server.rest.routes())
    application.router.add_get("/api/v4/websocket", bench.server.sockets.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://localhost:{runner.addresses[0][1]}", certificate
    bench.server.sockets.cut()
    await close(runner)


async def test_an_unknown_certificate_is_refused_and_an_alarm(
    bench: Bench, secure: tuple[str, Path]
) -> None:
    url, _ = secure
    adapter = bench.adapter(bench.options(url=url))
    with pytest.raises(Temporary) as caught:
        await bench.send(adapter, "x")
    assert caught.value.problem == "certificate"
    task = asyncio.create_task(adapter.run(bench.host))
    await bench.host.until(lambda: bench.troubles() != [])
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert bench.troubles()[0].alarm
    assert bench.server.rest.requests == []


async def test_an_authority_of_ones_own_counts_for_rest_and_websocket(
    bench: Bench, secure: tuple[str, Path]
) -> None:
    url, certificate = secure
    async with bench.running(bench.options(url=url, ca_file=str(certificate))) as adapter:
        bench.server.write(bench.server.anna, "@maintenance status")
        await bench.host.heard("@maintenance status")
        await bench.send(adapter, "Open.")
    assert bench.said() == ["Open."]


async def test_the_websocket_checks_the_certificate_by_itself(
    bench: Bench, secure: tuple[str, Path]
) -> None:
    url, _ = secure
    findings = await Mattermost(bench.options(url=url), pace=QUICK).check()
    assert [finding.problem for finding in findings] == ["certificate"]


@asynccontextmanager
async def serving(
    path: str, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> AsyncIterator[str]:
    """Another server, and its address."""
    application = web.Application()
    application.router.add_route("*", path, handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await close(runner)


def at(url: str, pace: Pace = QUICK) -> Api:
    return Api(read(Settings("mattermost", {"url": url, "token": "t"})), pace)
