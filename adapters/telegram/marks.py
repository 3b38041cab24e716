"""Why a message may not be what its sender says now.

Who is shown as the sender of what, as the official server makes it up (tdlib/telegram-bot-api,
`Client.cpp`): an anonymous administrator is user 1087968824 with the group itself as `sender_chat`;
who writes as a channel is user 136817688 with that channel as `sender_chat`; a post that the linked
channel forwards by itself is user 777000 with `is_automatic_forward`.

    the bot's own                                 OWN
    is_bot, via an inline bot, a business bot's,
    the linked channel's own posts                BOT: the bot stays silent, for two bots that
                                                  answer each other never end
    edited                                        EDITED
    forwarded                                     FORWARDED
    anonymous administrator, as a channel, no
    sender at all, ephemeral                      ANONYMOUS: the others cannot see who wrote it
    guest mode, a business account's chat         OUTSIDER
"""

from telegram import Message

from adapters.base import Mark

_UNKNOWN_TO_THE_SDK = "ephemeral_message_id"


def is_ephemeral(message: Message) -> bool:
    """Tell whether only sender and bot see the message (newer than the SDK; its id is 0)."""
    return message.message_id == 0 or _UNKNOWN_TO_THE_SDK in message.api_kwargs


def marks(message: Message, own_id: int) -> frozenset[Mark]:
    """Give every reason in the message itself not to take it as its sender's word."""
    reasons = {
        Mark.OWN: message.from_user is not None and message.from_user.id == own_id,
        Mark.BOT: _is_a_programs(message),
        Mark.EDITED: message.edit_date is not None,
        Mark.FORWARDED: _is_forwarded(message),
        Mark.ANONYMOUS: _is_anonymous(message),
        Mark.OUTSIDER: _is_an_outsiders(message),
    }
    return frozenset(mark for mark, holds in reasons.items() if holds)


def _is_a_programs(message: Message) -> bool:
    if message.via_bot or message.sender_business_bot or message.is_automatic_forward:
        return True
    # The stand-ins for anonymous senders are bots in name; a person is behind them.
    stand_in = message.sender_chat is not None
    return message.from_user is not None and message.from_user.is_bot and not stand_in


def _is_forwarded(message: Message) -> bool:
    # Servers of one's own may be older than `forward_origin`.
    return message.forward_origin is not None or "forward_date" in message.api_kwargs


def _is_anonymous(message: Message) -> bool:
    if message.is_automatic_forward:
        return False
    return message.from_user is None or message.sender_chat is not None or is_ephemeral(message)


def _is_an_outsiders(message: Message) -> bool:
    return bool(
        message.guest_query_id
        or message.guest_bot_caller_user
        or message.guest_bot_caller_chat
        or message.business_connection_id
    )
