"""Flow A joined from its parts: from a message in a chat to the answer there."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from adapters.base import IncomingMessage, Receipt
from bot.announcer import Announcer
from bot.buttons import Buttons
from bot.connections import Connections
from bot.desk import Desk, request_id_of
from bot.dispatcher import Dispatcher
from bot.foundation import Foundation
from bot.health import Health
from bot.inbox import Inbox
from bot.limits import Limits
from bot.orders import Orders
from bot.owners import Owners
from bot.policy import Policy
from bot.questions import Questions
from bot.replies import Replies
from core.errors import CoreError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reception:
    """Where messages come in, and who handles them."""

    inbox: Inbox
    dispatcher: Dispatcher


def reception(
    base: Foundation,
    *,
    health: Health,
    connections: Connections,
    buttons: Buttons,
    announcer: Announcer,
) -> Reception:
    """Join everything between the inbox and the answers."""
    config, outside = base.config, base.outside
    policy = Policy(config.people, config.destinations, config.timezone, config.max_command_age)
    limits = Limits(base.outside.monotonic)
    inbox = Inbox(base.database, is_known=_known(policy), limits=limits)
    replies = Replies(connections.send, moved=base.moves.store, sleep=outside.sleep)
    desk = Desk(
        policy,
        voices=base.voices,
        orders=Orders(
            base.helper,
            base.core,
            now=outside.now,
            error_id=outside.error_id,
            can_ask=connections.has_buttons,
            tell_owner=Owners(base.core, replies, base.voices, base.audience).tell,
        ),
        questions=_questions(base, health),
        buttons=buttons,
        core=base.core,
        configured=base.moves.configured,
        zone=config.timezone,
        now=outside.now,
    )
    dispatcher = Dispatcher(
        inbox,
        desk,
        replies,
        buttons=buttons,
        probe=base.probe,
        now=outside.now,
        error_id=outside.error_id,
        answered=Answered(base, announcer),
    )
    return Reception(inbox, dispatcher)


def _known(policy: Policy) -> Callable[[IncomingMessage], bool]:
    def known(message: IncomingMessage) -> bool:
        # What only carries a member's id, such as a webhook's post, must not use up what is theirs.
        person = policy.person_of(message.destination.adapter, message.sender_id)
        return person is not None and not message.marks

    return known


def _questions(base: Foundation, health: Health) -> Questions:
    return Questions(
        base.core,
        voices=base.voices,
        health=health,
        outbox=base.outbox,
        audience=base.told,
        error_id=base.outside.error_id,
        evidence=base.probe if base.config.probe else None,
    )


class Answered:
    """Hears where the answer to an order was shown."""

    def __init__(self, base: Foundation, announcer: Announcer) -> None:
        """Have told by `announcer` what was not shown in its own chat."""
        self._base = base
        self._announcer = announcer

    def __call__(self, message: IncomingMessage, shown: Receipt | None) -> None:
        """Announce an order in its own chat after all if its answer is not to be seen there."""
        asked = self._base.moves.configured(message.destination)
        if shown and self._base.moves.configured(shown.destination).channel == asked.channel:
            return
        try:
            event = self._base.core.done(request_id_of(message))
        except (CoreError, OSError) as error:
            log.warning("what was done for %s cannot be told: %s", asked, error)
            return
        if event is not None:
            self._announcer.tell_there_too(event, self._base.now())
