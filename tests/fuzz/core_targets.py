"""The core's parsers: request, lock file, journal, configuration, answer and almanac."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from core import almanac, config, journal, lockfile, tail
from core.almanac import Almanac
from core.decision import decide
from core.errors import ConfigurationError, RequestError
from core.journal import Cursor
from core.protocol import (
    LIMITS,
    Event,
    Failure,
    LockInfo,
    Occurrence,
    Report,
    Request,
    Transition,
    parse_answer,
)
from core.statedir import StateDir
from core.windows import around, occurrences
from tests.fuzz.harness import Target, explained
from tests.fuzz.shapes import BOMBS, as_json, changed, json_like, tampered, toml_like
from tests.judge import JOURNAL, LOCK, seconds

NOW = seconds("2026-11-29T23:00:00Z")
WEEK = 7 * 86400
SQLITE = 1 << 63
"""Numbers from here on cannot be kept in the bot's database."""

REQUEST = Request(
    "telegram:12345", name="Anna", reason="audit", until=NOW + 60, origin="t:1", request_id="r1"
)
ORDER = json.loads(REQUEST.to_json())
LOCKED = {**ORDER, "since": "2026-11-28T10:00:00Z"}
OVER = {**LOCKED, "until": "2026-11-29T22:59:59Z"}
ENDLESS = {"version": 1, "actor": "unix:root", "reason": None, "until": None}
OCCURRENCE = Occurrence(NOW - 3600, NOW + 6 * 3600, "Mollie week")
EVENTS = [
    Event(
        seq=number,
        at=NOW + number,
        state=state,
        kind=kind,
        transition=state if number % 2 else None,
        reasons=("window", "lock"),
        actor="telegram:12345",
        name='An"na',
        reason='aud\\it ,"lock":',
        window=OCCURRENCE if number % 2 else None,
        next_transition=Transition(NOW + 99, maintenance=False),
        lock="77-88" if state == "on" else None,
        ended=None if state == "on" else "77-88",
    )
    for number, (state, kind) in enumerate([("on", "locked"), ("off", "unlocked")] * 3, start=1)
]
LINES = [event.to_json().encode() for event in EVENTS]
BEYOND = LINES[0].replace(b'"seq":1,', b'"seq":10000000000000000000,')
REPORT = Report(
    at=NOW,
    maintenance=True,
    desired=True,
    reasons=("window",),
    window=OCCURRENCE,
    lock=LockInfo("telegram:1", "Anna", "audit", NOW, None),
    next_transition=Transition(NOW + 9, maintenance=False),
    seq=3,
    notes=("The lock cannot be read.",),
)
ANSWERS = [json.loads(one.to_json()) for one in (REPORT, Failure("busy", "another run"))]
CORE_TOML = (
    """\
state_dir = "/var/lib/x"
[[window]]
name = "Mollie week"
start = "Sun 22:00"
end = "Mon 05:00"
timezone = "UTC"
[[extra_window]]
name = "Year end"
start = 2026-12-31T20:00:00Z
end = 2027-01-01T05:00:00Z
""",
    """\
[[window]]
name = "w"
start = "Sun 02:30"
duration = "7h"
timezone = "Europe/Amsterdam"
[[extra_window]]
name = "x"
start = 2026-03-29T02:30:00
duration = "1d12h"
timezone = "Europe/Amsterdam"
""",
    "",
)


def targets(folder: Path) -> Iterator[Target]:
    """All of them; files are made below `folder`."""
    yield Target("helper request", json_like([ORDER, ENDLESS]), request, BOMBS)
    yield Target("helper answer", json_like(ANSWERS), answer, BOMBS)
    yield LockFile(folder).target()
    yield JournalFile(folder).target()
    yield ConfigurationFile(folder).target()
    yield AlmanacFile(folder).target()


def request(content: bytes) -> bool:
    """What stands there in other words is what was understood; nothing is too long or unseen."""
    try:
        order = Request.from_json(content)
    except RequestError:
        return False
    assert Request.from_json(order.to_json()) == order
    raw = json.loads(content)
    for key, limit in LIMITS.items():
        text = getattr(order, key)
        assert text == (raw.get(key) or None)
        assert text is None or (0 < len(text) <= limit and not any(map(unseen, text)))
    assert order.until == (None if raw.get("until") is None else instant_of(raw["until"]))
    return True


def unseen(character: str) -> bool:
    """A control character, or half of one."""
    return ord(character) < 32 or 127 <= ord(character) < 160 or "\ud800" <= character <= "\udfff"


