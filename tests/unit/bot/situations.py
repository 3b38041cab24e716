"""Every situation in which the bot speaks, for the expected texts in `texts/`.

`python tests/unit/bot/situations.py nl` shows them all, to be read aloud.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from adapters.base import Destination, IncomingMessage, SpanKind
from bot.commands import (
    BadEnd,
    Command,
    EndFault,
    Leftover,
    Lock,
    Status,
    Synonym,
    TooLong,
    Typo,
    Verb,
)
from bot.messages import Difficulty, Pending, Voice
from bot.policy import Person, Place, Refusal, Refused, Role
from bot.probe import ProbeResult, Verdict
from bot.report.model import Missing, Note, Span
from bot.text import Text
from core.protocol import Event, LockInfo, Occurrence, Report, Transition

Say = Callable[[Voice], Text]

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 29, 22, 5, tzinfo=UTC)
"""A Sunday, five minutes into the window."""


def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp())


WINDOW = Occurrence(at(2026, 11, 29, 22), at(2026, 11, 30, 5), "Mollie week")
ANNAS = LockInfo("telegram:1", "Anna", "audit", at(2026, 11, 27, 15, 10), None)
CLOSES = Transition(at(2026, 12, 6, 22), maintenance=True)
OPENS = Transition(WINDOW.end, maintenance=False)


def report(
    *,
    maintenance: bool,
    window: Occurrence | None = None,
    lock: LockInfo | None = None,
    **more: Any,
) -> Report:
    reasons = (("window",) if window else ()) + (("lock",) if lock else ())
    facts: dict[str, Any] = {"desired": maintenance, "reasons": reasons} | more
    return Report(
        at=int(NOW.timestamp()), maintenance=maintenance, window=window, lock=lock, **facts
    )


OPEN = report(maintenance=False, next_transition=CLOSES)
BY_WINDOW = report(maintenance=True, window=WINDOW, next_transition=OPENS)
BY_LOCK = report(maintenance=True, lock=ANNAS)
BY_BOTH = report(maintenance=True, window=WINDOW, lock=ANNAS)


def changed(given: Report, **more: Any) -> Report:
    slots = {slot: getattr(given, slot) for slot in Report.__slots__}
    return Report(**slots | {"changed": True} | more)


def until(end: int, opens: int, window: Occurrence | None = None) -> Report:
    """Return a lock of Anna's, placed now, that ends by itself."""
    lock = LockInfo("telegram:1", "Anna", None, int(NOW.timestamp()), end)
    following = Transition(opens, maintenance=False)
    return report(
        maintenance=True, window=window, lock=lock, changed=True, next_transition=following
    )


def answer(verdict: Verdict, status: int | None, age: timedelta = timedelta()) -> ProbeResult:
    return ProbeResult(NOW - age, "tickets.example", status, verdict)


S503 = answer(Verdict.CLOSED, 503)
S200 = answer(Verdict.OPEN, 200)
S200_OPEN = replace(S200, expected=False)
TWO_WRONG = replace(
    S200,
    others=(
        replace(S200, host="tickets.example (IPv6)", verdict=Verdict.UNREACHABLE, status=None),
        replace(S503, host="party.example"),
    ),
)
MUTE = answer(Verdict.UNREACHABLE, None)


def event(kind: str, state: str, when: int, **more: Any) -> Event:
    facts: dict[str, Any] = {"seq": 1, "actor": "systemd:timer"} | more
    return Event(at=when, state=state, kind=kind, **facts)


NOTABLY = timedelta(minutes=42)


def after(given: Event, result: ProbeResult, late: timedelta = timedelta()) -> ProbeResult:
    """Give that answer when it was asked for after an event."""
    asked = datetime.fromtimestamp(given.at, UTC) + late
    return replace(result, at=asked, expected=given.state == "on")


def numbered(given: Event, seq: int) -> Event:
    given.seq = seq
    return given


