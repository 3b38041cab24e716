"""The verbs that only ask: schedule, explain, history, check, timer, help, version."""

# ruff: noqa: PLC0415 - what a verb does not need, it does not import

from core.errors import UsageError
from core.jsontext import dumps
from core.options import Options
from core.verbs import Answer, report_answer
from core.vocabulary import VERSION

_SCHEDULE, _HISTORY, _MOST = 10, 20, 10_000


def _schedule(options: Options, now: int) -> Answer:
    from core import schedule

    count = options.number("--count", _SCHEDULE)
    start = options.instant("--from")
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


def _explain(options: Options, _now: int) -> Answer:
    at = options.instant("--at")
    if at is None:
        raise UsageError("explain wants --at INSTANT")
    from core.schedule import explain

    locked = options.has("--locked")
    return report_answer(explain(options.config, at, locked=locked), "explain")


def _history(options: Options, _now: int) -> Answer:
    from core import history

    after = options.number("--after", None)
    count = options.number("--count", _HISTORY if after is None else None)
    events = history.events(options.config, options.state_dir, count, after)
    data = {"version": VERSION, "ok": True, "events": [event.to_data() for event in events]}
    return Answer(dumps(data), lambda: history.text(events))


def _check(options: Options, now: int) -> Answer:
    from core import check

    findings = check.findings(options.config, options.state_dir, now)
    data = {"version": VERSION, "ok": True, "findings": [one.to_data() for one in findings]}
    wrong = any(one.severity == check.WRONG for one in findings)
    return Answer(dumps(data), lambda: check.text(findings), 1 if wrong else 0)


def _timer(options: Options, _now: int) -> Answer:
    from core.config import load
    from core.timer import unit

    text = unit(load(options.config).windows)
    return Answer(dumps({"version": VERSION, "ok": True, "unit": text}), lambda: text)


def _help(_options: Options, _now: int) -> Answer:
    from core.usage import usage

    return Answer(dumps({"version": VERSION, "ok": True, "usage": usage()}), usage)


def _version(_options: Options, _now: int) -> Answer:
    from core import __version__

    data = {"version": VERSION, "ok": True, "program": f"pretix-maintenance {__version__}"}
    return Answer(dumps(data), lambda: f"pretix-maintenance {__version__}")


ANSWERS = {
    "schedule": _schedule,
    "explain": _explain,
    "history": _history,
    "check": _check,
    "timer": _timer,
    "help": _help,
    "version": _version,
}
