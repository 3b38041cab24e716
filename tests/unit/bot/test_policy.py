"""Who may do what, where."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Destination, IncomingMessage, Mark
from bot.commands import (
    BadEnd,
    Command,
    EndFault,
    Help,
    History,
    Leftover,
    Lock,
    Schedule,
    Status,
    Synonym,
    TooLong,
    Typo,
    Unlock,
    Verb,
    WhoAmI,
)
from bot.policy import (
    MAY_LOCK,
    Allowed,
    Ignored,
    OncePerHour,
    Person,
    Place,
    Policy,
    Refusal,
    Refused,
    Role,
)

NOW = datetime(2026, 11, 29, 22, 5, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")

ANNA = Person("Anna", Role.TREASURER, {"telegram": "1", "mattermost": "a"})
BORIS = Person("Boris", Role.BOARD, {"telegram": "2"})
MIA = Person("Mia", Role.MEMBER, {"telegram": "3"})
EVE = Person("Eve", Role.BOARD, {"telegram": "4"}, date(2026, 11, 29))

BOARD = Place(Destination("telegram", "-100"), "board chat")
TOPIC = Place(Destination("telegram", "-100", "7"), "topic", language="en")
SILENT = Place(Destination("telegram", "-200"), "news", commands=False)
FORUM = Place(Destination("telegram", "-300", "9"), "one topic")
POLICY = Policy([ANNA, BORIS, MIA, EVE], [BOARD, TOPIC, SILENT, FORUM], AMSTERDAM)

ORDERS: list[Command] = [Lock(), Unlock()]
QUESTIONS: list[Command] = [
    Status(),
    History(),
    Schedule(),
    Synonym("off", Verb.UNLOCK),
    Typo("x", None),
    Leftover("x", Verb.UNLOCK),
    BadEnd("x", EndFault.PAST),
    TooLong(1),
]
FOR_ALL: list[Command] = [WhoAmI(), Help()]


def message(
    sender: str = "1",
    place: Destination = BOARD.destination,
    *marks: Mark,
    age: timedelta = timedelta(seconds=5),
) -> IncomingMessage:
    return IncomingMessage(place, "5", sender, "x", "", NOW - age, marks=frozenset(marks))


def refusal(verdict: object) -> Refusal:
    assert isinstance(verdict, Refused), verdict
    return verdict.reason


@pytest.mark.parametrize("sender", ["1", "2", "4"])
@pytest.mark.parametrize("command", [*ORDERS, *QUESTIONS, *FOR_ALL])
def test_treasurer_and_board_may_do_everything(sender: str, command: Command) -> None:
    person = POLICY.person_of("telegram", sender)
    assert POLICY.judge(message(sender), command, NOW) == Allowed(person, BOARD)


@pytest.mark.parametrize("command", [*QUESTIONS, *FOR_ALL])
def test_a_member_may_ask(command: Command) -> None:
    assert POLICY.judge(message("3"), command, NOW) == Allowed(MIA, BOARD)


@pytest.mark.parametrize("command", ORDERS)
def test_a_member_may_not_lock_or_unlock_and_hears_it_once_an_hour(command: Command) -> None:
    asked = message("3")
    verdict = POLICY.judge(asked, command, NOW)
    assert verdict == Refused(Refusal.ROLE, asked, command, BOARD, MIA, "telegram:3:role")


@pytest.mark.parametrize("command", [*ORDERS, *QUESTIONS])
def test_a_stranger_is_refused_and_hears_it_once_an_hour(command: Command) -> None:
    asked = message("666")
    verdict = POLICY.judge(asked, command, NOW)
    expected = Refused(Refusal.STRANGER, asked, command, BOARD, None, "telegram:666:stranger")
    assert verdict == expected


@pytest.mark.parametrize("command", FOR_ALL)
def test_a_stranger_may_ask_who_they_are_and_for_help_once_an_hour(command: Command) -> None:
    verdict = POLICY.judge(message("666"), command, NOW)
    assert verdict == Allowed(None, BOARD, "telegram:666:answer")


def test_an_id_counts_only_on_its_own_platform() -> None:
    elsewhere = Destination("mattermost", "c")
    policy = Policy([ANNA], [Place(elsewhere)], AMSTERDAM)
    assert isinstance(policy.judge(message("a", elsewhere), Lock(), NOW), Allowed)
    assert refusal(policy.judge(message("1", elsewhere), Lock(), NOW)) is Refusal.STRANGER


def test_nobody_in_the_roster_means_nobody() -> None:
    assert refusal(Policy([], [BOARD], AMSTERDAM).judge(message(), Lock(), NOW)) is Refusal.STRANGER


def test_an_id_of_two_people_is_refused() -> None:
    with pytest.raises(ValueError, match="telegram:1 is two people"):
        Policy([ANNA, Person("Other", Role.MEMBER, {"telegram": "1"})], [], AMSTERDAM)


def test_the_last_day_counts_to_its_end_in_the_display_zone() -> None:
    last = datetime(2026, 11, 29, 22, 59, 59, tzinfo=UTC)
    for moment, expired in ((last, False), (last + timedelta(seconds=1), True)):
        asked = replace(message("4"), sent_at=moment)
        assert POLICY.expired(EVE, moment) is expired
        assert isinstance(POLICY.judge(asked, Lock(), moment), Refused) is expired


def test_who_has_expired_is_refused_but_may_ask_who_they_are() -> None:
    later = NOW + timedelta(days=1)
    asked = replace(message("4"), sent_at=later)
    verdict = POLICY.judge(asked, Status(), later)
    expected = Refused(Refusal.EXPIRED, asked, Status(), BOARD, EVE, "telegram:4:expired")
    assert verdict == expected
    assert POLICY.judge(asked, WhoAmI(), later) == Allowed(EVE, BOARD, "telegram:4:answer")


@pytest.mark.parametrize(("zone", "hour"), [("Europe/Amsterdam", 23), ("America/New_York", 5)])
def test_the_last_day_ends_at_midnight_of_the_zone_that_is_shown(zone: str, hour: int) -> None:
    policy = Policy([EVE], [BOARD], ZoneInfo(zone))
    midnight = datetime(2026, 11, 29 if hour > 12 else 30, hour, tzinfo=UTC)
    assert policy.expired(EVE, midnight)
    assert not policy.expired(EVE, midnight - timedelta(seconds=1))


def test_what_is_ignored_has_its_reason_for_the_log() -> None:
    program = message("1", BOARD.destination, Mark.BOT)
    assert POLICY.judge(program, Lock(), NOW) == Ignored("written by a program")
    elsewhere = Ignored("commands are not taken in this chat")
    for where in (SILENT.destination, Destination("telegram", "-999")):
        assert POLICY.judge(message("1", where), Lock(), NOW) == elsewhere


@pytest.mark.parametrize("mark", [Mark.OWN, Mark.BOT])
@pytest.mark.parametrize("command", [Lock(), Status(), Help(), Typo("x", None)])
def test_programs_are_never_answered(mark: Mark, command: Command) -> None:
    assert isinstance(POLICY.judge(message("1", BOARD.destination, mark), command, NOW), Ignored)
    everything = message("1", BOARD.destination, *Mark)
    assert isinstance(POLICY.judge(everything, command, NOW), Ignored)


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        (Mark.EDITED, Refusal.EDITED),
        (Mark.FORWARDED, Refusal.FORWARDED),
        (Mark.OUTSIDER, Refusal.OUTSIDER),
    ],
)
@pytest.mark.parametrize("command", [Lock(), Status(), Help(), WhoAmI()])
def test_marked_messages_are_refused_with_an_explanation_once_an_hour(
    mark: Mark, reason: Refusal, command: Command
) -> None:
    asked = message("1", BOARD.destination, mark)
    verdict = POLICY.judge(asked, command, NOW)
    assert verdict == Refused(reason, asked, command, BOARD, ANNA, f"telegram:1:{reason}")


def test_anonymous_people_share_one_explanation_an_hour_in_each_chat() -> None:
    asked = message("1087968824", BOARD.destination, Mark.ANONYMOUS)
    verdict = POLICY.judge(asked, Lock(), NOW)
    assert isinstance(verdict, Refused)
    assert (verdict.reason, verdict.once) == (Refusal.ANONYMOUS, "telegram:-100:anonymous")


def test_anonymous_comes_before_every_other_reason() -> None:
    marks = set(Mark) - {Mark.OWN, Mark.BOT}
    verdict = POLICY.judge(message("1", BOARD.destination, *marks), Lock(), NOW)
    assert refusal(verdict) is Refusal.ANONYMOUS


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (timedelta(seconds=120), None),
        (timedelta(seconds=121), Refusal.STALE),
        (timedelta(days=1), Refusal.STALE),
        (timedelta(seconds=-120), None),
        (timedelta(seconds=-121), Refusal.CLOCK),
    ],
)
def test_a_command_must_be_fresh(age: timedelta, reason: Refusal | None) -> None:
    verdict = POLICY.judge(message("1", age=age), Lock(), NOW)
    if reason is None:
        assert isinstance(verdict, Allowed)
    else:
        # Who may command must hear each time that nothing was done.
        assert isinstance(verdict, Refused)
        assert (verdict.reason, verdict.once) == (reason, None)


def test_the_greatest_age_is_a_setting() -> None:
    policy = Policy([ANNA], [BOARD], AMSTERDAM, timedelta(seconds=10))
    old = message("1", age=timedelta(seconds=11))
    assert refusal(policy.judge(old, Status(), NOW)) is Refusal.STALE


@pytest.mark.parametrize(
    ("where", "place"),
    [
        (Destination("telegram", "-100"), BOARD),
        (Destination("telegram", "-100", "7"), TOPIC),
        (Destination("telegram", "-100", "8"), BOARD),
        (Destination("telegram", "-300", "9"), FORUM),
        (Destination("telegram", "-300"), None),
        (Destination("telegram", "-300", "8"), None),
        (Destination("telegram", "-200"), SILENT),
        (Destination("mattermost", "-100"), None),
        (Destination("telegram", "1"), None),
    ],
)
def test_a_channel_covers_its_threads_and_a_thread_only_itself(
    where: Destination, place: Place | None
) -> None:
    assert POLICY.place_of(where) == place
    verdict = POLICY.judge(message("1", where), Lock(), NOW)
    if place is None or not place.commands:
        assert isinstance(verdict, Ignored)
    else:
        assert verdict == Allowed(ANNA, place)


def test_a_thread_without_commands_is_silent_in_a_channel_with_them() -> None:
    quiet = replace(TOPIC, commands=False)
    policy = Policy([ANNA], [BOARD, quiet], AMSTERDAM)
    assert isinstance(policy.judge(message("1", TOPIC.destination), Lock(), NOW), Ignored)


@pytest.mark.parametrize("command", [Lock(), Status()])
def test_people_of_the_roster_may_speak_to_the_bot_in_private(command: Command) -> None:
    alone = replace(message("1", Destination("telegram", "1")), private=True)
    verdict = POLICY.judge(alone, command, NOW)
    assert isinstance(verdict, Allowed)
    assert verdict.place == Place(alone.destination)


def test_in_private_a_role_is_what_it_is_in_a_chat() -> None:
    alone = replace(message("3", Destination("telegram", "3")), private=True)
    verdict = POLICY.judge(alone, Lock(), NOW)
    assert isinstance(verdict, Refused)
    assert verdict.reason is Refusal.ROLE


def test_strangers_get_no_answer_in_private() -> None:
    alone = replace(message("99", Destination("telegram", "99")), private=True)
    assert isinstance(POLICY.judge(alone, Lock(), NOW), Ignored)


COMMANDS = st.sampled_from([*ORDERS, *QUESTIONS, *FOR_ALL])


@given(
    sender=st.sampled_from(["1", "2", "3", "4", "5", "a", ""]),
    adapter=st.sampled_from(["telegram", "mattermost", "console"]),
    channel=st.sampled_from(["-100", "-200", "-300", "1"]),
    thread=st.sampled_from([None, "7", "9"]),
    marks=st.sets(st.sampled_from(Mark), max_size=2),
    age=st.integers(-200, 200),
    days=st.integers(-2, 2),
    command=COMMANDS,
)
def test_only_treasurer_and_board_ever_lock_or_unlock(
    *,
    sender: str,
    adapter: str,
    channel: str,
    thread: str | None,
    marks: set[Mark],
    age: int,
    days: int,
    command: Command,
) -> None:
    now = NOW + timedelta(days=days)
    asked = IncomingMessage(
        Destination(adapter, channel, thread),
        "5",
        sender,
        "x",
        "",
        now - timedelta(seconds=age),
        marks=frozenset(marks),
    )
    verdict = POLICY.judge(asked, command, now)
    if isinstance(verdict, Allowed) and isinstance(command, Lock | Unlock):
        assert adapter == "telegram"
        assert verdict.person in ([ANNA, BORIS, EVE] if days <= 0 else [ANNA, BORIS])
        assert verdict.person.role in MAY_LOCK
        assert not marks
        assert abs(age) <= 120
        assert channel == "-100" or (channel, thread) == ("-300", "9")


def test_an_answer_is_given_once_an_hour() -> None:
    once = OncePerHour()
    assert once.first("a", NOW)
    assert not once.first("a", NOW + timedelta(minutes=59))
    assert once.first("b", NOW + timedelta(minutes=59))
    assert once.first("a", NOW + timedelta(minutes=60))
    assert not once.first("a", NOW + timedelta(minutes=61))


def test_what_is_remembered_is_bounded_and_silence_is_the_safe_side() -> None:
    once = OncePerHour(size=3)
    assert [once.first(key, NOW) for key in "abcd"] == [True, True, True, False]
    assert once.first("d", NOW + timedelta(hours=1))


def test_a_thousand_answers_an_hour_are_enough_for_everybody() -> None:
    once = OncePerHour()
    assert all(once.first(f"key {number}", NOW) for number in range(1000))
    assert not once.first("one more", NOW)


def test_a_clock_that_goes_back_does_not_silence_for_longer() -> None:
    once = OncePerHour()
    assert once.first("a", NOW)
    assert once.first("a", NOW - timedelta(hours=2))
