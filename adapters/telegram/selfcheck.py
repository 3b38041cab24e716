"""What may be wrong with the set-up, looked up and said in plain sentences.

Only a topic cannot be looked up without a trace: "typing…" is shown in it for a moment.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

from telegram import Bot, ChatFullInfo, ChatMember, User
from telegram.constants import ChatAction
from telegram.error import BadRequest, InvalidToken, TelegramError

from adapters.base import Destination, Finding, Severity
from adapters.telegram.channels import Channels
from adapters.telegram.errors import cause
from adapters.telegram.line import Line
from adapters.telegram.membership import can_write, why_not
from adapters.telegram.request import readable

CLOCK_TOLERANCE = timedelta(seconds=30)
"""How far our clock may be off: commands are judged by the age that Telegram's clock gives them."""

_GROUPS = {"group", "supergroup"}
_SEES_ALL = {ChatMember.ADMINISTRATOR, ChatMember.OWNER}


def clock_finding(gap: timedelta | None) -> Finding:
    """Judge the difference between our clock and Telegram's (ours less theirs)."""
    if gap is None:
        return Finding("clock", Severity.WARNING, "Telegram told no time to compare our clock with")
    seconds = round(gap.total_seconds())
    if abs(gap) <= CLOCK_TOLERANCE:
        return Finding("clock", Severity.OK, f"our clock and Telegram's differ by {seconds} s")
    way = "ahead of" if seconds > 0 else "behind"
    return Finding(
        "clock",
        Severity.WRONG,
        f"our clock is {abs(seconds)} s {way} Telegram's, so fresh commands may look old",
        "set this machine's clock: timedatectl set-ntp true",
    )


class SelfCheck:
    """Looks at the account, then at each chat."""

    def __init__(self, bot: Bot, line: Line, channels: Channels) -> None:
        """Keep what it asks through and about."""
        self._bot = bot
        self._line = line
        self._channels = channels

    async def run(self) -> list[Finding]:
        """Give everything found; of an account that Telegram does not know, only that."""
        try:
            me = await readable(self._bot.get_me())
        except InvalidToken:
            return [_TOKEN_REFUSED]
        except TelegramError as error:
            return [_unreachable(error)]
        account = Finding("token", Severity.OK, f"the bot is @{me.username}")
        findings = [account, clock_finding(self._line.clock_gap)]
        findings += [finding async for finding in self._account(me)]
        if not list(self._channels):
            findings.append(_NO_CHAT)
        for chat in self._channels:
            findings += [finding async for finding in self._chat(chat, me)]
        return findings

    async def _account(self, me: User) -> AsyncIterator[Finding]:
        if me.supports_guest_queries:
            yield _GUESTS
        try:
            hook = await readable(self._bot.get_webhook_info())
        except TelegramError as error:
            yield _unreachable(error)
            return
        if hook.url:
            yield _WEBHOOK

    async def _chat(self, chat: str, me: User) -> AsyncIterator[Finding]:
        try:
            info = await readable(self._bot.get_chat(int(chat)))
            standing = await readable(self._bot.get_chat_member(int(chat), me.id))
        except BadRequest:
            yield _unknown_chat(chat)
        except TelegramError as error:
            yield _no_answer_about(chat, error)
        else:
            name = f"'{info.effective_name}' ({chat})"
            yield _standing_finding(name, standing)
            if info.type in _GROUPS:
                yield _privacy_finding(name, me, standing)
            for place in self._channels.destinations(chat):
                if place.thread is not None:
                    yield await self._topic(name, info, place)

    async def _topic(self, name: str, info: ChatFullInfo, place: Destination) -> Finding:
        topic = f"topic {place.thread} of {name}"
        if not info.is_forum:
            return Finding("topic", Severity.WRONG, f"{name} has no topics", _TOPIC_CURE)
        try:
            await readable(
                self._bot.send_chat_action(
                    int(place.channel), ChatAction.TYPING, message_thread_id=int(place.thread or 0)
                )
            )
        except BadRequest:
            return Finding("topic", Severity.WRONG, f"there is no {topic}", _TOPIC_CURE)
        except TelegramError as error:
            return _no_answer_about(topic, error)
        return Finding("topic", Severity.OK, f"{topic} is there")


def _standing_finding(name: str, standing: ChatMember) -> Finding:
    if can_write(standing):
        return Finding("membership", Severity.OK, f"the bot may write in {name}")
    problem, sentence = why_not(standing)
    return Finding(problem, Severity.WRONG, f"{name}: {sentence}", _MEMBER_CURE)


def _privacy_finding(name: str, me: User, standing: ChatMember) -> Finding:
    if me.can_read_all_group_messages or standing.status in _SEES_ALL:
        return Finding("privacy", Severity.OK, f"every command in {name} reaches the bot")
    return Finding(
        "privacy",
        Severity.WARNING,
        f"privacy mode is on: in {name} a plain /maintenance may not reach the bot, "
        f"only /maintenance@{me.username} does",
        "@BotFather, /setprivacy, choose the bot, Disable; then remove the bot from the group and "
        "add it again",
    )


def _unreachable(error: TelegramError) -> Finding:
    return Finding(
        "unreachable",
        Severity.WRONG,
        f"Telegram gives no proper answer ({cause(error)})",
        "look at this machine's network, and at base_url and proxy in [adapters.telegram]",
    )


def _unknown_chat(chat: str) -> Finding:
    return Finding(
        "chat-not-found",
        Severity.WRONG,
        f"the bot knows no chat {chat}",
        "add the bot to the group; if it is in, the id is wrong or the group got a new one",
    )


def _no_answer_about(what: str, error: TelegramError) -> Finding:
    return Finding(
        "no-answer",
        Severity.WRONG,
        f"Telegram tells nothing about {what} ({cause(error)})",
        "add the bot to the group if it is not in it, then check again",
    )


_TOKEN_REFUSED = Finding(
    "token-refused",
    Severity.WRONG,
    "Telegram does not know the bot's token",
    "copy the token from @BotFather (/mybots, API Token) into the bot's credential once more",
)
_GUESTS = Finding(
    "guest-mode",
    Severity.WARNING,
    "guest mode is on: people can call the bot into chats that it is not in; it refuses them all",
    "@BotFather, /mybots, choose the bot, Bot Settings, Guest Mode, turn it off",
)
_WEBHOOK = Finding(
    "webhook-set",
    Severity.WARNING,
    "a webhook is set for this bot: another program uses the same token",
    "stop that program, or make a bot of your own; the webhook is taken away when the bot runs",
)
_NO_CHAT = Finding(
    "no-chat",
    Severity.WARNING,
    "no Telegram chat is configured, so the bot hears no group",
    "add a [[destination]] with adapter and channel",
)
_TOPIC_CURE = (
    "copy a link to a message in the topic: in t.me/c/…/7/123 the topic is 7; "
    "leave thread out for General"
)
_MEMBER_CURE = (
    "add the bot to the group and let its members send messages, or make it administrator"
)
