"""What the console needs of a terminal."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from adapters.base import OutgoingMessage, SpanKind

Piece = tuple[SpanKind | None, str]
"""A stretch of text and what it is."""

# A sequence that a terminal obeys must not come from a chat: all control characters but newline
# and tab, and those that turn the direction of what follows (the trick of "Trojan Source").
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the bot, ready for a screen: to whom, and the text in pieces."""

    heading: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """Give heading and text without anything else."""
        return self.heading + "".join(text for _, text in self.pieces)


class Screen(Protocol):
    """A terminal, or what stands in for one."""

    paced: bool
    """Whether a line waits for the answer to the one before it: nobody is there to read along."""

    async def ask(self, who: str) -> str | None:
        """Wait for the next line, typed by `who`; None when there will be no more."""

    async def show(self, message: Shown) -> None:
        """Show a message.

        Raises:
            OSError: the output is closed.
        """

    async def remark(self, text: str) -> None:
        """Show a word of the console itself, that nobody in the chat says."""

    def waiting(self, notes: Sequence[Shown]) -> None:
        """Show the messages that will soon be replaced, as far as they can be taken away again."""

    def close(self) -> None:
        """Give the terminal back as it was."""


def harmless(text: str) -> str:
    """Take out what a terminal would obey instead of show."""
    return _OBEYED.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def pieces_of(message: OutgoingMessage) -> tuple[Piece, ...]:
    """Cut a message's text at its spans."""
    pieces: list[Piece] = []
    at = 0
    for span in sorted(message.spans, key=lambda span: span.start):
        pieces.append((None, message.text[at : span.start]))
        pieces.append((span.kind, message.text[span.start : span.end]))
        at = max(at, span.end)
    pieces.append((None, message.text[at:]))
    if message.repeat_note:
        pieces.append((None, f"\n{message.repeat_note}"))
    if message.attachment:
        pieces.append((None, f"\n[file {message.attachment.name}]"))
    return tuple((kind, harmless(text)) for kind, text in pieces if text)
