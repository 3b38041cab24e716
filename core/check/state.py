"""Is the state directory what it must be, and does what is in it agree?"""

import grp
import os
import stat
from collections.abc import Iterator

from core import journal, lockfile, marker, spares
from core.check.finding import Finding, ok, warning, wrong
from core.check.scene import Scene
from core.errors import StateMissing
from core.places import GROUP, JOURNAL, LOCK, MUTEX, PAGE, PAGE_DIR
from core.view import View, assess
from core.vocabulary import state_word


def directory(scene: Scene) -> Iterator[Finding]:
    """It must be root's alone to write, and everybody's to look into."""
    if scene.home is None:
        cure = "Make it root's alone, and every directory above it: chown root, chmod go-w."
        if isinstance(scene.fault, StateMissing):
            cure = "pretix-maintenance reconcile"
        yield wrong("state", f"{scene.fault}.", cure)
    elif not os.fstat(scene.home.fd).st_mode & stat.S_IXOTH:
        yield wrong(
            "state",
            f"nginx cannot look into {scene.state_path}, so it never sees the marker.",
            f"chmod 755 {scene.state_path}",
        )
    else:
        yield ok("state", f"{scene.state_path} can be trusted, and nginx can look into it.")


def mutex(scene: Scene) -> Iterator[Finding]:
    """Whoever can open it can hold it, and so keep the core out."""
    info = scene.home.look(MUTEX) if scene.home else None
    if info and info.st_mode & 0o077:
        yield wrong(
            "mutex",
            f"Others can open {scene.path(MUTEX)}, and so keep the shop from closing.",
            f"chmod 600 {scene.path(MUTEX)}",
        )


def group(scene: Scene) -> Iterator[Finding]:
    """The bot reads journal and lock through it."""
    if not scene.installed:
        return
    try:
        grp.getgrnam(GROUP)
    except KeyError:
        cure = f"groupadd --system {GROUP}; systemctl restart pretix-maintenance-bot"
        yield wrong("group", f"There is no group {GROUP}: the bot may not read the journal.", cure)


def files(scene: Scene) -> Iterator[Finding]:
    """Journal and lock name people: for root and the bot's group; the page is for everybody."""
    if scene.home is None:
        return
    for name, mode in ((JOURNAL, journal.MODE), (LOCK, lockfile.MODE)):
        yield from _private(scene, name, mode)
    page = os.path.join(PAGE_DIR, PAGE)
    info = scene.home.look(page)
    if info and not info.st_mode & stat.S_IROTH:
        sentence = f"nginx may not read {scene.path(page)}, so nobody is told when sales reopen."
        yield wrong("page", sentence, f"chmod 644 {scene.path(page)}")


def _private(scene: Scene, name: str, mode: int) -> Iterator[Finding]:
    info = scene.home.look(name) if scene.home else None
    # What is no file of ours is told by the checks of what it says.
    if info is None or not stat.S_ISREG(info.st_mode):
        return
    path, is_mode, gid = scene.path(name), stat.S_IMODE(info.st_mode), _gid(scene)
    if is_mode & ~mode:
        sentence = f"{path} names people and is open to more than the bot."
        yield wrong("mode", sentence, f"chmod {mode:o} {path}")
    elif is_mode != mode or gid not in (-1, info.st_gid):
        yield wrong(
            "mode", f"The bot may not read {path}.", f"chgrp {GROUP} {path}; chmod {mode:o} {path}"
        )


def _gid(scene: Scene) -> int:
    return scene.home.group() if scene.home else -1


def agreement(scene: Scene) -> Iterator[Finding]:
    """Marker, journal, windows and lock must say the same."""
    if scene.home is None:
        return
    view = View(scene.home)
    decided = assess(view, scene.timetable, scene.now).decision
    shop = "closed" if view.maintenance else "open"
    if view.marker == marker.ALIEN:
        sentence = f"Something else stands in the place of {scene.marker}."
    elif view.maintenance != decided.maintenance:
        sentence = f"The shop is {shop}, which is not what windows and lock demand."
    elif view.tail and view.tail.state != state_word(maintenance=view.maintenance):
        sentence = f"The shop is {shop}, which the journal does not know."
    else:
        yield ok("marker", f"The shop is {shop}, as windows and lock demand.")
        return
    yield wrong("marker", sentence, "pretix-maintenance reconcile")


def lock(scene: Scene) -> Iterator[Finding]:
    """A lock that nobody can read holds until somebody unlocks."""
    held = lockfile.look(scene.home) if scene.home else None
    if held and held.unreadable:
        yield wrong(
            "lock",
            f"{scene.path(LOCK)} cannot be read; the shop stays closed.",
            "pretix-maintenance unlock",
        )


def record(scene: Scene) -> Iterator[Finding]:
    """The journal must be readable, whole and in order."""
    if scene.home is None:
        return
    view = View(scene.home)
    path = scene.path(JOURNAL)
    if view.journal_fault:
        yield wrong("journal", f"{view.journal_fault}.", f"Move {path} away.")
    elif view.tail is None:
        cure = f"Run this as root, or add the user to the group {GROUP}."
        yield warning("journal", f"This user may not read {path}.", cure)
    else:
        yield _plausible(path, view.tail.seq)


def _plausible(path: str, last: int) -> Finding:
    cursor, before, gaps, skipped = journal.Cursor(), 0, 0, 0
    while True:
        batch = journal.read_after(path, cursor)
        skipped += batch.skipped
        for event in batch.events:
            gaps += event.seq != before + 1
            before = event.seq
        if batch.cursor == cursor:
            break
        cursor = batch.cursor
    cure = "See what it says there: pretix-maintenance history. Nothing has to be mended."
    if skipped:
        return warning("journal", f"{path} has lines that cannot be read: {skipped}.", cure)
    if gaps:
        return warning("journal", f"The numbers of the events in {path} have gaps: {gaps}.", cure)
    return ok("journal", f"The journal can be read; its last event is {last}.")


def spare_files(scene: Scene) -> Iterator[Finding]:
    """On a full disk a file that is there already is renamed."""
    missing = spares.missing(scene.home) if scene.home else []
    if missing:
        yield warning(
            "spares",
            f"{', '.join(missing)} is missing: on a full disk the shop could not be closed.",
            "pretix-maintenance reconcile",
        )
