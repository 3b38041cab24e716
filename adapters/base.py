"""The interface between the bot and a chat platform.

An adapter is a running connection (`run`) that hands what people write to a synchronous
`Host.deliver`, and a `send` that returns a receipt. Text is plain on both sides: quoting, markup
and defusing of mentions are the adapter's duty.

Errors of `send`, by who must act:

    AdapterError
    ├── Temporary       nobody: not accepted for certain, the bot sends again later
    ├── OutcomeUnknown  nobody: perhaps accepted; the bot sends again, marked as a repeat
    ├── Moved           the bot: the channel has a new id, which it stores and uses from now on
    └── Permanent       a person: this destination does not take the message
"""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Destination:
    """Where messages go: an adapter's name, a channel's immutable id and perhaps a thread in it."""

    adapter: str
    channel: str
    thread: str | None = None

    def __str__(self) -> str:
        """Show it as `adapter:channel` or `adapter:channel/thread`."""
        return f"{self.adapter}:{self.channel}" + (f"/{self.thread}" if self.thread else "")


class Mark(enum.StrEnum):
    """Why a message may not be what its sender seems to say now; the bot refuses each of these."""

    OWN = "own"  # written by this bot
    BOT = "bot"  # written by another program: bot, webhook, plugin
    EDITED = "edited"  # changed after it was sent
    FORWARDED = "forwarded"  # somebody else's words
    ANONYMOUS = "anonymous"  # the platform hides who wrote it
    OUTSIDER = "outsider"  # guest, deactivated or foreign account


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """What somebody wrote or pressed.

    `message_id` is unique in its channel and the same when the platform delivers again.
    `sender_id` is immutable, never a user name; `sender_name` is foreign text for display only.
    `sent_at` is the platform's own time, aware. `bot_name` is what people call the bot there
    (without `@`), so that `/maintenance@OtherBot` can be told from ours. `private` is true in a
    conversation of two. `action` is the token of a pressed button (`Button.token`), `text` is then
    empty and `message_id` names the press. `link` leads to the message, if any.
    """

    destination: Destination
    message_id: str
    sender_id: str
    sender_name: str
    text: str
    sent_at: datetime
    bot_name: str = ""
    private: bool = False
    marks: frozenset[Mark] = frozenset()
    action: str | None = None
    link: str | None = None


class SpanKind(enum.StrEnum):
    """What a stretch of an outgoing text is; an adapter that cannot show it shows plain text."""

    STRONG = "strong"
    CODE = "code"  # a command to type or copy
    TIME = "time"  # an instant, readable as it stands; `Span.instant` lets the platform localise it


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch `[start, end)` of an outgoing text, in code points; spans do not overlap."""

    start: int
    end: int
    kind: SpanKind
    instant: datetime | None = None


class Tone(enum.StrEnum):
    """What the message says of the shop, for platforms with colours; the words say it too."""

    OPEN = "open"
    CLOSED = "closed"
    WARNING = "warning"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: `token` (at most 64 ASCII characters) comes back when pressed."""

    label: str
    token: str
    dangerous: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A small file sent with a message."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that the platform took a message: where, and by which id it can be edited."""

    destination: Destination
    message_id: str


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """What the bot says.

    `reply_to` is the `message_id` answered (which may be gone by now). `only_for` asks to show the
    message to that sender alone where the platform can. `replaces` asks to edit an earlier message
    in place; an adapter that cannot, or no longer can, sends a new one. `silent` asks not to
    notify. `pinned` asks to keep the message in view.

    An announcement has an `event_id`, the same whenever it is sent again. When it may have been
    accepted before, `repeat_note` is set: an adapter that can look for its own message does so and
    returns its receipt; any other appends the note to the text.
    """

    destination: Destination
    text: str
    spans: Sequence[Span] = ()
    tone: Tone = Tone.NEUTRAL
    reply_to: str | None = None
    only_for: str | None = None
    replaces: Receipt | None = None
    silent: bool = False
    pinned: bool = False
    buttons: Sequence[Button] = ()
    attachment: Attachment | None = None
    event_id: str | None = None
    repeat_note: str | None = None


