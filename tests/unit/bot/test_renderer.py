"""Announcements are worded from what happened and what is true by now."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.base import Span, SpanKind, Tone
from bot.health import Difficulty
from bot.helper import run_process
from bot.notices import (
    Kind,
    difficulty_of,
    of_difficulty,
    of_lock,
    of_occurrence,
    of_probe,
    of_text,
    probe_of,
)
from bot.parcel import Notice
from bot.probe import NoProbe, Probe, ProbeResult, Verdict
from bot.renderer import AnnouncementRenderer
from bot.text import Text
from core.protocol import Occurrence, Request
from tests.servers.loopback_shop import CLOSED, loopback_shop
from tests.servers.small_bot import BOARD, DUTCH, CoreFolder, roster, voices

SINCE = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)


@pytest.fixture
def core(tmp_path: Path) -> CoreFolder:
    folder = CoreFolder(tmp_path)
    order = Request("chat:anna", name="Anna", reason="audit").to_json().encode()
    assert run_process([*folder.command, "lock", "--json", "--stdin"], order).code == 0
    return folder


def now() -> datetime:
    return datetime.now(UTC)


def renderer(core: CoreFolder, probe: Probe | NoProbe | None = None) -> AnnouncementRenderer:
    return AnnouncementRenderer(voices(roster()[1]), core.seen(), probe or NoProbe())


async def test_an_event_is_told_in_the_chats_language(core: CoreFolder) -> None:
    events = core.seen().recent(1)
    english = await renderer(core).events(BOARD, events, now(), late=False)
    dutch = await renderer(core).events(DUTCH, events, now(), late=False)
    assert "Anna" in english.text
    assert "Anna" in dutch.text
    assert english.text != dutch.text


async def test_the_shops_answer_is_told_with_it(core: CoreFolder) -> None:
    async with loopback_shop() as shop:
        shop.answer = CLOSED
        said = renderer(core, Probe(shop.url, clock=now, timeout=60))
        text = await said.events(BOARD, core.seen().recent(1), now(), late=False)
    assert "503" in text.text


async def test_the_shop_is_asked_once_for_chats_that_are_told_at_the_same_time(
    core: CoreFolder,
) -> None:
    async with loopback_shop() as shop:
        shop.answer = CLOSED
        said = renderer(core, Probe(shop.url, clock=now, timeout=60))
        for chat in (BOARD, DUTCH):
            await said.events(chat, core.seen().recent(1), now(), late=False)
        assert len(shop.requests) == 1
        later = now() + timedelta(minutes=1)
        await said.events(BOARD, core.seen().recent(1), later, late=True)
        assert len(shop.requests) == 2


async def test_an_event_is_told_although_the_present_state_cannot_be_read(
    core: CoreFolder,
) -> None:
    events = core.seen().recent(1)
    core.configure("nonsense")
    assert "Anna" in (await renderer(core).events(BOARD, events, now(), late=False)).text


FOUND = ProbeResult(SINCE, "shop.example", 200, Verdict.OPEN, expected=True)
NOTED = Text(
    "At Sun 23:00 `all` was well.",
    (Span(3, 12, SpanKind.TIME, SINCE), Span(13, 18, SpanKind.CODE)),
    Tone.WARNING,
)
NOTICES = {
    Kind.REPAIRED: {"since": SINCE.isoformat(), "state": "on"},
    Kind.NOT_REPAIRED: {"since": SINCE.isoformat(), "error_id": "7f3a"},
    Kind.DOUBT: {"since": SINCE.isoformat()},
    Kind.DOUBT_OVER: {"since": SINCE.isoformat()},
    Kind.SHOP_WRONG: of_probe(FOUND, SINCE),
    Kind.SHOP_RIGHT: of_probe(FOUND, SINCE),
    Kind.DIFFICULTY: of_difficulty(Difficulty(str(DUTCH), "the chat is gone", SINCE)),
    Kind.DIFFICULTY_OVER: of_difficulty(Difficulty(str(DUTCH), "the chat is gone", SINCE)),
    Kind.NOTE: of_text(NOTED),
}


async def told(core: CoreFolder, notice: Notice) -> Text:
    text = await renderer(core).notice(BOARD, notice, now())
    assert text is not None
    return text


NOT_AS_IT_MUST_BE = {Kind.NOT_REPAIRED, Kind.DOUBT}
"""Worth telling only while it is so."""


async def test_every_notice_has_words_of_its_own(core: CoreFolder) -> None:
    texts = [
        (await told(core, Notice(kind.value, SINCE, facts))).text
        for kind, facts in NOTICES.items()
        if kind not in NOT_AS_IT_MUST_BE
    ]
    core.marker.unlink()
    not_repaired = Notice(Kind.NOT_REPAIRED.value, SINCE, NOTICES[Kind.NOT_REPAIRED])
    texts.append((await told(core, not_repaired)).text)
    (core.state / "MAINTENANCE_MODE_LOCK").write_text("{nonsense")
    doubt = Notice(Kind.DOUBT.value, SINCE, NOTICES[Kind.DOUBT])
    texts.append((await told(core, doubt)).text)
    assert all(texts)
    assert len(set(texts)) == len(NOTICES)


@pytest.mark.parametrize("kind", sorted(NOT_AS_IT_MUST_BE))
async def test_what_came_right_before_it_could_be_told_is_not_told(
    core: CoreFolder, kind: Kind
) -> None:
    notice = Notice(kind.value, SINCE, NOTICES[kind])
    assert await renderer(core).notice(BOARD, notice, now()) is None


async def test_a_wrong_answer_of_the_open_shop_is_not_told_of_a_closed_one(
    core: CoreFolder,
) -> None:
    found = ProbeResult(SINCE, "shop.example", 503, Verdict.CLOSED, expected=False)
    notice = Notice(Kind.SHOP_WRONG.value, SINCE, of_probe(found, SINCE))
    assert await renderer(core).notice(BOARD, notice, now()) is None


async def test_a_repair_is_told_as_it_was_whatever_is_true_by_now(core: CoreFolder) -> None:
    facts = {"since": SINCE.isoformat(), "state": "off"}
    notice = Notice(Kind.REPAIRED.value, SINCE + timedelta(minutes=5), facts)
    text = (await told(core, notice)).text
    assert "I had it opened, 5 minutes late" in text
    assert "The shop is closed" in text


async def test_what_was_worded_when_it_happened_is_told_to_the_letter(core: CoreFolder) -> None:
    assert await told(core, Notice(Kind.NOTE.value, SINCE, of_text(NOTED))) == NOTED


async def test_a_difficulty_names_the_chat_as_people_do(core: CoreFolder) -> None:
    notice = Notice(Kind.DIFFICULTY.value, SINCE, NOTICES[Kind.DIFFICULTY])
    assert "bestuur" in (await told(core, notice)).text


async def test_a_window_ahead_is_told_until_it_has_begun(core: CoreFolder) -> None:
    soon = int(now().timestamp()) + 1800
    facts = of_occurrence(Occurrence(soon, soon + 3600, "Mollie week"))
    notice = Notice(Kind.AHEAD.value, SINCE, facts)
    assert "closes in 30 minutes" in (await told(core, notice)).text
    late = now() + timedelta(hours=1)
    assert await renderer(core).notice(BOARD, notice, late) is None


async def test_a_lock_is_brought_to_mind_only_while_it_is_on(core: CoreFolder) -> None:
    lock = core.seen().report(now()).lock
    assert lock is not None
    notice = Notice(Kind.LONG_LOCK.value, SINCE, of_lock(lock))
    assert "Is this lock still needed?" in (await told(core, notice)).text
    other = Notice(Kind.LONG_LOCK.value, SINCE, of_lock(lock) | {"actor": "chat:bram"})
    assert await renderer(core).notice(BOARD, other, now()) is None


@pytest.mark.parametrize("kind", list(NOTICES))
async def test_a_notice_is_told_although_the_present_state_cannot_be_read(
    core: CoreFolder, kind: Kind
) -> None:
    core.configure("nonsense")
    notice = Notice(kind.value, SINCE, NOTICES[kind])
    text = await told(core, notice)
    assert text.text
    assert text.tone is not Tone.OPEN


def test_a_repeat_is_marked_in_the_chats_language(core: CoreFolder) -> None:
    said = renderer(core)
    assert said.repeat_note(BOARD, "1-1-1") != said.repeat_note(DUTCH, "1-1-1")


@pytest.mark.parametrize("status", [None, 503])
@pytest.mark.parametrize("expected", [True, False, None])
def test_an_answer_of_the_shop_survives_being_written_down(
    status: int | None,
    expected: bool | None,  # noqa: FBT001 - the state
) -> None:
    result = ProbeResult(SINCE, "shop.example", status, Verdict.FOREIGN, expected)
    assert probe_of(of_probe(result, SINCE)) == result


def test_a_difficulty_survives_being_written_down() -> None:
    difficulty = Difficulty("telegram", "the token is refused", SINCE)
    assert difficulty_of(of_difficulty(difficulty)) == difficulty
