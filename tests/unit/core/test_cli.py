"""Every verb through the front door: one answer, the right exit code."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from core.cli import main, run
from core.instants import instant
from core.verbs import World

from .conftest import BEFORE, INSIDE, Shop


class Terminal:
    """Runs the program in this process, with a clock and standard input of its own."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.shielded = 0
        self.at = instant(BEFORE)

    def shield(self) -> None:
        self.shielded += 1

    def __call__(self, *words: str, stdin: str = "", at: str | None = None) -> tuple[int, str, str]:
        if at:
            self.at = instant(at)
        reading, writing = os.pipe()
        os.write(writing, stdin.encode())
        os.close(writing)
        places = ["--config", str(self.shop.config), "--state-dir", str(self.shop.state)]
        try:
            return run([*places, *words], World(lambda: self.at, self.shield, reading))
        finally:
            os.close(reading)

    def json(self, *words: str, **more: Any) -> dict[str, Any]:
        _, out, err = self(*words, "--json", **more)
        assert err == ""
        data = json.loads(out)
        assert isinstance(data, dict)
        assert data["version"] == 1
        return data


@pytest.fixture
def terminal(shop: Shop) -> Terminal:
    return Terminal(shop)


def test_a_day_at_a_terminal(terminal: Terminal) -> None:
    assert terminal("reconcile") == (
        0,
        "The shop is open.\nIt closes Sun 2026-11-29 22:00 UTC.\n",
        "",
    )
    _, out, _ = terminal("lock", "--reason", "audit", "--name", "Anna")
    assert out == (
        "Locked.\nThe shop is closed.\n"
        "Locked by Anna since Sun 2026-11-29 21:00 UTC, because: audit.\n"
        "It opens when somebody unlocks: pretix-maintenance unlock\n"
    )
    _, out, _ = terminal("lock")
    assert out.startswith("It was locked already; nothing was changed.\n")
    _, out, _ = terminal("status", at=INSIDE)
    assert "not at the end of the window, only when somebody unlocks" in out
    _, out, _ = terminal("unlock")
    assert out == (
        "Unlocked.\nThe shop is closed.\n"
        "Window: Mollie week, until Mon 2026-11-30 05:00 UTC.\n"
        "It opens by itself Mon 2026-11-30 05:00 UTC.\n"
    )
    _, out, _ = terminal("unlock")
    assert out.startswith("There was no lock.\n")


def test_a_marker_that_is_not_as_it_should_be_is_said_loudly(terminal: Terminal) -> None:
    terminal("reconcile")
    _, out, _ = terminal("status", at=INSIDE)
    assert out.startswith("The shop is OPEN but should be closed.")


def test_a_lock_with_an_end_says_so(terminal: Terminal) -> None:
    _, out, _ = terminal("lock", "--until", "2026-11-29T21:30:00Z")
    assert "It ends Sun 2026-11-29 21:30 UTC." in out
    assert "It opens by itself Sun 2026-11-29 21:30 UTC." in out


def test_doubts_are_said(terminal: Terminal) -> None:
    terminal("reconcile")
    terminal.shop.lock_file.write_text("nonsense")
    _, out, _ = terminal("status")
    assert "There is a lock that cannot be read." in out
    terminal.shop.config.unlink()
    _, out, _ = terminal("lock")
    assert "The configuration cannot be read" in out


def test_without_windows_nothing_comes(terminal: Terminal) -> None:
    terminal.shop.config.write_text("")
    _, out, _ = terminal("reconcile")
    assert out == "The shop is open.\nNo window is to come.\n"
    assert terminal("schedule")[1] == "No window is to come.\n"


REQUEST = {"version": 1, "actor": "telegram:1", "name": "Anna", "reason": "audit"}


def test_the_request_comes_on_standard_input(terminal: Terminal) -> None:
    data = terminal.json("lock", "--stdin", stdin=json.dumps(REQUEST))
    assert data["lock"]["actor"] == "telegram:1"
    data = terminal.json("unlock", "--stdin", stdin=json.dumps(REQUEST))
    assert (data["ok"], data["lock"]) == (True, None)
    data = terminal.json("reconcile", "--stdin", stdin=json.dumps(REQUEST))
    assert data["changed"] is False


