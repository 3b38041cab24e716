"""The calendar file, against the rules of RFC 5545."""

from core.ics import calendar
from core.protocol import Occurrence

NAME = "Mollie, week; ü\\ " + "long€" * 30


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_lines_end_in_crlf_and_are_at_most_75_octets() -> None:
    text = calendar([Occurrence(1795989600, 1796014800, NAME)], 1795900000)
    assert text.endswith("END:VCALENDAR\r\n")
    assert text.count("\n") == text.count("\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_instants_are_utc_and_texts_are_escaped() -> None:
    lines = unfolded(calendar([Occurrence(1795989600, 1796014800, NAME)], 1795900000))
    assert "DTSTART:20261129T220000Z" in lines
    assert "DTEND:20261130T050000Z" in lines
    assert "DTSTAMP:20261128T210640Z" in lines
    assert "SUMMARY:Mollie\\, week\\; ü\\\\ " + "long€" * 30 in lines


def test_an_occurrence_keeps_its_identity_and_every_one_has_its_own() -> None:
    both = [Occurrence(1795989600, 1796014800, "a"), Occurrence(1796594400, 1796619600, "a")]
    uids = [line for line in unfolded(calendar(both, 0)) if line.startswith("UID:")]
    assert len(set(uids)) == 2
    assert uids == [line for line in unfolded(calendar(both, 99)) if line.startswith("UID:")]


def test_a_calendar_of_nothing_is_a_calendar() -> None:
    assert unfolded(calendar([], 0))[0] == "BEGIN:VCALENDAR"
