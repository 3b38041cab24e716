"""Whoever reaches the bot's address without Mattermost's token changes nothing, at little cost."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.attacks import forgeries
from tests.attacks.costs import effects, log_of, of_bot
from tests.attacks.forgeries import Forgery, form_of, late_trigger, request, slash
from tests.figures import Figures
from tests.servers.two_platforms import MATTERMOST, SLASH, TwoPlatforms, two_platforms, until

pytestmark = pytest.mark.slow

MOST_MEMORY = 32.0
"""MiB by which the bot may have grown, after everything; its unit allows it 256 in all."""

MOST_TIME = 5.0
"""Seconds to the end of one connection, on a machine that has other work."""

SLOW = 400
"""Connections that say next to nothing."""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[TwoPlatforms]:
    async with two_platforms(tmp_path) as made:
        yield made


async def listening(stage: TwoPlatforms, more: str = "") -> None:
    """Start the bot with Mattermost alone, and wait until its address answers."""
    stage.configure(MATTERMOST, SLASH + more)
    await stage.begin()
    await until(lambda: stage.hears_mattermost)


@dataclass(frozen=True)
class Sent:
    """What came of a request."""

    status: int
    body: str
    seconds: float


async def send(stage: TwoPlatforms, raw: bytes) -> Sent:
    """Write it all, if it is taken, and read to the end."""
    began = time.monotonic()
    host, port = stage.slash.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    answer = b""
    with contextlib.suppress(ConnectionError):
        writer.write(raw)
        answer = await reader.read()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split()
    status = int(words[1]) if len(words) > 1 else 0
    return Sent(status, body.decode(), time.monotonic() - began)


def faults_of(forgery: Forgery, sent: Sent, logged: str, log: str) -> list[str]:
    """What is not as it must be, in words."""
    found = []
    if forgery.said is None and sent.status == 200:
        found.append("accepted")
    if forgery.said is not None and forgery.said not in logged:
        found.append(f"not logged: {logged[-200:]}")
    if "Traceback" in log:
        found.append("a traceback")
    if sent.seconds > MOST_TIME:
        found.append(f"{sent.seconds:.1f} s")
    return [f"{forgery.name}: {one}" for one in found]


async def test_every_forged_request_is_refused_logged_and_costs_little(
    stage: TwoPlatforms, figures: Figures
) -> None:
    former, foreign = stage.mattermost.register("http://x/", "old"), "f" * 26
    await listening(stage)
    forged = [
        *forgeries.with_other_tokens(stage, former, foreign),
        *forgeries.misshapen(stage),
        *forgeries.oversized(stage),
        *forgeries.broken_http(stage),
        *forgeries.presses(stage),
    ]
    await send(stage, forged[0].raw)
    before, found, slowest = of_bot(stage), [], 0.0
    for forgery in forged:
        start = len(log_of(stage))
        sent = await send(stage, forgery.raw)
        log = log_of(stage)[start:]
        found += faults_of(forgery, sent, log, log)
        slowest = max(slowest, sent.seconds)
        figures.count("forged requests", effects=effects(stage))
    grown = of_bot(stage).memory - before.memory
    figures.tell(
        "forged requests", f"slowest {slowest:.2f} s, bot grown by {grown:.1f} MiB after all"
    )
    assert found == []
    assert effects(stage) == 0
    assert grown < MOST_MEMORY
    assert stage.environ["SLASH_TOKEN"] not in log_of(stage)
    assert former not in log_of(stage)
    # The same request with nothing wrong in it does work.
    assert (await send(stage, slash(stage))).status == 200
    await until(lambda: effects(stage) == 1)


async def test_a_request_that_was_overheard_cannot_be_used_again(
    stage: TwoPlatforms, figures: Figures
) -> None:
    await listening(stage)
    overheard = form_of(stage)
    await send(stage, slash(stage, **overheard))
    await until(lambda: effects(stage) == 1)
    await stage.pretix("unlock")
    done = effects(stage)
    now = stage.mattermost.state.now()
    changed: list[dict[str, str | None]] = [
        {},
        {"text": "unlock"},
        {"text": "lock again"},
        {"channel_id": stage.mattermost.other_channel},
    ]
    for change in changed[:3]:
        await send(stage, slash(stage, **(overheard | change)))
        figures.count("replayed requests", effects=effects(stage) - done)
    # A day old, from before the bot knew it, and from the future.
    for away in (-86_400_000, -200_000, 200_000):
        await send(stage, slash(stage, trigger_id=late_trigger(stage, now + away)))
        figures.count("replayed requests", effects=effects(stage) - done)
    assert effects(stage) == done
    # Its memory is on disk.
    await stage.stop()
    await stage.begin()
    await until(lambda: stage.hears_mattermost)
    await send(stage, slash(stage, **overheard))
    figures.count("replayed requests", effects=effects(stage) - done)
    await send(stage, slash(stage))
    await until(lambda: effects(stage) == done + 1)


async def test_with_the_token_stolen_a_request_still_needs_the_servers_signature(
    stage: TwoPlatforms, figures: Figures
) -> None:
    await listening(stage, "verify_trigger = true\n")
    bram = stage.mattermost.integrations.trigger_id(stage.mattermost.bram)
    for trigger in (bram, late_trigger(stage, stage.mattermost.state.now()), "nonsense", "x" * 999):
        sent = await send(stage, slash(stage, trigger_id=trigger))
        assert "signature" in sent.body
        figures.count("stolen token, no signature", effects=effects(stage))
    assert effects(stage) == 0


async def hold(stage: TwoPlatforms, said: bytes) -> asyncio.StreamWriter:
    """Open a connection, say little, and wait."""
    host, port = stage.slash.split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(said)
    return writer


async def test_hundreds_of_slow_connections_keep_no_authorised_command_out(
    stage: TwoPlatforms, figures: Figures
) -> None:
    await listening(stage)
    began = time.monotonic()
    await send(stage, slash(stage, text="status"))
    usual = time.monotonic() - began
    before = of_bot(stage)
    openings = (b"", b"POST /command HTTP/1.1\r\nX: ", request(b"token=", length=1000))
    held = [await hold(stage, openings[number % 3]) for number in range(SLOW)]
    await until(lambda: of_bot(stage).descriptors - before.descriptors > SLOW / 4)
    among = of_bot(stage)
    began = time.monotonic()
    sent = await send(stage, slash(stage, text="lock in spite of them"))
    took = time.monotonic() - began
    await until(lambda: effects(stage) == 1)
    assert sent.status == 200
    assert took < MOST_TIME
    figures.tell(
        "slow connections",
        f"{SLOW} held: command answered in {took:.2f} s (alone {usual:.2f} s), "
        f"{among.descriptors - before.descriptors} descriptors more, "
        f"{among.memory - before.memory:.1f} MiB more",
    )
    assert among.descriptors - before.descriptors < 256
    assert among.memory - before.memory < MOST_MEMORY
    # And they do not stay: all are gone although nobody closes them.
    await until(lambda: of_bot(stage).descriptors <= before.descriptors + 4)
    for writer in held:
        writer.close()
