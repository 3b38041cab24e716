"""`pretix-maintenance`: the process around the verbs."""

import os
import sys
import time

from core.errors import ApplyError, CoreError, StateError, UsageError
from core.options import parse
from core.verbs import World, answer
from core.vocabulary import Failure

_READING = ("status", "schedule", "explain", "history", "check", "timer")


def main(arguments: list[str] | None = None) -> int:
    """Run the program: exactly one answer on standard output or error; return the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    world = World(lambda: int(time.time()), _shield)
    code, output, complaint = run(given, world, enter=_settle_in)
    _unshield()
    _write(1, output)
    _write(2, complaint)
    return code


def run(
    arguments: list[str],
    world: World,
    enter: "Callable[[], None] | None" = None,
) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error; `enter` runs once paths are known."""
    as_json = "--json" in arguments
    verb = ""
    try:
        options = parse(arguments)
        verb = options.verb
        _refuse_half_root()
        if enter:
            enter()
        found = answer(options, world)
        text = found.json if as_json else found.text()
        return found.code, text if text.endswith("\n") else f"{text}\n", ""
    except CoreError as error:
        return _failed(error, as_json=as_json)
    except OSError as error:
        return _failed(_translated(error, verb), as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the process's top level: one answer in any case
        fault = ApplyError(f"internal error: {type(error).__name__}: {error}", "internal")
        return _failed(fault, as_json=as_json)


def _refuse_half_root() -> None:
    """Refuse root without root's group: sudo -g would make files that others may read."""
    if os.geteuid() == 0 and os.getegid() != 0:
        raise UsageError("as root this needs root's group too")


def _translated(error: OSError, verb: str) -> CoreError:
    sentence = f"{error.filename or 'a system call'}: {error.strerror or error}"
    return StateError(sentence) if verb in _READING else ApplyError(sentence)


def _failed(error: CoreError, *, as_json: bool) -> tuple[int, str, str]:
    sentence = " ".join(str(error).split())
    if as_json:
        return error.exit_code, f"{Failure(error.problem, sentence).to_json()}\n", ""
    return error.exit_code, "", f"pretix-maintenance: {sentence}\n"


def _shield() -> None:
    from core.shield import raise_shield  # noqa: PLC0415 - `signal` costs 6 ms

    raise_shield()


def _unshield() -> None:
    """Let the deadline end a process that nobody listens to; the work is done."""
    if "core.shield" not in sys.modules:
        return
    from core.shield import lower_shield  # noqa: PLC0415 - imported already

    try:
        lower_shield()
    except (OSError, CoreError):
        return  # the deadline struck this very moment: answer all the same


def _settle_in() -> None:
    """Depend on nothing that the caller has set: descriptors, umask, directory."""
    _guard_descriptors()
    os.umask(0o022)
    os.chdir("/")


def _guard_descriptors() -> None:
    """Fill missing standard descriptors, so that no file of ours becomes one of them."""
    while True:
        descriptor = os.open("/dev/null", os.O_RDWR)
        if descriptor > 2:  # noqa: PLR2004 - the three standard descriptors
            os.close(descriptor)
            return


def _write(descriptor: int, text: str) -> None:
    """Write the answer; nobody there to read it is no failure of what was done."""
    rest = text.encode(errors="backslashreplace")
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except (OSError, CoreError):
        return


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

if __name__ == "__main__":
    sys.exit(main())
