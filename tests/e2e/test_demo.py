"""The demo on pipes, with the real bot, the real core and a real shop."""

import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.demo import nginx
from tests.e2e.demo_process import PATIENCE, PROGRAM, DemoProcess, processes_of, status_of

CHECKOUT = Path(__file__).parents[2]
LATER = ("--window-in", "3600")

Start = Callable[..., DemoProcess]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    running: list[DemoProcess] = []

    def begin(*options: str, **more: object) -> DemoProcess:
        running.append(DemoProcess(home, *options, **more))  # type: ignore[arg-type]  # as given
        return running[-1]

    yield begin
    for demo in running:
        demo.kill()
    nginx.end_leftover(home / ".demo" / "nginx")


@pytest.fixture(params=["nginx", "stand-in"])
def shop(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Options for either shop."""
    if request.param == "stand-in":
        return ("--stand-in",)
    if nginx.find() is None:
        pytest.skip("nginx is not installed")
    return ()


def test_a_person_closes_and_opens_the_shop(start: Start, shop: tuple[str, ...]) -> None:
    demo = start(*LATER, *shop)
    url = demo.url
    assert status_of(url) == (200, None)
    demo.type("as anna: /maintenance lock audit")
    demo.wait_for("bot → Anna: 🔒", "audit", "the shop answers: 503")
    assert status_of(url) == (503, "60")
    demo.type("/maintenance unlock")
    demo.wait_for("bot → Anna: 🔓", "the shop answers: 200")
    assert status_of(url) == (200, None)
    assert demo.end() == 0


def test_a_window_begins_and_ends_by_itself(start: Start, shop: tuple[str, ...]) -> None:
    demo = start("--window-in", "3", "--window-for", "10", *shop)
    url = demo.url
    demo.wait_for("bot → everyone: ", "“Demo”", "the shop answers: 503")
    assert status_of(url)[0] == 503
    demo.wait_for("the shop answers: 503", "bot → everyone: ", "the shop answers: 200")
    assert status_of(url)[0] == 200
    assert demo.end() == 0
    assert demo.said.count("bot → everyone: ") == 2


def test_unlocking_inside_the_window_keeps_the_shop_closed(start: Start) -> None:
    demo = start("--window-in", "1", "--window-for", "3600")
    demo.wait_for("bot → everyone: ", "the shop answers: 503")
    demo.type("/maintenance lock", "as bram: /maintenance unlock")
    demo.wait_for("bot → Anna: ", "bot → Bram: ", "stays closed")
    assert status_of(demo.url)[0] == 503
    assert demo.end() == 0


def test_lines_that_come_all_at_once_are_answered_one_after_the_other(start: Start) -> None:
    demo = start(*LATER)
    demo.type("as anna: /maintenance lock audit", "/maintenance unlock", "as bram: /maintenance")
    assert demo.end() == 0
    demo.wait_for(
        "Welcome",
        "anna> as anna: /maintenance lock audit\n",
        "bot → Anna: 🔒",
        "(the shop answers: 503",
        "anna> /maintenance unlock\n",
        "bot → Anna: 🔓",
        "(the shop answers: 200",
        "anna> as bram: /maintenance\n",
        "bot → Bram: ",
        "Goodbye",
    )


def test_a_stranger_changes_nothing(start: Start) -> None:
    demo = start(*LATER)
    demo.type("as eve: /maintenance lock")
    assert demo.end() == 0
    demo.wait_for("bot → Eve", "eve", "Nothing was changed")
    assert "the shop answers: 503" not in demo.said


def test_no_input_ends_it_at_once_and_well(start: Start) -> None:
    demo = start()
    assert demo.end() == 0
    demo.wait_for("Welcome", "Goodbye")
    assert "everyone" not in demo.said, "it does not wait for the window"


def test_it_leaves_nothing_but_its_folder(
    start: Start, home: Path, shop: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    temporary = tmp_path_factory.mktemp("temporary")
    demo = start(*LATER, *shop, command=("env", f"TMPDIR={temporary}", str(PROGRAM), "demo"))
    demo.type("/maintenance lock")
    assert demo.end() == 0
    assert processes_of(home) == []
    assert [path.name for path in home.iterdir()] == [".demo"]
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_well(start: Start, home: Path, number: signal.Signals) -> None:
    demo = start(*LATER)
    demo.wait_for("To leave")
    demo.signal(number)
    assert demo.wait() == 0
    demo.wait_for("Goodbye")
    assert processes_of(home) == []


def test_a_second_demo_says_that_there_is_one_and_leaves_it_alone(start: Start) -> None:
    first = start(*LATER)
    url = first.url
    second = start(*LATER)
    assert second.wait() == 1
    assert f"already running in {first.home}/.demo (process {first.pid})" in second.said
    assert "Traceback" not in second.said
    assert status_of(url)[0] == 200
    first.type("/maintenance lock")
    first.wait_for("the shop answers: 503")
    assert first.end() == 0


def test_a_folder_left_over_is_no_hindrance_and_starts_afresh(start: Start) -> None:
    first = start(*LATER)
    first.type("/maintenance lock audit")
    assert first.end() == 0
    second = start(*LATER)
    assert status_of(second.url)[0] == 200
    second.type("/maintenance history")
    assert second.end() == 0
    assert "audit" not in second.said.partition("anna> /maintenance history")[2]


def test_what_a_killed_demo_left_is_cleared_away_by_the_next(start: Start, home: Path) -> None:
    first = start(*LATER)
    first.wait_for("To leave")
    first.signal(signal.SIGKILL)
    first.wait()
    second = start(*LATER)
    second.wait_for("To leave")
    assert second.end() == 0
    assert processes_of(home) == []


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        ("x" * 300, "too long"),
        ("no/such/place", "does not exist"),
        ("/proc/demo", "cannot use the folder"),
        (".", "not of a demo"),
    ],
)
def test_a_folder_that_cannot_be_used_is_told_in_one_sentence(
    start: Start, home: Path, folder: str, why: str
) -> None:
    (home / "something").touch()
    demo = start("--folder", folder)
    assert demo.wait() == 1
    assert why in demo.said
    assert demo.said.count("\n") == 1


def test_a_reader_that_goes_away_does_not_keep_it_alive(home: Path) -> None:
    script = f"yes /maintenance | {PROGRAM} demo | head -n 3"
    ended = subprocess.run(
        ["bash", "-c", script], cwd=home, capture_output=True, timeout=PATIENCE, check=False
    )
    assert b"Traceback" not in ended.stderr
    assert processes_of(home) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_it_speaks_the_language_that_was_chosen(start: Start, language: str) -> None:
    demo = start(*LATER, "--language", language)
    demo.type("/maintenance lock")
    assert demo.end() == 0
    demo.wait_for({"nl": "bot → Anna: 🔒 Op slot", "en": "bot → Anna: 🔒 Locked"}[language])


def test_make_demo_plays_it_from_a_pipe(start: Start, home: Path) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy2(CHECKOUT / name, home / name)
    # An environment that is stamped as ready, so that nothing is installed here.
    (home / ".venv").mkdir()
    (home / ".venv" / "bin").symlink_to(PROGRAM.parent)
    (home / ".venv" / ".runtime").touch()
    demo = start(command=("make", "--no-print-directory", "demo"))
    demo.type("as anna: /maintenance lock audit", "/maintenance unlock")
    assert demo.end() == 0
    demo.wait_for("the shop answers: 503", "the shop answers: 200", "Goodbye")
    assert processes_of(home) == []
