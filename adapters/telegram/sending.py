"""One message of the bot's, out to Telegram.

A text too long for one message goes as several. If some were taken and a later one was not, the
outcome of the whole is unknown: sending it again repeats what arrived.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.constants import KeyboardButtonStyle
from telegram.error import BadRequest, TelegramError

from adapters.base import (
    AdapterError,
    Attachment,
    Button,
    OutcomeUnknown,
    OutgoingMessage,
    Permanent,
    Receipt,
    Temporary,
)
from adapters.telegram.errors import cause, is_about_markup, is_gone, is_unchanged, translated
from adapters.telegram.gate import clean
from adapters.telegram.line import Line
from adapters.telegram.rendering import forms
from adapters.telegram.request import readable
from adapters.telegram.splitting import Part, split

log = logging.getLogger(__name__)

CAPTION_LIMIT = 1000
"""Length in UTF-16 units up to which a text goes as its file's caption; Telegram's is 1024."""

_BIGGEST_MESSAGE_ID = 2**31 - 1
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

_Answer = TypeVar("_Answer")
_Attempt = Callable[[str, str | None], Awaitable[_Answer]]


class Sender:
    """Sends through a line; keeps nothing from one message to the next."""

    def __init__(self, line: Line, token: str) -> None:
        """Keep the line; the token only to keep it out of errors."""
        self._line = line
        self._token = token

    async def send(self, message: OutgoingMessage) -> Receipt:
        """Send text, file and pin, once.

        Raises:
            Temporary, OutcomeUnknown, Moved, Permanent: see `adapters.base`.
        """
        async with self._line as bot:
            dispatch = _Dispatch(bot, message)
            try:
                return await dispatch.run()
            except TelegramError as error:
                said = translated(error, message.destination, self._token)
                # Without the SDK's error behind it: what a traceback shows stays in our hands.
                raise _as_a_whole(said, dispatch.taken) from None


def _as_a_whole(error: AdapterError, taken: int) -> AdapterError:
    if taken and isinstance(error, Temporary):
        return OutcomeUnknown("partly-sent", f"the first part arrived, then: {error}")
    return error


class _Dispatch:
    """One message on its way; `taken` counts the messages that Telegram took for it."""

    def __init__(self, bot: Bot, message: OutgoingMessage) -> None:
        self._bot = bot
        self._message = message
        note = f"\n{message.repeat_note}" if message.repeat_note else ""
        self._text = clean(message.text + note)
        self._place: dict[str, Any] = {"chat_id": int(message.destination.channel)}
        if message.destination.thread is not None:
            self._place["message_thread_id"] = int(message.destination.thread)
        self.taken = 0

    async def run(self) -> Receipt:
        message, file = self._message, self._message.attachment
        parts = split(self._text, message.spans)
        if file is not None and message.replaces is None and _fits_a_caption(parts):
            return await self._new(await self._document(file, parts))
        if not parts:
            raise Permanent("empty", "the message has no text")
        receipt = await self._edited(parts) or await self._new(await self._written(parts[0], parts))
        for part in parts[1:]:
            await self._written(part, parts)
        if file is not None:
            await self._added(file)
        return receipt

    async def _edited(self, parts: Sequence[Part]) -> Receipt | None:
        earlier = self._message.replaces
        # Ids start anew when a group becomes a supergroup: there it would be another message.
        if earlier is None or earlier.destination.channel != self._message.destination.channel:
            return None

        async def edit(text: str, mode: str | None) -> object:
            return await self._bot.edit_message_text(
                text,
                chat_id=self._place["chat_id"],
                message_id=int(earlier.message_id),
                parse_mode=mode,
                link_preview_options=_NO_PREVIEW,
                reply_markup=self._keyboard(last=len(parts) == 1),
            )

        try:
            await self._in_some_form(parts[0], edit)
        except BadRequest as error:
            if is_gone(error):
                return None
            if not is_unchanged(error):
                raise
        return earlier

    async def _written(self, part: Part, parts: Sequence[Part]) -> Message:
        async def write(text: str, mode: str | None) -> Message:
            return await self._bot.send_message(
                text=text,
                parse_mode=mode,
                link_preview_options=_NO_PREVIEW,
                reply_markup=self._keyboard(last=part is parts[-1]),
                **self._manners(),
            )

        return await self._taken(self._in_some_form(part, write))

    async def _document(self, file: Attachment, caption: Sequence[Part]) -> Message:
        async def put(text: str | None, mode: str | None) -> Message:
            return await self._bot.send_document(
                document=InputFile(file.content, filename=clean(file.name)),
                caption=text,
                parse_mode=mode,
                disable_content_type_detection=True,
                reply_markup=self._keyboard(last=bool(caption)),
                **self._manners(),
            )

        if not caption:
            return await self._taken(readable(put(None, None)))
        return await self._taken(self._in_some_form(caption[0], put))

    async def _added(self, file: Attachment) -> None:
        try:
            await self._document(file, [])
        except BadRequest as error:
            # The text is there; that this chat takes no files is no reason to send it again.
            log.warning("the file %s was refused (%s)", clean(file.name), cause(error))

    async def _taken(self, sending: Awaitable[Message]) -> Message:
        sent = await sending
        self.taken += 1
        return sent

    async def _in_some_form(self, part: Part, attempt: _Attempt[_Answer]) -> _Answer:
        best, *plainer = forms(part)
        try:
            return await readable(attempt(*best))
        except BadRequest as error:
            refusal = error
        for form in plainer:
            if not is_about_markup(refusal):
                break
            log.warning("Telegram cannot read the markup: %s", clean(refusal.message))
            try:
                return await readable(attempt(*form))
            except BadRequest as error:
                refusal = error
        raise refusal

    def _manners(self) -> dict[str, Any]:
        # Only the first of several parts answers and makes a sound.
        first = self.taken == 0
        return self._place | {
            "disable_notification": self._message.silent or not first,
            "reply_parameters": _reply(self._message.reply_to) if first else None,
        }

    def _keyboard(self, *, last: bool) -> InlineKeyboardMarkup | None:
        if not last or not self._message.buttons:
            return None
        return InlineKeyboardMarkup([[_button(button) for button in self._message.buttons]])

    async def _new(self, sent: Message) -> Receipt:
        if self._message.pinned:
            await self._pin(sent)
        return Receipt(self._message.destination, str(sent.message_id))

    async def _pin(self, sent: Message) -> None:
        try:
            await self._bot.pin_chat_message(
                self._place["chat_id"], sent.message_id, disable_notification=True
            )
        except TelegramError as error:
            # The message is there; that it is not pinned as well is no reason to send it again.
            log.warning("the message could not be pinned (%s)", cause(error))


def _fits_a_caption(parts: Sequence[Part]) -> bool:
    if not parts:
        return True
    units = len(parts[0].text.encode("utf-16-le")) // 2
    return len(parts) == 1 and units <= CAPTION_LIMIT


def _reply(message_id: str | None) -> ReplyParameters | None:
    # A pressed button has an id too, but is nothing that could be answered.
    if message_id is None or not (message_id.isascii() and message_id.isdigit()):
        return None
    number = int(message_id)
    if not 0 < number <= _BIGGEST_MESSAGE_ID:
        return None
    return ReplyParameters(number, allow_sending_without_reply=True)


def _button(button: Button) -> InlineKeyboardButton:
    style = KeyboardButtonStyle.DANGER if button.dangerous else None
    return InlineKeyboardButton(clean(button.label), callback_data=button.token, style=style)
