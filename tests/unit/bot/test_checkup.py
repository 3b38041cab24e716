"""The self-check names everything that is wrong, and what cures it."""

import json
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
from bot.checkup import CheckUp, Looked, as_json, as_text, is_wrong, of_faults
from bot.config import Config
from bot.helper import Helper
from bot.probe import Asks, NoProbe, Probe
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
) -> dict[str, Finding]:
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
    )
    return {one.subject: one.finding for one in await looks.run()}


async def test_a_good_set_up_is_found_good(core: CoreFolder) -> None:
    async with loopback_shop() as shop:
        probe = Probe(shop.url, clock=lambda: datetime.now(UTC), timeout=60)
        await look(core)  # the helper makes the state directory's files
        found = await look(core, probe=probe, adapter=MemoryAdapter())
    assert {subject: one.severity for subject, one in found.items()} == dict.fromkeys(
        ("core", "helper", "shop", "adapter chat"), Severity.OK
    )


async def test_nobody_and_no_audience_are_warnings(core: CoreFolder) -> None:
    found = await look(core, settings=Config(state_dir=core.folder / "bot"))
    assert found["config"].severity is Severity.WARNING
    assert "add a [[destination]]" in found["config"].cure


async def test_a_state_directory_that_cannot_be_written_is_wrong(core: CoreFolder) -> None:
    unusable = replace(config(core), state_dir=Path("/proc/nowhere/bot"))
    assert (await look(core, settings=unusable))["config"].problem == "state-dir"


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


def test_a_warning_does_not_make_it_wrong() -> None:
    warning = Looked("shop", Finding("no-probe", Severity.WARNING, "not asked", "add it"))
    assert not is_wrong([warning])
    assert is_wrong([warning, *of_faults(["language: is not a language"])])


def test_findings_are_shown_with_their_cure() -> None:
    text = as_text(of_faults(["language: is not a language"]))
    assert text.splitlines() == [
        "WRONG   config: language: is not a language",
        "        correct it in bot.toml",
    ]
    assert "cure" in json.loads(as_json(of_faults(["x: y"])))[0]
