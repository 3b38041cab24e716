"""What the bot's own standing in a chat allows."""

from telegram import ChatMember, ChatMemberRestricted


def can_write(me: ChatMember) -> bool:
    """Tell whether the bot, standing like this, may send messages to the chat."""
    if isinstance(me, ChatMemberRestricted):
        return bool(me.is_member and me.can_send_messages)
    return me.status not in {ChatMember.LEFT, ChatMember.BANNED}


def why_not(me: ChatMember) -> tuple[str, str]:
    """Give code and sentence for a standing in which the bot may not write."""
    if me.status == ChatMember.RESTRICTED:
        return "muted", "an administrator took away the bot's right to send messages there"
    return "removed", "the bot is no longer in that chat"
