"""What the fake Telegram knows: accounts, chats and messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

ANONYMOUS_ADMIN = 1087968824
CHANNEL_STAND_IN = 136817688
TELEGRAM_ITSELF = 777000


class Refusal(Exception):
    """The server's answer to a request that it does not do."""

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad(description: str, parameters: Json | None = None) -> Refusal:
    return Refusal(400, f"Bad Request: {description}", parameters)


def forbidden(description: str) -> Refusal:
    return Refusal(403, f"Forbidden: {description}")


@dataclass(slots=True)
class Account:
    """A person, a bot, or one of Telegram's stand-ins."""

    id: int
    first_name: str
    username: str | None = None
    is_bot: bool = False

    def shown(self) -> Json:
        shown: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        return shown | ({"username": self.username} if self.username else {})


@dataclass(slots=True)
class Chat:
    """A conversation; `standing` is each account's status, `topics` which threads are open."""

    id: int
    kind: str
    title: str
    forum: bool = False
    standing: dict[int, str] = field(default_factory=dict)
    topics: dict[int, bool] = field(default_factory=dict)
    messages: dict[int, Json] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    migrated_to: int | None = None
    last_bot: int | None = None
    last_id: int = 0

    def shown(self) -> Json:
        name = "first_name" if self.kind == "private" else "title"
        shown: Json = {"id": self.id, "type": self.kind, name: self.title}
        return shown | ({"is_forum": True} if self.forum else {})

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def found(self, message_id: int) -> Json | None:
        return self.messages.get(message_id)


_RIGHTS = {
    "administrator": (
        "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats "
        "can_restrict_members can_promote_members can_change_info can_invite_users "
        "can_post_stories can_edit_stories can_delete_stories can_pin_messages"
    ),
    "restricted": (
        "is_member can_send_messages can_send_audios can_send_documents can_send_photos "
        "can_send_videos can_send_video_notes can_send_voice_notes can_send_polls "
        "can_send_other_messages can_add_web_page_previews can_change_info can_invite_users "
        "can_pin_messages can_manage_topics can_react_to_messages can_edit_tag"
    ),
}


def standing_of(account: Account, status: str) -> Json:
    """A ChatMember: `restricted` is a member who may not write."""
    shown: Json = {"status": status, "user": account.shown()}
    shown |= dict.fromkeys(_RIGHTS.get(status, "").split(), False)
    if status in {"restricted", "kicked"}:
        shown["until_date"] = 0
    if status == "restricted":
        shown["is_member"] = True
    if status == "administrator":
        shown["can_manage_chat"] = True
    if status == "creator":
        shown["is_anonymous"] = False
    return shown


def units(text: str) -> int:
    """Length as Telegram counts entities: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def stretch(text: str, entity: Mapping[str, Any]) -> str:
    """What an entity covers."""
    coded = text.encode("utf-16-le", "surrogatepass")
    start = 2 * entity["offset"]
    return coded[start : start + 2 * entity["length"]].decode("utf-16-le", "surrogatepass")
