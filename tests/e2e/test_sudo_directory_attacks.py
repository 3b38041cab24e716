"""Whatever the second user plants or swaps, root writes nowhere else and the shop does not open."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.sudo_host import SudoHost, snapshot
from tests.figures import Figures
from tests.installed import Answer, launcher, run


@pytest.fixture
def victim(host: SudoHost) -> Iterator[Path]:
    """A folder of root's that only root may read, with a file in it."""
    folder = host.prefix / "victim"
    folder.mkdir(mode=0o700)
    (folder / "secret").write_text("kept\n")
    (folder / "MAINTENANCE_MODE").write_text("a file of that name\n")
    yield folder
    shutil.rmtree(folder)


def root_runs(host: SudoHost, state: Path, verb: str, *options: str) -> Answer:
    """Root runs the program on a directory named by the test."""
    plain = launcher(host.prefix, "plain", "--config", f"{host.prefix}/core.toml")
    argv = [plain, "--state-dir", state, verb, "--json", *options]
    return run(argv)


ATTACK = "attacks through the state directory"
VERBS = ("reconcile", "lock", "unlock", "status")


@pytest.mark.parametrize("verb", VERBS[:3])
def test_root_refuses_a_state_directory_that_another_user_owns(
    host: SudoHost, victim: Path, figures: Figures, verb: str
) -> None:
    os.chown(host.state, host.uid, host.gid)
    (host.marker).symlink_to(victim / "nologin")
    (host.lock).symlink_to(victim / "secret")
    before = snapshot(victim), snapshot(host.state)
    answer = root_runs(host, host.state, verb)
    assert answer.code == 5, answer
    assert answer.json["ok"] is False
    figures.count(ATTACK, effects=int((snapshot(victim), snapshot(host.state)) != before))
    assert (snapshot(victim), snapshot(host.state)) == before


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777])
def test_root_refuses_a_state_directory_that_others_may_write(host: SudoHost, mode: int) -> None:
    host.state.chmod(mode)
    if mode == 0o775:
        os.chown(host.state, 0, host.gid)
    answer = root_runs(host, host.state, "lock")
    assert answer.code == 5, answer
    assert not host.lock.exists()


@pytest.mark.parametrize("verb", VERBS[:3])
def test_root_refuses_a_path_with_a_folder_of_another_user_in_it(host: SudoHost, verb: str) -> None:
    parent = host.prefix / "parent"
    (parent / "state").mkdir(parents=True)
    os.chown(parent, host.uid, host.gid)
    try:
        answer = root_runs(host, parent / "state", verb)
        assert answer.code == 5, answer
        assert snapshot(parent / "state") == {}
    finally:
        shutil.rmtree(parent)


@pytest.mark.parametrize("verb", VERBS[:3])
def test_root_refuses_a_path_with_a_link_in_it(
    host: SudoHost, victim: Path, figures: Figures, verb: str
) -> None:
    link = host.prefix / "door"
    link.symlink_to(victim)
    before = snapshot(victim)
    try:
        answer = root_runs(host, link, verb)
        assert answer.code == 5, answer
        assert snapshot(victim) == before
    finally:
        link.unlink()


def _link(path: Path, victim: Path) -> None:
    path.symlink_to(victim / "nologin")


def _link_to_a_file(path: Path, victim: Path) -> None:
    path.symlink_to(victim / "secret")


def _second_name(path: Path, victim: Path) -> None:
    path.hardlink_to(victim / "secret")


def _folder(path: Path, victim: Path) -> None:
    path.mkdir()


def _full_folder(path: Path, victim: Path) -> None:
    path.mkdir()
    (path / "inside").write_text("")


def _pipe(path: Path, victim: Path) -> None:
    os.mkfifo(path)


def _device(path: Path, victim: Path) -> None:
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))


Plant = Callable[[Path, Path], None]
PLANTS: list[Plant] = [
    _link,
    _link_to_a_file,
    _second_name,
    _folder,
    _full_folder,
    _pipe,
    _device,
]


def is_a_marker(path: Path) -> bool:
    """What nginx's `-f` says of it, and nothing that leads elsewhere."""
    return path.is_file() and not path.is_symlink() and path.stat().st_nlink == 1


@pytest.mark.parametrize("plant", PLANTS)
def test_something_alien_in_the_markers_place_is_healed_and_the_shop_closes(
    host: SudoHost, victim: Path, figures: Figures, plant: Plant
) -> None:
    host.as_root("reconcile")
    plant(host.marker, victim)
    before = snapshot(victim)
    answer = host.as_root("lock")
    assert answer.code == 0, answer
    assert answer.json["maintenance"] is True
    assert is_a_marker(host.marker)
    figures.count(ATTACK, effects=int(snapshot(victim) != before))
    assert snapshot(victim) == before


@pytest.mark.parametrize("plant", PLANTS)
def test_something_alien_in_the_markers_place_does_not_keep_an_open_shop_closed(
    host: SudoHost, victim: Path, figures: Figures, plant: Plant
) -> None:
    host.as_root("reconcile")
    plant(host.marker, victim)
    before = snapshot(victim)
    answer = host.as_root("reconcile")
    assert answer.code == 0, answer
    assert answer.json["maintenance"] is False
    assert not os.path.lexists(host.marker)
    figures.count(ATTACK, effects=int(snapshot(victim) != before))
    assert snapshot(victim) == before


