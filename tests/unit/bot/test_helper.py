"""The helper is run as a real process that may lie, hang or die."""

import asyncio
import json
import os
import sys
import threading
from pathlib import Path

import pytest

from bot.helper import Finished, Helper, HelperFailed, HelperLost, Verb, run_process
from core.protocol import Report, Request
from tests.servers.lying_helper import LyingHelper, failure

REQUEST = Request("telegram:12345", name="Anna", reason="audit; $(reboot)", request_id="r1")
DONE = Report(at=1_800_000_000, maintenance=True, desired=True, changed=True)
OK = {"say": DONE.to_json()}


class Naps(list[float]):
    """Sleeps that only count."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def liar(tmp_path: Path) -> LyingHelper:
    return LyingHelper(tmp_path)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def helper(liar: LyingHelper, naps: Naps) -> Helper:
    return Helper(liar.command, sleep=naps, patience=60)


async def test_the_answer_is_the_report(helper: Helper, liar: LyingHelper) -> None:
    liar.plan(OK)
    assert await helper.ask(Verb.LOCK, REQUEST) == DONE


@pytest.mark.parametrize("verb", list(Verb))
async def test_the_words_are_fixed_and_the_order_goes_to_standard_input(
    helper: Helper, liar: LyingHelper, verb: Verb
) -> None:
    liar.plan(OK)
    await helper.ask(verb, REQUEST)
    call = liar.calls()[0]
    assert call["words"] == [verb.value, "--json", "--stdin"]
    assert Request.from_json(call["order"]) == REQUEST


async def test_a_failure_is_told_with_its_code_and_sentence(
    helper: Helper, liar: LyingHelper
) -> None:
    liar.plan(failure("apply"))
    with pytest.raises(HelperFailed, match="it is apply") as failed:
        await helper.ask(Verb.LOCK, REQUEST)
    assert failed.value.problem == "apply"
    assert len(liar.calls()) == 1


async def test_busy_is_tried_again(helper: Helper, liar: LyingHelper, naps: Naps) -> None:
    liar.plan(failure("busy"), failure("busy"), OK)
    assert await helper.ask(Verb.LOCK, REQUEST) == DONE
    assert len(naps) == 2


async def test_busy_for_ever_is_told_in_the_end(
    helper: Helper, liar: LyingHelper, naps: Naps
) -> None:
    liar.plan(*[failure("busy")] * 9)
    with pytest.raises(HelperFailed) as failed:
        await helper.ask(Verb.LOCK, REQUEST)
    assert failed.value.problem == "busy"
    assert len(liar.calls()) == 4
    assert sum(naps) <= 6


@pytest.mark.parametrize(
    "deed",
    [
        {"say": ""},
        {"say": "nonsense"},
        {"say": '{"version":1,"ok":true}'},
        {"say": DONE.to_json()[:-9]},
        {"say": "[]", "code": 1},
        {"die": True},
    ],
    ids=json.dumps,
)
async def test_an_answer_that_nobody_understands_is_lost_and_not_asked_again(
    helper: Helper, liar: LyingHelper, deed: dict[str, object]
) -> None:
    liar.plan(deed, OK)
    with pytest.raises(HelperLost):
        await helper.ask(Verb.LOCK, REQUEST)
    assert len(liar.calls()) == 1


async def test_bytes_that_are_no_text_are_a_lost_answer(tmp_path: Path) -> None:
    command = [sys.executable, "-c", r"import sys; sys.stdout.buffer.write(b'\xff\xfe')"]
    with pytest.raises(HelperLost):
        await Helper(command).ask(Verb.LOCK, REQUEST)


async def test_a_helper_that_cannot_be_started_did_nothing(tmp_path: Path) -> None:
    with pytest.raises(HelperFailed, match="cannot be started") as failed:
        await Helper([str(tmp_path / "nothing")]).ask(Verb.LOCK, REQUEST)
    assert failed.value.problem == "helper"


async def test_what_it_complains_about_is_in_the_log(
    helper: Helper, liar: LyingHelper, caplog: pytest.LogCaptureFixture
) -> None:
    liar.plan(OK | {"complain": "disk is nearly full\n"})
    await helper.ask(Verb.LOCK, REQUEST)
    assert "disk is nearly full" in caplog.text


async def test_a_helper_that_takes_too_long_is_left_alone_and_never_killed(
    tmp_path: Path,
) -> None:
    ended: asyncio.Queue[Finished] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    liar = LyingHelper(tmp_path)
    liar.plan(OK | {"wait": True})

    def observed(command: object, order: bytes) -> Finished:
        finished = run_process([*liar.command, "lock"], order)
        loop.call_soon_threadsafe(ended.put_nowait, finished)
        return finished

    helper = Helper(liar.command, patience=0.01, runner=observed)
    with pytest.raises(HelperLost, match="within"):
        await helper.ask(Verb.LOCK, REQUEST)
    await asyncio.to_thread(liar.release)
    finished = await ended.get()
    assert (finished.code, finished.answer.decode()) == (0, DONE.to_json())


async def test_the_next_call_does_not_wait_for_one_that_was_left() -> None:
    released = threading.Event()
    runs = iter([released.wait, lambda: True])

    def runner(command: object, order: bytes) -> Finished:
        next(runs)()
        return Finished(0, DONE.to_json().encode(), b"")

    helper = Helper(["helper"], patience=0.2, runner=runner)
    with pytest.raises(HelperLost):
        await helper.ask(Verb.LOCK, REQUEST)
    assert await helper.ask(Verb.UNLOCK, REQUEST) == DONE
    released.set()


async def test_cancelling_leaves_the_helper_at_work(liar: LyingHelper) -> None:
    liar.plan(OK | {"wait": True})
    started = asyncio.Event()
    ended: asyncio.Queue[Finished] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def observed(command: object, order: bytes) -> Finished:
        loop.call_soon_threadsafe(started.set)
        finished = run_process([*liar.command, "lock"], order)
        loop.call_soon_threadsafe(ended.put_nowait, finished)
        return finished

    call = asyncio.create_task(Helper(liar.command, runner=observed).ask(Verb.LOCK, REQUEST))
    await started.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.to_thread(liar.release)
    assert (await ended.get()).code == 0


async def test_one_call_at_a_time(liar: LyingHelper) -> None:
    running = most = 0

    def counted(command: object, order: bytes) -> Finished:
        nonlocal running, most
        running += 1
        most = max(most, running)
        finished = run_process(liar.command, order)
        running -= 1
        return finished

    liar.plan(OK, OK, OK)
    helper = Helper(liar.command, runner=counted)
    await asyncio.gather(*(helper.ask(Verb.LOCK, REQUEST) for _ in range(3)))
    assert most == 1


def test_it_gets_a_session_of_its_own() -> None:
    finished = run_process([sys.executable, "-c", "import os; print(os.getsid(0))"], b"")
    assert int(finished.answer) != os.getsid(0)
