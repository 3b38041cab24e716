"""Programs of the system: found by themselves, bounded in time, told what they get and no more."""

import pytest

from core.check import programs


def test_what_it_prints_and_how_it_ends_comes_back() -> None:
    assert programs.start("cat", stdin="hello") == programs.Ended(0, "hello")
    ended = programs.start("ls", "/no/such/folder")
    assert not ended.good
    assert "No such file" in ended.complaint


def test_nothing_of_the_environment_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED", "secret")
    assert "PLANTED" not in programs.start("env").out


def test_a_program_that_is_missing_is_named() -> None:
    ended = programs.start("no-such-program")
    assert (ended.code, ended.complaint) == (None, "no-such-program is not installed")


def test_one_that_does_not_end_is_not_waited_for() -> None:
    ended = programs.start("sleep", "60", patience=0.05)
    assert ended.code is None
    assert "did not end" in ended.complaint


def test_without_a_complaint_there_is_the_exit_code() -> None:
    assert programs.start("false").complaint == "exit code 1"
