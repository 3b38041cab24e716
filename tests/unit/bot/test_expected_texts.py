"""What the bot says in every situation, word for word: `texts/en.txt` and `texts/nl.txt`.

In those files `[...]` is an instant, `**...**` is strong, and the tone stands before the text.
"""

import inspect
from itertools import pairwise
from pathlib import Path

import pytest

from adapters.base import SpanKind, Tone
from bot.messages import Voice
from bot.policy import Refusal
from bot.text import Text
from tests.unit.bot.situations import (
    ANNAS,
    BEGINS,
    BY_LOCK,
    BY_WINDOW,
    NOW,
    OPEN,
    S503,
    SITUATIONS,
    WINDOW,
    report,
    shown,
    voice,
)

LANGUAGES = ["en", "nl"]
JARGON = ["marker", "reconcile", "systemd", "mutex", "telegram:", "traceback", "none"]
SPEAKS_OF_THE_SHOP = {
    Tone.OPEN: ("open",),
    Tone.CLOSED: ("clos", "lock", "dicht", "slot", "gesloten"),
}


def expected(language: str) -> dict[str, str]:
    text = (Path(__file__).parent / "texts" / f"{language}.txt").read_text(encoding="utf-8")
    blocks = (block.split("\n", 1) for block in ("\n" + text.rstrip()).split("\n# ")[1:])
    return {name: words.rstrip() for name, words in blocks}


def said(language: str) -> list[Text]:
    return [say(voice(language)) for say in SITUATIONS.values()]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SITUATIONS)
def test_the_text_is_word_for_word_as_written_down(language: str, name: str) -> None:
    assert shown(SITUATIONS[name](voice(language))) == expected(language)[name]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_written_down_for_nothing(language: str) -> None:
    assert list(expected(language)) == list(SITUATIONS)


def test_every_kind_of_text_has_a_situation() -> None:
    situations = inspect.getmodule(report)
    assert situations is not None
    asked = inspect.getsource(situations)
    public = [name for name in vars(Voice) if not name.startswith("_")]
    assert [name for name in public if f".{name}(" not in asked] == []
    assert [reason for reason in Refusal if f"Refusal.{reason.name}" not in asked] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_speaks_jargon(language: str) -> None:
    for text in said(language):
        assert not [word for word in JARGON if word in text.text.casefold()], text.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_spans_lie_in_order_inside_the_text(language: str) -> None:
    for text in said(language):
        edges = [edge for span in text.spans for edge in (span.start, span.end)]
        assert edges == sorted(edges)
        assert all(end <= start for (_, end), start in pairwise_spans(text))
        assert all(span.start < span.end <= len(text.text) for span in text.spans)


def pairwise_spans(text: Text) -> list[tuple[tuple[int, int], int]]:
    return [((one.start, one.end), two.start) for one, two in pairwise(text.spans)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_instant_carries_itself_and_every_command_is_one(language: str) -> None:
    for text in said(language):
        for span in text.spans:
            words = text.text[span.start : span.end]
            assert (span.instant is not None) == (span.kind is SpanKind.TIME)
            assert span.kind is not SpanKind.TIME or words.endswith("UTC)")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_say_what_the_tone_says(language: str) -> None:
    for text in said(language):
        meant = SPEAKS_OF_THE_SHOP.get(text.tone)
        assert meant is None or any(word in text.text.casefold() for word in meant), text.text
        assert text.tone is not Tone.WARNING or "\u26a0" in text.text, text.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_is_four_lines_at_most_and_shows_only_what_one_may(language: str) -> None:
    helps = {name: say(voice(language)).text for name, say in SITUATIONS.items() if "help," in name}
    assert all(text.count("\n") < 4 for text in helps.values())
    assert [name for name, text in helps.items() if " lock" in text] == ["help, treasurer"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "evil", ["**b** `c` {who} {0}", "<b>&amp;</b>", "@all\nx\u202ey", "\U0001f468" * 400]
)
def test_foreign_words_change_nothing_but_themselves(language: str, evil: str) -> None:
    speaker = voice(language)
    plain = speaker.status(BY_LOCK, S503, NOW)
    lock = type(ANNAS)(ANNAS.actor, evil, evil, ANNAS.since, None)
    text = speaker.status(report(maintenance=True, lock=lock), S503, NOW)
    assert [span.kind for span in text.spans] == [span.kind for span in plain.spans]
    kept = [text.text[span.start : span.end] for span in text.spans]
    assert kept == [plain.text[span.start : span.end] for span in plain.spans]
    assert len(text.text) < 700
    assert text.text.count("\n") == plain.text.count("\n")


def test_a_window_of_seconds_shows_its_seconds() -> None:
    now = int(NOW.timestamp())
    window = type(WINDOW)(now - 10, now + 10, "Demo")
    text = voice("en").status(report(maintenance=True, window=window), None, NOW)
    assert "until Sun 23:05:10 (22:05:10 UTC)" in text.text


def test_the_shop_is_named_only_where_it_has_a_name() -> None:
    nameless = Voice("en", voice("en")._phrases.zone, "IT")
    assert "I close and open the ticket shop," in nameless.help(None, NOW).text


def test_a_person_is_never_named_by_an_id() -> None:
    hidden = type(ANNAS)("telegram:987654321", None, None, None, None)
    text = voice("en").status(report(maintenance=True, lock=hidden), None, NOW)
    assert "locked by somebody (Telegram)" in text.text
    nameless = type(ANNAS)("telegram:987654321", " \u200b", None, None, None)
    text = voice("en").status(report(maintenance=True, lock=nameless), None, NOW)
    assert "locked by somebody" in text.text


def test_news_is_late_after_a_minute_and_a_half_unless_it_is_said() -> None:
    speaker = voice("en")
    in_time = speaker.announcement([BEGINS], NOW.replace(minute=1, second=30))
    late = speaker.announcement([BEGINS], NOW.replace(minute=1, second=31), present=BY_WINDOW)
    forced = speaker.announcement([BEGINS], NOW, late=False, present=BY_WINDOW)
    assert not in_time.text.startswith("\u23f1")
    assert late.text.startswith("\u23f1")
    assert not forced.text.startswith("\u23f1")


def test_the_state_of_now_wins_over_the_news() -> None:
    text = voice("en").announcement([BEGINS], NOW, late=False, present=OPEN)
    assert "The shop is open." in text.text
    assert text.tone is Tone.OPEN
