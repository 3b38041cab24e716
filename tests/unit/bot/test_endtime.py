"""The wished end of a lock, in the words of people."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import EndFault
from bot.endtime import LONGEST, Faulty, Found, find
from bot.reading import joined, words

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 24, 12, 0, 30, tzinfo=UTC)
"""A Tuesday, 13:00:30 in Amsterdam."""


def look(text: str, now: datetime = NOW, zone: tzinfo = AMSTERDAM) -> Found | Faulty:
    return find(words(text), now, zone)


def end_of(text: str, now: datetime = NOW, zone: tzinfo = AMSTERDAM) -> str:
    found = look(text, now, zone)
    assert isinstance(found, Found), found
    assert found.until is not None, text
    assert found.until.tzinfo is UTC
    return found.until.isoformat().removesuffix("+00:00")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("for 2h", "2026-11-24T14:01:00"),
        ("for 2 hours", "2026-11-24T14:01:00"),
        ("for 1.5h", "2026-11-24T13:31:00"),
        ("for 1,5 uur", "2026-11-24T13:31:00"),
        ("voor 2u", "2026-11-24T14:01:00"),
        ("gedurende 90 minuten", "2026-11-24T13:31:00"),
        ("for 90m", "2026-11-24T13:31:00"),
        ("for 2 days", "2026-11-26T12:01:00"),
        ("for 2 days and 3 hours", "2026-11-26T15:01:00"),
        ("for 1h30m.", "2026-11-24T13:31:00"),
        ("for an hour", "2026-11-24T13:01:00"),
        ("voor een dag", "2026-11-25T12:01:00"),
        ("for 1 week", "2026-12-01T12:01:00"),
        ("for 20s", "2026-11-24T12:00:50"),
        ("FOR 2H", "2026-11-24T14:01:00"),
        ("for \uff12h", "2026-11-24T14:01:00"),
    ],
)
def test_an_amount_counts_from_now_rounded_up_to_the_minute(text: str, end: str) -> None:
    assert end_of(text) == end


def test_an_amount_from_a_full_minute_is_exact() -> None:
    assert end_of("for 2h", NOW.replace(second=0)) == "2026-11-24T14:00:00"


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("until 18:00", "2026-11-24T17:00:00"),
        ("until 9:00", "2026-11-25T08:00:00"),
        ("until 13:00", "2026-11-25T12:00:00"),
        ("tot 18.00 uur", "2026-11-24T17:00:00"),
        ("tot 18 uur", "2026-11-24T17:00:00"),
        ("tot 18u30", "2026-11-24T17:30:00"),
        ("until 18:00:10", "2026-11-24T17:00:10"),
        ("until 6pm", "2026-11-24T17:00:00"),
        ("until 6:30 pm", "2026-11-24T17:30:00"),
        ("until 12 pm", "2026-11-25T11:00:00"),
        ("until 12am", "2026-11-24T23:00:00"),
        ("until 24:00", "2026-11-24T23:00:00"),
        ("until 18:00 UTC", "2026-11-24T18:00:00"),
        ("until Fri 18:00", "2026-11-27T17:00:00"),
        ("until friday at 18:00", "2026-11-27T17:00:00"),
        ("tot vr 18:00", "2026-11-27T17:00:00"),
        ("tot vrijdag om 18 u", "2026-11-27T17:00:00"),
        ("until Fri, 18:00!", "2026-11-27T17:00:00"),
        ("until tue 18:00", "2026-11-24T17:00:00"),
        ("until tue 12:00", "2026-12-01T11:00:00"),
        ("until today 18:00", "2026-11-24T17:00:00"),
        ("until tomorrow 9:00", "2026-11-25T08:00:00"),
        ("tot overmorgen 9:00", "2026-11-26T08:00:00"),
        ("until 2026-12-01 18:00", "2026-12-01T17:00:00"),
        ("until 2026-12-01T18:00Z", "2026-12-01T18:00:00"),
        ("until 2026-12-01T18:00", "2026-12-01T17:00:00"),
        ("until 1 Dec 18:00", "2026-12-01T17:00:00"),
        ("until 24 nov 18:00", "2026-11-24T17:00:00"),
        ("until Tue 1 Dec 18:00", "2026-12-01T17:00:00"),
        ("tot 1 december 2026 18:00", "2026-12-01T17:00:00"),
        ("until 1st january 18:00", "2027-01-01T17:00:00"),
        ("until Mon 06:00 (05:00 UTC)", "2026-11-30T05:00:00"),
    ],
)
def test_a_moment_is_the_next_one_that_fits(text: str, end: str) -> None:
    assert end_of(text) == end


def test_a_time_that_is_just_now_means_the_next_one() -> None:
    exactly = NOW.replace(second=0)
    assert end_of("until 13:00", exactly) == "2026-11-25T12:00:00"
    assert end_of("until tue 13:00", exactly) == "2026-12-01T12:00:00"


@pytest.mark.parametrize(
    ("text", "now", "end"),
    [
        # 25 October 2026, 3:00 becomes 2:00: 2:30 happens at 0:30 and again at 1:30 UTC.
        ("until sun 2:30", "2026-10-24T12:00", "2026-10-25T01:30:00"),
        # 29 March 2026, 2:00 becomes 3:00: 2:30 does not happen, the change is at 1:00 UTC.
        ("until sun 2:30", "2026-03-28T12:00", "2026-03-29T01:00:00"),
        # Between the two 2:30s the second one is still to come.
        ("until 2:30", "2026-10-25T00:45", "2026-10-25T01:30:00"),
    ],
)
def test_at_a_clock_change_the_shop_rather_stays_closed(text: str, now: str, end: str) -> None:
    assert end_of(text, datetime.fromisoformat(now).replace(tzinfo=UTC)) == end


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("for 0h", EndFault.PAST),
        ("until 2026-11-24 13:00", EndFault.PAST),
        ("until today 9:00", EndFault.PAST),
        ("until 1999-12-31 18:00", EndFault.PAST),
        ("for 91 days", EndFault.TOO_FAR),
        ("for 99999 weeks", EndFault.TOO_FAR),
        ("for 99999w99999w99999w99999w99999w", EndFault.TOO_FAR),
        ("until 2027-03-01 18:00", EndFault.TOO_FAR),
        ("until 9999-12-31 24:00", EndFault.TOO_FAR),
        ("until 0001-01-01 0:00", EndFault.PAST),
        ("until 1 nov 18:00", EndFault.TOO_FAR),
        ("until Fri", EndFault.NO_TIME),
        ("tot morgen", EndFault.NO_TIME),
        ("until 1 dec", EndFault.NO_TIME),
        ("until Tue 1 dec", EndFault.NO_TIME),
        ("until Fri 1 Dec 18:00", EndFault.CONTRADICTION),
        ("2h", EndFault.NO_WORD),
        ("18:00", EndFault.NO_WORD),
        ("audit 2u", EndFault.NO_WORD),
        ("audit 2 hours", EndFault.NO_WORD),
        ("audit 18:00-20:00", EndFault.NO_WORD),
        ("audit 6pm", EndFault.NO_WORD),
        ("tomorrow", EndFault.NO_WORD),
        ("friday 18:00", EndFault.NO_WORD),
        ("until noon", EndFault.UNKNOWN),
        ("until half past six", EndFault.UNKNOWN),
        ("until next week", EndFault.UNKNOWN),
        ("until 18", EndFault.UNKNOWN),
        ("until 25:00", EndFault.UNKNOWN),
        ("until 24:01", EndFault.UNKNOWN),
        ("until 13pm", EndFault.UNKNOWN),
        ("until 0pm", EndFault.UNKNOWN),
        ("until 18:60", EndFault.UNKNOWN),
        ("until 2h", EndFault.UNKNOWN),
        ("until 31 feb 18:00", EndFault.UNKNOWN),
        ("until 2026-13-01 18:00", EndFault.UNKNOWN),
        ("until 2026-12-01 x 18:00", EndFault.UNKNOWN),
        ("until 1/12 18:00", EndFault.UNKNOWN),
        ("until 1 dec 2026 x 18:00", EndFault.UNKNOWN),
        ("until today tomorrow 18:00", EndFault.UNKNOWN),
        ("until next friday 18:00", EndFault.UNKNOWN),
        ("until fri banana 18:00", EndFault.UNKNOWN),
        ("until (18:00)", EndFault.UNKNOWN),
        ("until 1 utc", EndFault.UNKNOWN),
        ("for two hours", EndFault.UNKNOWN),
        ("for 2 fortnights", EndFault.UNKNOWN),
        ("for 2", EndFault.UNKNOWN),
        ("for 18:00", EndFault.UNKNOWN),
        ("for \u0662h", EndFault.UNKNOWN),
        ("until \u0661\u0668:00", EndFault.UNKNOWN),
        ("until 18:00 for the audit", EndFault.UNKNOWN),
        ("until 18:00 " + "please " * 20, EndFault.UNKNOWN),
    ],
)
def test_what_looks_like_an_end_and_is_none_is_a_fault(text: str, fault: EndFault) -> None:
    found = look(text)
    assert isinstance(found, Faulty), found
    assert found.fault is fault


def test_only_the_end_is_quoted_not_the_reason() -> None:
    faulty = look("audit of 2026 until noon")
    assert isinstance(faulty, Faulty)
    assert joined(faulty.words) == "until noon"
    bare = look("audit 2 hours")
    assert isinstance(bare, Faulty)
    assert joined(bare.words) == "2 hours"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "audit",
        "for",
        "until",
        "for the audit",
        "for a while",
        "for one last check",
        "voor de kascontrole",
        "until the audit is done",
        "until Anna returns",
        "shop broke since 18:00",
        "kapot sinds 2 uur",
        "audit of monday",
        "refund of 1250.00",
        "refund 2nd",
        "until we all have had some sleep",
    ],
)
def test_what_does_not_look_like_an_end_is_the_reason(text: str) -> None:
    found = look(text)
    assert found == Found(words(text), None)


@pytest.mark.parametrize(
    "text", ["until further notice", "until unlocked", "tot nader order", "until further notice."]
)
def test_until_further_notice_is_a_lock_without_an_end(text: str) -> None:
    assert look("audit " + text) == Found(words("audit"), None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("audit until 18:00", "audit"),
        ("for the audit until 18:00", "for the audit"),
        ("until Anna returns for 2h", "until Anna returns"),
        ("until noon until 18:00", "until noon"),
    ],
)
def test_the_last_end_counts_and_the_rest_is_the_reason(text: str, reason: str) -> None:
    found = look(text)
    assert isinstance(found, Found)
    assert joined(found.before) == reason
    assert found.until is not None


def test_ninety_days_are_the_furthest() -> None:
    assert end_of("for 90 days", NOW.replace(second=0))
    assert look("for 2161h", NOW.replace(second=0)) != Found((), None)


TOKENS = (
    "for until tot 2 2h 18:00 9 fri vr 1 dec 2026 2026-12-01 tomorrow utc ( ) at 24:00 am u uur an"
    " 31 feb 9999-12-31 0001-01-01 t 2026-12-01t18:00z 1,5 -- audit"
)
PIECES = st.sampled_from(TOKENS.split())
ZONES = st.sampled_from(
    ["UTC", "Europe/Amsterdam", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca"]
)
NOWS = st.integers(946_684_800, 4_102_444_800).map(lambda at: datetime.fromtimestamp(at, UTC))


@given(pieces=st.lists(PIECES, max_size=12), now=NOWS, zone=ZONES)
def test_an_end_is_always_ahead_and_never_too_far(
    pieces: list[str], now: datetime, zone: str
) -> None:
    found = look(" ".join(pieces), now, ZoneInfo(zone))
    if isinstance(found, Found) and found.until is not None:
        assert now < found.until <= now + LONGEST
