"""Are the units there, in force, and do they fit the configuration?"""

import re
from collections.abc import Iterator

from core.check.finding import Finding, ok, warning, wrong
from core.check.scene import BOT, SERVICE, TIMER, UNITS, Scene
from core.errors import ConfigurationError
from core.timer import unit

NEW_ENOUGH = 255
"""systemd's first version in which a sandbox does not take away sudo's right to become root."""

BREAKS_SUDO = (
    "LockPersonality",
    "MemoryDenyWriteExecute",
    "PrivateDevices",
    "ProtectClock",
    "ProtectHostname",
    "ProtectKernelLogs",
    "ProtectKernelModules",
    "ProtectKernelTunables",
    "RestrictAddressFamilies",
    "RestrictNamespaces",
    "RestrictRealtime",
    "RestrictSUIDSGID",
    "SystemCallArchitectures",
    "SystemCallFilter",
    "SystemCallLog",
)
"""Options that imply NoNewPrivileges in a unit with a user, before that version."""
_ALWAYS_BREAKS_SUDO = ("DynamicUser", "NoNewPrivileges", "PrivateUsers")

_RELOAD = "systemctl daemon-reload"
_SHOWN = "LoadState,UnitFileState,ActiveState,Result,NeedDaemonReload,FragmentPath,DropInPaths"


def show(scene: Scene, name: str) -> dict[str, str]:
    """Return what systemd knows of a unit, {} where it does not answer."""
    told = scene.run("systemctl", "show", name, f"--property={_SHOWN}")
    pairs = (line.partition("=") for line in told.out.splitlines())
    return {key: value for key, _, value in pairs} if told.good else {}


def version(told: str) -> int:
    """Return the number in `252.39-1~deb12u2` or `257 (257.8-1)`; 0 where there is none."""
    match = re.search(r"\d+", told)
    return int(match.group()) if match else 0


def booted(scene: Scene) -> int:
    """Return the version of the systemd that runs this host, 0 where none does."""
    told = scene.run("systemctl", "show", "--property=Version", "--value")
    return version(told.out) if told.good else 0


def has_bot(scene: Scene) -> bool:
    """Tell whether this host has a bot that is meant to run."""
    shown = show(scene, BOT)
    return "enabled" in shown.get("UnitFileState", "") or shown.get("ActiveState") == "active"


def units(scene: Scene) -> Iterator[Finding]:
    """Look at the boot run, the timer and the bot."""
    if not booted(scene):
        sentence = "systemd does not run this host: nothing opens or closes the shop by itself."
        cure = f"Run `{SERVICE.removesuffix('.service')} reconcile` every minute by other means."
        yield warning("systemd", sentence, cure)
        return
    yield from _boot_run(show(scene, SERVICE))
    yield from _timer(scene, show(scene, TIMER))
    yield from _bot(scene, show(scene, BOT))


def _boot_run(shown: dict[str, str]) -> Iterator[Finding]:
    yield from _there(SERVICE, shown) or _stale(SERVICE, shown)
    if shown.get("LoadState") != "loaded":
        return
    if shown.get("UnitFileState") != "enabled":
        sentence = f"{SERVICE} is not enabled: after a boot nginx may serve a shop that is closed."
        yield wrong("service", sentence, f"systemctl enable {SERVICE}")
    elif shown.get("Result") != "success":
        sentence = f"The last run of {SERVICE} failed: {shown.get('Result')}."
        yield wrong("service", sentence, f"journalctl -u {SERVICE} -n 20")
    else:
        yield ok("service", f"{SERVICE} runs at boot, and its last run did well.")


def _there(name: str, shown: dict[str, str]) -> list[Finding]:
    state = shown.get("LoadState")
    if state == "loaded":
        return []
    problem = name.rpartition(".")[2]
    if state == "masked":
        return [wrong(problem, f"{name} is masked.", f"systemctl unmask {name}")]
    return [wrong(problem, f"{name} is not installed ({state}).", "Run the site playbook again.")]


def _stale(name: str, shown: dict[str, str]) -> list[Finding]:
    if shown.get("NeedDaemonReload") != "yes":
        return []
    return [wrong("reload", f"{name} was changed, and systemd has not read it.", _RELOAD)]


