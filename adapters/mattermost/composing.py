"""What a message of the bot looks like in Mattermost.

The first line is the post itself, because notifications and the search know no more. What follows
it stands in an attachment with the colour of the message's tone, and says in words what the colour
does. Buttons need an attachment in any case.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.base import Button, OutgoingMessage, Tone
from adapters.mattermost.rendering import LONGEST, clipped, defused, render, split

COLOURS: Final = {
    Tone.OPEN: "#2e7d32",
    Tone.CLOSED: "#c62828",
    Tone.WARNING: "#ef6c00",
    Tone.NEUTRAL: "#607d8b",
}

LONGEST_ATTACHMENT: Final = 6000
"""Code points; servers before 6.0 take 8,000 for all props together."""

Action = Callable[[Button, str], dict[str, Any]]
"""Makes what a button is connected to: `integration`, for a button in a channel."""


@dataclass(frozen=True, slots=True)
class Composed:
    """Markdown in pieces, and the attachments of the last; `passing` may soon be replaced."""

    pieces: Sequence[str]
    attachments: Sequence[dict[str, Any]] = field(default_factory=list)
    passing: bool = False

    def command_response(self) -> dict[str, Any]:
        """Give it as the answer to a slash command, for the asker alone."""
        # Otherwise Mattermost rewrites `<…>` as Slack would, into mentions and links.
        common = {"response_type": "ephemeral", "skip_slack_parsing": True}
        responses: list[dict[str, Any]] = [{**common, "text": piece} for piece in self.pieces]
        if self.attachments:
            responses[-1]["attachments"] = list(self.attachments)
        if len(responses) > 1:
            responses[0]["extra_responses"] = responses[1:]
        return responses[0]

    def action_response(self) -> dict[str, Any]:
        """Give it as the answer to a press, for the presser alone."""
        texts = [*self.pieces, *(str(one.get("text", "")) for one in self.attachments)]
        return {
            "ephemeral_text": "\n".join(filter(None, texts)),
            "skip_slack_parsing": True,
        }


def compose(message: OutgoingMessage, action: Action | None, mention: str = "") -> Composed:
    """Lay a message out; without `action` its buttons are left away."""
    buttons = message.buttons if action is not None else ()
    text, spans = message.text, message.spans
    attachments: list[dict[str, Any]] = []
    head, _, rest = text.partition("\n")
    if message.tone is not Tone.NEUTRAL and head.strip() and rest.strip():
        start = len(text) - len(rest.lstrip("\n"))
        below = render(text[start:], clipped(spans, start, len(text)))
        if len(below) <= LONGEST_ATTACHMENT:
            attachments.append(_attachment(message, head) | {"text": below})
            text, spans = head, clipped(spans, 0, len(head))
    if buttons and action is not None:
        attachments = attachments or [_attachment(message, head)]
        attachments[-1]["actions"] = [
            _button(number, button, action(button, message.destination.channel))
            for number, button in enumerate(buttons)
        ]
    pieces = split(text, spans, LONGEST - len(mention) - 1)
    if mention:
        pieces[0] = f"{mention} {pieces[0]}"
    return Composed(pieces, attachments, _is_passing(message))


def _is_passing(message: OutgoingMessage) -> bool:
    """Tell whether this looks like a word that a result will replace: "closing…"."""
    final = message.buttons or message.only_for or message.event_id or message.attachment
    return message.tone is Tone.NEUTRAL and not final


def _attachment(message: OutgoingMessage, head: str) -> dict[str, Any]:
    return {"fallback": defused(head), "color": COLOURS[message.tone]}


def _button(number: int, button: Button, integration: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"button{number}",
        "type": "button",
        "name": button.label,
        "style": "danger" if button.dangerous else "default",
        "integration": integration,
    }
