"""The command line, read by a table. `argparse` costs 13 ms a call, more than the whole helper."""

import os

from core.errors import UsageError
from core.places import DEFAULT_CONFIG

_ORDER = {"--actor", "--name", "--reason"}

# verb: (what it does, options with a value, options without)
VERBS: dict[str, tuple[str, set[str], set[str]]] = {
    "reconcile": ("make the shop agree with windows and lock", {"--actor", "--name"}, {"--stdin"}),
    "lock": ("close the shop until somebody unlocks", {*_ORDER, "--until"}, {"--stdin"}),
    "unlock": ("remove the lock; a window still holds", _ORDER, {"--stdin"}),
    "status": ("say what is true now and what comes next", set(), set()),
    "schedule": ("list the coming windows", {"--from", "--count"}, {"--ics"}),
    "explain": ("say what would be decided at an instant", {"--at"}, {"--locked"}),
    "history": ("list what happened", {"--count", "--after"}, set()),
    "check": ("look for everything that could be wrong on this host", set(), set()),
    "timer": ("print the systemd timer that fits the configuration", set(), set()),
}
_PLACES = {"--config", "--state-dir"}
_EVERYWHERE = {"--json", "--help", "--version"}
WORDS = {
    "--config": "FILE",
    "--state-dir": "DIR",
    "--reason": "TEXT",
    "--until": "INSTANT",
    "--actor": "ID",
    "--name": "TEXT",
    "--from": "INSTANT",
    "--at": "INSTANT",
    "--count": "N",
    "--after": "SEQ",
}


class Options:
    """What the command line says; paths are absolute."""

    __slots__ = ("_flags", "_values", "config", "state_dir", "verb")

    def __init__(self, verb: str, values: dict[str, str], flags: set[str]) -> None:
        """Keep it."""
        self.verb = verb
        self._values = values
        self._flags = flags
        self.config = os.path.abspath(values.get("--config", DEFAULT_CONFIG))
        given = values.get("--state-dir")
        self.state_dir = None if given is None else os.path.abspath(given)

    def has(self, flag: str) -> bool:
        """Tell whether the option is there."""
        return flag in self._flags

    def get(self, key: str) -> str | None:
        """Return the option's value, None where it is not there."""
        return self._values.get(key)

    def number(self, key: str, default: int | None) -> int | None:
        """Return the option's value as a whole number.

        Raises:
            UsageError: it is none.
        """
        text = self._values.get(key)
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) <= len(str(1 << 53))):
            raise UsageError(f"{key} wants a whole number, not {text!r}")
        return int(text)

    def instant(self, key: str) -> int | None:
        """Return the option's value as epoch seconds.

        Raises:
            RequestError: it is not an instant.
        """
        text = self._values.get(key)
        if text is None:
            return None
        from core.instants import instant  # noqa: PLC0415 - needs datetime

        return instant(text)


def parse(arguments: list[str]) -> Options:
    """Read the command line, options before or after the verb.

    Raises:
        UsageError: saying what is not understood.
    """
    verb = ""
    values: dict[str, str] = {}
    flags: set[str] = set()
    waiting = iter(arguments)
    for argument in waiting:
        key, equals, value = argument.partition("=")
        if key in WORDS:
            if key in values:
                raise UsageError(f"{key} is there twice")
            values[key] = value if equals else _next(waiting, key)
        elif argument == "-h" or argument.startswith("--"):
            flags.add("--help" if argument == "-h" else argument)
        elif verb:
            raise UsageError(f"{argument!r} is one word too many")
        else:
            verb = argument
    if flags & {"--help", "--version"}:
        return Options("version" if "--version" in flags else "help", {}, flags)
    _check(verb, values, flags)
    return Options(verb, values, flags)


def _next(waiting: "Iterator[str]", key: str) -> str:
    for value in waiting:
        return value
    raise UsageError(f"{key} wants a value: {WORDS[key]}")


def _check(verb: str, values: dict[str, str], flags: set[str]) -> None:
    if not verb:
        raise UsageError(f"say what to do: {', '.join(VERBS)}")
    if verb not in VERBS:
        raise UsageError(f"{verb!r} is not one of {', '.join(VERBS)}")
    _, with_value, without = VERBS[verb]
    for key in values:
        if key not in with_value | _PLACES:
            raise UsageError(f"{verb} knows no {key}")
    for flag in flags:
        if flag not in without | _EVERYWHERE:
            raise UsageError(f"{verb} knows no {flag}")
    if "--stdin" in flags and values.keys() & with_value:
        raise UsageError("with --stdin everything stands in the request")


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
