"""Each verb: from options to an answer. What a verb does not need, it does not import."""

# ruff: noqa: PLC0415 - see above; a status run imports a tenth of what there is

import os

from core.errors import RequestError, UsageError
from core.jsontext import dumps
from core.options import Options
from core.protocol import REQUEST_BYTES, VERSION, Report, Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from core.operations import House

_SCHEDULE, _HISTORY, _MOST = 10, 20, 10_000


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
    return _DOERS[options.verb](options, world)


def _report(found: Report, verb: str) -> Answer:
    def text() -> str:
        from core.telling import report_text

        return report_text(found, verb)

    return Answer(found.to_json(), text)


def _house(options: Options, world: World) -> "House":
    from core.operations import House

    return House(options.config, options.state_dir, world.clock)


def _status(options: Options, world: World) -> Answer:
    from core.status import read_report

    return _report(read_report(options.config, options.state_dir, world.clock()), "status")


def _reconcile(options: Options, world: World) -> Answer:
    from core.operations import idle, reconcile

    house = _house(options, world)
    found = None if options.has("--stdin") else idle(house)
    if found is None:
        world.shield()
        found = reconcile(house, _order(options, world))
    return _report(found, "reconcile")


def _lock(options: Options, world: World) -> Answer:
    world.shield()
    order = _order(options, world)
    from core.operations import lock

    return _report(lock(_house(options, world), order), "lock")


def _unlock(options: Options, world: World) -> Answer:
    world.shield()
    order = _order(options, world)
    from core.operations import unlock

    return _report(unlock(_house(options, world), order), "unlock")


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


def _schedule(options: Options, world: World) -> Answer:
    from core import schedule

    count = options.number("--count", _SCHEDULE)
    start = options.instant("--from")
    now = world.clock()
    found = schedule.coming(
        options.config,
        now if start is None else start,
        min(count or 0, _MOST),
    )
    if options.has("--ics"):
        from core.ics import calendar

        file = calendar(found, now)
        return Answer(dumps({"version": VERSION, "ok": True, "ics": file}), lambda: file)
    data = {"version": VERSION, "ok": True, "occurrences": [one.to_data() for one in found]}
    return Answer(dumps(data), lambda: schedule.text(found))


def _explain(options: Options, _world: World) -> Answer:
    at = options.instant("--at")
    if at is None:
        raise UsageError("explain wants --at INSTANT")
    from core.schedule import explain

    locked = options.has("--locked")
    return _report(explain(options.config, at, locked=locked), "explain")


def _history(options: Options, _world: World) -> Answer:
    from core import history

    after = options.number("--after", None)
    count = options.number("--count", _HISTORY if after is None else None)
    events = history.events(options.config, options.state_dir, count, after)
    data = {"version": VERSION, "ok": True, "events": [event.to_data() for event in events]}
    return Answer(dumps(data), lambda: history.text(events))


def _check(options: Options, world: World) -> Answer:
    from core import check

    findings = check.findings(options.config, options.state_dir, world.clock())
    data = {"version": VERSION, "ok": True, "findings": [one.to_data() for one in findings]}
    wrong = any(one.severity == check.WRONG for one in findings)
    return Answer(dumps(data), lambda: check.text(findings), 1 if wrong else 0)


def _timer(options: Options, _world: World) -> Answer:
    from core.config import load
    from core.timer import unit

    text = unit(load(options.config).windows)
    return Answer(dumps({"version": VERSION, "ok": True, "unit": text}), lambda: text)


def _help(_options: Options, _world: World) -> Answer:
    from core.options import usage

    return Answer(dumps({"version": VERSION, "ok": True, "usage": usage()}), usage)


def _version(_options: Options, _world: World) -> Answer:
    from core import __version__

    data = {"version": VERSION, "ok": True, "program": f"pretix-maintenance {__version__}"}
    return Answer(dumps(data), lambda: f"pretix-maintenance {__version__}")


_DOERS = {
    "reconcile": _reconcile,
    "lock": _lock,
    "unlock": _unlock,
    "status": _status,
    "schedule": _schedule,
    "explain": _explain,
    "history": _history,
    "check": _check,
    "timer": _timer,
    "help": _help,
    "version": _version,
}