def _timer(scene: Scene, shown: dict[str, str]) -> Iterator[Finding]:
    yield from _there(TIMER, shown) or _stale(TIMER, shown)
    if shown.get("LoadState") != "loaded":
        return
    on = (shown.get("UnitFileState"), shown.get("ActiveState")) == ("enabled", "active")
    if not on:
        sentence = f"{TIMER} is not enabled and active: no window begins or ends."
        yield wrong("timer", sentence, f"systemctl enable --now {TIMER}")
    try:
        wanted = unit(scene.timetable.configuration().windows)
    except ConfigurationError:
        return
    yield from fits(_text_of(shown.get("FragmentPath", "")), wanted, on=on)


def fits(installed: str, wanted: str, *, on: bool = True) -> Iterator[Finding]:
    """Compare two texts of the timer; comments and empty lines do not count."""
    has, wants = _lines(installed), _lines(wanted)
    cure = f"pretix-maintenance timer > {UNITS}/{TIMER}; {_RELOAD}; systemctl restart {TIMER}"
    if missing := [line for line in wants if line not in has]:
        edges = [line.removeprefix("OnCalendar=") for line in missing if "OnCalendar=" in line]
        named = f" (missing: {', '.join(edges)})" if edges else ""
        sentence = f"{TIMER} does not fit the configuration, so edges come late{named}."
        yield wrong("timer", sentence, cure)
    elif more := [line for line in has if line not in wants]:
        sentence = f"{TIMER} holds what the configuration does not ask for: {', '.join(more)}."
        yield warning("timer", sentence, cure)
    elif on:
        yield ok("timer", f"{TIMER} is enabled, active, and fits the configuration.")


def _lines(text: str) -> list[str]:
    stripped = [line.strip() for line in text.splitlines()]
    return [line for line in stripped if line and line[0] not in "#;"]


def _text_of(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def _bot(scene: Scene, shown: dict[str, str]) -> Iterator[Finding]:
    if shown.get("LoadState") != "loaded":
        sentence = "There is no bot on this host: windows and this command work, no chat does."
        yield warning("bot", sentence, "Name an adapter for the site playbook if you want one.")
        return
    yield from _stale(BOT, shown)
    if "enabled" not in shown.get("UnitFileState", ""):
        sentence = f"{BOT} is not enabled: after a boot nobody hears the chats."
        yield warning("bot", sentence, f"systemctl enable --now {BOT}")
    elif shown.get("ActiveState") != "active":
        sentence = f"{BOT} does not run ({shown.get('ActiveState')}): nobody hears the chats."
        yield wrong("bot", sentence, f"journalctl -u {BOT} -n 20; systemctl restart {BOT}")
    else:
        yield ok("bot", f"{BOT} is enabled and runs.")
    drop_ins = shown.get("DropInPaths", "").split()
    options = [line for path in drop_ins for line in _lines(_text_of(path))]
    yield from sandbox(options, booted(scene))


def sandbox(options: list[str], running: int) -> Iterator[Finding]:
    """Look at what the bot's drop-ins add to its unit, for the systemd that runs (its version)."""
    set_ = [line.partition("=")[0] for line in options if not line.endswith(("=no", "=false"))]
    bad = [name for name in _ALWAYS_BREAKS_SUDO if name in set_]
    late = [name for name in BREAKS_SUDO if name in set_]
    if running < NEW_ENOUGH:
        bad += late
    if bad:
        yield wrong(
            "sandbox",
            f"A drop-in of {BOT} sets {', '.join(bad)}: under systemd {running} sudo refuses then.",
            f"Remove it from {UNITS}/{BOT}.d; {_RELOAD}; systemctl restart {BOT}",
        )
    elif running >= NEW_ENOUGH and not late:
        sentence = f"systemd {running} allows {BOT} a stricter sandbox than it has."
        cure = f"Install pretix-maintenance-bot-255.conf as {UNITS}/{BOT}.d/sandbox.conf."
        yield warning("sandbox", sentence, cure)
