"""The console as the bot sees it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import pytest

from adapters.base import (
    Connected,
    Destination,
    OutgoingMessage,
    Permanent,
    Receipt,
    Settings,
    SettingsError,
)
from adapters.console import Options, make_console, read_options
from adapters.console.adapter import HOW_IT_WORKS, NO_ANSWER, NOT_FOR_THE_BOT, Console, nothing
from adapters.console.pipe import PipeScreen
from adapters.console.screen import Shown
from adapters.contract import RecordingHost

CHAT = Destination("console", "chat")
NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


class PaperScreen:
    """A screen whose lines were written before; what it shows is kept."""

    def __init__(self, *lines: str, paced: bool = False) -> None:
        self.paced = paced
        self.lines = list(lines)
        self.log: list[str] = []
        self.notes: list[str] = []
        self.closed = False

    async def ask(self, who: str) -> str | None:
        self.log.append(f"{who}> {self.lines[0] if self.lines else 'END'}")
        return self.lines.pop(0) if self.lines else None

    async def show(self, message: Shown) -> None:
        self.log.append(message.text)

    async def remark(self, text: str) -> None:
        self.log.append(f"({text})")

    def waiting(self, notes: Sequence[Shown]) -> None:
        self.notes = [note.text for note in notes]

    def close(self) -> None:
        self.closed = True


class TornScreen(PaperScreen):
    """A screen that cannot show anything any more."""

    async def show(self, message: Shown) -> None:
        raise BrokenPipeError(32, "Broken pipe")


class Answering(RecordingHost):
    """A bot that answers each message at once, with a note first."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        self.tasks: list[asyncio.Task[None]] = []

    def deliver(self, message: object) -> None:
        super().deliver(message)  # type: ignore[arg-type]  # the base class checks nothing
        self.tasks.append(asyncio.create_task(self._answer(self.messages[-1].message_id)))

    async def _answer(self, asked: str) -> None:
        note = await self._console.send(OutgoingMessage(CHAT, "⏳ …", reply_to=asked))
        await asyncio.sleep(0)
        result = OutgoingMessage(CHAT, "done", reply_to=asked, replaces=note)
        await self._console.send(result)


def console(screen: PaperScreen, aside: Callable[[], Awaitable[str | None]] = nothing) -> Console:
    return make_console(screen, Options(patience=0), CHAT, clock=lambda: NOON, aside=aside)


async def heard(*lines: str) -> RecordingHost:
    host = RecordingHost()
    await console(PaperScreen(*lines)).run(host)
    return host


async def test_it_says_that_it_is_connected() -> None:
    assert (await heard()).notices == [Connected()]


async def test_a_line_is_said_by_the_speaker() -> None:
    (message,) = (await heard("/maintenance lock")).messages
    assert (message.sender_id, message.sender_name) == ("anna", "Anna")
    assert (message.text, message.destination, message.sent_at) == ("/maintenance lock", CHAT, NOON)
    assert message.bot_name == "maintenance"
    assert not message.private
    assert message.marks == frozenset()


async def test_somebody_else_can_say_one_line() -> None:
    host = await heard("as bram: one", "two")
    assert [message.sender_id for message in host.messages] == ["bram", "anna"]


async def test_somebody_else_can_take_over() -> None:
    host = await heard("as bram", "one", "two")
    assert [message.sender_id for message in host.messages] == ["bram", "bram"]


async def test_an_empty_line_is_no_message() -> None:
    assert (await heard("", "  ")).messages == []


async def test_who_leaves_says_no_more() -> None:
    assert [one.text for one in (await heard("one", "quit", "two")).messages] == ["one"]


async def test_the_terminal_is_given_back_at_the_end() -> None:
    screen = PaperScreen("one")
    await console(screen).run(RecordingHost())
    assert screen.closed


async def test_message_ids_differ_between_two_runs_of_the_bot() -> None:
    first = make_console(PaperScreen("one"), Options(patience=0), CHAT, clock=lambda: NOON)
    later = NOON.replace(microsecond=1)
    second = make_console(PaperScreen("one"), Options(patience=0), CHAT, clock=lambda: later)
    host = RecordingHost()
    await first.run(host)
    await second.run(host)
    assert len({message.message_id for message in host.messages}) == 2


async def test_an_answer_names_who_asked() -> None:
    screen = PaperScreen("as bram: /maintenance")
    chat, host = console(screen), RecordingHost()
    await chat.run(host)
    await chat.send(OutgoingMessage(CHAT, "open", reply_to=host.messages[0].message_id))
    assert screen.log[-1] == "bot → Bram: open"


async def test_what_answers_nobody_is_for_everyone() -> None:
    screen = PaperScreen()
    await console(screen).send(OutgoingMessage(CHAT, "the window has begun"))
    assert screen.log == ["bot → everyone: the window has begun"]


async def test_what_is_for_one_alone_says_so() -> None:
    screen = PaperScreen()
    await console(screen).send(OutgoingMessage(CHAT, "you may not", only_for="eve"))
    assert screen.log == ["bot → Eve (only to you): you may not"]