ANNA_LOCKS = {"actor": "telegram:1", "name": "Anna", "origin": "telegram:-1"}
LOCKED = event(
    "locked", "on", at(2026, 11, 27, 15, 10), reason="audit", transition="on", **ANNA_LOCKS
)
LOCKED_UNTIL = event(
    "locked",
    "on",
    at(2026, 11, 27, 15, 10),
    until=at(2026, 11, 27, 18),
    next_transition=Transition(at(2026, 11, 27, 18), maintenance=False),
    **ANNA_LOCKS,
)
LOCKED_INSIDE = event(
    "locked", "on", at(2026, 11, 29, 22, 5), window=WINDOW, lock="1", **ANNA_LOCKS
)
UNLOCKED = event(
    "unlocked",
    "off",
    at(2026, 11, 27, 16, 10),
    transition="off",
    actor="mattermost:x",
    name="Bob",
    next_transition=CLOSES,
)
UNLOCKED_INSIDE = event(
    "unlocked",
    "on",
    at(2026, 11, 29, 22, 5),
    actor="unix:root",
    window=WINDOW,
    next_transition=OPENS,
)
BEGINS = event(
    "transition", "on", WINDOW.start, transition="on", window=WINDOW, next_transition=OPENS
)
BEGINS_LATE = event(
    "transition",
    "on",
    WINDOW.start + 720,
    transition="on",
    window=WINDOW,
    planned=WINDOW.start,
    next_transition=OPENS,
)
CLOSED_BY_LOCK = event("transition", "on", WINDOW.end, transition="on", reasons=("lock",), lock="1")
CLOSED_BY_BOTH = event(
    "transition", "on", WINDOW.start, transition="on", window=WINDOW, reasons=("window", "lock")
)
REOPENED = event("transition", "off", WINDOW.end, transition="off", next_transition=CLOSES)
ENDS = event(
    "transition",
    "off",
    WINDOW.end,
    transition="off",
    planned=WINDOW.end,
    next_transition=CLOSES,
)
EXPIRED = event(
    "lock-expired",
    "off",
    at(2026, 11, 28, 12),
    name="Anna",
    transition="off",
    next_transition=CLOSES,
)
EXPIRED_INSIDE = event(
    "lock-expired", "on", at(2026, 11, 29, 22, 5), window=WINDOW, next_transition=OPENS
)
HEALED_ON = event(
    "healed", "on", at(2026, 11, 29, 22, 5), transition="on", window=WINDOW, next_transition=OPENS
)
HEALED_OFF = event("healed", "off", at(2026, 11, 30, 6), transition="off", next_transition=CLOSES)
DOUBTFUL = event("transition", "on", WINDOW.start, transition="on", reasons=("unreadable-state",))

HOME = Destination("telegram", "-1")
MESSAGE = IncomingMessage(HOME, "5", "12345", "Anna", "x", NOW - timedelta(minutes=10))
AHEAD = IncomingMessage(HOME, "5", "12345", "Anna", "x", NOW + timedelta(minutes=10))
ANNA = Person("Anna", Role.TREASURER, {"telegram": "12345"}, date(2027, 9, 1))
BORIS = Person("Boris", Role.BOARD, {"telegram": "12345"})
MIA = Person("Mia", Role.MEMBER, {"telegram": "12345"})
GONE = Person("Gone", Role.MEMBER, {"telegram": "12345"}, date(2026, 9, 1))

FIVE_AGO = NOW - timedelta(minutes=5)
JUST_NOW = LockInfo("telegram:1", "Anna", None, int(NOW.timestamp()) - 2, None)
AT_ONCE = Transition(int(NOW.timestamp()) + 2, maintenance=False)
NOTED = Note(
    week="2026-W48",
    span=Span(NOW - timedelta(days=7), NOW),
    made_at=NOW,
    closings=(),
    locks=(),
    books=None,
    missing=(Missing("pretix", "timeout", "pretix does not answer in time"),),
)
LATER = NOW + timedelta(hours=1)
NEXT_DAY = datetime(2026, 11, 30, 6, tzinfo=UTC)
KICKED = Difficulty("board chat", "The bot was removed from the group.", FIVE_AGO)


