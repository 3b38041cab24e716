"""One update of Telegram's, turned into what the bot is told of it: messages and notices.

Told are text messages that may be meant for the bot: a command (`/…`, unless it names another bot),
a text that names the bot, a reply to it, and whatever is said in private. All other talk of the
group stays out of the bot's records. Of chats that are not configured nothing is told but private
ones. Captions, texts that do not start with the command, and messages of kinds without a text are
never commands, so they are not told either.

Which kinds of updates Telegram sends is a wish that it may forget: the gate knows them all.
"""

import logging
import re
from collections.abc import Iterator
from datetime import datetime

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, Update, User

from adapters.base import (
    ChannelBack,
    ChannelLost,
    Destination,
    IncomingMessage,
    Mark,
    Notice,
)
from adapters.telegram.channels import Channels
from adapters.telegram.marks import is_ephemeral, marks
from adapters.telegram.membership import can_write, why_not

log = logging.getLogger(__name__)

PRESS = "press:"
"""Starts the `message_id` of a pressed button, which is no message that could be answered."""

_ADDRESSED = re.compile(r"/[A-Za-z0-9_]+@([A-Za-z0-9_]+)")
_SUPERGROUP = "-100"

_KINDS: tuple[tuple[str, frozenset[Mark]], ...] = (
    # attribute of the update, and what being of this kind tells already
    ("message", frozenset()),
    ("edited_message", frozenset({Mark.EDITED})),
    # Whoever is named in it: a channel's posts are the channel's.
    ("channel_post", frozenset({Mark.ANONYMOUS})),
    ("edited_channel_post", frozenset({Mark.ANONYMOUS, Mark.EDITED})),
    ("business_message", frozenset({Mark.OUTSIDER})),
    ("edited_business_message", frozenset({Mark.OUTSIDER, Mark.EDITED})),
    ("guest_message", frozenset({Mark.OUTSIDER})),
)


class Gate:
    """Knows who we are and which chats are ours."""

    def __init__(self, adapter: str, me: User, channels: Channels) -> None:
        """Keep the adapter's name, the bot's account and the chats."""
        self._adapter = adapter
        self._me = me
        self._name = me.username or ""
        self._channels = channels

    def read(
        self, update: Update, not_before: datetime | None
    ) -> Iterator[IncomingMessage | Notice]:
        """Give what the bot is to be told; `not_before` is the earliest moment of a press.

        Telegram tells no time for a press. `not_before` is when it had, for certain, not yet
        happened; without it the time of the message with the button stands in. Both make an old
        press look as old as it may be, so that it is refused rather than done hours late.
        """
        for kind, already in _KINDS:
            message = getattr(update, kind)
            if message is not None:
                yield from self._service(message)
                yield from self._text(message, already)
        if update.callback_query is not None:
            yield from self._press(update.callback_query, not_before)
        if update.my_chat_member is not None:
            yield from self._membership(update.my_chat_member)

    def _text(self, message: Message, already: frozenset[Mark]) -> Iterator[IncomingMessage]:
        if message.text is None or not self._is_meant_for_us(message, message.text):
            return
        sender = message.from_user or message.sender_chat
        yield IncomingMessage(
            destination=self._place(message),
            message_id=_id(message),
            sender_id=str(sender.id) if sender else "",
            sender_name=clean(_shown_name(message)),
            text=clean(message.text),
            sent_at=_moment(message.date),
            bot_name=self._name,
            private=message.chat.type == Chat.PRIVATE,
            marks=already | marks(message, self._me.id),
            link=_link(message),
        )

    def _is_meant_for_us(self, message: Message, text: str) -> bool:
        if message.chat.type == Chat.PRIVATE:
            return True
        if str(message.chat.id) not in self._channels:
            return False
        if addressed := _ADDRESSED.match(text):
            return addressed[1].casefold() == self._name.casefold()
        return text.startswith("/") or self._is_named(text) or self._is_answered(message)

    def _is_named(self, text: str) -> bool:
        return bool(self._name) and f"@{self._name}".casefold() in text.casefold()

    def _is_answered(self, message: Message) -> bool:
        answered = message.reply_to_message
        # In a topic every message "answers" the one that opened the topic.
        if answered is None or answered.forum_topic_created is not None:
            return False
        return answered.from_user is not None and answered.from_user.id == self._me.id

    def _press(
        self, press: CallbackQuery, not_before: datetime | None
    ) -> Iterator[IncomingMessage]:
        message = press.message
        if message is None or not press.data:
            return
        private = message.chat.type == Chat.PRIVATE
        if not private and str(message.chat.id) not in self._channels:
            return
        yield IncomingMessage(
            destination=self._place(message)
            if isinstance(message, Message)
            else Destination(self._adapter, str(message.chat.id)),
            message_id=f"{PRESS}{press.id}",
            sender_id=str(press.from_user.id),
            sender_name=clean(press.from_user.full_name),
            text="",
            sent_at=not_before or _moment(message.date),
            bot_name=self._name,
            private=private,
            marks=frozenset({Mark.BOT}) if press.from_user.is_bot else frozenset(),
            action=clean(press.data),
        )

    def _service(self, message: Message) -> Iterator[Notice]:
        chat = str(message.chat.id)
        if message.migrate_to_chat_id is not None:
            yield from self._channels.follow(chat, str(message.migrate_to_chat_id))
        if message.migrate_from_chat_id is not None:
            yield from self._channels.follow(str(message.migrate_from_chat_id), chat)
        if message.forum_topic_reopened is not None:
            here = self._place(message)
            if here in self._channels.destinations(chat):
                yield ChannelBack(here)

    def _membership(self, change: ChatMemberUpdated) -> Iterator[Notice]:
        places = self._channels.destinations(str(change.chat.id))
        if not places and can_write(change.new_chat_member):
            # Who sets the bot up finds the id here: the apps do not show it.
            log.info("the bot is in the chat %d, which is not configured", change.chat.id)
        if not can_write(change.new_chat_member):
            for place in places:
                yield ChannelLost(place, *why_not(change.new_chat_member))
        elif not can_write(change.old_chat_member):
            yield from (ChannelBack(place) for place in places)

    def _place(self, message: Message) -> Destination:
        # In a group without topics a reply has a thread id too, which Telegram then refuses.
        in_topic = message.is_topic_message and message.message_thread_id is not None
        thread = str(message.message_thread_id) if in_topic else None
        return Destination(self._adapter, str(message.chat.id), thread)


def clean(text: str) -> str:
    """Replace halves of characters, which JSON can carry and neither UTF-8 nor a database can."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _moment(told: object) -> datetime:
    # The SDK takes a message without one, and whoever is told would stumble over it.
    if not isinstance(told, datetime):
        raise TypeError("a message without its date")
    return told


def _id(message: Message) -> str:
    if not is_ephemeral(message):
        return str(message.message_id)
    return f"ephemeral:{message.api_kwargs.get('ephemeral_message_id', 0)}"


def _shown_name(message: Message) -> str:
    if message.sender_chat is not None:
        return message.sender_chat.effective_name or ""
    return message.from_user.full_name if message.from_user else ""


def _link(message: Message) -> str | None:
    chat = str(message.chat.id)
    if not chat.startswith(_SUPERGROUP) or is_ephemeral(message):
        return None
    return f"https://t.me/c/{chat.removeprefix(_SUPERGROUP)}/{message.message_id}"