def instant_of(text: str) -> float:
    """Epoch seconds by the standard library alone."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None
    return moment.timestamp()


def answer(content: bytes) -> bool:
    """An answer that is believed says `ok` and what is so in so many words."""
    try:
        found = parse_answer(content)
    except RequestError:
        return False
    raw = json.loads(content)
    assert raw["ok"] is isinstance(found, Report)
    if isinstance(found, Report):
        assert found.maintenance is raw["maintenance"]
        assert found.seq is None or found.seq < SQLITE
    else:
        assert (found.problem, found.message) == (raw["problem"], raw["message"])
    found.to_json().encode()
    return True


class LockFile:
    """A lock file of any content: only a whole order that says when it ended opens anything."""

    def __init__(self, folder: Path) -> None:
        """One state directory for all inputs."""
        self._path = folder / "locked" / LOCK
        self._path.parent.mkdir(mode=0o755)
        self._home = StateDir(str(self._path.parent))
        self.look = lockfile.look

    def target(self) -> Target:
        """Most samples are of locks that are over, since those could open."""
        inputs = json_like([LOCKED, OVER, OVER, ENDLESS])
        return Target("lock file", inputs, self.check, BOMBS)

    def check(self, content: bytes) -> bool:
        """Garbage never opens."""
        self._path.write_bytes(content)
        lock = self.look(self._home)
        decided = decide(NOW, [], lock.info if lock else None, bool(lock and lock.unreadable))
        if decided.maintenance:
            return lock is not None and not lock.unreadable
        raw = json.loads(content)
        assert isinstance(raw, dict), "open out of garbage"
        assert isinstance(raw["actor"], str)
        assert instant_of(raw["until"]) <= NOW
        return True


class JournalFile:
    """A journal with any lines in it: what is read stands there, and the rest is counted."""

    def __init__(self, folder: Path) -> None:
        """One state directory for all inputs."""
        self._path = folder / "journalled" / JOURNAL
        self._path.parent.mkdir(mode=0o755)
        self._home = StateDir(str(self._path.parent))
        self._path.write_bytes(b"\n".join([*LINES[:3], b""]))
        self._before = journal.read_after(str(self._path), Cursor()).cursor

    def target(self) -> Target:
        """Good lines, bad lines and half of one."""
        bad = [b"", b"garbage", b"{}", b"\0" * 40, b"x" * 20_000, b"[1]", LINES[0][:40], BEYOND]
        line = st.one_of(
            st.sampled_from(LINES),
            st.sampled_from(bad),
            st.builds(as_json, changed(st.sampled_from([json.loads(one) for one in LINES]))),
            tampered(LINES),
        )
        whole = st.lists(line, max_size=8).map(b"\n".join)
        ends = st.sampled_from([b"\n", b"\n", b"", b"\r\n", b"\n\n", LINES[4][:50], LINES[5]])
        # Every line is read seven times here.
        bombs = tuple(bomb[: 4 << 10] for bomb in BOMBS)
        return Target("journal", st.builds(bytes.__add__, whole, ends), self.check, bombs)

    def check(self, content: bytes) -> bool:
        """Nothing is invented, nothing whole is left out, and the tail is the last of it."""
        self._path.write_bytes(content)
        events, skipped = self._read_all(content)
        whole = [line for line in content.split(b"\n")[:-1] if line.strip()]
        assert len(events) + skipped == len(whole), "a line was left out"
        raw = iter(whole)
        for event in events:
            assert any(_tells(line, event) for line in raw), f"invented: {event}"
            assert event.seq < SQLITE
            event.to_json().encode()
        assert journal.last_events(str(self._path), 3) == events[-3:]
        self._check_tail(whole, torn=bool(content) and not content.endswith(b"\n"))
        self._check_other_cursor(events)
        return bool(events)

    def _read_all(self, content: bytes) -> tuple[list[Event], int]:
        batch = journal.read_after(str(self._path), Cursor())
        assert batch.cursor.offset == content.rfind(b"\n") + 1
        assert journal.read_after(str(self._path), batch.cursor).events == []
        return batch.events, batch.skipped

    def _check_tail(self, whole: list[bytes], *, torn: bool) -> None:
        last_record = tail.read_tail(self._home)
        if whole and whole[-1] in LINES and not torn:
            last = Event.from_json(whole[-1])
            assert (last_record.seq, last_record.state) == (last.seq, last.state)
            assert (last_record.lock, last_record.ended) == (last.lock, last.ended)

    def _check_other_cursor(self, events: list[Event]) -> None:
        batch = journal.read_after(str(self._path), self._before)
        assert all(event in events for event in batch.events)


def _tells(line: bytes, event: Event) -> bool:
    try:
        raw: Any = json.loads(line)
    except ValueError:
        return False
    keys = ("seq", "state", "kind", "actor")
    return isinstance(raw, dict) and all(raw.get(key) == getattr(event, key) for key in keys)


class ConfigurationFile:
    """A `core.toml` of any content: every fault told, or windows that can be worked out."""

    def __init__(self, folder: Path) -> None:
        """One file for all inputs."""
        self._path = folder / "core.toml"

    def target(self) -> Target:
        """Values and lines that are others."""
        return Target("core.toml", toml_like(CORE_TOML), self.check, BOMBS)

    def check(self, content: bytes) -> bool:
        """Only the documented error; windows are whole at both ends of time."""
        self._path.write_bytes(content)
        try:
            found = config.load(str(self._path))
        except ConfigurationError as error:
            explained(error.faults)
            return False
        assert found.state_dir.startswith("/")
        for moment in (0, NOW, seconds("9998-12-25T00:00:00Z")):
            around(found.windows, moment)
            for one in occurrences(found.windows, moment, moment + 2 * WEEK):
                assert one.start < one.end
                one.name.encode()
        return True


class AlmanacFile:
    """A kept copy of the windows: believed as it was written, and not when a bit is different."""

    def __init__(self, folder: Path) -> None:
        """Written once by the core itself."""
        self._config = folder / "kept.toml"
        self._config.write_text(CORE_TOML[0])
        home = folder / "kept"
        home.mkdir(mode=0o755)
        self._path = home / ".occurrences"
        self._home = StateDir(str(home))
        fresh = Almanac(str(home), NOW, NOW + WEEK, [OCCURRENCE])
        almanac.write(self._home, fresh, [str(self._config)], 1 << 40)
        self._written = self._path.read_bytes()

    def target(self) -> Target:
        """Tampered copies."""
        return Target("almanac", tampered([self._written]), self.check, BOMBS)

    def check(self, content: bytes) -> bool:
        """None is not worse than working it out anew; something else would be."""
        self._path.write_bytes(content)
        found = almanac.read(self._home, str(self._config))
        assert (found is not None) is (content == self._written)
        return found is not None
