"""A shop that answers wrongly is told when it did so twice, and when it is over."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.notices import Kind
from bot.probe import Probe
from bot.shopwatch import ShopWatch
from tests.servers.loopback_shop import CLOSED, OPEN, LoopbackShop, loopback_shop
from tests.servers.small_bot import CoreFolder

Told = list[tuple[Kind, Mapping[str, str]]]


@pytest.fixture
def core(tmp_path: Path) -> CoreFolder:
    return CoreFolder(tmp_path)


def watch(
    core: CoreFolder,
    shop: LoopbackShop,
    told: Told,
    *,
    heard: asyncio.Event | None = None,
    **spans: timedelta,
) -> ShopWatch:
    def now() -> datetime:
        return datetime.now(UTC)

    def announce(kind: Kind, facts: Mapping[str, str]) -> None:
        told.append((kind, facts))
        if heard:
            heard.set()

    probe = Probe(shop.url, clock=now, timeout=60)
    return ShopWatch(core.seen(), probe, announce, now=now, **spans)


async def test_a_right_answer_is_not_worth_a_word(core: CoreFolder) -> None:
    told: Told = []
    async with loopback_shop() as shop:
        watching = watch(core, shop, told)
        for _ in range(3):
            await watching.ask()
    assert told == []


async def test_a_wrong_answer_is_believed_the_second_time_and_told_once(core: CoreFolder) -> None:
    told: Told = []
    async with loopback_shop() as shop:
        shop.answer = CLOSED
        watching = watch(core, shop, told)
        await watching.ask()
        assert told == []
        for _ in range(3):
            await watching.ask()
    assert [kind for kind, _ in told] == [Kind.SHOP_WRONG]
    assert (told[0][1]["status"], told[0][1]["expected"]) == ("503", "off")


async def test_its_end_is_told_once(core: CoreFolder) -> None:
    told: Told = []
    async with loopback_shop() as shop:
        watching = watch(core, shop, told)
        for shop.answer in (CLOSED, CLOSED, OPEN, OPEN):
            await watching.ask()
    assert [kind for kind, _ in told] == [Kind.SHOP_WRONG, Kind.SHOP_RIGHT]
    assert told[1][1]["since"] == told[0][1]["since"]


async def test_a_single_wrong_answer_is_forgotten(core: CoreFolder) -> None:
    told: Told = []
    async with loopback_shop() as shop:
        watching = watch(core, shop, told)
        for shop.answer in (CLOSED, OPEN, CLOSED, OPEN):
            await watching.ask()
    assert told == []


async def test_a_fault_that_becomes_another_one_is_told_again_and_each_only_once(
    core: CoreFolder,
) -> None:
    told: Told = []
    gone = "HTTP/1.1 502 Bad Gateway\r\n\r\n"
    async with loopback_shop() as shop:
        watching = watch(core, shop, told)
        for shop.answer in (CLOSED, CLOSED, gone, gone, gone, CLOSED, CLOSED, OPEN):
            await watching.ask()
    assert [kind for kind, _ in told] == [Kind.SHOP_WRONG, Kind.SHOP_WRONG, Kind.SHOP_RIGHT]
    assert [facts["status"] for _, facts in told] == ["503", "502", "200"]


async def test_faults_that_take_turns_are_told(core: CoreFolder) -> None:
    told: Told = []
    gone = "HTTP/1.1 502 Bad Gateway\r\n\r\n"
    async with loopback_shop() as shop:
        watching = watch(core, shop, told)
        for shop.answer in (CLOSED, gone, CLOSED, gone):
            await watching.ask()
    assert [kind for kind, _ in told] == [Kind.SHOP_WRONG]


async def test_what_nobody_can_judge_is_no_end_of_a_fault(core: CoreFolder) -> None:
    told: Told = []
    async with loopback_shop() as shop:
        shop.answer = CLOSED
        watching = watch(core, shop, told)
        for _ in range(2):
            await watching.ask()
        core.configure("nonsense")
        await watching.ask()
    assert [kind for kind, _ in told] == [Kind.SHOP_WRONG]


async def test_nothing_is_told_while_nobody_knows_what_the_shop_must_answer(
    core: CoreFolder,
) -> None:
    told: Told = []
    core.configure("nonsense")
    async with loopback_shop() as shop:
        watching = watch(core, shop, told)
        for _ in range(3):
            await watching.ask()
    assert told == []


async def test_a_change_has_the_shop_asked_at_once(core: CoreFolder) -> None:
    told: Told = []
    async with loopback_shop() as shop:
        watching = watch(core, shop, told, beat=timedelta(hours=1))
        running = asyncio.create_task(watching.run())
        await shop.asked.wait()
        shop.asked.clear()
        watching.changed()
        await shop.asked.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert len(shop.requests) >= 2


async def test_a_wrong_answer_is_asked_about_again_soon(core: CoreFolder) -> None:
    told: Told = []
    heard = asyncio.Event()
    spans = {"beat": timedelta(hours=1), "soon": timedelta()}
    async with loopback_shop() as shop:
        shop.answer = CLOSED
        running = asyncio.create_task(watch(core, shop, told, heard=heard, **spans).run())
        await heard.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert len(shop.requests) == 2
