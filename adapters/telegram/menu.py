"""The command in the chats' menu, which is a help to the eye and gives no right."""

import logging

from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import TelegramError

from adapters.telegram.errors import cause
from adapters.telegram.request import readable

log = logging.getLogger(__name__)

COMMAND = "maintenance"
DESCRIPTIONS = {
    None: "Ticket shop: status, lock (close), unlock (open)",
    "nl": "Ticketshop: status, lock (sluiten), unlock (openen)",
}
"""What the menu says, by language of the reader's app; None is for every other language."""


async def show_menu(bot: Bot, chat: str) -> None:
    """List the command for one chat; where that is refused the chat goes without."""
    for language, description in DESCRIPTIONS.items():
        commands = [BotCommand(COMMAND, description)]
        scope = BotCommandScopeChat(int(chat))
        try:
            await readable(bot.set_my_commands(commands, scope, language_code=language))
        except TelegramError as error:
            log.info("no menu in the chat %s (%s)", chat, cause(error))
            return
