"""The shop's answer, asked over real sockets."""

import asyncio
import re
import shutil
import ssl
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.probe import Family, NoProbe, Probe, ProbeResult, Verdict, judge, verdict_of
from tests.servers.loopback_shop import CLOSED, OPEN, PAGE, loopback_shop

NOW = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)


def machine(
    status: int, headers: str = "", body: str = '{"detail":"Closed.","code":"maintenance"}'
) -> str:
    """Write an answer for API clients."""
    return f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{headers}\r\n{body}"


def probe(url: str, timeout: float = 30, ca_file: str | None = None) -> Probe:
    return Probe(url, clock=lambda: NOW, timeout=timeout, ca_file=ca_file)


@pytest.mark.parametrize(
    ("answer", "status", "verdict"),
    [
        (CLOSED, 503, Verdict.CLOSED),
        (OPEN, 200, Verdict.OPEN),
        (f"HTTP/1.1 200 OK\r\n\r\n{PAGE}", 200, Verdict.PAGE_WITH_200),
        ("HTTP/1.1 503 Unavailable\r\nRetry-After: 9\r\n\r\nbusy", 503, Verdict.FOREIGN),
        (f"HTTP/1.1 503 Unavailable\r\n\r\n{PAGE}", 503, Verdict.FOREIGN),
        (machine(503, "Retry-After: 9\r\n"), 503, Verdict.CLOSED),
        (machine(503), 503, Verdict.FOREIGN),
        (machine(200), 200, Verdict.PAGE_WITH_200),
        (machine(503, "Retry-After: 9\r\n", '{"detail":"x","code":"busy"}'), 503, Verdict.FOREIGN),
        (machine(503, "Retry-After: 9\r\n", '["maintenance"]'), 503, Verdict.FOREIGN),
        (machine(503, "Retry-After: 9\r\n", '{"detail":'), 503, Verdict.FOREIGN),
        ("HTTP/1.1 404 Not Found\r\n\r\n", 404, Verdict.FOREIGN),
        ("HTTP/1.1 302 Found\r\nLocation: /nl/\r\n\r\n", 302, Verdict.OPEN),
        ("HTTP/1.1 302 Found\r\nLocation: https://parked.example/\r\n\r\n", 302, Verdict.FOREIGN),
        ("HTTP/1.1 302 Found\r\nLocation: http://[x/\r\n\r\n", 302, Verdict.FOREIGN),
        ("gibberish\r\n\r\n", None, Verdict.UNREACHABLE),
    ],
    ids=lambda value: str(value).splitlines()[0],
)
async def test_the_answer_decides_the_verdict(
    answer: str, status: int | None, verdict: Verdict
) -> None:
    async with loopback_shop() as shop:
        shop.answer = answer
        asked = probe(shop.url)
        result = await asked.ask(expected=True)
    assert (result.status, result.verdict) == (status, verdict)
    assert (result.host, result.at) == ("127.0.0.1", NOW)
    assert asked.last == result


async def test_the_question_carries_nothing_of_ours_and_believes_no_cache() -> None:
    async with loopback_shop() as shop:
        await probe(shop.url).ask(expected=False)
    request = shop.requests[0].lower()
    assert re.match("get /[?]pretix-maintenance-probe=[0-9a-f]{8} http/1.1", request)
    assert "cache-control: no-cache" in request
    assert "user-agent: pretix-maintenance-bot" in request
    assert "cookie" not in request
    assert "authorization" not in request


async def test_no_two_questions_are_the_same_so_that_no_cache_knows_the_answer() -> None:
    async with loopback_shop() as shop:
        for _ in range(2):
            await probe(f"{shop.url}shop/?lang=nl").ask(expected=False)
    lines = [request.splitlines()[0] for request in shop.requests]
    assert lines[0] != lines[1]
    assert all(line.startswith("GET /shop/?lang=nl&") for line in lines)


async def test_another_name_is_asked_for_on_the_way_past_the_public_address() -> None:
    async with loopback_shop() as shop:
        shop.answer = CLOSED
        asked = Probe(shop.url, clock=lambda: NOW, site="tickets.example")
        result = await asked.ask(expected=True)
    assert "\r\nhost: tickets.example\r\n" in shop.requests[0].lower()
    assert (result.verdict, result.host) == (Verdict.CLOSED, "tickets.example @ 127.0.0.1")


async def test_a_redirect_to_the_name_that_was_asked_for_is_the_shop() -> None:
    async with loopback_shop() as shop:
        shop.answer = "HTTP/1.1 301 Moved\r\nLocation: https://tickets.example/\r\n\r\n"
        asked = Probe(shop.url, clock=lambda: NOW, site="tickets.example")
        result = await asked.ask(expected=False)
    assert result.verdict is Verdict.OPEN


@pytest.mark.parametrize(
    ("family", "verdict"),
    [(Family.V4, Verdict.CLOSED), (Family.V6, Verdict.UNREACHABLE), (Family.ANY, Verdict.CLOSED)],
)
async def test_only_the_wanted_protocol_is_used(family: Family, verdict: Verdict) -> None:
    async with loopback_shop() as shop:
        shop.answer = CLOSED
        result = await Probe(shop.url, clock=lambda: NOW, family=family).ask(expected=True)
    assert result.verdict is verdict
    assert ("IPv" in result.host) is (family is not Family.ANY)


