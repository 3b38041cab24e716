"""Break long lines between words: a terminal would break them within. Pure."""

from collections.abc import Callable, Iterator

from adapters.console.screen import Piece

INDENT = "    "
"""Before the second and later lines of a message, so that each message is seen as one."""


def wrapped(
    pieces: tuple[Piece, ...], width: int, measure: Callable[[str], int]
) -> tuple[Piece, ...]:
    """Break the text of these pieces so that no line is wider than `width` cells, if words allow.

    `measure` gives a character's width in cells: an emoji has two.
    """
    breaks = set(_breaks("".join(text for _, text in pieces), width, measure))
    broken, at = [], 0
    for kind, text in pieces:
        letters = (
            f"\n{INDENT}" if at + offset in breaks else letter for offset, letter in enumerate(text)
        )
        broken.append((kind, "".join(letters)))
        at += len(text)
    return tuple(broken)


def _breaks(text: str, width: int, measure: Callable[[str], int]) -> Iterator[int]:
    """Give the places of the spaces, and the line ends there are, that become line ends."""
    column, space, column_there = 0, -1, 0
    for at, letter in enumerate(text):
        if letter == "\n":
            yield at
            column, space = len(INDENT), -1
            continue
        column += measure(letter)
        if letter == " ":
            space, column_there = at, column
        elif column > width and space >= 0:
            yield space
            column, space = len(INDENT) + column - column_there, -1
