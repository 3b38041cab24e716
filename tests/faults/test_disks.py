"""Real file systems: the power fails after an acknowledged command, and the disk is full."""

import fcntl
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.beginnings import Place, new_place, write_configurations
from tests.figures import Figures
from tests.judge import check_journal, check_settled, look

SHUTDOWN = 0x8004587D
"""`_IOR('X', 125, __u32)`: XFS_IOC_GOINGDOWN, and EXT4_IOC_SHUTDOWN after it."""
WITHOUT_FLUSHING_THE_LOG = struct.pack("I", 2)

MEBIBYTE = 1 << 20
MAKE = {
    "ext4": (32, ["mkfs.ext4", "-q", "-F", "-m", "0"], ["-o", "loop,commit=300"]),
    "xfs": (320, ["mkfs.xfs", "-q", "-f"], ["-o", "loop"]),
    "btrfs": (128, ["mkfs.btrfs", "-q", "-f"], ["-o", "loop,commit=300"]),
}

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Disk:
    """A file system in a file, mounted."""

    kind: str
    image: Path
    mount: Path

    def attach(self) -> None:
        """Mount it; the file system recovers by itself."""
        options = MAKE[self.kind][2] if self.kind in MAKE else ["-t", "tmpfs", "-o", "size=256k"]
        source = self.image if self.kind in MAKE else Path("tmpfs")
        subprocess.run(["mount", *options, source, self.mount], check=True)

    def detach(self) -> None:
        """Unmount it."""
        subprocess.run(["umount", self.mount], check=True)

    def sync(self) -> None:
        """Make durable what is on this disk alone: another test may be about to cut its power."""
        subprocess.run(["sync", "-f", self.mount], check=True)

    def power_cut(self) -> None:
        """What was not made durable by now is gone; then the machine comes back."""
        handle = os.open(self.mount, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, SHUTDOWN, WITHOUT_FLUSHING_THE_LOG)
        finally:
            os.close(handle)
        self.detach()
        self.attach()

    def fill(self) -> list[Path]:
        """Leave no room for a byte, nor for a name where the file system can run out of those."""
        # Whoever unmounts it meanwhile must not make this fill the machine's own disk.
        assert self.mount.stat().st_dev != self.mount.parent.stat().st_dev
        made = []
        for size in (8 * MEBIBYTE, MEBIBYTE, 64 << 10, 4096, 512, 1):
            made += self._fill_with(size)
        return made

    def _fill_with(self, size: int) -> list[Path]:
        made: list[Path] = []
        while len(made) * size <= 2 * 320 * MEBIBYTE:
            path = self.mount / f"filler-{size}-{len(made)}"
            try:
                path.write_bytes(bytes(size) if size > 1 else b"x")
                if len(made) % 64 == 63:
                    self.sync()
            except (OSError, subprocess.CalledProcessError):
                path.unlink(missing_ok=True)
                return made
            made.append(path)
        raise AssertionError(f"{self.mount} does not get full")


def why_not(kind: str) -> str | None:
    """What is missing for a file system of this kind."""
    if os.geteuid() != 0:
        return "needs root: mounts a file system"
    if kind in MAKE and shutil.which(MAKE[kind][1][0]) is None:
        return f"needs {MAKE[kind][1][0]}: apt install e2fsprogs xfsprogs btrfs-progs"
    return None


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """A fresh file system of the kind that the test names."""
    kind: str = request.param
    reason = why_not(kind)
    if reason is not None:
        pytest.skip(reason)
    made = Disk(kind, tmp_path / "image", tmp_path / "disk")
    made.mount.mkdir()
    if kind in MAKE:
        size, command, _ = MAKE[kind]
        with made.image.open("wb") as image:
            image.truncate(size * MEBIBYTE)
        subprocess.run([*command, made.image], check=True)
    try:
        made.attach()
    except subprocess.CalledProcessError as refused:
        pytest.skip(f"this machine mounts no {kind}: {refused}")
    yield made
    made.detach()
    made.image.unlink(missing_ok=True)


@pytest.fixture
def place(disk: Disk, program: Path, tmp_path: Path, figures: Figures) -> Place:
    """A state directory on that file system, in use for a while."""
    figures.count(f"power cuts and full disks, {disk.kind}")
    write_configurations(tmp_path)
    made = new_place(program, tmp_path, disk.mount / "state")
    assert made.run("reconcile", window_open=False).code == 0
    disk.sync()
    return made


journalled = pytest.mark.parametrize("disk", ["ext4", "xfs"], indirect=True)
every_disk = pytest.mark.parametrize("disk", ["ext4", "xfs", "btrfs", "tmpfs"], indirect=True)