async def test_the_closed_page_is_known_by_the_fingerprint_of_ones_own() -> None:
    async with loopback_shop() as shop:
        shop.answer = CLOSED
        result = await Probe(shop.url, clock=lambda: NOW, fingerprint="own page").ask(expected=True)
        shop.answer = CLOSED.replace("pretix-maintenance", "own page")
        own = await Probe(shop.url, clock=lambda: NOW, fingerprint="own page").ask(expected=True)
    assert (result.verdict, own.verdict) == (Verdict.FOREIGN, Verdict.CLOSED)


async def test_proxies_and_passwords_of_this_machine_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login anna password hunter22\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    monkeypatch.setenv("NO_PROXY", "")
    async with loopback_shop() as shop:
        result = await probe(shop.url).ask(expected=False)
    assert result.verdict is Verdict.OPEN
    assert "authorization" not in shop.requests[0].lower()


async def test_a_redirect_is_not_followed() -> None:
    async with loopback_shop() as shop:
        shop.answer = "HTTP/1.1 302 Found\r\nLocation: /nl/\r\n\r\n"
        await probe(shop.url).ask(expected=False)
    assert len(shop.requests) == 1


async def test_a_shop_that_hangs_is_unreachable_after_the_timeout() -> None:
    async with loopback_shop() as shop:
        shop.answer = None
        result = await probe(shop.url, timeout=0.5).ask(expected=True)
    assert result.verdict is Verdict.UNREACHABLE
    assert result.status is None


async def test_an_endless_answer_is_read_only_so_far() -> None:
    async with loopback_shop() as shop:
        shop.endless = True
        result = await probe(shop.url, timeout=20).ask(expected=False)
    assert result.verdict is Verdict.OPEN


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://name.invalid/", "nonsense://x", f"http://{'a' * 70}.x/", "x"],
)
async def test_nothing_that_goes_wrong_is_raised(url: str) -> None:
    result = await probe(url, timeout=5).ask(expected=False)
    assert result.verdict is Verdict.UNREACHABLE


@pytest.fixture
def own_certificate(tmp_path: Path) -> ssl.SSLContext:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed; it makes the certificate that nobody trusts")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    subject = ["-subj", "/CN=shop", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *subject, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def test_a_certificate_that_nobody_trusts_is_said(own_certificate: ssl.SSLContext) -> None:
    async with loopback_shop(own_certificate) as shop:
        shop.answer = CLOSED
        result = await probe(shop.url).ask(expected=True)
    assert result.verdict is Verdict.CERTIFICATE
    assert shop.requests == []


async def test_an_own_authority_can_be_trusted(
    own_certificate: ssl.SSLContext, tmp_path: Path
) -> None:
    async with loopback_shop(own_certificate) as shop:
        shop.answer = CLOSED
        result = await probe(shop.url, ca_file=str(tmp_path / "cert.pem")).ask(expected=True)
    assert result.verdict is Verdict.CLOSED


async def test_a_plain_server_on_the_secure_port_is_no_proof_of_the_shop() -> None:
    async with loopback_shop() as shop:
        result = await probe(shop.url.replace("http", "https")).ask(expected=True)
    assert result.verdict is Verdict.CERTIFICATE


async def test_cancelling_a_question_ends_it() -> None:
    async with loopback_shop() as shop:
        shop.answer = None
        question = asyncio.create_task(probe(shop.url).ask(expected=True))
        await shop.asked.wait()
        question.cancel()
        with pytest.raises(asyncio.CancelledError):
            await question


async def test_without_an_address_nothing_is_known() -> None:
    assert await NoProbe().ask(expected=True) is None
    assert NoProbe().last is None


@pytest.mark.parametrize(
    ("expected", "verdict", "agrees"),
    [
        (True, Verdict.CLOSED, True),
        (True, Verdict.OPEN, False),
        (True, Verdict.PAGE_WITH_200, False),
        (False, Verdict.OPEN, True),
        (False, Verdict.CLOSED, False),
        (False, Verdict.UNREACHABLE, False),
        (None, Verdict.FOREIGN, True),
    ],
)
def test_a_result_agrees_only_with_what_was_expected(
    expected: bool | None,  # noqa: FBT001 - the state, on or off
    verdict: Verdict,
    agrees: bool,  # noqa: FBT001 - the outcome
) -> None:
    assert ProbeResult(NOW, "shop", None, verdict, expected).agrees is agrees


def test_the_same_host_is_known_by_an_absolute_address_as_well() -> None:
    headers = httpx.Headers({"Location": "https://Tickets.example/en/"})
    assert judge("https://tickets.example/", 301, headers, "") is Verdict.OPEN


def test_a_handshake_that_hangs_is_no_certificate_trouble() -> None:
    error = TimeoutError()
    error.__context__ = ssl.SSLWantReadError()
    assert verdict_of(error) is Verdict.UNREACHABLE
