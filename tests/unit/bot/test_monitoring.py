"""What those who watch from outside are told, on loopback and by a ping."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.database import Database, open_database
from bot.deadman import DeadMan
from bot.health import Health
from bot.helper import run_process
from bot.http import Http
from bot.metrics import exposed
from bot.outbox import Outbox
from bot.parcel import Notice
from bot.probe import Asks, NoProbe, Probe
from bot.vitals import Vitals
from tests.servers.loopback_shop import CLOSED, loopback_shop
from tests.servers.small_bot import BOARD, CoreFolder, open_window
from tests.web.nginx_process import free_port

NOW = datetime.now(UTC).replace(microsecond=0)


class Scene:
    """A bot's figures over a real core and a real database."""

    def __init__(self, core: CoreFolder, database: Database, probe: Asks | None = None) -> None:
        self.core = core
        self.outbox = Outbox(database)
        self.health = Health(now=lambda: NOW)
        self.adapters = {"chat": True}
        self.stamp = core.folder / "stamp"
        self.vitals = Vitals(
            core.seen(),
            outbox=self.outbox,
            health=self.health,
            probe=probe or NoProbe(),
            audience=[BOARD],
            adapters=lambda: self.adapters,
            now=lambda: NOW,
            stamp=self.stamp,
        )

    def figures(self) -> dict[str, float]:
        """All figures as `name{labels}`."""
        families = text_string_to_metric_families(exposed(self.vitals).decode())
        return {
            _name(sample.name, sample.labels): sample.value
            for family in families
            for sample in family.samples
        }


def _name(name: str, labels: dict[str, str]) -> str:
    short = name.removeprefix("pretix_maintenance_")
    inside = ",".join(labels.values())
    return f"{short}{{{inside}}}" if inside else short


@pytest.fixture
def core(tmp_path: Path) -> CoreFolder:
    return CoreFolder(tmp_path)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened, _ = open_database(tmp_path / "bot.sqlite3", NOW)
    yield opened
    opened.close()


@pytest.fixture
def scene(core: CoreFolder, database: Database) -> Scene:
    return Scene(core, database)


def order(core: CoreFolder, verb: str) -> None:
    assert run_process([*core.command, verb], b"").code == 0


def test_the_state_is_shown_by_reason(scene: Scene) -> None:
    scene.core.configure(open_window(datetime.now(UTC)))
    order(scene.core, "lock")
    found = scene.figures()
    assert found["on"] == found["desired"] == found["state_readable"] == 1
    assert (found["reason{window}"], found["reason{lock}"]) == (1, 1)
    order(scene.core, "unlock")
    assert scene.figures()["reason{lock}"] == 0


def test_a_shop_that_is_not_as_it_must_be_shows_in_two_figures(scene: Scene) -> None:
    order(scene.core, "lock")
    scene.core.marker.unlink()
    found = scene.figures()
    assert (found["on"], found["desired"]) == (0, 1)


def test_a_state_that_cannot_be_read_is_a_figure_too(scene: Scene) -> None:
    scene.core.configure("nonsense")
    found = scene.figures()
    assert found["state_readable"] == 0
    assert "on" not in found


def test_what_waits_to_be_told_is_counted_with_its_age(scene: Scene) -> None:
    found = scene.figures()
    assert (found[f"deliveries_pending{{{BOARD}}}"], found[f"deliveries_dead{{{BOARD}}}"]) == (0, 0)
    scene.outbox.put_notice(Notice("x", NOW - timedelta(seconds=90), {}), [BOARD])
    found = scene.figures()
    assert found[f"deliveries_pending{{{BOARD}}}"] == 1
    assert found[f"deliveries_oldest_age_seconds{{{BOARD}}}"] == 90


def test_the_unread_part_of_the_journal_is_measured(scene: Scene) -> None:
    assert "journal_lag_bytes" not in scene.figures()
    order(scene.core, "lock")
    size = (scene.core.state / "journal.jsonl").stat().st_size
    assert scene.figures()["journal_lag_bytes"] == size > 0


def test_the_timers_last_run_is_that_of_systemds_stamp(scene: Scene) -> None:
    assert "last_reconcile_timestamp_seconds" not in scene.figures()
    order(scene.core, "lock")
    scene.stamp.touch()
    os.utime(scene.stamp, (5_000_000_000, 5_000_000_000))
    assert scene.figures()["last_reconcile_timestamp_seconds"] == 5_000_000_000


