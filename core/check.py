"""Everything that could be wrong on this host, each with a plain sentence and its cure.

One small function for each thing that is looked at; `_CHECKS` at the end lists them.
"""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from subprocess import DEVNULL, PIPE, run

from core import lockfile, marker, spares
from core.errors import ConfigurationError, CoreError, StateError
from core.instants import text_of
from core.places import DEFAULT_CONFIG, GROUP, JOURNAL, LOCK, MARKER, MUTEX
from core.protocol import Value, state_word
from core.timetable import Timetable, settle
from core.view import IMPLAUSIBLE_CLOCK, View, assess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from core.statedir import StateDir

OK, WARNING, WRONG = "ok", "warning", "wrong"

_TIMER = "pretix-maintenance.timer"
_SERVICE = "pretix-maintenance.service"
_PROGRAMS = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
_PROJECT_BEGAN = 1767225600  # 2026-01-01: no clock that is right says less


class Finding(Value):
    """One thing that was looked at: its code, how bad it is, a sentence, and what to do."""

    __slots__ = ("cure", "problem", "sentence", "severity")

    def __init__(self, problem: str, severity: str, sentence: str, cure: str | None = None) -> None:
        """Keep it; what is ok has no cure."""
        self.problem = problem
        self.severity = severity
        self.sentence = sentence
        self.cure = cure

    def to_data(self) -> dict[str, object]:
        """Return what JSON shows."""
        return {
            "problem": self.problem,
            "severity": self.severity,
            "sentence": self.sentence,
            "cure": self.cure,
        }


def output_of(program: str, *arguments: str) -> str | None:
    """Run a system program; return what it prints, None where it is missing or fails."""
    for directory in _PROGRAMS:
        path = os.path.join(directory, program)
        if os.access(path, os.X_OK):
            ended = run(  # noqa: S603 - a fixed path and fixed arguments
                [path, *arguments],
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=DEVNULL,
                check=False,
                env={},
                timeout=10,
            )
            return None if ended.returncode else ended.stdout.decode(errors="replace")
    return None


class Scene:
    """What is looked at: the paths, the state directory if it can be trusted, and the time."""

    def __init__(
        self,
        config_path: str,
        state_dir: str | None,
        now: int,
        ask: Callable[..., str | None] = output_of,
    ) -> None:
        """Open what can be opened; `ask` runs a system program."""
        self.config_path = config_path
        self.now = now
        self.ask = ask
        self.home: StateDir | None = None
        self.fault: StateError | None = None
        self.timetable = Timetable(config_path)
        try:
            self.home, self.timetable = settle(config_path, state_dir)
        except StateError as error:
            self.fault = error

    def path(self, name: str) -> str:
        """Return the full path of a file in the state directory."""
        return os.path.join(self.home.path if self.home else "", name)


def findings(
    config_path: str,
    state_dir: str | None,
    now: int,
    ask: Callable[..., str | None] = output_of,
) -> list[Finding]:
    """Look at everything; `ask` runs a system program and returns what it prints."""
    scene = Scene(config_path, state_dir, now, ask)
    found: list[Finding] = []
    for name, look in _CHECKS.items():
        try:
            seen = [*look(scene)]
        except (OSError, CoreError, ValueError) as error:
            seen = [Finding(name, WRONG, f"This could not be checked: {error}.", "See the cause.")]
        found += seen
    if scene.home:
        scene.home.close()
    return found


def text(found: list[Finding]) -> str:
    """Return one line for each, the worst first, and the cures."""
    lines = []
    for severity in (WRONG, WARNING, OK):
        for one in found:
            if one.severity == severity:
                lines.append(f"{severity:8}{one.sentence}")
                lines += [f"{'':8}→ {one.cure}"] if one.cure else []
    return "\n".join(lines)


def _configuration(scene: Scene) -> Iterator[Finding]:
    try:
        windows = scene.timetable.configuration().windows
    except ConfigurationError as error:
        for fault in error.faults:
            yield Finding("configuration", WRONG, f"{fault}.", f"Correct {scene.config_path}.")
        return
    if windows:
        yield Finding("configuration", OK, f"The configuration is sound; windows: {len(windows)}.")
    else:
        yield Finding(
            "configuration",
            WARNING,
            "There is no window: the shop never closes by itself.",
            f"Add a [[window]] to {scene.config_path}.",
        )


