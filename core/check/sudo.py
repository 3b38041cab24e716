"""Is the door through which the bot becomes root there, and not wider than it must be?"""

import os
import re
from collections.abc import Iterator

from core.check import systemd
from core.check.finding import Finding, ok, warning, wrong
from core.check.scene import BOT_USER, PROGRAM, SUDO_RULE, Scene
from core.errors import CoreError
from core.protocol import parse_answer
from core.vocabulary import Failure, Value

VERBS = ("lock", "unlock", "reconcile")
_LINES = frozenset(f"{PROGRAM} {verb} --json --stdin" for verb in VERBS)
_OPTIONS = frozenset({"!authenticate", "!setenv", "noexec"})
_DIRECT = ("!use_pty", "!pam_session", "!pam_setcred")
_OLDEST = (1, 9)
_CURE = f"Install deploy/sudoers/pretix-maintenance again as {SUDO_RULE}, root:root 0440."


class Entry(Value):
    """One thing that a user may do: as whom, with which options, which command lines."""

    __slots__ = ("commands", "options", "users")

    def __init__(self, users: str, options: frozenset[str], commands: frozenset[str]) -> None:
        """Keep it."""
        self.users = users
        self.options = options
        self.commands = commands


def entries(listed: str) -> list[Entry]:
    """Read what `sudo -ll -U USER` prints."""
    found = []
    for block in re.split(r"^Sudoers entry:.*$|^LDAP Role:.*$", listed, flags=re.MULTILINE)[1:]:
        keys, _, commands = block.partition("Commands:")
        values = {
            key.strip(): value.strip()
            for key, _, value in (line.partition(":") for line in keys.splitlines())
        }
        options = frozenset(filter(None, re.split(r",\s*", values.get("Options", ""))))
        lines = frozenset(filter(None, map(str.strip, commands.splitlines())))
        found.append(Entry(values.get("RunAsUsers", ""), options, lines))
    return found


def version(told: str) -> tuple[int, ...]:
    """Read the first line of `sudo -V`, such as `Sudo version 1.9.13p3`; () for another."""
    match = re.match(r"Sudo version (\d+)\.(\d+)", told)
    return tuple(map(int, match.groups())) if match else ()


def rule(scene: Scene) -> Iterator[Finding]:
    """Look at sudo and its rule, then try it; only where a bot is meant to run, and as root."""
    is_booted = systemd.booted(scene)
    bot_toml = os.path.join(os.path.dirname(scene.config_path), "bot.toml")
    if not (systemd.has_bot(scene) if is_booted else os.path.exists(bot_toml)):
        return
    told = scene.run("sudo", "-V")
    if not told.good:
        sentence = f"The bot cannot close or open the shop: {told.complaint}."
        yield warning("sudo", sentence, "apt install sudo")
        return
    if version(told.out) < _OLDEST:
        sentence = f"This sudo is older than 1.9: {told.out.partition(chr(10))[0]}."
        yield wrong("sudo", sentence, "Upgrade sudo.")
    if os.geteuid():
        yield warning("sudo-rule", "Only root can look at the sudo rule.", "Run this as root.")
        return
    yield from _files(scene)
    yield from listed(scene.run("sudo", "-ll", "-U", BOT_USER).out)
    yield from _tried(scene)


def _files(scene: Scene) -> Iterator[Finding]:
    told = scene.run("visudo", "-c")
    if told.code is None:
        yield warning("sudoers", f"sudo's files are not checked: {told.complaint}.", "visudo -c")
    elif not told.good:
        complaint = (told.err or told.out).strip().partition("\n")[0]
        yield wrong("sudoers", f"sudo's own check finds a fault: {complaint}.", "visudo -c")


def listed(told: str) -> Iterator[Finding]:
    """Compare the output of `sudo -ll -U` for the bot's user with what the rule must give."""
    allowed = entries(told)
    ours = [entry for entry in allowed if entry.commands & _LINES]
    if missing := sorted(_LINES.difference(*(entry.commands for entry in ours))):
        sentence = f"sudo does not let {BOT_USER} run: {', '.join(missing)}."
        yield wrong("sudo-rule", sentence, _CURE)
    wide = sorted({line for entry in allowed for line in entry.commands} - _LINES)
    if wide:
        sentence = f"sudo lets {BOT_USER} run more than it needs: {', '.join(wide)}."
        yield wrong("sudo-wide", sentence, "Remove the rules that allow it: visudo, /etc/sudoers.d")
    if any(entry.users != "root" or not entry.options >= _OPTIONS for entry in ours):
        sentence = "The sudo rule lacks root alone, NOPASSWD, NOSETENV or NOEXEC."
        yield wrong("sudo-rule", sentence, _CURE)
    elif ours and not all(word in told for word in _DIRECT):
        sentence = "sudo stays the helper's parent, so the bot could kill or freeze it."
        yield wrong("sudo-parent", sentence, _CURE)
    elif ours and not missing and not wide:
        yield ok("sudo-rule", f"sudo lets {BOT_USER} run three command lines, and no more.")


def _tried(scene: Scene) -> Iterator[Finding]:
    """Call the helper as the bot does, with a request that it must refuse: nothing is changed."""
    asked = ("-n", "-u", BOT_USER, "sudo", "-n", PROGRAM)
    told = scene.run("sudo", *asked, "reconcile", "--json", "--stdin", stdin="{}")
    if _is_refused_request(told.out):
        yield ok("sudo-try", "The helper answers the bot through sudo.")
    else:
        sentence = f"The helper does not answer through sudo: {told.complaint}."
        yield wrong("sudo-try", sentence, _CURE)
    told = scene.run("sudo", *asked, "lock", "--json", "--stdin", "extra")
    if told.out.strip():
        sentence = f"sudo lets {BOT_USER} add words to the helper's command line."
        yield wrong("sudo-extra", sentence, _CURE)


def _is_refused_request(told: str) -> bool:
    try:
        answer = parse_answer(told)
    except (CoreError, ValueError):
        return False
    return isinstance(answer, Failure) and answer.problem == "request"
