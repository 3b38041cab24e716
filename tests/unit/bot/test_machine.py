"""The clock and the timer: found wrong twice, told once, told again when over."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.health import Health
from bot.machine import Clock, Look, Machine, Timer, run
from core import config
from core.timer import unit
from tests.servers.small_bot import CoreFolder, one_window

NOW = datetime(2026, 11, 29, 22, tzinfo=UTC)
WINDOW = one_window(NOW, datetime(2026, 11, 30, 5, tzinfo=UTC))


class Systemd:
    """Answers as systemd's programs do."""

    def __init__(self, **answers: str | None) -> None:
        self.answers = answers

    async def __call__(self, *argv: str) -> str | None:
        return self.answers[argv[0]]


class Scene:
    """A machine that is looked at, and what the chats were told."""

    def __init__(self, **looks: Look) -> None:
        self.told: list[str] = []
        self.health = Health(
            now=lambda: NOW,
            tell=lambda one: self.told.append(one.subject),
            tell_over=lambda one: self.told.append(f"{one.subject} over"),
        )
        self.machine = Machine(self.health, looks)

    async def look(self, times: int = 1) -> list[str]:
        for _ in range(times):
            await self.machine.look()
        return self.told


@pytest.fixture
def core(tmp_path: Path) -> CoreFolder:
    folder = CoreFolder(tmp_path)
    folder.configure(WINDOW)
    return folder


@pytest.fixture
def installed(core: CoreFolder) -> Path:
    path = core.folder / "pretix-maintenance.timer"
    path.write_text(unit(config.load(str(core.config)).windows) + "\n")
    return path


@pytest.mark.parametrize(
    ("said", "wrong"), [("no", True), ("yes", False), ("", False), (None, False)]
)
async def test_only_a_clock_that_is_surely_not_synchronised_is_wrong(
    said: str | None, *, wrong: bool
) -> None:
    assert bool(await Clock(Systemd(timedatectl=said))()) is wrong


async def test_the_timer_that_fits_is_right(core: CoreFolder, installed: Path) -> None:
    assert await Timer(core.config, installed, Systemd(systemctl="active"))() is None


async def test_a_timer_of_other_windows_is_wrong(core: CoreFolder, installed: Path) -> None:
    core.configure(WINDOW.replace("22:00", "21:00"))
    found = await Timer(core.config, installed, Systemd(systemctl="active"))()
    assert found is not None
    assert "does not fit" in found


@pytest.mark.parametrize("said", ["inactive", "failed"])
async def test_a_timer_that_does_not_run_is_wrong(
    core: CoreFolder, installed: Path, said: str
) -> None:
    found = await Timer(core.config, installed, Systemd(systemctl=said))()
    assert found is not None
    assert "does not run" in found


@pytest.fixture
def rearranged(installed: Path) -> Path:
    lines = installed.read_text().splitlines()
    installed.write_text("# by hand\n" + "\n".join(reversed(lines)))
    return installed


async def test_comments_and_order_make_no_difference(core: CoreFolder, rearranged: Path) -> None:
    installed = rearranged
    assert await Timer(core.config, installed, Systemd(systemctl=None))() is None


async def test_without_an_installed_timer_nothing_is_known(core: CoreFolder) -> None:
    nowhere = core.folder / "nowhere"
    assert await Timer(core.config, nowhere, Systemd(systemctl="inactive"))() is None


async def test_a_wrong_configuration_is_said_elsewhere(core: CoreFolder, installed: Path) -> None:
    core.configure("nonsense")
    assert await Timer(core.config, installed, Systemd(systemctl="active"))() is None


async def test_what_is_wrong_twice_is_told_once_and_once_that_it_is_over() -> None:
    systemd = Systemd(timedatectl="no")
    scene = Scene(clock=Clock(systemd))
    assert await scene.look() == []
    assert await scene.look(3) == ["clock"]
    assert [one.subject for one in scene.health.difficulties] == ["clock"]
    systemd.answers = {"timedatectl": "yes"}
    assert await scene.look(3) == ["clock", "clock over"]
    assert scene.health.difficulties == ()


async def test_what_was_wrong_for_a_moment_is_not_told() -> None:
    systemd = Systemd(timedatectl="no")
    scene = Scene(clock=Clock(systemd))
    for said in ("no", "yes", "no", "yes"):
        systemd.answers = {"timedatectl": said}
        await scene.look()
    assert scene.told == []


async def test_it_goes_on_looking() -> None:
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            raise asyncio.CancelledError

    machine = Machine(Health(now=lambda: NOW), {}, sleep=nap)
    with pytest.raises(asyncio.CancelledError):
        await machine.run()
    assert naps == [300, 300, 300]


async def test_a_program_gives_what_it_wrote() -> None:
    assert await run(sys.executable, "-c", "print('yes')") == "yes"


async def test_a_program_that_is_not_there_gives_no_answer() -> None:
    assert await run("/nowhere/timedatectl") is None
