"""HTTP for Mattermost's requests to us: the slash command, and presses of buttons.

Mattermost shows an error of its own for every answer but 200, so refusals are 200 with words for
the asker. What is accepted is stored by the host before anything is answered.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from adapters.base import (
    AdapterError,
    Destination,
    Host,
    IncomingMessage,
    Mark,
    Permanent,
    Trouble,
)
from adapters.mattermost import requests_in
from adapters.mattermost.answers import Answer, Answers
from adapters.mattermost.authorship import People, marks_of_user
from adapters.mattermost.backoff import Backoff
from adapters.mattermost.directs import Directs
from adapters.mattermost.lobby import BACKLOG, Lobby
from adapters.mattermost.options import Options, Slash
from adapters.mattermost.pace import Effects, Pace
from adapters.mattermost.presses import Presses
from adapters.mattermost.records import User
from adapters.mattermost.requests_in import LARGEST, Asked, Refused
from adapters.mattermost.signatures import Signatures
from adapters.mattermost.trigger import digest, parse

COMMAND: Final = "/command"
ACTION: Final = "/action"
"""What is put behind `public_url`."""

GREETING: Final = "pretix-maintenance: Mattermost's slash command goes here.\n"

NOTHING_YET: Final = {
    "en": "⏳ No answer yet. If none follows, this command was not carried out.",
    "nl": "⏳ Nog geen antwoord. Als er geen volgt, is deze opdracht niet uitgevoerd.",
}
"""Said when the bot takes its time or stays silent: which of the two, nobody tells us."""

NOT_HERE: Final = {
    "en": "I take no commands in this channel. Nothing was changed.",
    "nl": "In dit kanaal neem ik geen opdrachten aan. Er is niets veranderd.",
}

LIMITS: Final[dict[str, Any]] = {
    "max_line_size": 2048,
    "max_field_size": 2048,
    "max_headers": 64,
    "read_bufsize": LARGEST,
    "lingering_time": 1.0,
    # Mattermost compresses nothing, and a small body can unpack to a very large one.
    "auto_decompress": False,
}
"""What aiohttp keeps of a request before we see it, far above what Mattermost sends."""

SHUTDOWN: Final = 0.3
"""Seconds for answers under way when the adapter ends."""

SOCKET_MODE: Final = 0o660
"""The web server in front gets in through the group."""

log = logging.getLogger(__name__)


def _briefly(record: logging.LogRecord) -> bool:
    """Say in one line, without a word of the request, what aiohttp has a traceback for."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = "refused what is not HTTP: %s", (type(error).__name__,)
        record.exc_info = None
    return True


_http_log = logging.getLogger(f"{__name__}.http")
_http_log.addFilter(_briefly)