def _owners(scene: Scene) -> Iterator[Finding]:
    """Whoever can change the program, its interpreter or its configuration commands root."""
    here = os.path.dirname(os.path.abspath(__file__))
    paths = [scene.config_path, os.path.realpath(sys.executable), here]
    paths += sorted(os.path.join(here, name) for name in os.listdir(here))
    bad = dict.fromkeys(part for path in paths for part in _unsafe_parts(path))
    for part in bad:
        yield Finding(
            "owner",
            WRONG,
            f"{part} can be changed by others than root.",
            f"chown root:root {part}; chmod go-w {part}",
        )
    if not bad:
        yield Finding("owner", OK, "Program, interpreter and configuration are root's alone.")


def _unsafe_parts(path: str) -> Iterator[str]:
    way = ""
    trusted = {0, os.geteuid()}
    for part in ["", *[part for part in path.split("/") if part]]:
        way = f"{way.rstrip('/')}/{part}"
        try:
            info = os.lstat(way)
        except FileNotFoundError:
            return  # the configuration's own check says so
        sticky = stat.S_ISDIR(info.st_mode) and info.st_mode & stat.S_ISVTX
        open_to_others = info.st_mode & 0o022 and not sticky and not stat.S_ISLNK(info.st_mode)
        if info.st_uid not in trusted or open_to_others:
            yield way


def _state_directory(scene: Scene) -> Iterator[Finding]:
    if scene.home is None:
        cure = "Make it root's alone, and every directory above it: chown root, chmod go-w."
        yield Finding("state", WRONG, f"{scene.fault}.", cure)
        return
    path = scene.home.path
    mode = os.fstat(scene.home.fd).st_mode
    if mode & stat.S_IROTH and mode & stat.S_IXOTH:
        yield Finding("state", OK, f"{path} can be trusted, and nginx can look into it.")
    else:
        yield Finding(
            "state",
            WRONG,
            f"nginx cannot look into {path}, so it never sees the marker.",
            f"chmod 755 {path}",
        )


def _mutex(scene: Scene) -> Iterator[Finding]:
    info = scene.home.look(MUTEX) if scene.home else None
    if info is None or not info.st_mode & 0o077:
        return
    yield Finding(
        "mutex",
        WRONG,
        f"Others can open {scene.path(MUTEX)} and keep every run waiting.",
        f"chmod 600 {scene.path(MUTEX)}",
    )


def _marker(scene: Scene) -> Iterator[Finding]:
    if scene.home is None:
        return
    view = View(scene.home)
    decided = assess(view, scene.timetable, scene.now).decision
    shop = "closed" if view.maintenance else "open"
    if view.marker == marker.ALIEN:
        sentence = f"Something else stands in the place of {scene.path(MARKER)}."
    elif view.maintenance != decided.maintenance:
        sentence = f"The shop is {shop}, which is not what windows and lock demand."
    elif view.tail and view.tail.state != state_word(maintenance=view.maintenance):
        sentence = f"The shop is {shop}, which the journal does not know."
    else:
        yield Finding("marker", OK, f"The shop is {shop}, as windows and lock demand.")
        return
    yield Finding("marker", WRONG, sentence, "pretix-maintenance reconcile")


def _lock(scene: Scene) -> Iterator[Finding]:
    held = lockfile.look(scene.home) if scene.home else None
    if held and held.unreadable:
        yield Finding(
            "lock",
            WRONG,
            f"{scene.path(LOCK)} cannot be read; the shop stays closed.",
            "pretix-maintenance unlock",
        )


def _journal(scene: Scene) -> Iterator[Finding]:
    if scene.home is None:
        return
    view = View(scene.home)
    path = scene.path(JOURNAL)
    if view.journal_fault:
        yield Finding("journal", WRONG, f"{view.journal_fault}.", f"Move {path} away.")
    elif view.tail is None:
        cure = f"Run this as root, or add the user to the group {GROUP}."
        yield Finding("journal", WARNING, f"This user may not read {path}.", cure)
    else:
        yield Finding("journal", OK, f"The journal can be read; its last event is {view.tail.seq}.")