@pytest.mark.parametrize("text", ["", "{}", "x" * 5000, json.dumps(REQUEST | {"x": 1})])
def test_a_request_that_is_none_changes_nothing(terminal: Terminal, text: str) -> None:
    code, out, _ = terminal("lock", "--stdin", "--json", stdin=text)
    assert code == 2
    assert json.loads(out)["problem"] == "request"
    assert not terminal.shop.state.exists()


def test_a_closed_standard_input_is_a_bad_request(shop: Shop) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    world = World(lambda: 0, lambda: None, reading)
    code, _, err = run(["lock", "--stdin", "--config", str(shop.config)], world)
    assert code == 2
    assert "could not be read" in err


def test_only_runs_that_may_hold_the_mutex_need_the_shield(terminal: Terminal) -> None:
    terminal("status")
    assert terminal.shielded == 0
    terminal("lock")
    terminal("unlock")
    terminal.shop.marker.touch()
    terminal("reconcile")
    assert terminal.shielded == 3
    terminal.shop.age(terminal.shop.config)
    terminal.at = terminal.shop.at
    terminal("reconcile")
    before = terminal.shielded
    terminal("reconcile")
    assert terminal.shielded == before
    terminal("reconcile", "--stdin", stdin=json.dumps(REQUEST))
    assert terminal.shielded == before + 1


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["bogus"], 2, "usage"),
        (["explain"], 2, "usage"),
        (["history", "--count", "x"], 2, "usage"),
        (["lock", "--until", "tomorrow"], 2, "request"),
        (["lock", "--until", "2020-01-01T00:00:00Z"], 2, "request"),
        (["lock", "--reason", "a\nb"], 2, "request"),
        (["explain", "--at", "tomorrow"], 2, "request"),
    ],
)
def test_a_failure_has_its_code_its_problem_and_a_sentence(
    terminal: Terminal, words: list[str], code: int, problem: str
) -> None:
    found, out, err = terminal(*words, "--json")
    data = json.loads(out)
    assert (found, data["ok"], data["problem"], err) == (code, False, problem, "")
    assert set(data) == {"version", "ok", "problem", "message"}
    found, out, err = terminal(*words)
    assert (found, out) == (code, "")
    assert err.startswith("pretix-maintenance: ")


@pytest.mark.parametrize("verb", ["status", "reconcile", "schedule", "timer"])
def test_a_wrong_configuration_is_code_3(terminal: Terminal, verb: str) -> None:
    terminal("reconcile")
    terminal.shop.config.write_text("a = 1\nb = 2")
    code, out, _ = terminal(verb, "--json")
    assert code == 3
    assert json.loads(out)["problem"] == "configuration"
    assert "a: is not a known key" in json.loads(out)["message"]


def test_a_state_directory_that_cannot_be_trusted_is_code_5(terminal: Terminal) -> None:
    terminal("reconcile")
    terminal.shop.state.chmod(0o777)
    for verb in ("status", "reconcile", "lock", "history"):
        code, out, _ = terminal(verb, "--json")
        assert (code, json.loads(out)["problem"]) == (5, "state")


def test_an_unforeseen_error_is_still_one_answer(shop: Shop) -> None:
    def broken() -> int:
        raise ZeroDivisionError("at noon")

    words = ["status", "--json", "--config", str(shop.config), "--state-dir", str(shop.state)]
    code, out, _ = run(words, World(broken, lambda: None))
    assert code == 6
    assert json.loads(out)["problem"] == "internal"


@pytest.mark.parametrize(("verb", "code"), [("status", 5), ("lock", 6)])
def test_a_failing_system_call_is_translated(shop: Shop, verb: str, code: int) -> None:
    def failing() -> int:
        raise PermissionError(13, "Permission denied", "/somewhere")

    words = [verb, "--json", "--config", str(shop.config), "--state-dir", str(shop.state)]
    found, out, _ = run(words, World(failing, lambda: None))
    assert found == code
    assert "/somewhere: Permission denied" in json.loads(out)["message"]


def test_schedule_lists_what_is_open_and_what_comes(terminal: Terminal) -> None:
    data = terminal.json("schedule", "--count", "2", at=INSIDE)
    assert [one["start"] for one in data["occurrences"]] == [
        "2026-11-29T22:00:00Z",
        "2026-12-06T22:00:00Z",
    ]
    data = terminal.json("schedule", "--count", "1", "--from", "2026-11-30T05:00:00Z")
    assert data["occurrences"][0]["start"] == "2026-12-06T22:00:00Z"
    assert len(terminal.json("schedule")["occurrences"]) == 10
    assert terminal.json("schedule", "--count", "0")["occurrences"] == []
    assert "2026-11-29T22:00:00Z  2026-11-30T05:00:00Z  Mollie week" in terminal("schedule")[1]


