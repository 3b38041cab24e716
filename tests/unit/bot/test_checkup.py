"""The self-check names everything that is wrong, and what cures it."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.base import (
    Adapter,
    Factory,
    Fault,
    Finding,
    Settings,
    SettingsError,
    Severity,
)
from adapters.registry import UnknownAdapter
from bot import checkup
from bot.checkup import CheckUp, Looked
from bot.config import Config
from bot.findings import ok
from bot.helper import Helper
from bot.probe import Asks, NoProbe, Probe, ProbeResult, Verdict
from tests.servers.loopback_shop import CLOSED, loopback_shop
from tests.servers.lying_helper import LyingHelper, failure
from tests.servers.memory_adapter import MemoryAdapter
from tests.servers.small_bot import CoreFolder, roster


class LooksAtItself(MemoryAdapter):
    """An adapter with a check of its own."""

    async def check(self) -> Sequence[Finding]:
        return [Finding("privacy", Severity.WARNING, "privacy mode is on", "switch it off")]


class NeverDone(MemoryAdapter):
    """An adapter whose check runs into a timeout."""

    async def check(self) -> Sequence[Finding]:
        raise TimeoutError


@pytest.fixture
def core(tmp_path: Path) -> CoreFolder:
    return CoreFolder(tmp_path)


def config(core: CoreFolder) -> Config:
    people, places = roster()
    return Config(people, places, timezone=ZoneInfo("UTC"), state_dir=core.folder / "bot")


async def look(
    core: CoreFolder,
    *,
    settings: Config | None = None,
    helper: Helper | None = None,
    probe: Asks | None = None,
    adapter: Adapter | Exception | None = None,
    uid: int = 1000,
) -> dict[str, Finding]:
    """Give the worst finding on each subject."""
    looked = await look_at_all(core, settings, helper, probe, adapter, uid)
    order = [Severity.OK, Severity.WARNING, Severity.WRONG]
    looked.sort(key=lambda one: order.index(one.finding.severity))
    return {one.subject: one.finding for one in looked}


async def look_at_all(  # noqa: PLR0917 - see `look`, its one caller
    core: CoreFolder,
    settings: Config | None,
    helper: Helper | None,
    probe: Asks | None,
    adapter: Adapter | Exception | None,
    uid: int,
) -> list[Looked]:
    def load(name: str) -> Factory:
        if isinstance(adapter, UnknownAdapter):
            raise adapter
        return make

    def make(_: Settings) -> Adapter:
        if isinstance(adapter, Exception):
            raise adapter
        assert adapter is not None
        return adapter

    looks = CheckUp(
        settings or config(core),
        settings=[Settings("chat", {})] if adapter else [],
        load=load,
        core=core.seen(),
        helper=helper or Helper(core.command),
        probe=probe or NoProbe(),
        now=lambda: datetime.now(UTC),
        uid=uid,
        clock=synchronised,
    )
    return await looks.run()


async def synchronised() -> Finding:
    return ok("The clock is synchronised.")


async def test_a_good_set_up_is_found_good(core: CoreFolder) -> None:
    async with loopback_shop() as shop:
        probe = Probe(shop.url, clock=lambda: datetime.now(UTC), timeout=60)
        await look(core)  # the helper makes the state directory's files
        found = await look(core, probe=probe, adapter=MemoryAdapter())
    assert {subject: one.severity for subject, one in found.items()} == dict.fromkeys(
        ("config", "host", "core", "windows", "helper", "shop", "adapter chat"), Severity.OK
    )


async def test_nobody_and_no_audience_are_warnings(core: CoreFolder) -> None:
    found = await look(core, settings=Config(state_dir=core.folder / "bot"))
    assert found["config"].severity is Severity.WARNING
    assert "Add a [[destination]]" in found["config"].cure


async def test_a_state_directory_that_cannot_be_written_is_wrong(core: CoreFolder) -> None:
    unusable = replace(config(core), state_dir=Path("/proc/nowhere/bot"))
    assert (await look(core, settings=unusable))["host"].problem == "state-dir"


async def test_a_core_that_cannot_be_read_is_wrong(core: CoreFolder) -> None:
    core.configure("nonsense")
    found = (await look(core))["core"]
    assert (found.severity, found.problem) == (Severity.WRONG, "configuration")


async def test_what_the_core_notes_is_a_warning(core: CoreFolder) -> None:
    missing = CoreFolder.__new__(CoreFolder)
    missing.__dict__.update(core.__dict__, state=core.folder / "not-yet")
    found = (await look(missing))["core"]
    assert found.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("deed", "problem"), [(failure("apply"), "apply"), ({"say": "sudo: no"}, "lost")]
)
async def test_a_helper_that_does_not_do_it_is_wrong(
    core: CoreFolder, tmp_path: Path, deed: dict[str, object], problem: str
) -> None:
    folder = tmp_path / "liar"
    folder.mkdir()
    liar = LyingHelper(folder)
    liar.plan(deed)
    assert (await look(core, helper=Helper(liar.command)))["helper"].problem == problem


async def test_a_shop_that_answers_wrongly_is_wrong(core: CoreFolder) -> None:
    async with loopback_shop() as shop:
        shop.answer = CLOSED
        probe = Probe(shop.url, clock=lambda: datetime.now(UTC), timeout=60)
        found = (await look(core, probe=probe))["shop"]
    assert found.severity is Severity.WRONG
    assert "503" in found.sentence


async def test_a_shop_that_is_not_asked_is_a_warning(core: CoreFolder) -> None:
    assert (await look(core))["shop"].severity is Severity.WARNING


@pytest.mark.parametrize(
    ("adapter", "problem"),
    [
        (UnknownAdapter("there is no adapter 'chat'"), "adapter"),
        (SettingsError([Fault("token", "is missing")]), "settings"),
    ],
)
async def test_an_adapter_that_cannot_be_made_is_wrong(
    core: CoreFolder, adapter: Exception, problem: str
) -> None:
    assert (await look(core, adapter=adapter))["adapter chat"].problem == problem


async def test_an_adapter_looks_at_itself(core: CoreFolder) -> None:
    found = (await look(core, adapter=LooksAtItself()))["adapter chat"]
    assert found.problem == "privacy"


async def test_an_adapter_that_never_finishes_its_check_is_wrong(core: CoreFolder) -> None:
    assert (await look(core, adapter=NeverDone()))["adapter chat"].problem == "timeout"


async def test_a_journal_that_the_bot_may_not_read_is_told_with_the_group(
    core: CoreFolder,
) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    await look(core)
    (core.state / "journal.jsonl").chmod(0)
    assert "group pretix-maintenance" in (await look(core))["core"].cure


async def test_root_is_told_that_it_is_not_the_bot(core: CoreFolder) -> None:
    assert (await look(core, uid=0))["host"].problem == "root"


@pytest.mark.parametrize("verdict", Verdict)
def test_every_answer_of_the_shop_that_is_wrong_has_its_cure(verdict: Verdict) -> None:
    expected = verdict is not Verdict.CLOSED
    result = ProbeResult(datetime.now(UTC), "tickets.example", 200, verdict, expected)
    found = checkup._of_the_shop(result)
    assert found.severity is Severity.WRONG
    assert found.cure