@journalled
def test_an_acknowledged_lock_survives_a_power_cut(disk: Disk, place: Place) -> None:
    assert place.run("lock", window_open=False).json["maintenance"] is True
    disk.power_cut()
    scene = check_settled(place.state, int(time.time()), window_open=False)
    assert scene.closed
    assert scene.lock is not None
    assert scene.lock["reason"] == "audit"
    assert [event["kind"] for event in scene.events] == ["locked"]


@journalled
def test_an_acknowledged_unlock_survives_a_power_cut(disk: Disk, place: Place) -> None:
    place.run("lock", window_open=False)
    disk.sync()
    assert place.run("unlock", window_open=False).json["maintenance"] is False
    disk.power_cut()
    scene = check_settled(place.state, int(time.time()), window_open=False)
    assert not scene.closed
    assert [event["kind"] for event in scene.events] == ["locked", "unlocked"]


@journalled
def test_the_edges_of_a_window_survive_a_power_cut(disk: Disk, place: Place) -> None:
    assert place.run("reconcile", window_open=True).json["transition"] == "on"
    disk.power_cut()
    assert check_settled(place.state, int(time.time()), window_open=True).closed
    assert place.run("reconcile", window_open=False).json["transition"] == "off"
    disk.power_cut()
    scene = check_settled(place.state, int(time.time()), window_open=False)
    assert [event["transition"] for event in scene.events] == ["on", "off"]


@journalled
def test_a_power_cut_does_show_a_lock_that_was_never_made_durable(disk: Disk, place: Place) -> None:
    if shutil.which("eatmydata") is None:
        pytest.skip("needs eatmydata: apt install eatmydata")
    answer = place.run("lock", window_open=False, prefix=("eatmydata",))
    assert answer.json["maintenance"] is True
    disk.power_cut()
    scene = look(place.state)
    assert not scene.closed
    assert scene.events == ()


@every_disk
def test_a_full_disk_can_be_locked_and_the_journal_catches_up(disk: Disk, place: Place) -> None:
    made = disk.fill()
    answer = place.run("lock", window_open=False)
    assert answer.code == 0, answer
    assert answer.json["maintenance"] is True
    scene = look(place.state)
    assert scene.closed
    assert scene.lock is not None
    assert answer.json.get("recorded", True) is bool(scene.events)
    for path in made:
        path.unlink()
    disk.sync()
    assert place.run("reconcile", window_open=False).json["maintenance"] is True
    scene = check_settled(place.state, int(time.time()), window_open=False)
    assert [event["kind"] for event in scene.events] == ["locked"]


@every_disk
def test_a_full_disk_does_not_keep_a_window_from_closing_the_shop(disk: Disk, place: Place) -> None:
    disk.fill()
    answer = place.run("reconcile", window_open=True)
    assert answer.code == 0, answer
    assert answer.json["maintenance"] is True
    assert look(place.state).closed


@every_disk
def test_nothing_opens_on_a_full_disk_that_has_a_reason_to_be_closed(
    disk: Disk, place: Place
) -> None:
    place.run("lock", window_open=True)
    made = disk.fill()
    for verb in ("unlock", "reconcile", "lock", "unlock"):
        answer = place.run(verb, window_open=True)
        assert len(answer.objects) == 1, answer
        assert look(place.state).closed, answer
    for path in made:
        path.unlink()
    disk.sync()
    assert place.run("reconcile", window_open=True).code == 0
    check_journal(look(place.state).events)


@every_disk
def test_unlock_on_a_full_disk_says_what_is_so(disk: Disk, place: Place) -> None:
    place.run("lock", window_open=False)
    made = disk.fill()
    answer = place.run("unlock", window_open=False)
    scene = look(place.state)
    said = answer.json
    if said["ok"]:
        assert said["maintenance"] is scene.closed is (scene.lock is not None)
    else:
        assert scene.closed
    for path in made:
        path.unlink()
    disk.sync()
    assert place.run("reconcile", window_open=False).code == 0
    check_settled(place.state, int(time.time()), window_open=False)


@pytest.mark.parametrize("disk", ["tmpfs"], indirect=True)
def test_a_disk_that_became_read_only_is_told_and_changes_nothing(disk: Disk, place: Place) -> None:
    place.run("lock", window_open=False)
    subprocess.run(["mount", "-o", "remount,ro", disk.mount], check=True)
    for verb, window_open in (("unlock", False), ("reconcile", True), ("lock", False)):
        answer = place.run(verb, window_open=window_open)
        assert len(answer.objects) == 1, answer
        assert look(place.state).closed
        if verb == "unlock":
            assert answer.code in {5, 6}, answer
            assert answer.json["message"]
