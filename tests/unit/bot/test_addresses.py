"""Several addresses of one shop: the worst answer is the answer."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot import addresses
from bot.config import ProbeSettings
from bot.config.shape import Seconds, Url
from bot.probe import Family, NoProbe, Verdict
from tests.servers.loopback_shop import CLOSED, OPEN, loopback_shop

NOW = datetime(2026, 11, 29, 22, tzinfo=UTC)


async def test_all_addresses_are_asked_and_the_worst_answers() -> None:
    async with loopback_shop() as right, loopback_shop() as wrong:
        right.answer, wrong.answer = CLOSED, OPEN
        settings = ProbeSettings(Url(right.url), more_urls=(Url(wrong.url),))
        asked = addresses.shop(settings, lambda: NOW)
        result = await asked.ask(expected=True)
    assert result is not None
    assert (result.verdict, result.url) == (Verdict.OPEN, wrong.url)
    assert [one.url for one in result.others] == [right.url]
    assert asked.last == result


async def test_a_shop_that_is_surely_wrong_is_worse_than_one_that_nobody_sees() -> None:
    async with loopback_shop() as wrong:
        settings = ProbeSettings(Url("http://127.0.0.1:1/"), more_urls=(Url(wrong.url),))
        result = await addresses.shop(settings, lambda: NOW).ask(expected=True)
    assert result is not None
    assert (result.verdict, result.others[0].verdict) == (Verdict.OPEN, Verdict.UNREACHABLE)


async def test_while_all_are_right_the_first_one_speaks() -> None:
    async with loopback_shop() as first, loopback_shop() as second:
        settings = ProbeSettings(Url(first.url), more_urls=(Url(second.url),))
        result = await addresses.shop(settings, lambda: NOW).ask(expected=False)
    assert result is not None
    assert (result.url, result.agrees) == (first.url, True)


async def test_nginx_on_this_machine_is_asked_for_the_shop_by_its_name() -> None:
    async with loopback_shop() as public, loopback_shop() as nginx:
        settings = ProbeSettings(Url(public.url), nginx_url=Url(nginx.url))
        await addresses.shop(settings, lambda: NOW).ask(expected=False)
    assert f"host: 127.0.0.1:{public.port}\r\n" in nginx.requests[0].lower()
    assert len(public.requests) == 1


async def test_both_protocols_are_asked_each_for_itself() -> None:
    async with loopback_shop() as shop:
        settings = ProbeSettings(Url(shop.url), ip=Family.BOTH)
        result = await addresses.shop(settings, lambda: NOW).ask(expected=False)
    assert result is not None
    # The shop of this test has no IPv6, which some buyers would notice.
    assert (result.verdict, result.host) == (Verdict.UNREACHABLE, "127.0.0.1 (IPv6)")
    assert result.others[0].agrees


async def test_one_that_hangs_takes_no_more_than_its_time() -> None:
    async with loopback_shop() as well, loopback_shop() as hanging:
        hanging.answer = None
        settings = ProbeSettings(
            Url(well.url), more_urls=(Url(hanging.url),), timeout=Seconds(timedelta(seconds=1))
        )
        async with asyncio.timeout(30):
            result = await addresses.shop(settings, lambda: NOW).ask(expected=False)
    assert result is not None
    assert result.verdict is Verdict.UNREACHABLE


@pytest.mark.parametrize("settings", [None])
async def test_without_settings_nobody_is_asked(settings: None) -> None:
    assert isinstance(addresses.shop(settings, lambda: NOW), NoProbe)
