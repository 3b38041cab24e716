"""The report in plain words, for a person at a terminal."""

import time

from core.decision import LOCK, UNREADABLE_LOCK
from core.view import IMPLAUSIBLE_CLOCK, UNREADABLE_CONFIGURATION, UNREADABLE_JOURNAL
from core.vocabulary import LockInfo, Report

_DOUBTS = {
    UNREADABLE_CONFIGURATION: "The configuration cannot be read, so the shop is kept closed.",
    UNREADABLE_JOURNAL: "The journal cannot be read, so the shop is kept closed.",
    IMPLAUSIBLE_CLOCK: "The clock is behind the journal, so the shop is kept closed.",
}


def when(moment: int) -> str:
    """Return the instant as people write it, in UTC."""
    return time.strftime("%a %Y-%m-%d %H:%M UTC", time.gmtime(moment))


def report_text(report: Report, verb: str) -> str:
    """Return what is true now, why, what comes next and how to undo it."""
    lines = [_done(report, verb), _now(report), *_why(report), _next(report), *report.notes]
    return "\n".join(line for line in lines if line)


def _done(report: Report, verb: str) -> str:
    if verb == "lock":
        return "Locked." if report.changed else "It was locked already; nothing was changed."
    if verb == "unlock":
        return "Unlocked." if report.changed else "There was no lock."
    return ""


def _now(report: Report) -> str:
    shop = "closed" if report.maintenance else "open"
    if report.maintenance == report.desired:
        return f"The shop is {shop}."
    right = "closed" if report.desired else "open"
    return f"The shop is {shop.upper()} but should be {right}. Run: pretix-maintenance reconcile"


def _why(report: Report) -> list[str]:
    lines = []
    if report.window:
        lines.append(f"Window: {report.window.name}, until {when(report.window.end)}.")
    if report.lock and LOCK in report.reasons:
        lines.append(_lock(report.lock))
    if UNREADABLE_LOCK in report.reasons:
        lines.append("There is a lock that cannot be read.")
    lines += [sentence for doubt, sentence in _DOUBTS.items() if doubt in report.reasons]
    return lines


def _lock(lock: LockInfo) -> str:
    who = lock.name or lock.actor
    since = f" since {when(lock.since)}" if lock.since is not None else ""
    why = f", because: {lock.reason}" if lock.reason else ""
    end = f" It ends {when(lock.until)}." if lock.until is not None else ""
    return f"Locked by {who}{since}{why}.{end}"


def _next(report: Report) -> str:
    coming = report.next_transition
    locked = {LOCK, UNREADABLE_LOCK} & set(report.reasons)
    if coming and coming.maintenance:
        return f"It closes {when(coming.at)}."
    if coming:
        return f"It opens by itself {when(coming.at)}."
    if not locked:
        return "" if report.desired else "No window is to come."
    also = "not at the end of the window, only " if report.window else ""
    return f"It opens {also}when somebody unlocks: pretix-maintenance unlock"