async def test_another_room_is_named() -> None:
    screen = PaperScreen()
    await console(screen).send(OutgoingMessage(Destination("console", "it"), "closed"))
    assert screen.log == ["bot → everyone in it: closed"]


async def test_a_correction_is_shown_as_one() -> None:
    screen = PaperScreen()
    chat = console(screen)
    first = await chat.send(OutgoingMessage(CHAT, "open"))
    await chat.send(OutgoingMessage(CHAT, "closed", replaces=first))
    assert screen.log[-1] == "bot → everyone (instead of before): closed"


async def test_on_a_terminal_a_note_stands_only_until_its_result() -> None:
    screen = PaperScreen()
    chat = console(screen)
    note = await chat.send(OutgoingMessage(CHAT, "⏳ closing…"))
    assert (screen.log, screen.notes) == ([], ["bot → everyone: ⏳ closing…"])
    await chat.send(OutgoingMessage(CHAT, "closed", replaces=note))
    assert (screen.log, screen.notes) == (["bot → everyone: closed"], [])


async def test_piped_lines_wait_for_the_answer_before_them() -> None:
    screen = PaperScreen("/maintenance lock", "/maintenance unlock", paced=True)
    chat = make_console(screen, Options(patience=3600), CHAT, clock=lambda: NOON)
    async with asyncio.timeout(10):
        await chat.run(Answering(chat))
    assert screen.log == [
        "anna> /maintenance lock",
        "bot → Anna: ⏳ …",
        "bot → Anna: done",
        "anna> /maintenance unlock",
        "bot → Anna: ⏳ …",
        "bot → Anna: done",
        "anna> END",
    ]


async def test_who_leaves_a_terminal_still_gets_what_is_due() -> None:
    screen = PaperScreen("/maintenance lock", "quit")
    chat = make_console(screen, Options(patience=3600), CHAT, clock=lambda: NOON)
    async with asyncio.timeout(10):
        await chat.run(Answering(chat))
    assert screen.log[-1] == "bot → Anna: done"


async def test_an_aside_stands_below_the_message_and_before_the_next_line() -> None:
    asides = iter(["the shop answers: 503", None])

    async def aside() -> str | None:
        return next(asides)

    screen = PaperScreen("/maintenance lock", paced=True)
    chat = make_console(screen, Options(patience=3600), CHAT, clock=lambda: NOON, aside=aside)
    async with asyncio.timeout(10):
        await chat.run(Answering(chat))
    assert screen.log[-3:] == ["bot → Anna: done", "(the shop answers: 503)", "anna> END"]


async def test_who_talks_to_the_others_is_told_once_whom_the_bot_hears() -> None:
    screen = PaperScreen("hello", "anybody there?")
    await console(screen).run(RecordingHost())
    assert screen.log.count(f"({NOT_FOR_THE_BOT})") == 1


@pytest.mark.parametrize("paced", [True, False])
async def test_silence_of_the_bot_is_explained(paced: bool) -> None:  # noqa: FBT001 -- both screens
    screen = PaperScreen("/maintenance unlock", paced=paced)
    await console(screen).run(RecordingHost())
    assert f"({NO_ANSWER})" in screen.log


async def test_cancelling_ends_it_while_an_answer_is_due() -> None:
    screen = PaperScreen("/maintenance unlock", paced=True)
    chat = make_console(screen, Options(patience=3600), CHAT, clock=lambda: NOON)
    host = RecordingHost()
    running = asyncio.create_task(chat.run(host))
    await host.until(lambda: host.messages != [])
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert screen.closed


async def test_help_explains_the_terminal() -> None:
    screen = PaperScreen("help")
    await console(screen).run(RecordingHost())
    assert f"({HOW_IT_WORKS})" in screen.log


async def test_a_closed_output_is_permanent() -> None:
    with pytest.raises(Permanent, match="closed") as caught:
        await console(TornScreen()).send(OutgoingMessage(CHAT, "hello?"))
    assert caught.value.problem == "output-closed"


async def test_a_receipt_names_the_message() -> None:
    chat = console(PaperScreen())
    first, second = [await chat.send(OutgoingMessage(CHAT, text)) for text in ("one", "two")]
    assert first != second
    assert isinstance(first, Receipt)


def test_settings_have_defaults() -> None:
    assert read_options({}) == Options()


def test_settings_are_taken_over() -> None:
    table = {"speaker": "bram", "people": ["bram"], "bot_name": "shop", "patience": 2}
    assert read_options(table) == Options("bram", ("bram",), "shop", 2.0)


def test_all_wrong_settings_are_named() -> None:
    table = {
        "speaker": "two words",
        "people": "anna",
        "bot_name": 3,
        "patience": True,
        "colour": "red",
    }
    with pytest.raises(SettingsError) as caught:
        read_options(table)
    assert [fault.key for fault in caught.value.faults] == list(table)


def test_without_a_terminal_plain_lines_are_chosen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    from adapters.console import create  # noqa: PLC0415 -- beside what it is about

    with open("/dev/null") as nothing_typed:  # noqa: PTH123 -- a device
        monkeypatch.setattr("sys.stdin", nothing_typed)
        made = create(Settings("console", {}))
    assert isinstance(made._screen, PipeScreen)  # type: ignore[attr-defined]  # a test may look
