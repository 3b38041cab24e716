"""The page under a site's own Content-Security-Policy, and what may be written into it."""

from pathlib import Path

import pytest

from tests.web.chromium import Chromium, Visitor
from tests.web.rendering import inline_hashes, page
from tests.web.site import ALLOWING, STRICT, Site

TEXT = "document.body.innerText"
GUIDE = Path(__file__).parents[2] / "docs/nginx.md"


async def test_a_site_that_allows_the_hashes_has_the_whole_page(
    web: Site, browser: Chromium
) -> None:
    web.close()
    async with browser.tab(Visitor(languages="en")) as tab:
        await tab.go(f"http://{ALLOWING}:{web.port}/")

        assert "reloads by itself" in await tab.evaluate(TEXT)
        assert await tab.evaluate("getComputedStyle(document.querySelector('main')).borderRadius")
        assert "dicht" not in await tab.evaluate(TEXT)


async def test_a_site_that_allows_nothing_still_tells_the_truth_in_both_languages(
    web: Site, browser: Chromium
) -> None:
    web.close()
    async with browser.tab(Visitor()) as tab:
        await tab.go(f"http://{STRICT}:{web.port}/")
        told = await tab.evaluate(TEXT)

    assert "De kaartverkoop is even dicht" in told
    assert "Ticket sales are closed" in told
    assert "vanzelf" not in told


def test_the_hashes_are_the_same_for_every_association_and_stand_in_the_guide() -> None:
    hashes = inline_hashes(page())

    assert inline_hashes(page("Another one", "/media/logo.png")) == hashes
    assert all(source in GUIDE.read_text() for source in hashes.values())


@pytest.mark.parametrize("name", ['<b>"O&O"</b>', "{{ 7 * 7 }}", "</title><script>x</script>"])
def test_a_name_is_only_ever_a_name(name: str) -> None:
    html = page(name, 'x" onerror="y')

    assert html.count("<script>") == 1
    assert "<b>" not in html
    assert 'onerror="' not in html
    assert "49" not in html.split("<header>")[1].split("</header>")[0]
