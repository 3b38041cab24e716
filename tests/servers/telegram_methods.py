"""The methods of the Bot API that the bot needs, with the official server's refusals."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from tests.servers.telegram_chats import Chat, Json, bad, forbidden, standing_of, units
from tests.servers.telegram_markup import found_in, read_html

if TYPE_CHECKING:
    from tests.servers.telegram import BotAccount, FakeTelegram

Params = Mapping[str, Any]
LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_BUTTON_DATA = 64


class Methods:
    """Answers one bot's requests; `find` gives the method by its name in the address."""

    def __init__(self, telegram: "FakeTelegram", bot: "BotAccount") -> None:
        self._telegram = telegram
        self._bot = bot

    def find(self, name: str) -> Callable[[Params], Awaitable[Any]] | None:
        """The method, or None where the server knows no such thing."""
        return getattr(self, f"on_{name}", None)

    async def on_getMe(self, params: Params) -> Json:  # noqa: N802 -- Telegram's names, here and on
        return self._bot.described()

    async def on_getUpdates(self, params: Params) -> list[Json]:  # noqa: N802
        if self._bot.webhook:
            raise self._telegram.webhook_conflict()
        allowed = params.get("allowed_updates")
        return await self._bot.updates.get(
            int(params.get("offset", 0)),
            int(params.get("limit", 100)),
            int(params.get("timeout", 0)),
            None if allowed is None else as_json(allowed),
        )

    async def on_getWebhookInfo(self, params: Params) -> Json:  # noqa: N802
        waiting = len(self._bot.updates.waiting())
        return {
            "url": self._bot.webhook,
            "has_custom_certificate": False,
            "pending_update_count": waiting,
        }

    async def on_deleteWebhook(self, params: Params) -> bool:  # noqa: N802
        self._bot.webhook = ""
        return True

    async def on_setMyCommands(self, params: Params) -> bool:  # noqa: N802
        scope = as_json(params["scope"])
        self._chat(scope["chat_id"])
        key = (int(scope["chat_id"]), params.get("language_code"))
        self._bot.menus[key] = as_json(params["commands"])
        return True

    async def on_getChat(self, params: Params) -> Json:  # noqa: N802
        chat = self._chat(params["chat_id"])
        gifts = (
            "unlimited_gifts limited_gifts unique_gifts premium_subscription gifts_from_channels"
        )
        return chat.shown() | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts.split(), False),
        }

    async def on_getChatMember(self, params: Params) -> Json:  # noqa: N802
        chat = self._chat(params["chat_id"])
        account = self._telegram.account(int(params["user_id"]))
        return standing_of(account, chat.standing.get(account.id, "left"))

    async def on_sendChatAction(self, params: Params) -> bool:  # noqa: N802
        self._may_write(self._chat(params["chat_id"]), params)
        return True

    async def on_sendMessage(self, params: Params) -> Json:  # noqa: N802
        chat = self._chat(params["chat_id"])
        self._may_write(chat, params)
        text, entities = self._text(params, "text", LONGEST_TEXT)
        if not text:
            raise bad("message text is empty")
        return self._post(chat, params, {"text": text}, {"entities": entities})

    async def on_sendDocument(self, params: Params) -> Json:  # noqa: N802
        chat = self._chat(params["chat_id"])
        self._may_write(chat, params)
        caption, entities = self._text(params, "caption", LONGEST_CAPTION)
        file = params["document"]
        name, size = file.filename, len(file.file.read())
        document = {"file_id": f"F{chat.last_id}", "file_unique_id": f"U{chat.last_id}"}
        content = {"document": document | {"file_name": name, "file_size": size}}
        words = {"caption": caption, "caption_entities": entities}
        return self._post(chat, params, content, words)

    async def on_editMessageText(self, params: Params) -> Json:  # noqa: N802
        chat = self._chat(params["chat_id"])
        message = chat.found(int(params["message_id"]))
        if message is None:
            raise bad("message to edit not found")
        if message["from"]["id"] != self._bot.id:
            raise bad("message can't be edited")
        text, entities = self._text(params, "text", LONGEST_TEXT)
        new = {"text": text} | ({"entities": entities} if entities else {}) | self._keyboard(params)
        old = {key: message[key] for key in ("text", "entities", "reply_markup") if key in message}
        if new == old:
            raise bad(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        for key in old:
            del message[key]
        message |= new | {"edit_date": self._telegram.date()}
        chat.messages[message["message_id"]] = message
        return message

    async def on_pinChatMessage(self, params: Params) -> bool:  # noqa: N802
        chat = self._chat(params["chat_id"])
        if chat.standing.get(self._bot.id) != "administrator" and chat.kind != "private":
            raise bad("not enough rights to manage pinned messages in the chat")
        if chat.found(int(params["message_id"])) is None:
            raise bad("message to pin not found")
        chat.pinned.append(int(params["message_id"]))
        return True

    async def on_answerCallbackQuery(self, params: Params) -> bool:  # noqa: N802
        if params["callback_query_id"] not in self._bot.presses:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        self._bot.presses.discard(params["callback_query_id"])
        self._bot.answered.append(params["callback_query_id"])
        return True

    def _chat(self, chat_id: str | int) -> Chat:
        chat = self._telegram.chats.get(int(chat_id))
        if chat is None or self._bot.id not in chat.standing:
            raise bad("chat not found")
        if chat.migrated_to is not None:
            raise bad(
                "group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": chat.migrated_to},
            )
        if chat.standing[self._bot.id] == "kicked":
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        if chat.standing[self._bot.id] == "left":
            raise forbidden(f"bot is not a member of the {chat.kind} chat")
        return chat

    def _may_write(self, chat: Chat, params: Params) -> None:
        if chat.standing[self._bot.id] == "restricted":
            raise bad("not enough rights to send text messages to the chat")
        thread = params.get("message_thread_id")
        if thread is None:
            return
        if int(thread) not in chat.topics:
            raise bad("message thread not found")
        if not chat.topics[int(thread)] and chat.standing[self._bot.id] != "administrator":
            raise bad("TOPIC_CLOSED")

    def _text(self, params: Params, key: str, longest: int) -> tuple[str, list[Json]]:
        source = params.get(key) or ""
        if params.get("parse_mode") == "HTML":
            text, entities = read_html(source, knows_times=self._telegram.knows_times)
        else:
            text, entities = source, []
        lead = len(text) - len(text.lstrip())
        shift, text = units(text[:lead]), text.strip()
        moved = [one | {"offset": max(0, one["offset"] - shift)} for one in entities]
        if units(text) > longest:
            raise bad("message is too long" if key == "text" else "message caption is too long")
        every = [*moved, *found_in(text, moved)]
        return text, sorted(every, key=lambda one: one["offset"])

    def _post(self, chat: Chat, params: Params, content: Json, words: Json) -> Json:
        told = {key: value for key, value in words.items() if value}
        message: Json = {"message_id": chat.next_id(), "date": self._telegram.date()}
        message |= {"chat": chat.shown(), "from": self._bot.shown(), **content, **told}
        message |= self._keyboard(params) | self._reply(chat, params)
        if "message_thread_id" in params:
            thread = int(params["message_thread_id"])
            message |= {"message_thread_id": thread, "is_topic_message": True}
        chat.messages[message["message_id"]] = message
        chat.last_bot = self._bot.id
        self._telegram.quiet[chat.id, message["message_id"]] = (
            params.get("disable_notification") == "true"
        )
        return message

    def _reply(self, chat: Chat, params: Params) -> Json:
        if "reply_parameters" not in params:
            return {}
        wanted = as_json(params["reply_parameters"])
        answered = chat.found(int(wanted["message_id"]))
        if answered is not None:
            shallow = {key: one for key, one in answered.items() if key != "reply_to_message"}
            return {"reply_to_message": shallow}
        if not wanted.get("allow_sending_without_reply"):
            raise bad("message to be replied not found")
        return {}

    def _keyboard(self, params: Params) -> Json:
        if "reply_markup" not in params:
            return {}
        keyboard = as_json(params["reply_markup"])
        for row in keyboard["inline_keyboard"]:
            for button in row:
                if not 1 <= len(button["callback_data"].encode()) <= LONGEST_BUTTON_DATA:
                    raise bad("BUTTON_DATA_INVALID")
        return {"reply_markup": keyboard}


def as_json(value: Any) -> Any:
    """A parameter that is JSON: written as text in a form, and as itself in a JSON body."""
    return json.loads(value) if isinstance(value, str) else value