class AdapterError(Exception):
    """Root of what `send` may raise; `problem` is the code for machines, `str()` the sentence."""

    def __init__(self, problem: str, sentence: str) -> None:
        """Keep code and sentence; neither may contain a secret."""
        super().__init__(sentence)
        self.problem = problem


class Temporary(AdapterError):
    """Not accepted for certain; try again, not before `retry_after` seconds if given."""

    def __init__(self, problem: str, sentence: str, *, retry_after: float | None = None) -> None:
        """Keep the wait that the platform asked for, in seconds."""
        super().__init__(problem, sentence)
        self.retry_after = retry_after


class OutcomeUnknown(AdapterError):
    """The message may have been accepted: the answer was lost."""


class Moved(AdapterError):
    """The channel has moved: send to `destination` from now on."""

    def __init__(self, problem: str, sentence: str, *, destination: Destination) -> None:
        """Keep the new destination."""
        super().__init__(problem, sentence)
        self.destination = destination


class Permanent(AdapterError):
    """The platform refuses this message here, and would again: a person must act."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The adapter hears its platform (again)."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The adapter does not hear its platform; `alarm` means that a person must act."""

    problem: str
    sentence: str
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class ChannelMoved:
    """The platform told, unasked, that a channel has a new id."""

    old: Destination
    new: Destination


@dataclass(frozen=True, slots=True)
class ChannelLost:
    """The platform told, unasked, that the bot can no longer write there."""

    destination: Destination
    problem: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ChannelBack:
    """The platform told, unasked, that the bot can write there again."""

    destination: Destination


Notice = Connected | Trouble | ChannelMoved | ChannelLost | ChannelBack


class Host(Protocol):
    """What the bot offers a running adapter. Both calls are synchronous and quick."""

    def deliver(self, message: IncomingMessage) -> None:
        """Store the message durably; only when this returns may the platform be told.

        A message delivered again (same channel and `message_id`) is dropped here.
        """

    def report(self, notice: Notice) -> None:
        """Tell how the connection or a channel is."""


@runtime_checkable
class Adapter(Protocol):
    """A chat platform."""

    async def run(self, host: Host) -> None:
        """Connect, hand every message to `host`, reconnect for ever; end only when cancelled.

        Cancelling ends it within a second. An adapter never gives up and never raises for what its
        platform does: it reports `Trouble` and tries again. It returns only when there is nothing
        more to hear (the terminal's end of input).
        """

    async def send(self, message: OutgoingMessage) -> Receipt:
        """Send one message once; retrying is the bot's.

        Raises:
            Temporary, OutcomeUnknown, Moved, Permanent: see `AdapterError`.
        """


class Severity(enum.StrEnum):
    """How a finding of a self-check weighs."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a self-check looked at: a code, a sentence, and the cure if it is not well."""

    problem: str
    severity: Severity
    sentence: str
    cure: str = ""


@runtime_checkable
class Checkable(Protocol):
    """An adapter that can look at its own set-up (token, membership, rights, clock)."""

    async def check(self) -> Sequence[Finding]:
        """Ask the platform, change nothing, raise nothing."""


@runtime_checkable
class Pressable(Protocol):
    """An adapter that knows whether its messages have buttons; others count as without."""

    @property
    def has_buttons(self) -> bool:
        """Whether a button that is sent can be pressed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong setting: its key's path inside the adapter's table, and a sentence."""

    key: str
    sentence: str


class SettingsError(Exception):
    """The adapter's table is wrong; `faults` holds all that was found, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep the faults."""
        super().__init__("; ".join(f"{fault.key}: {fault.sentence}" for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Settings:
    """What an adapter is made from.

    `name` is the adapter's name in destinations. `options` is its table in `bot.toml`, unchecked.
    `destinations` are the configured ones of this adapter. `secret` turns a secret's reference
    (`credential:NAME`, `file:PATH`, `env:NAME`) into its value and raises `SettingsError`.
    """

    name: str
    options: Mapping[str, object] = field(repr=False)
    destinations: Sequence[Destination] = ()
    secret: Callable[[str], str] = field(repr=False, default=lambda reference: reference)


Factory = Callable[[Settings], Adapter]
"""What an entry point of the group `pretix_maintenance.adapters` names.

Raises `SettingsError` with all faults; imports its SDK only when called.
"""
