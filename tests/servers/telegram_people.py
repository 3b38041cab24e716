"""People with an app: what they write, change, forward, press and delete."""

import itertools
from typing import TYPE_CHECKING, Any

from tests.servers.telegram_chats import (
    ANONYMOUS_ADMIN,
    CHANNEL_STAND_IN,
    TELEGRAM_ITSELF,
    Account,
    Chat,
    Json,
)
from tests.servers.telegram_markup import found_in

if TYPE_CHECKING:
    from tests.servers.telegram import BotAccount, FakeTelegram

_presses = itertools.count(4_611_686_018_427_387_904)


class Person:
    """One person (or another's bot: `Person(telegram, bot)` writes as it)."""

    def __init__(self, telegram: "FakeTelegram", account: Account) -> None:
        self._telegram = telegram
        self.account = account

    def says(self, chat: Chat, text: str, **more: Any) -> Json:
        """Write a message; `more` are further fields of it."""
        message = self._message(chat) | {"text": text}
        if entities := found_in(text, []):
            message["entities"] = entities
        message |= more
        self._telegram.publish(chat, message)
        return message

    def says_privately(self, bot: "BotAccount", text: str) -> Json:
        """Write to a bot alone."""
        return self.says(self._telegram.private(self, bot), text)

    def says_in_topic(self, chat: Chat, thread: int, text: str) -> Json:
        """Write in a topic, where every message answers the one that opened it."""
        opening = {"message_id": thread, "date": 0, "chat": chat.shown()}
        opening |= {"from": self.account.shown(), "message_thread_id": thread}
        opening["forum_topic_created"] = {"name": "Topic", "icon_color": 7322096}
        return self.says(
            chat, text, message_thread_id=thread, is_topic_message=True, reply_to_message=opening
        )

    def answers(self, chat: Chat, answered: Json, text: str) -> Json:
        """Reply; in a group without topics that too gives a thread id, but no topic."""
        thread = answered["message_id"]
        return self.says(chat, text, reply_to_message=answered, message_thread_id=thread)

    def captions(self, chat: Chat, caption: str) -> Json:
        """Send a file with words under it."""
        message = self._message(chat) | {"caption": caption}
        message["document"] = {"file_id": "F", "file_unique_id": "U"}
        self._telegram.publish(chat, message)
        return message

    def edits(self, chat: Chat, message: Json, text: str) -> Json:
        """Change a message."""
        changed = message | {"text": text, "edit_date": self._telegram.date()}
        self._telegram.publish(chat, changed, "edited_message")
        return changed

    def forwards(self, chat: Chat, text: str, author: "Person") -> Json:
        """Forward what somebody else wrote."""
        origin = {"type": "user", "date": self._telegram.date() - 60}
        origin["sender_user"] = author.account.shown()
        return self.says(chat, text, forward_origin=origin)

    def says_anonymously(self, chat: Chat, text: str) -> Json:
        """Write as an anonymous administrator."""
        stand_in = Account(ANONYMOUS_ADMIN, "Group", "GroupAnonymousBot", is_bot=True)
        return self.says(chat, text, sender_chat=chat.shown(), **{"from": stand_in.shown()})

    def says_as_channel(self, chat: Chat, text: str, channel: Chat) -> Json:
        """Write in the name of a channel."""
        stand_in = Account(CHANNEL_STAND_IN, "Channel", "Channel_Bot", is_bot=True)
        return self.says(chat, text, sender_chat=channel.shown(), **{"from": stand_in.shown()})

    def posts_in_linked_channel(self, chat: Chat, text: str, channel: Chat) -> Json:
        """Write in the channel that is linked with the group: Telegram forwards it by itself."""
        origin = {"type": "channel", "date": self._telegram.date(), "chat": channel.shown()}
        origin["message_id"] = 1
        service = Account(TELEGRAM_ITSELF, "Telegram")
        return self.says(
            chat,
            text,
            sender_chat=channel.shown(),
            is_automatic_forward=True,
            forward_origin=origin,
            **{"from": service.shown()},
        )

    def presses(self, chat: Chat, message: Json, token: str) -> str:
        """Press the button with this data; give the press's id."""
        return self.presses_out_of_the_blue(message["from"]["id"], token, message=message)

    def presses_out_of_the_blue(self, bot_id: int, token: str, **more: Any) -> str:
        """Press a button, with a message or without, as an altered app can."""
        bot = next(one for one in self._telegram.bots.values() if one.id == bot_id)
        number = str(next(_presses))
        press = {"id": number, "from": self.account.shown(), "chat_instance": "-1", "data": token}
        bot.presses.add(number)
        bot.updates.put("callback_query", press | more)
        return number

    def deletes(self, chat: Chat, message_id: int) -> None:
        """Remove a message; bots are not told."""
        del chat.messages[message_id]

    def _message(self, chat: Chat) -> Json:
        return {
            "message_id": chat.next_id(),
            "date": self._telegram.date(),
            "chat": chat.shown(),
            "from": self.account.shown(),
        }
