"""From a chat message to a command: what runs, what is explained, what is not for us."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.commands import (
    BadEnd,
    Command,
    EndFault,
    Help,
    History,
    Leftover,
    Lock,
    Nothing,
    Schedule,
    Status,
    Synonym,
    TooLong,
    Typo,
    Unlock,
    Verb,
    WhoAmI,
)
from bot.grammar import parse
from bot.reading import LONGEST
from bot.verbs import SYNONYMS, VERBS

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def read(text: str, *, private: bool = False, bot_name: str = "OurBot") -> Command | Nothing:
    return parse(text, bot_name=bot_name, private=private, now=NOW, zone=AMSTERDAM)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/maintenance lock", Lock()),
        ("/maintenance unlock", Unlock()),
        ("/maintenance status", Status()),
        ("/maintenance history", History()),
        ("/maintenance schedule", Schedule()),
        ("/maintenance whoami", WhoAmI()),
        ("/maintenance help", Help()),
        ("/maintenance ?", Help()),
        ("/maintenance vergrendel", Lock()),
        ("/maintenance ontgrendel", Unlock()),
        ("/maintenance geschiedenis", History()),
        ("/maintenance rooster", Schedule()),
        ("/maintenance wieben", WhoAmI()),
        ("/maintenance hulp", Help()),
    ],
)
def test_each_verb_is_read_in_both_languages(text: str, command: Command) -> None:
    assert read(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "/maintenance lock",
        "/MAINTENANCE Lock",
        "/maintenance@OurBot lock",
        "/maintenance@ourbot LOCK",
        "  /maintenance   lock  ",
        "/maintenance\u00a0lock",
        "/maintenance\tlock",
        "/maintenance\nlock",
        "/maintenance \u200block\u200b",
        "\ufeff/maintenance lo\u00adck",
        "/maintenance \uff4c\uff4f\uff43\uff4b",
        "/maintenance: lock",
        "@maintenance lock",
        "@maintenance: lock",
        "@OurBot, lock",
        "@ourbot lock",
        "@\u200bourbot lock",
    ],
)
def test_a_command_is_read_however_phones_and_people_write_it(text: str) -> None:
    assert read(text) == Lock()


@pytest.mark.parametrize(
    "text", ["/maintenance", "@maintenance", "@OurBot", "/maintenance@OurBot "]
)
def test_our_name_alone_asks_for_the_overview(text: str) -> None:
    assert read(text) == Status(overview=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \u200b ",
        "lock",
        "hello /maintenance lock",
        "thanks @maintenance",
        "/maintenance@OtherBot lock",
        "/maintenance@ lock",
        "/maintenance_lock",
        "/maintenancelock",
        "@OtherBot lock",
        "@ lock",
        "/status",
        "//maintenance lock",
    ],
)
def test_what_is_not_for_us_is_nothing(text: str) -> None:
    assert read(text) == Nothing()


def test_a_bot_without_a_name_hears_its_command_but_no_name_after_it() -> None:
    assert read("/maintenance lock", bot_name="") == Lock()
    assert read("/maintenance@ lock", bot_name="") == Nothing()
    assert read("@ lock", bot_name="") == Nothing()


def test_a_name_given_with_its_sign_is_the_same_name() -> None:
    assert read("@ourbot lock", bot_name="@OurBot") == Lock()


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("lock audit", Lock("audit")),
        ("/lock", Lock()),
        ("/maintenance lock", Lock()),
        ("@maintenance lock", Lock()),
        ("/start", Help()),
        ("/start payload", Help()),
        ("start", Synonym("start", Verb.LOCK)),
        ("banana", Typo("banana", None)),
        ("/banana", Typo("banana", None)),
        ("banana/", Typo("banana/", None)),
        ("/status", Status()),
        ("/maintenance@OtherBot lock", Nothing()),
        ("@OtherBot lock", Nothing()),
        (" ", Nothing()),
    ],
)
def test_in_private_the_verb_may_stand_alone(text: str, command: Command | Nothing) -> None:
    assert read(text, private=True) == command


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("/maintenance lock audit of the books", "audit of the books"),
        ("/maintenance lock   audit \n of\u00a0the books ", "audit of the books"),
        ("/maintenance lock \u201caudit\u201d", "audit"),
        ("/maintenance lock \u201eaudit\u201c", "audit"),
        ("/maintenance lock 'audit'", "audit"),
        ("/maintenance lock 'audit", "'audit"),
        ("/maintenance lock \u2014 audit", "audit"),
        ("/maintenance lock - : audit", "audit"),
        (
            "/maintenance lock \U0001f468\u200d\U0001f4bb at work",
            "\U0001f468\u200d\U0001f4bb at work",
        ),
        ("/maintenance lock au\u202edit", "audit"),
        ("/maintenance lock \u00bd price", "\u00bd price"),
        ("/maintenance lock \u2014", None),
        ('/maintenance lock ""', None),
    ],
)
def test_the_reason_stays_as_it_was_typed_without_what_nobody_sees(
    text: str, reason: str | None
) -> None:
    assert read(text) == Lock(reason)


def test_a_reason_is_cut_to_what_can_be_shown() -> None:
    lock = read("/maintenance lock " + "x" * 1000)
    assert isinstance(lock, Lock)
    assert lock.reason == "x" * 300


def test_an_end_is_taken_from_the_tail_and_the_rest_is_the_reason() -> None:
    end = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    assert read("/maintenance lock audit until Fri 18:00") == Lock("audit", end)
    assert read("/maintenance lock until Fri 18:00") == Lock(None, end)


def test_an_end_that_cannot_be_taken_is_quoted_and_nothing_is_done() -> None:
    assert read("/maintenance lock audit until noon") == BadEnd("until noon", EndFault.UNKNOWN)


@pytest.mark.parametrize("flag", ["--until 18:00", "\u2014until 18:00", "--force"])
def test_flags_are_refused_by_lock(flag: str) -> None:
    assert read(f"/maintenance lock audit {flag}") == Leftover(flag.split(maxsplit=1)[0], Verb.LOCK)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/maintenance unlock now pls", Leftover("now pls", Verb.UNLOCK)),
        ("/maintenance unlock prodcution", Leftover("prodcution", Verb.UNLOCK)),
        ("/maintenance status foo", Leftover("foo", Verb.STATUS)),
        ("/maintenance help lock", Leftover("lock", Verb.HELP)),
        ("/maintenance unlock " + "x" * 500, Leftover("x" * 80, Verb.UNLOCK)),
    ],
)
def test_leftovers_are_quoted_and_nothing_is_done(text: str, left: Leftover) -> None:
    assert read(text) == left


@pytest.mark.parametrize("word", sorted(SYNONYMS))
def test_natural_words_are_explained_and_never_run(word: str) -> None:
    assert read(f"/maintenance {word}") == Synonym(word, SYNONYMS[word])
    assert read(f"/maintenance {word.upper()}! now") == Synonym(word, SYNONYMS[word])


def test_the_natural_words_of_the_brief_mean_what_people_mean() -> None:
    meant = {word: SYNONYMS[word] for word in ("on", "off", "close", "open", "aan", "uit", "dicht")}
    lock, unlock = Verb.LOCK, Verb.UNLOCK
    assert list(meant.values()) == [lock, unlock, lock, unlock, lock, unlock, lock]


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("stauts", Verb.STATUS),
        ("lokc", Verb.LOCK),
        ("unlcok", Verb.UNLOCK),
        ("ontgrendl", Verb.UNLOCK),
        ("lock?", Verb.LOCK),
        ("unlock!", Verb.UNLOCK),
        ("lock:", Verb.LOCK),
        ('"lock"', Verb.LOCK),
        ("banana", None),
        ("--lock", Verb.LOCK),
    ],
)
def test_a_typo_suggests_and_never_runs(word: str, suggestion: Verb | None) -> None:
    assert read(f"/maintenance {word}") == Typo(word, suggestion)


@pytest.mark.parametrize("text", ["status?", "help!", "history.", "whoami:"])
def test_a_question_may_end_like_one(text: str) -> None:
    assert not isinstance(read(f"/maintenance {text}"), Typo)


def test_too_much_text_is_refused_and_not_cut() -> None:
    text = "/maintenance lock " + "x" * LONGEST
    assert read(text) == TooLong(LONGEST)
    assert read(text[:LONGEST]) == Lock("x" * 300)
    assert read("x" * (LONGEST + 1)) == Nothing()


@pytest.mark.parametrize(
    "piece", ["for ", "until ", "for one ", "\u0301", "\ufdfa ", "1h", "--", "@"]
)
def test_long_texts_take_no_time(piece: str) -> None:
    began = time.process_time()
    read("/maintenance lock " + piece * 100_000)
    read("/maintenance lock " + (piece * 2000)[: LONGEST - 20])
    assert time.process_time() - began < 1


TOKENS = (
    "/maintenance @maintenance @OurBot /maintenance@OurBot for until tot 2h fri 18:00 ( ) utc"
    " 2026-12-01 24:00 one \u200b"
)
WORDS = st.sampled_from([*VERBS, *SYNONYMS, *TOKENS.split()])
TEXTS = st.one_of(st.text(), st.lists(st.one_of(WORDS, st.text(max_size=5))).map(" ".join))


@given(text=TEXTS, bot_name=st.sampled_from(["", "OurBot", "@x"]), private=st.booleans())
@example(text="/maintenance lock until (", bot_name="", private=False)
@example(text="/maintenance lock until at", bot_name="", private=False)
@example(text="/maintenance lock until utc 1", bot_name="", private=False)
def test_no_text_whatever_raises_or_locks_without_the_exact_word(
    text: str, bot_name: str, *, private: bool
) -> None:
    command = read(text, bot_name=bot_name, private=private)
    typed = text.casefold().replace("\u200b", "").split()
    if isinstance(command, Lock):
        assert {"lock", "vergrendel", "/lock", "/vergrendel"} & set(typed[:2])
    if isinstance(command, Unlock):
        assert {"unlock", "ontgrendel", "/unlock", "/ontgrendel"} & set(typed[:2])
        assert len(typed) <= 2


@given(word=st.text(min_size=1).filter(lambda word: word.strip().casefold() not in VERBS))
def test_no_other_word_locks_or_unlocks(word: str) -> None:
    first = (word.split() or [""])[0].casefold()
    command = read(f"/maintenance {word}")
    assert first in VERBS or not isinstance(command, Lock | Unlock)