def test_an_adapter_in_trouble_is_not_connected(scene: Scene) -> None:
    assert scene.figures()["adapter_connected{chat}"] == 1
    scene.health.trouble("chat", "no network", alarm=False)
    found = scene.figures()
    assert (found["adapter_connected{chat}"], found["difficulty{chat}"]) == (0, 1)


async def test_the_shops_answers_are_shown(core: CoreFolder, database: Database) -> None:
    async with loopback_shop() as shop:
        shop.answer = CLOSED
        probe = Probe(shop.url, clock=lambda: NOW, timeout=60)
        scene = Scene(core, database, probe)
        assert "probe_timestamp_seconds" not in scene.figures()
        await probe.ask(expected=False)
    found = scene.figures()
    assert (found["probe_ok{127.0.0.1}"], found["probe_status{127.0.0.1}"]) == (0, 503)
    assert found["probe_verdict{127.0.0.1,closed}"] == 1
    assert found["probe_timestamp_seconds"] == NOW.timestamp()


def test_the_build_is_named(scene: Scene) -> None:
    assert any(name.startswith("build_info{") for name in scene.figures())


@asynccontextmanager
async def served(scene: Scene) -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    http = asyncio.create_task(Http(("127.0.0.1", port), scene.vitals, scene.health).run())
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            for _ in range(1000):
                try:
                    await client.get("/healthz")
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.01)
            yield client
    finally:
        http.cancel()
        await asyncio.gather(http, return_exceptions=True)


async def test_prometheus_gets_its_own_format(scene: Scene) -> None:
    async with served(scene) as client:
        response = await client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE pretix_maintenance_on gauge" in response.text


async def test_health_is_200_while_the_bot_can_work_and_503_otherwise(scene: Scene) -> None:
    scene.health.trouble("chat", "no network", alarm=False)
    async with served(scene) as client:
        well = await client.get("/healthz")
        scene.core.configure("nonsense")
        ill = await client.get("/healthz")
    assert (well.status_code, well.json()["difficulties"]) == (200, ["chat"])
    assert (ill.status_code, ill.json()["broken"]) == (503, ["state"])


async def test_a_port_that_is_taken_is_a_remark_and_is_tried_again(scene: Scene) -> None:
    naps: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = ("127.0.0.1", other.getsockname()[1])

        async def nap(seconds: float) -> None:
            naps.append(seconds)
            if len(naps) == 2:
                raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            await Http(address, scene.vitals, scene.health, sleep=nap).run()
    assert [one.subject for one in scene.health.difficulties] == ["metrics"]
    assert len(naps) == 2


def dead_man(scene: Scene, url: str) -> DeadMan:
    return DeadMan(url, scene.vitals, scene.health, every=300)


async def test_the_ping_goes_out_while_the_bot_can_work_and_only_then(scene: Scene) -> None:
    async with loopback_shop() as far:
        ping = dead_man(scene, f"{far.url}uuid")
        await ping.ping()
        scene.core.configure("nonsense")
        await ping.ping()
    assert [request.splitlines()[0] for request in far.requests] == ["GET /uuid HTTP/1.1"]


async def test_a_ping_that_is_not_taken_is_a_remark_until_it_is(scene: Scene) -> None:
    async with loopback_shop() as far:
        far.answer = "HTTP/1.1 404 Not Found\r\n\r\n"
        ping = dead_man(scene, f"{far.url}uuid")
        await ping.ping()
        assert [one.sentence for one in scene.health.difficulties] == ["answered 404"]
        far.answer = "HTTP/1.1 200 OK\r\n\r\nOK"
        await ping.ping()
    assert scene.health.difficulties == ()


async def test_no_complaint_about_a_ping_holds_its_secret_address(scene: Scene) -> None:
    await dead_man(scene, "http://127.0.0.1:1/secret-uuid").ping()
    (difficulty,) = scene.health.difficulties
    assert "secret" not in difficulty.sentence


@pytest.mark.parametrize("module", ["prometheus_client", "aiohttp", "icalendar"])
def test_who_does_not_want_it_does_not_load_it(module: str) -> None:
    program = f"import bot.cli, sys; sys.exit('{module}' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
