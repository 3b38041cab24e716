"""The line editor, on a terminal of prompt_toolkit's own making."""

import asyncio
import io
from collections.abc import Iterator

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import fragment_list_to_text
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from adapters.base import SpanKind
from adapters.console import PHRASES
from adapters.console.editor import EditorScreen, PhraseCompleter
from adapters.console.screen import Shown

PEOPLE = ("anna", "bram", "eve")


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    with create_pipe_input() as made:
        yield made


@pytest.fixture
def paper() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def screen(keys: PipeInput, paper: io.StringIO) -> EditorScreen:
    sink = Vt100_Output(paper, lambda: Size(rows=24, columns=80), enable_cpr=False)
    return EditorScreen(PHRASES, PEOPLE, source=keys, sink=sink)


def offers(typed: str) -> list[str]:
    completer = PhraseCompleter(PHRASES, PEOPLE)
    found = completer.get_completions(Document(typed), CompleteEvent())
    return [typed[: len(typed) + one.start_position] + one.text for one in found]


def test_verbs_are_completed() -> None:
    assert offers("/maintenance lo") == ["/maintenance lock"]
    assert offers("/m")[0] == "/maintenance status"


def test_people_are_completed() -> None:
    assert offers("as b") == ["as bram"]


def test_verbs_are_completed_behind_a_person() -> None:
    assert offers("as bram: /maintenance unl") == ["as bram: /maintenance unlock"]


def test_nothing_is_offered_for_other_talk() -> None:
    assert offers("hello") == []


async def test_a_typed_line_is_given(screen: EditorScreen, keys: PipeInput) -> None:
    keys.send_text("/maintenance\r")
    assert await screen.ask("anna") == "/maintenance"


async def test_an_earlier_line_comes_back_with_the_arrow(
    screen: EditorScreen, keys: PipeInput
) -> None:
    keys.send_text("/maintenance lock\r")
    await screen.ask("anna")
    keys.send_text("\x1b[A\r")
    assert await screen.ask("anna") == "/maintenance lock"


@pytest.mark.parametrize("key", ["\x04", "\x03"])
async def test_ctrl_d_and_ctrl_c_end_the_input(
    screen: EditorScreen, keys: PipeInput, key: str
) -> None:
    keys.send_text(key)
    assert await screen.ask("anna") is None


async def test_the_prompt_names_who_types(
    screen: EditorScreen, keys: PipeInput, paper: io.StringIO
) -> None:
    keys.send_text("\r")
    await screen.ask("bram")
    assert "bram>" in paper.getvalue()


async def test_a_message_appears_while_a_line_is_typed(
    screen: EditorScreen, keys: PipeInput, paper: io.StringIO
) -> None:
    asking = asyncio.create_task(screen.ask("anna"))
    await asyncio.sleep(0)
    keys.send_text("/main")
    await screen.show(Shown("bot → everyone: ", ((None, "closed"),)))
    keys.send_text("tenance\r")
    assert await asking == "/maintenance"
    assert "bot → everyone: closed" in paper.getvalue()


async def test_the_line_being_typed_is_taken_away_before_a_message_is_printed(
    screen: EditorScreen, keys: PipeInput, paper: io.StringIO
) -> None:
    asking = asyncio.create_task(screen.ask("anna"))
    async with asyncio.timeout(10):
        while "anna>" not in paper.getvalue():  # noqa: ASYNC110 -- what it draws is all it tells
            await asyncio.sleep(0)
    await screen.show(Shown("bot → everyone: ", ((None, "closed"),)))
    between = paper.getvalue().partition("anna>")[2].partition("bot →")[0]
    assert "\x1b[J" in between
    keys.send_text("\r")
    await asking


async def test_strong_is_bold(screen: EditorScreen, paper: io.StringIO) -> None:
    await screen.show(Shown("", ((SpanKind.STRONG, "closed"), (None, " now"))))
    before, _, _ = paper.getvalue().partition("closed")
    assert before.endswith("\x1b[0;1m")


async def test_a_note_stands_above_the_line_until_it_is_taken_away(
    screen: EditorScreen, keys: PipeInput
) -> None:
    asking = asyncio.create_task(screen.ask("anna"))
    await asyncio.sleep(0)
    screen.waiting([Shown("bot → Anna: ", ((None, "⏳ closing…"),))])
    assert "⏳ closing…" in fragment_list_to_text(screen._prompt())
    screen.waiting([])
    assert fragment_list_to_text(screen._prompt()) == "anna> "
    keys.send_text("\r")
    await asking


async def test_a_remark_is_printed(screen: EditorScreen, paper: io.StringIO) -> None:
    await screen.remark("the shop answers: 200 OK")
    assert "(the shop answers: 200 OK)" in paper.getvalue()
