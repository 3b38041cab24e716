"""From a command to the first 503, and to the reply: `python -m tests.bench.latency`.

The same shop, core and state directory are closed in three ways, in another order each round: by
the helper alone as the bot calls it (through `sudo` with the shipped rule where root runs this);
by a person who types `/maintenance lock` in Telegram, with the real bot in a process of its own and
the fake Telegram on loopback; and by `ansible-playbook` with the playbook that is shipped, over a
local connection, without ssh, facts and `deploy.py`: the most favourable way for Ansible. A real
nginx with the shipped snippet serves the shop, and a process of its own asks it every millisecond.
Ends with 1 if a limit is exceeded. `--open-file-cache` is the negative control: nginx remembers for
eight seconds that there was no marker.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bot.helper import run_process
from bot.limits import OF_A_PERSON
from tests.bench.part import Bars, Limit, Part, quantile, turns
from tests.bench.premises import CLOSED, SHOP, Core, Shop, core, now, order, shop
from tests.bench.telling import as_text
from tests.installed import SOURCE
from tests.servers.two_platforms import TELEGRAM, TwoPlatforms, two_platforms, until
from tests.web import nginx_process

ANSIBLE = SOURCE / ".venv-deploy/bin/ansible-playbook"
PLAYBOOKS = SOURCE / "deploy/playbooks/pretix"
CORE_IN_PLAYBOOK = "/usr/sbin/pretix-maintenance"

HELPER, CHAT, PLAYBOOK, EXCHANGE = "helper", "chat", "ansible-playbook", "bare exchange"

PATIENCE = 30
"""Seconds after which no answer will come."""

LIMIT_REPLY = 1.5
"""Times a bare exchange and the helper together."""

LIMIT_ANSIBLE, AIM_ANSIBLE = 10.0, 100.0
"""So many times longer the playbook takes than an order, at least."""

LIMIT_SHUT = 1.1
"""The first 503 is there when the helper has answered: its time over the helper's."""


@dataclass
class Times:
    """Seconds from the command to the first 503 and to the answer, order by order."""

    shut: list[float] = field(default_factory=list)
    told: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Scene:
    """All that takes part."""

    core: Core
    shop: Shop
    stage: TwoPlatforms
    client: httpx.AsyncClient
    play: Path | None


# The ways to close the shop; each returns when the answer was there


async def _by_helper(scene: Scene) -> float:
    request = json.dumps({"version": 1, "actor": "telegram:1"}).encode()
    command = [*scene.core.helper, "lock", "--json", "--stdin"]
    finished = await asyncio.to_thread(run_process, command, request)
    if finished.code:
        raise SystemExit(f"{command} ended with {finished.code}: {finished.complaints!r}")
    return now()


async def _by_playbook(scene: Scene) -> float:
    assert scene.play is not None
    command = [str(ANSIBLE), "--inventory=localhost,", "--connection=local"]
    if not scene.core.before:
        command.append("--extra-vars=ansible_become=false")
    environ = {
        "ANSIBLE_CONFIG": str(SOURCE / "deploy/ansible.cfg"),
        "ANSIBLE_HOME": str(scene.play / "home"),
    }
    await _run([*command, str(scene.play / "lock-maintenance.yml")], environ)
    return now()


async def _by_chat(scene: Scene) -> float:
    stage = scene.stage
    sent, edited = (stage.telegram.count(name) for name in ("sendMessage", "editMessageText"))
    stage.anna.says(stage.board, "/maintenance lock")
    async with asyncio.timeout(PATIENCE):
        await stage.telegram.asked("sendMessage", sent + 1)
        if "⏳" in stage.in_telegram()[-1]:
            await stage.telegram.asked("editMessageText", edited + 1)
    return now()


