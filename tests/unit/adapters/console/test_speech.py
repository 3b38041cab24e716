"""What a line typed into the console means."""

import pytest

from adapters.console.speech import Become, Explain, Leave, Say, Silence, understand, wants_answer


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("/maintenance lock audit", Say("/maintenance lock audit")),
        ("as anna: /maintenance lock", Say("/maintenance lock", "anna")),
        ("AS Anna:/maintenance lock\n", Say("/maintenance lock", "anna")),
        ("  as anna :  hello there ", Say("hello there", "anna")),
        ("as anna /maintenance lock", Say("/maintenance lock", "anna")),
        ("as anna: @maintenance lock", Say("@maintenance lock", "anna")),
        ("as anna: a: b", Say("a: b", "anna")),
        ("as bram", Become("bram")),
        ("as bram:", Become("bram")),
        ("as far as I know it is open", Say("as far as I know it is open")),
        ("asbestos", Say("asbestos")),
        ("quit", Leave()),
        ("EXIT ", Leave()),
        ("quit it", Say("quit it")),
        ("help", Explain()),
        ("?", Explain()),
        ("", Silence()),
        ("   \r\n", Silence()),
        ("  spaces  kept  ", Say("  spaces  kept  ")),
    ],
)
def test_a_line_is_understood(line: str, meant: object) -> None:
    assert understand(line) == meant


@pytest.mark.parametrize("text", ["/maintenance", " /x", "@maintenance status"])
def test_who_speaks_to_the_bot_wants_an_answer(text: str) -> None:
    assert wants_answer(text)


@pytest.mark.parametrize("text", ["hello", "", "and/or", "mail@example.org"])
def test_who_speaks_to_the_others_wants_none(text: str) -> None:
    assert not wants_answer(text)
