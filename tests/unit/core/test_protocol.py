"""What goes over the wire, and what the door lets in."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RequestError
from core.protocol import (
    Event,
    Failure,
    LockInfo,
    Occurrence,
    Report,
    Request,
    Transition,
    parse_answer,
)

REPORT = Report(
    at=1795989600,
    maintenance=True,
    desired=True,
    reasons=("window", "lock"),
    window=Occurrence(1795989600, 1796014800, "Mollie week"),
    lock=LockInfo("telegram:12345", "Anna", "audit", 1795860000, None),
    next_transition=Transition(1796014800, maintenance=False),
    changed=True,
    transition="on",
    seq=42,
)
EVENT = Event(
    seq=7,
    at=1795989600,
    state="on",
    kind="transition",
    actor="systemd:timer",
    transition="on",
    planned=1795989600,
    reasons=("window",),
    window=Occurrence(1795989600, 1796014800, "Mollie week"),
    next_transition=Transition(1796014800, maintenance=False),
    lock="12-34",
)


def test_a_report_is_written_as_the_contract_shows_it() -> None:
    assert json.loads(REPORT.to_json()) == {
        "version": 1,
        "ok": True,
        "at": "2026-11-29T22:00:00Z",
        "maintenance": True,
        "desired": True,
        "reasons": ["window", "lock"],
        "window": {
            "name": "Mollie week",
            "start": "2026-11-29T22:00:00Z",
            "end": "2026-11-30T05:00:00Z",
        },
        "lock": {
            "actor": "telegram:12345",
            "name": "Anna",
            "reason": "audit",
            "since": "2026-11-28T10:00:00Z",
            "until": None,
        },
        "next_transition": {"at": "2026-11-30T05:00:00Z", "maintenance": False},
        "changed": True,
        "transition": "on",
        "seq": 42,
    }


def test_notes_and_recorded_stand_there_only_when_they_say_something() -> None:
    report = Report(at=0, maintenance=True, desired=True, recorded=False, notes=("a",))
    data = json.loads(report.to_json())
    assert (data["recorded"], data["notes"]) == (False, ["a"])


@pytest.mark.parametrize(
    "report",
    [
        REPORT,
        Report(at=0, maintenance=False, desired=True, recorded=False, notes=("a", "b")),
    ],
)
def test_a_report_is_read_as_it_was_written(report: Report) -> None:
    assert Report.from_json(report.to_json()) == report
    assert parse_answer(report.to_json().encode()) == report


def test_a_failure_is_read_as_it_was_written() -> None:
    failure = Failure("busy", "another run is at work")
    assert json.loads(failure.to_json()) == {
        "version": 1,
        "ok": False,
        "problem": "busy",
        "message": "another run is at work",
    }
    assert parse_answer(failure.to_json()) == failure
    assert Failure.from_json(failure.to_json()) == failure


def test_report_and_failure_are_not_mixed_up() -> None:
    with pytest.raises(RequestError):
        Report.from_json(Failure("busy", "x").to_json())
    with pytest.raises(RequestError):
        Failure.from_json(REPORT.to_json())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("at", "now"),
        ("at", 5),
        ("maintenance", 1),
        ("maintenance", None),
        ("reasons", "window"),
        ("reasons", [1]),
        ("window", []),
        ("window", {"name": "a"}),
        ("lock", {"actor": ""}),
        ("next_transition", {"at": "2026-11-30T05:00:00Z"}),
        ("transition", "up"),
        ("seq", -1),
        ("seq", True),
        ("seq", "1"),
        ("version", 2),
        ("version", True),
        ("ok", "yes"),
    ],
)
def test_an_answer_that_is_none_is_told_as_such(key: str, value: object) -> None:
    data = json.loads(REPORT.to_json()) | {key: value}
    with pytest.raises(RequestError) as caught:
        parse_answer(json.dumps(data))
    assert caught.value.problem == "protocol"


def test_an_event_begins_with_seq_at_and_state() -> None:
    assert EVENT.to_json().startswith('{"seq":7,"at":"2026-11-29T22:00:00Z","state":"on",')
    assert EVENT.to_json().endswith('"lock":"12-34","ended":null}')


def test_an_event_is_read_as_it_was_written() -> None:
    assert Event.from_json(EVENT.to_json()) == EVENT


REQUEST: dict[str, Any] = {
    "version": 1,
    "actor": "telegram:12345",
    "name": "Anna",
    "reason": "audit",
    "until": None,
    "origin": "group 5",
    "request_id": "r1",
}


def test_a_request_is_read_as_it_was_written() -> None:
    request = Request.from_json(json.dumps(REQUEST))
    assert (request.actor, request.name, request.reason) == ("telegram:12345", "Anna", "audit")
    assert Request.from_json(request.to_json()) == request
    later = Request("a", until=1795989600)
    assert Request.from_json(later.to_json()) == later


def test_only_the_actor_is_needed() -> None:
    assert Request.from_json('{"version":1,"actor":"a"}') == Request("a")
    assert Request.from_json('{"version":1,"actor":"a","reason":""}') == Request("a")


@pytest.mark.parametrize(
    "change",
    [
        {"actor": None},
        {"actor": ""},
        {"actor": "x" * 101},
        {"actor": "a\nb"},
        {"actor": 5},
        {"name": "x" * 101},
        {"reason": "x" * 501},
        {"reason": "a\u2028b"},
        {"reason": "\ud800"},
        {"reason": "\x1b[31m"},
        {"reason": "\x9b31m"},
        {"reason": ["a"]},
        {"origin": "x" * 201},
        {"request_id": "x" * 65},
        {"until": "tomorrow"},
        {"until": 5},
        {"version": 2},
        {"version": None},
        {"extra": 1},
    ],
)
def test_a_request_with_anything_unfit_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(RequestError) as caught:
        Request.from_json(json.dumps(REQUEST | change))
    assert caught.value.problem == "request"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"version":1,"actor":"a"}{}',
        b'{"version":1,"actor":"a","actor":"b"}',
        b"\xff\xfe",
        b"[" * 4000,
        b'{"version":1,"actor":"a"}' + b" " * 4096,
    ],
)
def test_what_is_no_request_is_refused(text: bytes) -> None:
    with pytest.raises(RequestError):
        Request.from_json(text)


def test_a_request_of_exactly_4096_bytes_is_read() -> None:
    text = b'{"version":1,"actor":"a"}'
    assert Request.from_json(text + b" " * (4096 - len(text))) == Request("a")


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_input_makes_the_door_fail_otherwise(text: str | bytes) -> None:
    for read in (Request.from_json, Event.from_json, parse_answer):
        try:
            read(text)
        except RequestError:
            continue


def test_values_compare_and_show_themselves() -> None:
    assert LockInfo("a") == LockInfo("a")
    assert LockInfo("a") != LockInfo("b")
    assert LockInfo("a") != "a"
    assert len({LockInfo("a"), LockInfo("a")}) == 1
    assert repr(Transition(5, maintenance=True)) == "Transition(at=5, maintenance=True)"
    assert 5 in Occurrence(5, 6, "a")
    assert 6 not in Occurrence(5, 6, "a")
