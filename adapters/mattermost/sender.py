"""What the bot says: the road of one message into Mattermost."""

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from adapters.base import (
    AdapterError,
    Destination,
    OutcomeUnknown,
    OutgoingMessage,
    Permanent,
    Receipt,
)
from adapters.mattermost.answers import PREFIX, Answer, Answers
from adapters.mattermost.api import Api
from adapters.mattermost.authorship import People
from adapters.mattermost.composing import Action, Composed, compose
from adapters.mattermost.directs import Directs
from adapters.mattermost.options import ID, Options
from adapters.mattermost.pace import Effects
from adapters.mattermost.records import Post

EVENT: Final = "pretix_maintenance_event"
PART: Final = "pretix_maintenance_part"
"""Props by which a post of ours is found again."""

HORIZON: Final = timedelta(hours=25)
"""How far back our own post is looked for: longer than the bot tries to deliver one."""

MOST_DOUBTFUL: Final = 1000


class Sender:
    """Posts, patches and answers."""

    def __init__(  # noqa: PLR0913, PLR0917 -- its parts, each of its own
        self,
        options: Options,
        api: Api,
        people: People,
        directs: Directs,
        answers: Answers,
        action: Action | None,
        effects: Effects,
    ) -> None:
        """Use these; `action` connects buttons, or is None without an endpoint."""
        self._options = options
        self._api = api
        self._people = people
        self._directs = directs
        self._answers = answers
        self._action = action
        self._effects = effects
        self._doubtful: OrderedDict[str, None] = OrderedDict()

    async def send(self, message: OutgoingMessage) -> Receipt:
        """Send it once.

        Raises:
            AdapterError: see there.
        """
        composed = compose(message, self._action, self._mention(message))
        asked = self._asked(message)
        replaces = message.replaces.message_id if message.replaces else None
        if replaces is not None and ID.fullmatch(replaces):
            _say(asked, None)
            return await self._replace(message, composed, replaces)
        before = self._answers.find(replaces)
        if before is not None and asked is not before:
            # A button under an answer that only its asker sees: the next one has buttons as well.
            _say(asked, None)
        answer = before or asked
        if answer is not None:
            return await self._answer(answer, message, composed)
        return await self._post(message, composed)

    def _asked(self, message: OutgoingMessage) -> Answer | None:
        """Find the open request that this message answers."""
        if message.reply_to is not None:
            return self._answers.find(message.reply_to)
        if message.event_id is not None:
            return None
        return self._answers.pressed(message.destination.channel)

    def _mention(self, message: OutgoingMessage) -> str:
        news = message.event_id is not None and not message.silent and message.replaces is None
        return self._options.mention if news else ""

    async def _answer(
        self, answer: Answer, message: OutgoingMessage, composed: Composed
    ) -> Receipt:
        # Not in the channel: there, nobody else sees it.
        nowhere = replace(message.destination, channel=f"{PREFIX}{answer.user}")
        receipt = Receipt(nowhere, answer.receipt_id)
        if message.attachment is not None:
            # Files have no place in such an answer, so they come beside it.
            _say(answer, composed)
            return await self._post(replace(message, only_for=answer.user), composed)
        try:
            answer.say(composed)
        except LookupError:
            pass
        else:
            return receipt
        if answer.hook_id is not None:
            try:
                await self._api.answer_later(answer.hook_id, composed.command_response())
            except Permanent:  # used up or expired
                pass
            else:
                return receipt
        return await self._post(replace(message, only_for=answer.user), composed)

    async def _replace(self, message: OutgoingMessage, composed: Composed, post_id: str) -> Receipt:
        props = self._props(message, 0)
        props["attachments"] = list(composed.attachments)
        body = {"message": composed.pieces[0], "props": props}
        if len(composed.pieces) > 1 or message.attachment is not None:
            return await self._post(replace(message, replaces=None), composed)
        try:
            post = await self._api.patch(post_id, body)
        except Permanent:  # deleted, or too old to be edited
            return await self._post(replace(message, replaces=None), composed)
        return Receipt(replace(message.destination, channel=post.channel_id), post.id)

    async def _post(self, message: OutgoingMessage, composed: Composed) -> Receipt:
        where = await self._where(message)
        there = await self._there_already(message, where.channel)
        posts = []
        for part, piece in enumerate(composed.pieces):
            last = part == len(composed.pieces) - 1
            post = there.get(part)
            if post is None:
                body = await self._body(message, where, part, piece, composed if last else None)
                post = await self._create(message, body)
            posts.append(post)
        if message.pinned:
            await self._pin(posts[0])
        return Receipt(replace(message.destination, channel=where.channel), posts[0].id)

    async def _where(self, message: OutgoingMessage) -> Destination:
        """Find the channel, and the thread in it."""
        destination = message.destination
        private = destination.channel in self._directs
        if message.only_for is not None and not private:
            me = await self._people.me()
            try:
                direct = await self._api.direct(me.id, message.only_for)
            except Permanent:  # direct messages can be switched off; then in the thread, for all
                pass
            else:
                self._directs.add(direct.id)
                return Destination(destination.adapter, direct.id)
        thread = destination.thread
        # A conversation of two needs no threads, and a slash command is no post to reply to.
        if thread is None and not private and message.reply_to and ID.fullmatch(message.reply_to):
            thread = message.reply_to
        return replace(destination, thread=thread)

    async def _there_already(self, message: OutgoingMessage, channel: str) -> dict[int, Post]:
        """Find the parts of this announcement that an earlier try has brought there."""
        event_id = message.event_id
        if event_id is None:
            return {}
        if message.repeat_note is None and self._key(message) not in self._doubtful:
            return {}
        me = await self._people.me()
        since = self._effects.clock() - HORIZON
        posts = await self._api.posts_since(channel, int(since.timestamp() * 1000))
        return {
            int(post.props.get(PART, 0)): post
            for post in posts
            # Anybody can write these props into a post, but not as us.
            if post.user_id == me.id and post.props.get(EVENT) == event_id
        }

    async def _body(
        self,
        message: OutgoingMessage,
        where: Destination,
        part: int,
        piece: str,
        last: Composed | None,
    ) -> dict[str, Any]:
        props = self._props(message, part)
        body: dict[str, Any] = {
            "channel_id": where.channel,
            "message": piece,
            "props": props,
            "pending_post_id": _pending_id(message, where, part, piece),
        }
        if where.thread is not None:
            body["root_id"] = where.thread
        if last is not None and last.attachments:
            props["attachments"] = list(last.attachments)
        if last is not None and message.attachment is not None:
            body["file_ids"] = [await self._api.upload(where.channel, message.attachment)]
        return body

    async def _create(self, message: OutgoingMessage, body: dict[str, Any]) -> Post:
        try:
            return await self._create_once(message, body)
        except Permanent as error:
            # The post that is answered, or a whole thread, can be deleted.
            if error.problem != "invalid" or "root_id" not in body:
                raise
        body = {key: value for key, value in body.items() if key != "root_id"}
        return await self._create_once(message, body)

    async def _create_once(self, message: OutgoingMessage, body: dict[str, Any]) -> Post:
        try:
            return await self._api.post(body, silent=message.silent)
        except OutcomeUnknown:
            if message.event_id is not None:
                self._doubtful[self._key(message)] = None
            if len(self._doubtful) > MOST_DOUBTFUL:
                self._doubtful.popitem(last=False)
            raise

    async def _pin(self, post: Post) -> None:
        try:
            await self._api.pin(post.id)
        except AdapterError:
            # The message stands; sending it again for the pin's sake would be worse.
            return

    def _props(self, message: OutgoingMessage, part: int) -> dict[str, Any]:
        return {} if message.event_id is None else {EVENT: message.event_id, PART: part}

    def _key(self, message: OutgoingMessage) -> str:
        return f"{message.destination} {message.event_id}"


def _say(answer: Answer | None, composed: Composed | None) -> None:
    """Say it if there is still somebody waiting for it."""
    if answer is None:
        return
    try:
        answer.say(composed)
    except LookupError:
        return


def _pending_id(message: OutgoingMessage, where: Destination, part: int, piece: str) -> str:
    """Give the id under which the server recognises the same post for 30 s.

    An announcement has its own; a reply is the same if its words are; nothing else repeats.
    """
    if message.event_id is not None:
        about = f"event {message.event_id}"
    elif message.reply_to is not None:
        about = f"reply {message.reply_to} {piece}"
    else:
        about = secrets.token_hex(16)
    return hashlib.sha256(f"{where}\0{part}\0{about}".encode()).hexdigest()[:40]
