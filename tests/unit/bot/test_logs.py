"""The log: priorities for journald, and no secrets anywhere in it."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.logs import (
    MINUTE,
    MOST_ALIKE,
    REDACTED,
    RedactingFormatter,
    Sparing,
    goes_to_journald,
    redact,
    set_up,
)

TOKEN = "123456789:" + "AAF-this_is_not_a_real_token_at_all"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"POST https://api.telegram.org/bot{TOKEN}/getMe", "POST https://api.telegram.org/bot"),
        (f"token {TOKEN}", f"token {REDACTED}"),
        ("Authorization: Bearer abcdefg", f"Authorization: Bearer {REDACTED}"),
        ("the password is hunter22", f"the password is {REDACTED}"),
        ("closed at 22:00:00, in 1234567 s", "closed at 22:00:00, in 1234567 s"),
    ],
)
def test_secrets_and_what_looks_like_one_are_blanked_out(text: str, shown: str) -> None:
    redacted = redact(text, ["hunter22"])
    assert redacted.startswith(shown)
    assert TOKEN not in redacted


def test_a_longer_secret_is_blanked_out_whole_though_a_shorter_one_begins_it() -> None:
    assert redact("abcdef-ghijkl", ["abcdef", "abcdef-ghijkl"]) == REDACTED


def test_a_secret_too_short_to_be_one_does_not_blank_out_words() -> None:
    assert redact("a b c", ["b"]) == "a b c"


def test_a_traceback_is_redacted_too() -> None:
    stream = io.StringIO()
    set_up(stream, {}, lambda: ["hunter22"])
    try:
        int("hunter22")
    except ValueError:
        logging.getLogger("bot.test").exception("failed with %s", "hunter22")
    written = stream.getvalue()
    assert "Traceback" in written
    assert "hunter22" not in written
    assert written.count(REDACTED) >= 2


@pytest.mark.parametrize(
    ("level", "prefix"),
    [
        (logging.CRITICAL, "<2>"),
        (logging.ERROR, "<3>"),
        (logging.WARNING, "<4>"),
        (logging.INFO, "<6>"),
        (logging.DEBUG, "<7>"),
    ],
)
def test_each_line_for_journald_has_its_priority(level: int, prefix: str) -> None:
    record = logging.LogRecord("x", level, __file__, 1, "one\ntwo", None, None)
    lines = RedactingFormatter(list, journald=True).format(record).splitlines()
    assert len(lines) == 2
    assert all(line.startswith(prefix) for line in lines)


def test_elsewhere_a_line_has_its_time_and_no_priority() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "hello", None, None)
    line = RedactingFormatter(list, journald=False).format(record)
    assert line[:2] == "20"
    assert line.endswith("INFO x: hello")


def test_journald_is_known_by_the_stream_it_made(tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("w") as stream:
        found = (tmp_path / "stderr").stat()
        ours = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        assert goes_to_journald(ours, stream)
        assert not goes_to_journald({"JOURNAL_STREAM": "1:2"}, stream)
        assert not goes_to_journald({}, stream)
    assert not goes_to_journald(ours, io.StringIO())


def test_libraries_that_log_each_request_are_quiet() -> None:
    set_up(io.StringIO(), {}, list)
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    assert logging.getLogger("httpx").isEnabledFor(logging.WARNING)
    assert logging.getLogger("bot").isEnabledFor(logging.INFO)


def said(spare: Sparing, message: str, at: float, *words: object) -> str | None:
    """What is written of a record, if it is."""
    record = logging.LogRecord("bot.inbox", logging.WARNING, __file__, 1, message, words, None)
    record.created = at
    return record.getMessage() if spare.filter(record) else None


def test_what_repeats_itself_is_dropped_and_the_rest_is_not() -> None:
    spare = Sparing(most=3)
    written = [said(spare, "dropped %s", 1000.0, f"s{number}") for number in range(10)]
    assert written == ["dropped s0", "dropped s1", "dropped s2", *[None] * 7]
    assert said(spare, "the shop is closed", 1000.0) == "the shop is closed"


@pytest.mark.parametrize("later", [1000.0 + MINUTE, 900.0])
def test_in_another_minute_it_is_said_how_many_were_dropped(later: float) -> None:
    spare = Sparing(most=1)
    for number in range(10):
        said(spare, "dropped %s", 1000.0, f"s{number}")
    assert said(spare, "dropped %s", later, "s10") == "dropped s10 (and 9 like it before)"
    assert said(spare, "dropped %s", later, "s11") is None


def test_the_log_of_the_process_is_sparing() -> None:
    stream = io.StringIO()
    set_up(stream, {}, list)
    for number in range(MOST_ALIKE + 50):
        logging.getLogger("bot.test").warning("refused %d", number)
    assert len(stream.getvalue().splitlines()) == MOST_ALIKE