def test_schedule_makes_a_calendar_file(terminal: Terminal) -> None:
    _, out, _ = terminal("schedule", "--ics", "--count", "1")
    assert "DTSTART:20261129T220000Z\r\n" in out
    assert terminal.json("schedule", "--ics", "--count", "1")["ics"] == out


@pytest.mark.parametrize(
    ("at", "locked", "reasons"),
    [
        (BEFORE, False, []),
        (INSIDE, False, ["window"]),
        (BEFORE, True, ["lock"]),
        (INSIDE, True, ["window", "lock"]),
    ],
)
def test_explain_decides_for_any_instant_and_touches_nothing(
    *, terminal: Terminal, at: str, locked: bool, reasons: list[str]
) -> None:
    data = terminal.json("explain", "--at", at, *(["--locked"] if locked else []))
    assert (data["at"], data["reasons"], data["maintenance"]) == (at, reasons, bool(reasons))
    assert data["seq"] is None
    assert not terminal.shop.state.exists()


def test_history_shows_the_newest_or_what_came_after(terminal: Terminal) -> None:
    terminal("reconcile")
    assert terminal.json("history")["events"] == []
    assert terminal("history")[1] == "Nothing is recorded.\n"
    terminal("lock", "--name", "Anna", "--reason", "audit")
    terminal("unlock")
    terminal("lock", at=INSIDE)
    seqs = [event["seq"] for event in terminal.json("history")["events"]]
    assert seqs == [1, 2, 3]
    seqs = [event["seq"] for event in terminal.json("history", "--count", "1")["events"]]
    assert seqs == [3]
    seqs = [event["seq"] for event in terminal.json("history", "--after", "1")["events"]]
    assert seqs == [2, 3]
    found = terminal.json("history", "--after", "0", "--count", "1")["events"]
    assert [event["seq"] for event in found] == [1]
    assert terminal("history")[1].splitlines()[0] == (
        "#1 2026-11-29T21:00:00Z closed: locked, by Anna, audit"
    )


def test_a_journal_that_cannot_be_read_is_code_5(terminal: Terminal) -> None:
    terminal("reconcile")
    terminal.shop.journal.mkdir()
    assert terminal("history")[0] == 5


def test_help_and_version_are_answers_too(terminal: Terminal) -> None:
    code, out, err = terminal("--help")
    assert (code, err) == (0, "")
    assert out.startswith("usage: pretix-maintenance")
    assert terminal.json("--version")["program"].startswith("pretix-maintenance ")
    assert terminal("--version")[1].startswith("pretix-maintenance ")


def test_the_process_prints_one_answer(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shop.folder)
    words = ["status", "--json", "--config", "core.toml", "--state-dir", "state"]
    assert main(words) == 0
    out, err = capfd.readouterr()
    assert (json.loads(out)["ok"], err) == (True, "")
    monkeypatch.chdir(shop.folder)
    assert main([*words[:1], *words[2:], "--bogus"]) == 2
    out, err = capfd.readouterr()
    assert (out, err) == ("", "pretix-maintenance: status knows no --bogus\n")


def test_the_version_is_that_of_the_project() -> None:
    import tomllib  # noqa: PLC0415 - here only

    from core import __version__  # noqa: PLC0415 - here only

    project = tomllib.loads(Path(__file__).parents[3].joinpath("pyproject.toml").read_text())
    assert project["project"]["version"] == __version__


def test_check_ends_with_1_if_anything_is_wrong(terminal: Terminal) -> None:
    terminal("reconcile")
    terminal.shop.config.write_text("nonsense")
    code, out, _ = terminal("check", "--json")
    found = {one["problem"]: one for one in json.loads(out)["findings"]}
    assert code == 1
    assert found["configuration"]["severity"] == "wrong"
    assert found["configuration"]["cure"]
    assert "wrong   " in terminal("check")[1]


def test_the_timer_is_printed(terminal: Terminal) -> None:
    _, out, _ = terminal("timer")
    assert "OnCalendar=Sun *-*-* 22:00:00 UTC\n" in out
    assert terminal.json("timer")["unit"] == out