async def _run(command: Sequence[str], environ: Mapping[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | environ,
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}: {out.decode()[-2000:]}")


WAYS: Mapping[str, Callable[[Scene], Awaitable[float]]] = {
    HELPER: _by_helper,
    CHAT: _by_chat,
    PLAYBOOK: _by_playbook,
}


# Measuring


async def _close(scene: Scene, way: str, times: Times) -> None:
    """Close the open shop, note both times, and open it again."""
    await scene.shop.shows(SHOP)
    await until(scene.stage.account.updates.polling.is_set, "no poll")
    begun = now()
    told = await WAYS[way](scene)
    times.shut.append(await scene.shop.shows(CLOSED) - begun)
    times.told.append(told - begun)
    order(scene.core, "unlock")
    if way == CHAT:
        # No faster than one person may speak for long: what comes faster is dropped.
        await asyncio.sleep(OF_A_PERSON.every)


async def _exchange(scene: Scene, times: Times) -> None:
    address = f"{scene.stage.telegram.url}/bot{scene.stage.account.token}/getMe"
    begun = now()
    (await scene.client.post(address)).raise_for_status()
    times.told.append(now() - begun)


async def measure(rounds: int, plays: int, *, cached: bool) -> Mapping[str, Times]:
    """Close the shop in each way in turn, the playbook in a few of the rounds only."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        place = stack.enter_context(core())
        watched = await stack.enter_async_context(shop(place.state, cached=cached))
        (folder / "bot").mkdir()
        stage = await stack.enter_async_context(two_platforms(folder / "bot"))
        client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        await _begin(stage, place)
        play = _playbook(folder, place) if ANSIBLE.exists() else None
        scene = Scene(place, watched, stage, client, play)
        found = {name: Times() for name in (HELPER, CHAT, PLAYBOOK, EXCHANGE)}
        every = max(1, rounds // plays)
        for way, turn in turns(list(found), rounds):
            if way == EXCHANGE:
                await _exchange(scene, found[way])
            elif way != PLAYBOOK or (play and turn % every == 0):
                await _close(scene, way, found[way])
    return {name: times for name, times in found.items() if times.told}


async def _begin(stage: TwoPlatforms, place: Core) -> None:
    """Start the bot on this core."""
    stage.core.config, stage.core.state, stage.core.command = (
        place.config,
        place.state,
        place.helper,
    )
    # What is announced meanwhile would wait in the same queue of requests.
    stage.configure(TELEGRAM.replace("label =", "announcements = false\nlabel ="))
    await stage.begin()
    await until(stage.account.updates.polling.is_set, "no poll")


def _playbook(folder: Path, place: Core) -> Path:
    """Copy the shipped playbook, for a core that lies elsewhere."""
    made = folder / "playbooks"
    shutil.copytree(PLAYBOOKS, made)
    tasks = made / "tasks/order.yml"
    text = tasks.read_text()
    assert text.count(CORE_IN_PLAYBOOK) == 2, text
    tasks.write_text(text.replace(CORE_IN_PLAYBOOK, str(place.launcher)))
    return made


# What came out


def bench(*, quick: bool, cached: bool = False, rounds: int = 0, plays: int = 0) -> Part:
    """Measure, and judge."""
    rounds, plays = rounds or (10 if quick else 60), plays or (2 if quick else 10)
    found = asyncio.run(measure(rounds, plays, cached=cached))
    rows = [(name, *_row(times)) for name, times in found.items()]
    notes, missing = [], []
    if PLAYBOOK in found:
        notes.append(
            "The playbook has a local connection: no ssh, no facts, no `deploy.py`. Its p95 of"
            f" {len(found[PLAYBOOK].told)} runs is nearly their slowest."
        )
    else:
        missing.append("`ansible-playbook`: `make setup-deploy` installs it")
    header = ("closing the shop by", "orders", "503 p50 ms", "p95", "answer p50 ms", "p95")
    title = "From a command to the first 503, and to the reply"
    shut = {name: quantile(one.shut, 0.5) * 1000 for name, one in found.items() if one.shut}
    plot = Bars("From the command to the first 503, median", "ms", shut, frozenset({HELPER, CHAT}))
    return Part("latency", title, header, rows, _judged(found), notes, [plot], missing)


def _row(times: Times) -> Sequence[str]:
    def cells(values: list[float]) -> list[str]:
        if not values:
            return ["", ""]
        return [f"{quantile(values, share) * 1000:.1f}" for share in (0.5, 0.95)]

    return [str(len(times.told)), *cells(times.shut), *cells(times.told)]


def _judged(found: Mapping[str, Times]) -> Sequence[Limit]:
    told = {name: quantile(times.told, 0.5) for name, times in found.items()}
    shut = {name: quantile(times.shut, 0.5) for name, times in found.items() if times.shut}
    limits = [
        Limit(
            "command → reply / (exchange + helper)",
            told[CHAT] / (told[EXCHANGE] + told[HELPER]),
            LIMIT_REPLY,
        ),
        Limit("helper: first 503 / its answer", shut[HELPER] / told[HELPER], LIMIT_SHUT, 1.0),
    ]
    if PLAYBOOK in found:
        limits += [
            _against(f"playbook / {way}, {what}", times[PLAYBOOK] / times[way])
            for what, times in (("to the first 503", shut), ("to the answer", told))
            for way in (HELPER, CHAT)
        ]
    return limits


def _against(name: str, ratio: float) -> Limit:
    return Limit(name, ratio, LIMIT_ANSIBLE, AIM_ANSIBLE, least=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.latency", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--plays", type=int, default=0, help="rounds with a playbook in them")
    parser.add_argument("--open-file-cache", action="store_true")
    options = parser.parse_args(argv)
    reason = nginx_process.why_not()
    if reason:
        print(reason, file=sys.stderr)
        return 1
    part = bench(
        quick=options.quick,
        cached=options.open_file_cache,
        rounds=options.rounds,
        plays=options.plays,
    )
    print(as_text(part))
    return 0 if part.kept else 1


if __name__ == "__main__":
    sys.exit(main())
