"""The bot's own question to the shop, answered by the real snippet and page."""

from datetime import UTC, datetime

import pytest

from bot.probe import Probe, Verdict
from tests.web.site import Site

NOW = datetime(2026, 11, 29, 22, tzinfo=UTC)


def probe(web: Site, path: str = "/") -> Probe:
    return Probe(f"http://127.0.0.1:{web.port}{path}", clock=lambda: NOW, timeout=30)


@pytest.mark.parametrize("path", ["/", "/demo/party/"])
async def test_the_probe_tells_our_503_from_an_open_shop(web: Site, path: str) -> None:
    opened = await probe(web, path).ask(expected=False)
    web.close()
    closed = await probe(web, path).ask(expected=True)

    assert (opened.verdict, opened.agrees) == (Verdict.OPEN, True)
    assert (closed.verdict, closed.status, closed.agrees) == (Verdict.CLOSED, 503, True)


async def test_the_probe_does_not_take_the_sites_own_503_for_ours(web: Site) -> None:
    web.close()
    web.page.unlink()

    answer = await probe(web).ask(expected=True)

    assert answer.status == 503
    assert answer.verdict is not Verdict.CLOSED