def refused(
    reason: Refusal,
    message: IncomingMessage = MESSAGE,
    person: Person | None = MIA,
    command: Command | None = None,
) -> Say:
    refusal = Refused(reason, message, command or Lock(), Place(HOME), person)
    return lambda voice: voice.refused(refusal, NOW)


def not_done(command: Command) -> Say:
    return lambda voice: voice.not_done(command)


def told(*events: Event, after: timedelta = timedelta(seconds=3), **more: Any) -> Say:
    moment = datetime.fromtimestamp(events[-1].at, UTC) + after
    return lambda voice: voice.announcement(list(events), moment, **more)


def locked(
    given: Report, probe: ProbeResult | None = S503, actor: str = "telegram:1", **more: Any
) -> Say:
    return lambda voice: voice.lock_done(given, probe, NOW, actor=actor, **more)


def unlocked(given: Report, probe: ProbeResult | None = S503, **more: Any) -> Say:
    return lambda voice: voice.unlock_done(given, probe, NOW, removed=given.changed, **more)


def status(given: Report, probe: ProbeResult | None = None, **more: Any) -> Say:
    return lambda voice: voice.status(given, probe, NOW, **more)


SITUATIONS: dict[str, Say] = {
    "waiting for lock": lambda voice: voice.waiting(Verb.LOCK),
    "waiting for unlock": lambda voice: voice.waiting(Verb.UNLOCK),
    "locked": locked(changed(BY_LOCK)),
    "locked, nobody checks": locked(changed(BY_LOCK), None),
    "locked, the shop answers otherwise": locked(changed(BY_LOCK), S200, error_id="7f3a"),
    "locked, not in the history": locked(changed(BY_LOCK, recorded=False)),
    "locked inside the window": locked(changed(BY_BOTH)),
    "locked with an end": locked(until(at(2026, 11, 30, 1), at(2026, 11, 30, 1))),
    "locked until inside a later window": locked(until(at(2026, 12, 6, 23), at(2026, 12, 7, 5))),
    "locked inside the window, ends before it": locked(
        until(at(2026, 11, 30, 1), WINDOW.end, WINDOW)
    ),
    "locked inside the window, ends after it": locked(
        until(at(2026, 11, 30, 9), at(2026, 11, 30, 9), WINDOW)
    ),
    "locked inside the window, ends in the next": locked(
        until(at(2026, 12, 6, 23), at(2026, 12, 7, 5), WINDOW)
    ),
    "already locked by you": locked(BY_LOCK),
    "already locked by another": locked(BY_LOCK, actor="telegram:2", asked=Lock()),
    "already locked, another reason wished": locked(BY_LOCK, asked=Lock("books", None)),
    "already locked by hand": locked(
        report(maintenance=True, lock=LockInfo("unknown", None, None, None, None))
    ),
    "lock, yet the shop is open": locked(
        report(maintenance=False, desired=True, lock=ANNAS, changed=True), S200, error_id="7f3a"
    ),
    "lock, yet there is none": locked(report(maintenance=True, window=WINDOW)),
    "unlocked": unlocked(changed(OPEN), S200),
    "unlocked, it was another's": unlocked(changed(OPEN), S200, former=ANNAS, actor="telegram:2"),
    "unlocked, it was yours": unlocked(changed(OPEN), S200, former=ANNAS, actor="telegram:1"),
    "unlocked, the shop still shows the closed page": unlocked(
        changed(OPEN), S503, error_id="7f3a"
    ),
    "unlocked inside the window": unlocked(changed(BY_WINDOW)),
    "not locked": unlocked(OPEN, S200),
    "not locked, inside the window": unlocked(BY_WINDOW),
    "unlock, yet a lock is there": unlocked(BY_LOCK),
    "open": status(OPEN, S200),
    "open, nothing planned": status(report(maintenance=False)),
    "closed by the window": status(BY_WINDOW, S503),
    "closed by a window without a known end": status(report(maintenance=True, window=WINDOW)),
    "closed by a lock": status(BY_LOCK, S503),
    "closed by a lock of this moment": status(report(maintenance=True, lock=JUST_NOW), S503),
    "open again in a moment": status(
        report(maintenance=True, window=WINDOW, next_transition=AT_ONCE), S503
    ),
    "closed by both": status(BY_BOTH, S503),
    "closed, checked a while ago": status(BY_LOCK, answer(Verdict.CLOSED, 503, timedelta(hours=1))),
    "closed, shop does not answer": status(BY_LOCK, MUTE),
    "closed, certificate": status(BY_LOCK, answer(Verdict.CERTIFICATE, None)),
    "closed, page with 200": status(BY_LOCK, answer(Verdict.PAGE_WITH_200, 200)),
    "closed, foreign page": status(BY_LOCK, answer(Verdict.FOREIGN, 404)),
    "open, foreign page": status(OPEN, answer(Verdict.FOREIGN, 502)),
    "open, page with 200": status(OPEN, answer(Verdict.PAGE_WITH_200, 200)),
    "unreadable lock": status(report(maintenance=True, reasons=("unreadable-lock",)), S503),
    "unreadable state": status(report(maintenance=True, reasons=("unreadable-state",)), S503),
    "should be closed": status(report(maintenance=False, window=WINDOW, desired=True), S200),
    "should be closed by lock": status(report(maintenance=False, lock=ANNAS, desired=True), S200),
    "should be closed, in doubt": status(
        report(maintenance=False, desired=True, reasons=("unreadable-lock",)), S200
    ),
    "should be open": status(report(maintenance=True, desired=False), S503),
    "troubles": status(
        OPEN,
        S200,
        pending=[Pending("board chat", 1, FIVE_AGO), Pending("Mattermost", 2, FIVE_AGO)],
        difficulties=[KICKED, Difficulty("telegram", "Telegram does not take the token.")],
    ),
    "overview for who may lock": status(OPEN, overview=True, may_lock=True),
    "overview for who may ask": status(OPEN, overview=True),
    "status unreadable": lambda voice: voice.status_unreadable(S503, NOW, error_id="7f3a"),
    "status unreadable, no answer": lambda voice: voice.status_unreadable(
        MUTE, NOW, error_id="7f3a"
    ),
    "status unreadable, nobody checks": lambda voice: voice.status_unreadable(
        None, NOW, error_id=""
    ),
    "history, with what the shop answered": lambda voice: voice.history(
        [
            numbered(LOCKED, 1),
            numbered(UNLOCKED, 2),
            numbered(BEGINS, 3),
            numbered(LOCKED_INSIDE, 4),
            numbered(ENDS, 5),
        ],
        NOW + timedelta(hours=8),
        {1: after(LOCKED, S503), 2: after(UNLOCKED, S503), 3: after(BEGINS, MUTE)},
    ),
    "history, checked late": lambda voice: voice.history(
        [
            numbered(LOCKED, 1),
            numbered(UNLOCKED, 2),
            numbered(BEGINS, 3),
            numbered(REOPENED, 4),
            numbered(HEALED_OFF, 5),
        ],
        NEXT_DAY,
        {
            1: after(LOCKED, S503, late=NOTABLY),
            2: after(UNLOCKED, S503, late=NOTABLY),
            3: replace(after(REOPENED, S200), expected=False),
            4: replace(after(REOPENED, MUTE, late=NOTABLY), expected=False),
            5: replace(after(HEALED_OFF, S503), expected=True),
        },
    ),
    "history": lambda voice: voice.history(
        [
            LOCKED,
            UNLOCKED,
            LOCKED_UNTIL,
            EXPIRED,
            BEGINS,
            LOCKED_INSIDE,
            UNLOCKED_INSIDE,
            EXPIRED_INSIDE,
            HEALED_ON,
            ENDS,
            CLOSED_BY_LOCK,
            REOPENED,
            BEGINS_LATE,
            HEALED_OFF,
        ],
        NEXT_DAY,
    ),
    "no history": lambda voice: voice.history([], NOW),
    "schedule": lambda voice: voice.schedule(
        [
            WINDOW,
            Occurrence(at(2026, 12, 6, 22), at(2026, 12, 7, 5), "Mollie week"),
            Occurrence(at(2026, 12, 31, 20), at(2027, 1, 1, 5), "Year end"),
        ],
        NOW,
    ),
    "no schedule": lambda voice: voice.schedule([], NOW),
    "whoami, treasurer": lambda voice: voice.whoami(MESSAGE, ANNA, NOW),
    "whoami, board": lambda voice: voice.whoami(MESSAGE, BORIS, NOW),
    "whoami, member": lambda voice: voice.whoami(MESSAGE, MIA, NOW),
    "whoami, expired": lambda voice: voice.whoami(MESSAGE, GONE, NOW),
    "whoami, stranger": lambda voice: voice.whoami(MESSAGE, None, NOW),
    "help, treasurer": lambda voice: voice.help(ANNA, NOW),
    "help, member": lambda voice: voice.help(MIA, NOW),
    "help, expired": lambda voice: voice.help(GONE, NOW),
    "help, stranger": lambda voice: voice.help(None, NOW),
    "refused: stranger locks": refused(Refusal.STRANGER, person=None),
    "refused: stranger asks": refused(Refusal.STRANGER, person=None, command=Status()),
    "refused: expired": refused(Refusal.EXPIRED, person=GONE),
    "refused: role": refused(Refusal.ROLE),
    "refused: stale": refused(Refusal.STALE),
    "refused: clock": refused(Refusal.CLOCK, AHEAD),
    "refused: edited": refused(Refusal.EDITED),
    "refused: forwarded": refused(Refusal.FORWARDED),
    "refused: anonymous": refused(Refusal.ANONYMOUS),
    "refused: outsider": refused(Refusal.OUTSIDER),
    "synonym": not_done(Synonym("off", Verb.UNLOCK)),
    "typo": not_done(Typo("stauts", Verb.STATUS)),
    "unknown word": not_done(Typo("banana", None)),
    "leftover": not_done(Leftover("now pls", Verb.UNLOCK)),
    "bad end: unknown": not_done(BadEnd("until noon", EndFault.UNKNOWN)),
    "bad end: no time": not_done(BadEnd("until Fri", EndFault.NO_TIME)),
    "bad end: no word": not_done(BadEnd("2h", EndFault.NO_WORD)),
    "bad end: past": not_done(BadEnd("until 2026-01-01 9:00", EndFault.PAST)),
    "bad end: too far": not_done(BadEnd("for 100 days", EndFault.TOO_FAR)),
    "bad end: contradiction": not_done(BadEnd("until Fri 1 Dec 9:00", EndFault.CONTRADICTION)),
    "too long": not_done(TooLong(2000)),
    "a command that is none of these": not_done(Status()),
    "lock failed": lambda voice: voice.failed(Verb.LOCK, OPEN, S200, NOW, error_id="7f3a"),
    "unlock failed": lambda voice: voice.failed(Verb.UNLOCK, BY_LOCK, S503, NOW, error_id="7f3a"),
    "question failed": lambda voice: voice.failed(Verb.HISTORY, None, None, NOW, error_id="7f3a"),
    "lock busy": lambda voice: voice.busy(Verb.LOCK, OPEN, NOW, error_id="7f3a"),
    "unlock busy": lambda voice: voice.busy(Verb.UNLOCK, BY_LOCK, NOW, error_id="7f3a"),
    "lost answer, locked": lambda voice: voice.lost_answer(
        Verb.LOCK, BY_LOCK, S503, NOW, actor="telegram:1", error_id="7f3a"
    ),
    "lost answer, locked by another": lambda voice: voice.lost_answer(
        Verb.LOCK, BY_LOCK, S503, NOW, actor="telegram:2", error_id="7f3a"
    ),
    "lost answer, unlocked": lambda voice: voice.lost_answer(
        Verb.UNLOCK, OPEN, S200, NOW, error_id="7f3a"
    ),
    "lost answer, not locked": lambda voice: voice.lost_answer(
        Verb.LOCK, OPEN, S200, NOW, error_id="7f3a"
    ),
    "lost answer, nothing known": lambda voice: voice.lost_answer(
        Verb.LOCK, None, None, NOW, error_id="7f3a"
    ),
    "button ended": lambda voice: voice.button_ended(),
    "button not yours": lambda voice: voice.button_not_yours(),
    "buttons": lambda voice: Text(
        " ".join(voice.button(verb) for verb in (Verb.LOCK, Verb.UNLOCK, Verb.STATUS))
    ),
    "news: window begins": told(BEGINS, probe=S503),
    "news: window begins, shop answers otherwise": told(BEGINS, probe=S200),
    "news: window begins late": told(BEGINS_LATE),
    "news: closed by both": told(CLOSED_BY_BOTH),
    "news: closed by both, known by whom": told(CLOSED_BY_BOTH, present=BY_BOTH),
    "news: closed by a lock": told(CLOSED_BY_LOCK),
    "news: closed by a lock, known by whom": told(CLOSED_BY_LOCK, present=BY_LOCK),
    "news: closed for no known reason": told(event("transition", "on", WINDOW.start)),
    "news: reopened": told(REOPENED),
    "news: lock expired, closed for no known reason": told(
        event("lock-expired", "on", at(2026, 11, 29, 22, 5))
    ),
    "news: unlocked in doubt": told(
        event("unlocked", "on", at(2026, 11, 29, 22, 5), reasons=("unreadable-state",))
    ),
    "news: locked with an end": told(LOCKED_UNTIL),
    "news: window ends": told(ENDS, probe=S200),
    "news: closed in doubt": told(DOUBTFUL),
    "news: locked": told(LOCKED),
    "news: locked inside the window": told(LOCKED_INSIDE),
    "news: unlocked": told(UNLOCKED),
    "news: unlocked inside the window": told(UNLOCKED_INSIDE),
    "news: lock expired": told(EXPIRED),
    "news: lock expired inside the window": told(EXPIRED_INSIDE),
    "news: healed on": told(HEALED_ON),
    "news: healed off": told(HEALED_OFF),
    "news: healed on, reason unknown": told(event("healed", "on", at(2026, 11, 29, 22, 5))),
    "news: locked, unlocked since": told(LOCKED, present=OPEN),
    "news: late": told(
        BEGINS, after=timedelta(minutes=70, seconds=5), present=BY_WINDOW, probe=S503
    ),
    "news: late, present unknown": told(BEGINS, after=timedelta(minutes=70)),
    "news: a whole window, late": told(
        BEGINS, ENDS, after=timedelta(hours=1), present=OPEN, probe=S200
    ),
    "news: two at once": told(LOCKED, UNLOCKED, late=False, present=OPEN),
    "news: many, late": told(
        LOCKED,
        UNLOCKED,
        EXPIRED,
        BEGINS,
        ENDS,
        HEALED_OFF,
        after=timedelta(hours=2),
        present=BY_LOCK,
        probe=S200,
    ),
    "repeat note": lambda voice: Text(voice.repeat_note()),
    "repaired, closed": lambda voice: voice.repaired(BY_WINDOW, FIVE_AGO, NOW, NOW, closed=True),
    "repaired, opened": lambda voice: voice.repaired(OPEN, FIVE_AGO, NOW, NOW, closed=False),
    "not repaired, should be closed": lambda voice: voice.not_repaired(
        report(maintenance=False, desired=True), FIVE_AGO, NOW, error_id="7f3a"
    ),
    "not repaired, should be open": lambda voice: voice.not_repaired(
        report(maintenance=True, desired=False), FIVE_AGO, NOW, error_id="7f3a"
    ),
    "not repaired, unknown": lambda voice: voice.not_repaired(None, FIVE_AGO, NOW, error_id="7f3a"),
    "shop wrong": lambda voice: voice.shop_wrong(BY_WINDOW, S200, NOW),
    "shop wrong, two addresses": lambda voice: voice.shop_wrong(BY_WINDOW, TWO_WRONG, NOW),
    "shop right again": lambda voice: voice.shop_right(BY_WINDOW, S503, FIVE_AGO, NOW),
    "chat does not work": lambda voice: voice.difficulty(KICKED, NOW),
    "chat works again": lambda voice: voice.difficulty_over(KICKED),
    "window ahead": lambda voice: voice.ahead(WINDOW, NOW - timedelta(minutes=35)),
    "lock on for long": lambda voice: voice.long_lock(BY_LOCK, NOW),
    "lock kept": lambda voice: voice.kept(ANNA),
    "unlock another's, asked": lambda voice: voice.unlock_anyway(ANNAS, NOW),
    "unlock another's, its owner": lambda voice: voice.your_lock_removed(OPEN, "Bob", NOW),
    "button, keep": lambda voice: Text(voice.button_keep()),
    "calendar": lambda voice: Text(voice.calendar_name()),
    "calendar, one closing": lambda voice: Text(voice.calendar_title(WINDOW)),
    "card, open": lambda voice: voice.card(OPEN, S200_OPEN, NOW),
    "card, window": lambda voice: voice.card(BY_WINDOW, replace(S503, expected=True), NOW),
    "card, both": lambda voice: voice.card(BY_BOTH, None, NOW),
    "card, lock without a beginning": lambda voice: voice.card(
        report(maintenance=True, lock=LockInfo("unknown", None, None, None, None)), None, NOW
    ),
    "card, not as it must be": lambda voice: voice.card(
        BY_WINDOW, replace(S200, expected=True), NOW
    ),
    "card, should be closed": lambda voice: voice.card(
        report(maintenance=False, desired=True, window=WINDOW), None, NOW
    ),
    "card, should be open": lambda voice: voice.card(
        report(maintenance=True, desired=False), None, NOW
    ),
    "card, in doubt": lambda voice: voice.card(
        report(maintenance=True, reasons=("unknown",)), None, NOW
    ),
    "card, unknown": lambda voice: voice.card(None, None, NOW, difficulties=[KICKED]),
    "in doubt": lambda voice: voice.doubt(
        report(maintenance=True, reasons=("unknown",)), FIVE_AGO, NOW
    ),
    "in doubt, clock set back": lambda voice: voice.doubt(
        report(maintenance=True, reasons=("implausible-clock",)), FIVE_AGO, NOW
    ),
    "in doubt no more": lambda voice: voice.doubt_over(OPEN, FIVE_AGO, NOW),
    "clock wrong": lambda voice: voice.difficulty(Difficulty("clock", "x", FIVE_AGO), NOW),
    "clock right again": lambda voice: voice.difficulty_over(Difficulty("clock", "x")),
    "timer wrong": lambda voice: voice.difficulty(Difficulty("timer", "x", FIVE_AGO), NOW),
    "timer right again": lambda voice: voice.difficulty_over(Difficulty("timer", "x")),
    "journal unreadable": lambda voice: voice.difficulty(Difficulty("journal", "x", FIVE_AGO), NOW),
    "journal readable again": lambda voice: voice.difficulty_over(Difficulty("journal", "x")),
    "database begun anew": lambda voice: voice.difficulty(
        Difficulty("database", "x", FIVE_AGO), NOW
    ),
    "status, monitoring": lambda voice: voice.status(
        OPEN,
        S200,
        NOW,
        difficulties=[Difficulty(one, "x", FIVE_AGO) for one in ("metrics", "ping")],
    ),
    "treasurer's note": lambda voice: voice.note(NOTED, NOW),
}

_SIGNS = {SpanKind.STRONG: ("**", "**"), SpanKind.CODE: ("`", "`"), SpanKind.TIME: ("[", "]")}


def shown(text: Text) -> str:
    """Show a text with its spans: **strong**, `code`, [time], and its tone before it."""
    out, end = "", 0
    for span in text.spans:
        before, after = _SIGNS[span.kind]
        out += text.text[end : span.start] + before + text.text[span.start : span.end] + after
        end = span.end
    return f"{text.tone.value}: {out}{text.text[end:]}"


def voice(language: str) -> Voice:
    return Voice(language, AMSTERDAM, "IT", "tickets.example", {"telegram:-1": "board chat"})


def main() -> None:
    speaker = voice(sys.argv[1])
    print("\n\n".join(f"# {name}\n{shown(say(speaker))}" for name, say in SITUATIONS.items()))


if __name__ == "__main__":
    main()
