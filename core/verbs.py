"""Each verb: from options to an answer. What a verb does not need, it does not import."""

# ruff: noqa: PLC0415 - see above; a status run imports a tenth of what there is

import os

from core.errors import RequestError
from core.options import Options
from core.vocabulary import REQUEST_BYTES, Report, Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from core.operations import House


class World:
    """What a verb takes from outside: the time (epoch seconds), a shield, standard input."""

    __slots__ = ("clock", "shield", "stdin")

    def __init__(
        self,
        clock: "Callable[[], int]",
        shield: "Callable[[], None]",
        stdin: int = 0,
    ) -> None:
        """Keep them; `shield` is called before anything that must not be stopped."""
        self.clock = clock
        self.shield = shield
        self.stdin = stdin


class Answer:
    """What is printed: JSON, or text made only if it is wanted; and the exit code."""

    __slots__ = ("code", "json", "text")

    def __init__(self, json: str, text: "Callable[[], str]", code: int = 0) -> None:
        """Keep it."""
        self.json = json
        self.text = text
        self.code = code


def answer(options: Options, world: World) -> Answer:
    """Do what the options say.

    Raises:
        CoreError: as the verb says.
    """
    doer = _DOERS.get(options.verb)
    if doer:
        return doer(options, world)
    from core.asking import ANSWERS

    return ANSWERS[options.verb](options, world.clock())


def report_answer(found: Report, verb: str) -> Answer:
    """Answer with a report."""

    def text() -> str:
        from core.telling import report_text

        return report_text(found, verb)

    return Answer(found.to_json(), text)


def _house(options: Options, world: World) -> "House":
    from core.operations import House

    return House(options.config, options.state_dir, world.clock)


def _status(options: Options, world: World) -> Answer:
    from core.status import read_report

    found = read_report(options.config, options.state_dir, world.clock())
    return report_answer(found, "status")


def _reconcile(options: Options, world: World) -> Answer:
    from core.operations import idle, reconcile

    house = _house(options, world)
    found = None if options.has("--stdin") else idle(house)
    if found is None:
        world.shield()
        found = reconcile(house, _order(options, world))
    return report_answer(found, "reconcile")


def _lock(options: Options, world: World) -> Answer:
    world.shield()
    order = _order(options, world)
    from core.operations import lock

    return report_answer(lock(_house(options, world), order), "lock")


def _unlock(options: Options, world: World) -> Answer:
    world.shield()
    order = _order(options, world)
    from core.operations import unlock

    return report_answer(unlock(_house(options, world), order), "unlock")


def _order(options: Options, world: World) -> Request:
    if options.has("--stdin"):
        return Request.from_json(_stdin(world.stdin))
    return Request(
        options.get("--actor") or f"unix:{_user()}",
        name=options.get("--name") or None,
        reason=options.get("--reason") or None,
        until=options.instant("--until"),
    ).checked()


def _user() -> str:
    uid = os.geteuid()
    if not uid:
        return "root"
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _stdin(descriptor: int) -> bytes:
    """Read the request to its end, and one byte more than it may have."""
    from core.shield import Late

    content = b""
    try:
        while len(content) <= REQUEST_BYTES:
            part = os.read(descriptor, REQUEST_BYTES + 1 - len(content))
            if not part:
                break
            content += part
    except Late:
        raise RequestError("the request did not end in time") from None
    except OSError as error:
        raise RequestError(f"the request could not be read: {error.strerror}") from None
    return content


_DOERS = {
    "reconcile": _reconcile,
    "lock": _lock,
    "unlock": _unlock,
    "status": _status,
}