class Endpoint:
    """The slash command's side of the adapter."""

    def __init__(  # noqa: PLR0913, PLR0917 -- its parts, each of its own
        self,
        options: Options,
        slash: Slash,
        people: People,
        directs: Directs,
        answers: Answers,
        presses: Presses | None,
        signatures: Signatures | None,
        pace: Pace,
        effects: Effects,
    ) -> None:
        """Use these; nothing listens yet."""
        self._options = options
        self._slash = slash
        self._people = people
        self._directs = directs
        self._answers = answers
        self._presses = presses
        self._signatures = signatures
        self._pace = pace
        self._effects = effects
        self._lobby = Lobby(pace.visit)
        self.tried = asyncio.Event()
        """Set after the first try to listen, well or not."""

    async def run(self, host: Host) -> None:
        """Serve until cancelled; try again for ever where the address is taken."""
        backoff = Backoff(self._pace, self._effects.chance)
        while True:
            try:
                async with self._serving(host):
                    self.tried.set()
                    await asyncio.Event().wait()
            except OSError as error:
                sentence = f"The slash command's address cannot be listened on: {error.strerror}"
                host.report(Trouble("listen", sentence, alarm=True))
            self.tried.set()
            await self._effects.sleep(backoff.next())

    @asynccontextmanager
    async def _serving(self, host: Host) -> AsyncIterator[None]:
        async def command(request: web.Request) -> web.Response:
            return web.json_response(await self._command(request, host))

        async def action(request: web.Request) -> web.Response:
            return web.json_response(await self._action(request, host))

        async def greet(_: web.Request) -> web.Response:
            return web.Response(text=GREETING)

        application = web.Application(client_max_size=LARGEST)
        application.router.add_post("/{prefix:.*}command", command)
        application.router.add_post("/{prefix:.*}action", action)
        application.router.add_get("/{prefix:.*}", greet)
        # Without an access log: it would note every address that asks, and nobody reads it.
        runner = web.AppRunner(
            application,
            access_log=None,
            logger=_http_log,
            shutdown_timeout=SHUTDOWN,
            **LIMITS,
        )
        await runner.setup()
        try:
            async with self._listening(runner):
                yield
        finally:
            await runner.cleanup()

    @asynccontextmanager
    async def _listening(self, runner: web.AppRunner) -> AsyncIterator[None]:
        loop, listen = asyncio.get_running_loop(), self._slash.listen
        factory = self._lobby.watched(cast("web.Server", runner.server))
        if listen.path is None:
            server = await loop.create_server(factory, listen.host, listen.port, backlog=BACKLOG)
        else:
            # The place of a socket that a killed process left behind is taken.
            server = await loop.create_unix_server(factory, listen.path, backlog=BACKLOG)
            os.chmod(listen.path, SOCKET_MODE)  # noqa: PTH101 -- one call, nothing to wait for
        try:
            yield
        finally:
            server.close()

    async def _command(self, request: web.Request, host: Host) -> dict[str, Any]:
        began = self._effects.monotonic()
        try:
            asked = await requests_in.command(request, self._slash, self._pace.body)
            self._lobby.left(request.protocol)
            answer = await self._hand_over(asked, host, "slash-")
        except Refused as error:
            log.warning("a slash command was refused: %s", error.why)
            return _words(str(error))
        try:
            composed = await answer.said(self._left(began), self._pace.settle)
        except TimeoutError:
            return _words(NOTHING_YET[self._options.language])
        return {} if composed is None else composed.command_response()

    async def _action(self, request: web.Request, host: Host) -> dict[str, Any]:
        began = self._effects.monotonic()
        try:
            asked = await requests_in.press(request, self._presses, self._pace.body)
            self._lobby.left(request.protocol)
            answer = await self._hand_over(asked, host, "press-")
        except Refused as error:
            log.warning("a press was refused: %s", error.why)
            return {"ephemeral_text": str(error), "skip_slack_parsing": True}
        try:
            composed = await answer.said(self._left(began), self._pace.settle)
        except TimeoutError:
            return {}
        return {} if composed is None else composed.action_response()

    def _left(self, began: float) -> float:
        return max(self._pace.answer - (self._effects.monotonic() - began), 0.0)

    async def _hand_over(self, asked: Asked, host: Host, prefix: str) -> Answer:
        """Store what was asked and give the answer to wait for.

        Raises:
            Refused: nobody can tell who asks, or not here.
        """
        message_id = prefix + digest(asked.trigger_id)
        me, user, marks = await self._who(asked)
        if self._signatures is not None:
            await self._signatures.check(asked.trigger_id, asked.user)
        trigger = parse(asked.trigger_id)
        private = asked.channel in self._directs or me.id in asked.channel_name.split("__")
        if not private and asked.channel not in self._options.channels:
            # The bot would be silent, and Mattermost shows the asker that something was typed.
            raise Refused("a channel that is not configured", NOT_HERE[self._options.language])
        answer = self._answers.open(
            message_id,
            asked.user,
            channel=asked.channel if asked.action else "",
            hook_id=asked.hook_id,
        )
        host.deliver(
            IncomingMessage(
                destination=Destination(self._options.name, asked.channel, asked.root),
                message_id=message_id,
                sender_id=asked.user,
                sender_name=user.username if user else asked.user_name,
                text=asked.text,
                sent_at=trigger.at if trigger else self._effects.clock(),
                bot_name=me.username,
                private=private,
                marks=marks,
                action=asked.action,
            )
        )
        return answer

    async def _who(self, asked: Asked) -> tuple[User, User | None, frozenset[Mark]]:
        try:
            # The asker is waiting; half of the time is for the bot.
            async with asyncio.timeout(self._pace.answer / 2):
                me = await self._people.me()
                try:
                    user = await self._people.user(asked.user)
                except Permanent:
                    return me, None, frozenset({Mark.OUTSIDER})
        except (AdapterError, TimeoutError):
            raise Refused(
                "the server does not tell who asks",
                "Mattermost did not tell the bot who you are. Nothing was changed; "
                "please say it again.",
            ) from None
        return me, user, marks_of_user(user)


def _words(text: str) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": text, "skip_slack_parsing": True}
