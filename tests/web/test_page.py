"""What visitors of a closed shop see and hear, in a real Chromium before a real nginx."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.web.chromium import Chromium, Visitor
from tests.web.rendering import page
from tests.web.site import MAIN, Site

SHOTS = Path(__file__).parents[2] / "build/screenshots"
SHOWN = "[...document.querySelectorAll('section')].filter(s => !s.hidden).map(s => s.lang)"
WHEN = "document.querySelector('section:not([hidden]) .when').textContent"
TEXT = "document.body.innerText"
# Not `innerWidth`, which grows on a phone with what does not fit.
WIDTH = "document.documentElement.scrollWidth"
MONDAY = "2199-01-07T05:00:00Z"

DESKTOP = Visitor()
PHONE = Visitor(width=360, height=640)
LOGO = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 60 40'%3E"
    "%3Crect width='60' height='40' rx='8' fill='%23c2410c'/%3E%3C/svg%3E"
)
LONG = (
    "Studievereniging der Wiskunde, Informatica, Natuurkunde, Sterrenkunde en "
    "Wetenschapsgeschiedenis „Hottentottententententoonstellingsvereniging”"
)


# Waits are written down and made a thousand times shorter; chance is fixed.
HURRY = """
(() => {
  const real = window.setTimeout;
  window.setTimeout = (act, ms) => {
    const waits = JSON.parse(sessionStorage.waits || "[]");
    sessionStorage.waits = JSON.stringify([...waits, ms]);
    return real(act, ms / 1000);
  };
  Math.random = () => CHANCE;
})();
""".replace("CHANCE", "0.5")


def reopening(web: Site, at: str | None) -> None:
    web.facts.write_text(json.dumps({"detail": "x", "code": "maintenance", "reopens_at": at}))


@pytest.fixture
def closed(web: Site) -> Site:
    reopening(web, MONDAY)
    web.close()
    return web


def visits(web: Site) -> list[tuple[str, str]]:
    """Say what got through, without the icon that browsers ask for on their own."""
    return [(a.method, a.target) for a in web.reached if a.target != "/favicon.ico"]


def address(web: Site, path: str = "/demo/party/", host: str = MAIN) -> str:
    return f"http://{host}:{web.port}{path}"


@pytest.mark.parametrize(
    ("languages", "shown", "heading"),
    [
        ("nl-NL,nl,en", "nl", "De kaartverkoop is even dicht"),
        ("nl", "nl", "De kaartverkoop is even dicht"),
        ("fr-FR,fr,nl,en", "nl", "De kaartverkoop is even dicht"),
        ("en-US,en", "en", "Ticket sales are closed for a little while"),
        ("en-GB,nl", "en", "Ticket sales are closed for a little while"),
        ("ja-JP,ja", "en", "Ticket sales are closed for a little while"),
    ],
)
async def test_a_visitor_reads_the_own_language_and_english_where_there_is_none(
    closed: Site, browser: Chromium, languages: str, shown: str, heading: str
) -> None:
    async with browser.tab(replace(DESKTOP, languages=languages)) as tab:
        await tab.go(address(closed))

        assert await tab.evaluate(SHOWN) == [shown]
        assert await tab.evaluate("document.documentElement.lang") == shown
        assert heading in await tab.evaluate(TEXT)


async def test_a_button_changes_the_language_and_keeps_the_focus(
    closed: Site, browser: Chromium
) -> None:
    async with browser.tab(DESKTOP) as tab:
        await tab.go(address(closed))
        await tab.press("Tab", 9)
        assert await tab.evaluate("document.activeElement.textContent") == "English"
        assert await tab.evaluate("document.activeElement.matches(':focus-visible')")
        outline = "getComputedStyle(document.activeElement).outline"
        assert "solid 3" in await tab.evaluate(outline)

        await tab.evaluate("document.activeElement.click()")

        assert await tab.evaluate(SHOWN) == ["en"]
        assert await tab.evaluate("document.documentElement.lang") == "en"
        assert "Ticket sales closed" in await tab.evaluate("document.title")
        assert await tab.evaluate("document.activeElement.textContent") == "Nederlands"


@pytest.mark.parametrize(
    ("languages", "zone", "told"),
    [
        ("nl-NL", "Europe/Amsterdam", "maandag 7 januari om 06:00 CET"),
        ("nl-NL", "Asia/Tokyo", "maandag 7 januari om 14:00 GMT+9"),
        ("en-GB", "Europe/Amsterdam", "Monday 7 January at 06:00 CET"),
        ("en-US", "America/New_York", "Monday, January 7 at 12:00 AM EST"),
        ("de-DE", "Europe/Berlin", "Monday 7 January at 06:00 CET"),
    ],
)
async def test_the_reopening_is_told_in_the_visitors_own_time(
    closed: Site, browser: Chromium, languages: str, zone: str, told: str
) -> None:
    async with browser.tab(Visitor(languages=languages, zone=zone)) as tab:
        await tab.go(address(closed))
        await tab.until(f"/7 (januari|January)|January 7/.test({WHEN})")

        said = (await tab.evaluate(WHEN)).replace("\u202f", " ")
        assert said.endswith(f"{told}.")


@pytest.mark.parametrize("at", [None, "2001-01-01T00:00:00Z"], ids=["no end", "end has passed"])
async def test_an_end_that_nobody_knows_is_not_invented(
    web: Site, browser: Chromium, at: str | None
) -> None:
    reopening(web, at)
    web.close()
    async with browser.tab(replace(DESKTOP, prelude=HURRY)) as tab:
        await tab.go(address(web))
        await tab.until("JSON.parse(sessionStorage.waits || '[]').length > 0")

        assert await tab.evaluate(WHEN) == "We gaan later weer open."


@pytest.mark.parametrize(("chance", "wait"), [("0", 0), ("0.5", 30000), ("0.999", 59940)])
async def test_the_page_reloads_once_the_shop_is_back_at_a_moment_of_its_own(
    closed: Site, browser: Chromium, chance: str, wait: int
) -> None:
    hurry = HURRY.replace("0.5", chance)
    async with browser.tab(replace(DESKTOP, prelude=hurry)) as tab:
        await tab.go(address(closed, "/demo/party/?voucher=x#top"))
        await tab.until("JSON.parse(sessionStorage.waits || '[]').length > 1")
        assert visits(closed) == []

        closed.open()
        await tab.until(f"{TEXT} === 'the shop itself'")

        waits = await tab.evaluate("JSON.parse(sessionStorage.waits)")
        assert round(waits[-1]) == wait
        assert all(20000 <= asked < 40000 for asked in waits[:-1])
        assert visits(closed) == [("GET", "/demo/party/?voucher=x")]


@pytest.mark.parametrize(
    ("path", "then"),
    [
        ("/demo/party/checkout/confirm/", "/demo/party/checkout/confirm/"),
        ("/demo/party/cart/add", "/demo/party/"),
    ],
)
async def test_reloading_never_sends_a_form_again(
    closed: Site, browser: Chromium, path: str, then: str
) -> None:
    async with browser.tab(replace(DESKTOP, prelude=HURRY)) as tab:
        await tab.go(address(closed))
        await tab.evaluate(
            "{const f = document.createElement('form'); f.method = 'post';"
            f"f.action = '{path}'; document.body.append(f); f.submit()}}"
        )
        await tab.until(f"location.pathname === '{path}' && {TEXT}.includes('even dicht')")

        closed.open()
        await tab.until(f"{TEXT} === 'the shop itself'")

        assert visits(closed) == [("GET", then)]


async def test_facts_that_are_missing_for_a_while_do_not_hasten_the_questions(
    closed: Site, browser: Chromium
) -> None:
    closed.facts.write_text("not JSON")
    async with browser.tab(replace(DESKTOP, prelude=HURRY)) as tab:
        await tab.go(address(closed))
        await tab.until("JSON.parse(sessionStorage.waits || '[]').length > 5")

        waits = len(await tab.evaluate("JSON.parse(sessionStorage.waits)"))
        asked = [url for url in tab.requests if url.endswith(".json")]
        assert waits <= len(asked)  # one wait for each question, whatever came of it


async def test_without_scripts_both_languages_stand_there_and_promise_no_reload(
    closed: Site, browser: Chromium
) -> None:
    async with browser.tab(replace(PHONE, scripts=False)) as tab:
        await tab.go(address(closed))
        told = await tab.evaluate(TEXT)
        await tab.screenshot(SHOTS / "phone-no-script.png")

    assert "De kaartverkoop is even dicht" in told
    assert "Ticket sales are closed for a little while" in told
    assert "Laad deze pagina later opnieuw" in told
    assert "Reload this page later" in told
    assert "vanzelf" not in told
    assert "by itself" not in told
    assert "English" not in told.split("\n")


async def test_the_page_asks_nobody_but_the_shop(closed: Site, browser: Chromium) -> None:
    closed.page.write_text(page(logo=LOGO))
    async with browser.tab(DESKTOP) as tab:
        await tab.go(address(closed))
        await tab.until(f"{WHEN}.includes('7 januari')")
        asked = {url for url in tab.requests if not url.startswith("data:")}

    assert all(url.startswith(f"http://{MAIN}:{closed.port}/") for url in asked)
    assert visits(closed) == []


@pytest.mark.parametrize("size", [(320, 480), (360, 640), (768, 1024), (1280, 800)], ids=str)
@pytest.mark.parametrize("languages", ["nl", "en"])
@pytest.mark.parametrize("head", [("Sticky", ""), ("Sticky", LOGO), (LONG, ""), (LONG, LOGO)])
async def test_nothing_is_wider_than_the_screen(
    closed: Site,
    browser: Chromium,
    size: tuple[int, int],
    languages: str,
    head: tuple[str, str],
) -> None:
    closed.page.write_text(page(*head))
    async with browser.tab(Visitor(languages, width=size[0], height=size[1])) as tab:
        await tab.go(address(closed))
        await tab.until(f"/7 (januari|January)/.test({WHEN})")

        assert await tab.evaluate(WIDTH) <= size[0]
        assert head[0] in await tab.evaluate(TEXT)


LOOKS = {
    "desktop-nl": Visitor("nl"),
    "desktop-en-dark": Visitor("en-GB", dark=True),
    "phone-nl": replace(PHONE, languages="nl"),
    "phone-nl-dark": replace(PHONE, languages="nl", dark=True),
    "phone-en": replace(PHONE, languages="en-GB"),
}


@pytest.mark.parametrize("name", LOOKS)
async def test_screenshots_are_kept_for_whoever_changes_the_page(
    closed: Site, browser: Chromium, name: str
) -> None:
    closed.page.write_text(page(logo=LOGO if "phone" in name else ""))
    async with browser.tab(LOOKS[name]) as tab:
        await tab.go(address(closed))
        await tab.until(f"/7 (januari|January)/.test({WHEN})")
        await tab.screenshot(SHOTS / f"{name}.png")

    assert (SHOTS / f"{name}.png").stat().st_size > 5000
