"""The command line."""

from pathlib import Path

import pytest

from core.errors import UsageError
from core.options import VERBS, parse
from core.usage import usage


def test_options_stand_before_or_after_the_verb() -> None:
    for words in (
        ["--config", "/c", "lock", "--reason", "audit", "--json"],
        ["--json", "lock", "--reason=audit", "--config=/c"],
    ):
        options = parse(words)
        assert (options.verb, options.config, options.get("--reason")) == ("lock", "/c", "audit")
        assert options.has("--json")


def test_paths_are_absolute_and_have_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = parse(["status"])
    assert options.config == "/etc/pretix-maintenance/core.toml"
    assert options.state_dir is None
    monkeypatch.chdir(tmp_path)
    options = parse(["status", "--config", "c.toml", "--state-dir", "../s"])
    assert options.config == str(tmp_path / "c.toml")
    assert options.state_dir == str(tmp_path.parent / "s")


def test_a_value_may_look_like_an_option() -> None:
    assert parse(["lock", "--reason", "--json"]).get("--reason") == "--json"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--json"],
        ["bogus"],
        ["status", "again"],
        ["status", "--reason", "x"],
        ["status", "--stdin"],
        ["status", "--bogus"],
        ["unlock", "--until", "x"],
        ["lock", "--reason"],
        ["lock", "--reason", "a", "--reason", "b"],
        ["lock", "--stdin", "--reason", "a"],
        ["lock", "-x"],
        ["lock", "--json=yes"],
    ],
)
def test_what_is_not_understood_is_refused(words: list[str]) -> None:
    with pytest.raises(UsageError):
        parse(words)


@pytest.mark.parametrize("word", ["x", "-1", "1.5", "٣", "9" * 30, ""])
def test_a_count_is_a_whole_number(word: str) -> None:
    with pytest.raises(UsageError):
        parse(["history", "--count", word]).number("--count", None)
    assert parse(["history", "--count", "5"]).number("--count", None) == 5
    assert parse(["history"]).number("--count", 7) == 7


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["lock", "--help"], ["bogus", "--help"]])
def test_help_wins(words: list[str]) -> None:
    assert parse(words).verb == "help"


def test_the_help_names_every_verb_and_option() -> None:
    text = usage()
    for verb, (_, with_value, without) in VERBS.items():
        assert verb in text
        assert all(option in text for option in with_value | without)
    assert parse(["--version"]).verb == "version"