def _spares(scene: Scene) -> Iterator[Finding]:
    missing = spares.missing(scene.home) if scene.home else []
    if missing:
        yield Finding(
            "spares",
            WARNING,
            f"{', '.join(missing)} is missing: on a full disk the shop could not be closed.",
            "pretix-maintenance reconcile",
        )


def _clock(scene: Scene) -> Iterator[Finding]:
    now = text_of(scene.now)
    if scene.now < _PROJECT_BEGAN:
        yield Finding("clock", WRONG, f"The clock says {now}.", "timedatectl set-ntp true")
        return
    if scene.home:
        view = View(scene.home)
        if IMPLAUSIBLE_CLOCK in assess(view, scene.timetable, scene.now).decision.reasons:
            yield Finding(
                "clock",
                WRONG,
                f"The clock says {now}, which is before the journal's last event.",
                f"Set the clock; if it is right, move {scene.path(JOURNAL)} away.",
            )
            return
    if (scene.ask("timedatectl", "show", "-p", "NTPSynchronized", "--value") or "").strip() == "no":
        sentence = "The clock is not synchronised."
        yield Finding("clock", WARNING, sentence, "timedatectl set-ntp true")
        return
    yield Finding("clock", OK, f"The clock says {now}.")


def _nginx(scene: Scene) -> Iterator[Finding]:
    told = scene.ask("nginx", "-T")
    if told is None:
        return
    lines = [line.strip() for line in told.splitlines()]
    if any(line.startswith("open_file_cache ") and "off" not in line for line in lines):
        yield Finding(
            "nginx-cache",
            WRONG,
            "nginx keeps file look-ups (open_file_cache), so it sees the marker late.",
            "Set open_file_cache off; in the shop's server block.",
        )
    if scene.path(MARKER) in told:
        yield Finding("nginx", OK, "nginx looks for the marker.")
    else:
        sentence = f"nginx does not look for {scene.path(MARKER)}: closing has no effect."
        severity = WRONG if scene.config_path == DEFAULT_CONFIG else WARNING
        yield Finding(
            "nginx", severity, sentence, "Include the snippet in the shop's server block."
        )


def _timer(scene: Scene) -> Iterator[Finding]:
    if scene.config_path != DEFAULT_CONFIG or scene.ask("systemctl", "--version") is None:
        return
    shown = scene.ask("systemctl", "is-enabled", _TIMER)
    if shown is None:
        cure = f"systemctl enable --now {_TIMER}"
        yield Finding("timer", WRONG, f"{_TIMER} is not enabled: no window begins or ends.", cure)
        return
    from core.timer import unit  # noqa: PLC0415 - only where systemd is

    installed = scene.ask("systemctl", "cat", _TIMER) or ""
    wanted = unit(scene.timetable.configuration().windows).splitlines()
    if all(line in installed.splitlines() for line in wanted if line.startswith("OnCalendar=")):
        yield Finding("timer", OK, f"{_TIMER} is enabled and fits the configuration.")
        return
    yield Finding(
        "timer",
        WARNING,
        f"{_TIMER} does not fit the configuration: edges are up to a minute late.",
        f"pretix-maintenance timer > /etc/systemd/system/{_TIMER}; systemctl daemon-reload",
    )


def _boot_run(scene: Scene) -> Iterator[Finding]:
    if scene.config_path != DEFAULT_CONFIG or scene.ask("systemctl", "--version") is None:
        return
    if scene.ask("systemctl", "cat", _SERVICE) is None:
        cure = "Install the unit again."
        yield Finding("service", WRONG, f"{_SERVICE} is not installed.", cure)


_CHECKS: dict[str, Callable[[Scene], Iterator[Finding]]] = {
    "configuration": _configuration,
    "owner": _owners,
    "state": _state_directory,
    "mutex": _mutex,
    "marker": _marker,
    "lock": _lock,
    "journal": _journal,
    "spares": _spares,
    "clock": _clock,
    "nginx": _nginx,
    "timer": _timer,
    "service": _boot_run,
}