@pytest.mark.parametrize("plant", PLANTS)
def test_something_alien_in_the_locks_place_keeps_the_shop_closed(
    host: SudoHost, victim: Path, figures: Figures, plant: Plant
) -> None:
    host.as_root("reconcile")
    plant(host.lock, victim)
    before = snapshot(victim)
    answer = host.as_root("reconcile")
    assert is_a_marker(host.marker), answer
    assert "kept" not in answer.out + answer.err
    figures.count(ATTACK, effects=int(snapshot(victim) != before))
    assert snapshot(victim) == before


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("name", ["journal.jsonl", "mutex", "page"])
def test_something_alien_elsewhere_never_opens_a_closed_shop_nor_leads_outside(
    host: SudoHost, victim: Path, figures: Figures, name: str, plant: Plant
) -> None:
    host.as_root("lock")
    target = host.state / name
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink()
    plant(target, victim)
    before = snapshot(victim)
    for verb in ("reconcile", "lock", "status"):
        answer = host.as_root(verb)
        assert len(answer.objects) == 1, answer
        assert is_a_marker(host.marker)
    figures.count(ATTACK, effects=int(snapshot(victim) != before))
    assert snapshot(victim) == before


SWAP = """\
import ctypes, os, sys
exchange = ctypes.CDLL(None, use_errno=True).renameat2
one, other = os.fsencode(sys.argv[1]), os.fsencode(sys.argv[2])
print("ready", flush=True)
count = 0
while not os.path.exists(sys.argv[3]):
    for _ in range(200):
        if exchange(-100, one, -100, other, 2):
            sys.exit(1)
        count += 1
print(count, flush=True)
"""


@pytest.fixture
def own(host: SudoHost) -> Iterator[Path]:
    """A folder of the second user's, with one more in it."""
    folder = host.prefix / "own"
    (folder / "real" / "state").mkdir(parents=True)
    give(host, folder, folder / "real", folder / "real" / "state")
    yield folder
    shutil.rmtree(folder)


def give(host: SudoHost, *folders: Path) -> None:
    """Make them the second user's."""
    for folder in folders:
        os.chown(folder, host.uid, host.gid)


@contextmanager
def swapping(host: SudoHost, own: Path) -> Iterator[list[int]]:
    """The second user exchanges `real` and `link` all the time; at the end, how often it was."""
    end = host.prefix / "end"
    argv = ["/usr/bin/python3", "-IS", "-c", SWAP, own / "real", own / "link", end]
    swaps: list[int] = []
    with host.start(argv) as swapper:
        try:
            assert swapper.stdout is not None
            assert swapper.stdout.readline() == "ready\n"
            yield swaps
        finally:
            end.touch()
            swaps.append(int(swapper.communicate(timeout=20)[0]))
            end.unlink()


def test_a_folder_swapped_for_a_link_while_root_runs_leads_nowhere(
    host: SudoHost, victim: Path, own: Path, figures: Figures, request: pytest.FixtureRequest
) -> None:
    rounds = 50 if request.config.getoption("--all-faults") else 12
    (own / "link").symlink_to(victim)
    before = snapshot(victim)
    with swapping(host, own) as swaps:
        codes = [
            root_runs(host, own / "real", verb).code
            for _ in range(rounds)
            for verb in ("reconcile", "lock", "unlock")
        ]
        effects = int(snapshot(victim) != before)
        # The race is one that can be lost: a script of root's that trusts the name loses it.
        script = f"for _ in {{1..1000}}; do >{own}/real/planted; done"
        subprocess.run(["/bin/bash", "-c", script], check=True)
        assert (victim / "planted").exists()
        (victim / "planted").unlink()
    figures.count(f"{ATTACK}, swapped while root runs", len(codes), effects=effects)
    figures.tell("swap race", f"{swaps[0]:,} swaps during {len(codes)} runs of root's")
    assert swaps[0] > 1000
    assert set(codes) == {5}
    assert snapshot(victim) == before


WALK = """\
import json, os, sys
library, path, aside, rounds = sys.argv[1:]
sys.path.insert(0, library)
from core.errors import StateError
from core.statedir import StateDir

def trusting(path):
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY)

def walking(path):
    try:
        return StateDir(path).fd
    except StateError:
        return None

aside = os.stat(aside)
counts = {}
for way in (trusting, walking):
    count = counts[way.__name__] = {"arrived": 0, "led aside": 0, "refused": 0}
    for _ in range(int(rounds)):
        found = way(path)
        if found is None:
            count["refused"] += 1
        else:
            led = os.path.samestat(os.fstat(found), aside)
            count["led aside" if led else "arrived"] += 1
            os.close(found)
print(json.dumps(counts))
"""


def test_a_walk_through_a_folder_that_its_own_owner_swaps_is_never_led_aside(
    host: SudoHost, own: Path, figures: Figures, request: pytest.FixtureRequest
) -> None:
    rounds = 20_000 if request.config.getoption("--all-faults") else 2000
    # Everything on the way belongs to who walks, so that nothing but the link can stop the walk.
    aside = own / "aside" / "state"
    aside.mkdir(parents=True)
    give(host, own / "aside", aside)
    (own / "link").symlink_to("aside")
    library = host.prefix / "lib"
    words = (library, own / "real" / "state", aside, rounds)
    with swapping(host, own):
        answer = host.as_user(["/usr/bin/python3", "-IS", "-c", WALK, *words])
    assert answer.code == 0, answer
    counts = answer.json
    figures.tell("walks through a swapped folder", f"{counts['walking']}")
    figures.tell("the same by the name alone", f"{counts['trusting']}")
    assert counts["trusting"]["led aside"] > 0
    assert counts["walking"]["led aside"] == 0
    assert counts["walking"]["arrived"] > 0
    assert counts["walking"]["refused"] > 0


def test_the_attack_works_on_a_script_that_trusts_the_directory(
    host: SudoHost, victim: Path
) -> None:
    os.chown(host.state, host.uid, host.gid)
    host.marker.symlink_to(victim / "nologin")
    subprocess.run(["/bin/bash", "-c", f"touch {host.marker}"], check=True)
    assert (victim / "nologin").exists()
