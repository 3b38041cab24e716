"""The adapter: its parts, put together."""

import asyncio
from collections.abc import Sequence

from adapters.base import Finding, Host, OutgoingMessage, Receipt
from adapters.mattermost.answers import Answers
from adapters.mattermost.api import Api
from adapters.mattermost.authorship import People
from adapters.mattermost.directs import Directs
from adapters.mattermost.listener import Listener
from adapters.mattermost.membership import Membership
from adapters.mattermost.options import Options
from adapters.mattermost.pace import Effects, Pace, real
from adapters.mattermost.presses import Presses
from adapters.mattermost.reception import Reception
from adapters.mattermost.sender import Sender
from adapters.mattermost.stream import Stream


class Mattermost:
    """A connection to one Mattermost server; see `adapters.base.Adapter`."""

    def __init__(
        self, options: Options, *, pace: Pace | None = None, effects: Effects | None = None
    ) -> None:
        """Connect to nothing yet."""
        self._options = options
        self._pace = pace or Pace()
        self._effects = effects or real()
        self._api = Api(options, self._pace)
        self._people = People(self._api, self._pace, self._effects.monotonic)
        self._directs = Directs()
        self._answers = Answers(self._effects.monotonic)
        self._presses = _presses(options, self._effects)
        self._sender = Sender(
            options,
            self._api,
            self._people,
            self._directs,
            self._answers,
            self._presses.connect if self._presses else None,
            self._effects,
        )

    @property
    def has_buttons(self) -> bool:
        """Buttons need the address at which Mattermost tells of presses."""
        return self._presses is not None

    async def run(self, host: Host) -> None:
        """Listen, and serve the slash command, until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                if self._options.slash is not None:
                    await self._serve(tasks, host)
                tasks.create_task(self._listener().run(host))
        finally:
            self._api.close()

    async def send(self, message: OutgoingMessage) -> Receipt:
        """Send one message once.

        Raises:
            Temporary, OutcomeUnknown, Permanent: see `adapters.base.AdapterError`.
        """
        return await self._sender.send(message)

    async def check(self) -> Sequence[Finding]:
        """Look at the set-up; change nothing."""
        # Not needed to run.
        from adapters.mattermost.selfcheck import look  # noqa: PLC0415 -- see above

        stream = Stream(self._options, self._pace, self._api.authorization)
        return await look(self._options, self._api, stream, self._pace)

    def _listener(self) -> Listener:
        membership = Membership(self._options)
        reception = Reception(
            self._options,
            self._api,
            self._people,
            self._directs,
            membership,
            self._pace,
            self._effects,
        )
        return Listener(
            Stream(self._options, self._pace, self._api.authorization),
            reception,
            self._people,
            self._directs,
            membership,
            self._pace,
            self._effects,
        )

    async def _serve(self, tasks: asyncio.TaskGroup, host: Host) -> None:
        slash = self._options.slash
        if slash is None:
            return
        # aiohttp's server is 5 MB that a bot without a slash command does not need.
        from adapters.mattermost.endpoint import Endpoint  # noqa: PLC0415 -- see above
        from adapters.mattermost.signatures import Signatures  # noqa: PLC0415 -- same

        endpoint = Endpoint(
            self._options,
            slash,
            self._people,
            self._directs,
            self._answers,
            self._presses,
            Signatures(self._api, self._effects) if slash.verify_trigger else None,
            self._pace,
            self._effects,
        )
        tasks.create_task(endpoint.run(host))
        await endpoint.tried.wait()


def _presses(options: Options, effects: Effects) -> Presses | None:
    if options.slash is None or options.slash.public_url is None:
        return None
    return Presses(options.token, f"{options.slash.public_url}/action", effects.clock)
