"""The catalogues fit the code, and each other."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir

import bot.messages
from bot.catalogue import source, translations

LANGUAGES = ["nl", "en"]
MARKUP = re.compile(r"\*\*|`")
IN_THE_CODE = {
    message
    for _, _, message, _, _ in extract_from_dir(
        Path(bot.messages.__file__).parent,
        method_map=[("**.py", "python")],
        keywords={"say": None, "count": (1, 2)},
    )
}


def messages(language: str) -> list[Message]:
    return [message for message in source(language) if message.id]


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """Yield each text with its translation."""
    if isinstance(message.id, str):
        assert isinstance(message.string, str)
        yield message.id, message.string
    else:
        assert isinstance(message.string, (tuple, list))
        yield from zip(message.id, message.string, strict=True)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_in_the_code_is_translated_and_nothing_else(language: str) -> None:
    assert {message.id for message in messages(language)} == IN_THE_CODE
    assert len(IN_THE_CODE) > 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_missing_or_doubtful(language: str) -> None:
    for message in messages(language):
        assert not message.fuzzy, message.id
        assert all(translation for _, translation in pairs(message)), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_markup_are_the_same(language: str) -> None:
    for message in messages(language):
        for text, translation in pairs(message):
            assert placeholders(translation) == placeholders(text), text
            assert Counter(MARKUP.findall(translation)) == Counter(MARKUP.findall(text)), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_markup_never_encloses_a_placeholder(language: str) -> None:
    for message in messages(language):
        for _, translation in pairs(message):
            for literal, _, _, _ in Formatter().parse(translation):
                counts = Counter(MARKUP.findall(literal))
                assert all(count % 2 == 0 for count in counts.values()), translation


def test_the_english_texts_are_the_ones_in_the_code() -> None:
    for message in messages("en"):
        assert all(text == translation for text, translation in pairs(message)), message.id


def test_catalogues_are_compiled_once_and_speak() -> None:
    assert translations("nl").gettext("The shop is open.") == "De winkel is open."
    assert translations("nl") is translations("nl")
