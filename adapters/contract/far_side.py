"""What an adapter's author writes for the contract: the platform's side, which a test can steer.

A far side is a fake platform on loopback (or files, or a terminal) that behaves as the real one
does, and an adapter made for it. What the platform cannot do stands in `FarSide.lacks` with a
reason; the tests that need it are skipped with that reason.
"""

import abc
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.base import Adapter, Destination, Mark, Receipt


class Ability(enum.StrEnum):
    """What a platform may lack. The method or the mark that each stands for is named behind it."""

    OWN = "own"  # write(mark=OWN): the bot hears its own messages
    BOT = "bot"  # write(mark=BOT)
    EDITED = "edited"  # write(mark=EDITED)
    FORWARDED = "forwarded"  # write(mark=FORWARDED)
    ANONYMOUS = "anonymous"  # write(mark=ANONYMOUS)
    OUTSIDER = "outsider"  # write(mark=OUTSIDER)
    PRIVATE = "private"  # write(private=True): conversations of two
    LINES = "lines"  # write("two\nlines"): a person can send several lines in one message
    REDELIVER = "redeliver"  # redeliver(): the platform may deliver twice
    RENAME = "rename"  # rename(): a person's shown name is not the id
    MENTIONS = "mentions"  # Post.notified: a text can notify people
    STRONG = "strong"  # Post.strong: bold is shown
    EDIT = "edit"  # OutgoingMessage.replaces changes the post
    DELETE = "delete"  # delete(): a message that was there can be gone
    BUTTONS = "buttons"  # press(): buttons under a message
    RATE_LIMIT = "rate-limit"  # fail(RATE_LIMIT)
    SERVER_ERROR = "server-error"  # fail(SERVER_ERROR)
    RESET = "reset"  # fail(RESET)
    FORBIDDEN = "forbidden"  # fail(FORBIDDEN)
    GONE = "gone"  # fail(GONE)
    LOST_ANSWER = "lost-answer"  # fail(LOST_ANSWER)
    MOVE = "move"  # move(): a channel can get another id
    CUT = "cut"  # cut(): there is a connection that can break
    AWAY = "away"  # go_away(): the platform can be out of reach
    SECRET = "secret"  # noqa: S105 -- the ability's name, not a secret: `FarSide.secret` is one


class SendFault(enum.StrEnum):
    """What happens to the next `send`, once."""

    RATE_LIMIT = "rate-limit"  # refused: wait `retry_after` seconds (HTTP 429)
    SERVER_ERROR = "server-error"  # an answer of the kind of HTTP 502; not accepted
    RESET = "reset"  # the connection breaks before anything was read; not accepted
    FORBIDDEN = "forbidden"  # the bot may not write there (HTTP 403)
    GONE = "gone"  # the channel does not exist (HTTP 404)
    LOST_ANSWER = "lost-answer"  # accepted, and no answer ever comes (or the connection breaks)


@dataclass(frozen=True, slots=True)
class Written:
    """What a person wrote, as the platform knows it."""

    message_id: str
    sender_id: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Post:
    """A message of the bot as its readers see it.

    `text` is what is shown: the platform's markup is taken away again, as its client would. A file
    that carries the rest of a text too long for one message counts as text. `notified` names whom
    the text itself would notify (a mention of all, of a group, of a person); `strong` holds what
    is shown in bold, where `Ability.STRONG` is not lacking. `secret`s have no place in any of it.
    """

    message_id: str
    text: str
    notified: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()


class FarSide(abc.ABC):
    """The platform, steered by a test; every test gets a new one.

    The adapter that it makes must be impatient: time-outs and waits before a reconnect well below
    a second, so that a fault costs a test no more than that.
    """

    lacks: Mapping[Ability, str] = {}
    """What the platform cannot do, each with the reason why."""

    secret: str | None = None
    """The adapter's token; None together with `Ability.SECRET` in `lacks`."""

    @property
    @abc.abstractmethod
    def destination(self) -> Destination:
        """Where the group chat is: `write` writes there, the contract sends there."""

    @abc.abstractmethod
    async def start(self) -> None:
        """Open for business; called once, before `adapter`."""

    @abc.abstractmethod
    async def stop(self) -> None:
        """Close down for good and leave nothing behind; called once, after the adapter ended."""

    @abc.abstractmethod
    def adapter(self) -> Adapter:
        """Make an adapter for this far side, as `bot.toml` would, not yet running."""

    @abc.abstractmethod
    async def write(
        self, text: str, *, sender: str = "anna", mark: Mark | None = None, private: bool = False
    ) -> Written:
        """Let a person write to the bot in the group chat, or in private.

        `sender` is one of `anna` and `bram`: two people with accounts of their own. With `mark`
        the message is of that kind; `Mark.OWN` is the bot's own message coming back. The text
        reaches the bot as it is, unless the platform demands that a message names the bot: then
        the far side puts the name in front and the adapter delivers what its `deliver` would get
        in earnest; the contract looks for the text at the end.
        """

    @abc.abstractmethod
    def posts(self) -> list[Post]:
        """All messages of the bot in the group chat, oldest first, each as it is by now."""

    async def fail(self, fault: SendFault, *, retry_after: float = 0.0) -> None:
        """Let the next `send` meet this fault, once; `retry_after` in whole seconds."""
        raise NotImplementedError(fault, retry_after)

    async def redeliver(self, written: Written) -> None:
        """Deliver a message that the adapter had already, once more."""
        raise NotImplementedError(written)

    async def rename(self, sender: str, name: str) -> None:
        """Let a person change the name that others see."""
        raise NotImplementedError(sender, name)

    async def delete(self, message_id: str) -> None:
        """Remove a message of a person (`Written.message_id`) or of the bot (`Post.message_id`)."""
        raise NotImplementedError(message_id)

    async def press(self, post: Post, token: str, *, sender: str = "anna") -> Written:
        """Let a person press the button that was made with this token."""
        raise NotImplementedError(post, token, sender)

    async def move(self) -> Destination:
        """Give the group chat another id and return it; `posts` then shows the new place's."""
        raise NotImplementedError

    async def cut(self) -> None:
        """Break the connection on which the adapter listens, once; it can come back at once."""
        raise NotImplementedError

    async def go_away(self) -> None:
        """Refuse or ignore every connection from now on."""
        raise NotImplementedError

    def knows(self, receipt: Receipt) -> Post:
        """Find the post that a receipt names.

        Raises:
            LookupError: there is none.
        """
        for post in self.posts():
            if post.message_id == receipt.message_id:
                return post
        raise LookupError(receipt.message_id)
