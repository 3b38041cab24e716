"""Plain lines in and out."""

import asyncio
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.base import SpanKind
from adapters.console.pipe import PipeScreen
from adapters.console.screen import Shown


class Ends:
    """The two ends of a pipe; what is typed goes in at `typed`."""

    def __init__(self) -> None:
        self.source, self.typed = os.pipe()

    def type(self, data: bytes) -> None:
        os.write(self.typed, data)

    def end(self) -> None:
        if self.typed >= 0:
            os.close(self.typed)
            self.typed = -1


@pytest.fixture
def ends() -> Iterator[Ends]:
    made = Ends()
    yield made
    made.end()
    os.close(made.source)


@pytest.fixture
def sink() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def screen(ends: Ends, sink: io.StringIO) -> Iterator[PipeScreen]:
    made = PipeScreen(ends.source, sink)
    yield made
    made.close()


async def test_lines_are_read_until_the_end(screen: PipeScreen, ends: Ends) -> None:
    ends.type("één\r\ntw".encode())
    ends.type(b"o\nlast")
    ends.end()
    assert [await screen.ask("anna") for _ in range(4)] == ["één", "two", "last", None]


async def test_the_end_stays_the_end(screen: PipeScreen, ends: Ends) -> None:
    ends.end()
    assert [await screen.ask("anna") for _ in range(2)] == [None, None]


async def test_a_letter_cut_in_two_is_read_whole(screen: PipeScreen, ends: Ends) -> None:
    whole = "🔒".encode()
    ends.type(whole[:2])
    ends.type(whole[2:] + b"\n")
    assert await screen.ask("anna") == "🔒"


async def test_bytes_that_are_no_text_are_replaced(screen: PipeScreen, ends: Ends) -> None:
    ends.type(b"\xff!\n")
    assert await screen.ask("anna") == "\N{REPLACEMENT CHARACTER}!"


async def test_a_line_is_printed_behind_its_speaker(
    screen: PipeScreen, ends: Ends, sink: io.StringIO
) -> None:
    ends.type(b"/maintenance\n\n")
    await screen.ask("anna")
    await screen.ask("anna")
    assert sink.getvalue() == "anna> /maintenance\n"


async def test_a_regular_file_is_read_like_a_pipe(tmp_path: Path, sink: io.StringIO) -> None:
    script = tmp_path / "script"
    script.write_text("one\ntwo\n")
    with script.open() as source:
        screen = PipeScreen(source.fileno(), sink)
        assert [await screen.ask("anna") for _ in range(3)] == ["one", "two", None]
        screen.close()


async def test_closing_ends_the_reading_thread_although_nothing_comes(
    screen: PipeScreen, ends: Ends
) -> None:
    asking = asyncio.create_task(screen.ask("anna"))
    await asyncio.sleep(0)
    assert "console-reader" in {thread.name for thread in threading.enumerate()}
    asking.cancel()
    screen.close()
    assert "console-reader" not in {thread.name for thread in threading.enumerate()}


async def test_a_message_is_printed_with_its_later_lines_indented(
    screen: PipeScreen, sink: io.StringIO
) -> None:
    await screen.show(Shown("bot → Anna: ", ((SpanKind.STRONG, "closed"), (None, "\nsince 12"))))
    assert sink.getvalue() == "bot → Anna: closed\n    since 12\n"


async def test_a_remark_stands_in_brackets(screen: PipeScreen, sink: io.StringIO) -> None:
    await screen.remark("the shop answers: 200 OK")
    assert sink.getvalue() == "(the shop answers: 200 OK)\n"
