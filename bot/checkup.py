"""Look at everything that the bot needs, and say what is wrong, and its cure.

Nothing is changed but what the timer would put right in the next minute: the helper is tried.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime

from adapters.base import Adapter, Checkable, Factory, Finding, Settings, SettingsError
from adapters.registry import RegistryError
from bot import cutoff, hostcheck, rostercheck
from bot.config import Config
from bot.corestate import CoreState
from bot.findings import Looked, as_json, as_text, is_wrong, of_faults, ok, warning, wrong
from bot.helper import Helper, HelperError, HelperFailed, Verb
from bot.probe import Asks, ProbeResult, Verdict
from core.errors import CoreError
from core.protocol import Report, Request

__all__ = ["CheckUp", "Looked", "as_json", "as_text", "is_wrong", "of_faults"]

PATIENCE = 30.0
"""Seconds that one adapter may look at itself."""

A_YEAR = 60
"""Weekly windows that are looked at: the clock is changed twice in them."""

_ASK_CORE = "Run `pretix-maintenance check` as root."
_CURES = {
    Verdict.OPEN: "Run `pretix-maintenance check` as root: it looks at nginx's server blocks.",
    Verdict.CLOSED: "systemctl reload nginx; then run `pretix-maintenance check` as root.",
    Verdict.UNREACHABLE: "Look at the address in [probe], at nginx and at the network.",
    Verdict.CERTIFICATE: "Look at the date and the names in the shop's certificate.",
    Verdict.PAGE_WITH_200: "Take `=200` out of nginx's error_page: closed means a real 503.",
    Verdict.FOREIGN: "Open the shop in a browser: pretix, or what stands before it, is in trouble.",
}


class CheckUp:
    """The looks, each for itself: what one cannot do does not stop the next."""

    def __init__(  # noqa: PLR0913 - what is looked at, each by name
        self,
        config: Config,
        *,
        settings: Sequence[Settings],
        load: Callable[[str], Factory],
        core: CoreState,
        helper: Helper,
        probe: Asks,
        now: Callable[[], datetime],
        uid: int | None = None,
        clock: Callable[[], Awaitable[Finding]] = hostcheck.clock,
    ) -> None:
        """Look at these; `uid` is who looks, `clock` asks whether the clock is synchronised."""
        self._config = config
        self._settings = settings
        self._load = load
        self._core = core
        self._helper = helper
        self._probe = probe
        self._now = now
        self._uid = os.geteuid() if uid is None else uid
        self._clock = clock

    async def run(self) -> list[Looked]:
        """Look at everything."""
        report, core = self._core_state()
        looked = [Looked("config", one) for one in self._people_and_places()]
        looked += [Looked("host", one) for one in self._host()]
        looked.append(Looked("host", await self._clock()))
        looked += [Looked("core", one) for one in core]
        looked += [Looked("windows", one) for one in self._windows()]
        looked.append(Looked("helper", await self._helper_answers()))
        looked += [Looked("shop", one) for one in await self._shop(report)]
        for settings in self._settings:
            findings = await self._adapter(settings)
            looked.extend(Looked(f"adapter {settings.name}", finding) for finding in findings)
        return looked

    def _people_and_places(self) -> Iterator[Finding]:
        today = self._now().astimezone(self._config.timezone).date()
        yield from rostercheck.people(self._config.people, today)
        yield from rostercheck.places(self._config.destinations)

    def _host(self) -> Iterator[Finding]:
        yield from hostcheck.user(self._uid)
        yield from hostcheck.folder(self._config.state_dir)

    def _core_state(self) -> tuple[Report | None, Iterable[Finding]]:
        shut = [*hostcheck.journal(self._core.journal)]
        try:
            report = self._core.report(self._now())
        except CoreError as error:
            return None, [wrong(error.problem, f"{error}.", _ASK_CORE), *shut]
        if shut:
            return report, shut
        if report.notes:
            return report, [warning("notes", " ".join(report.notes), _ASK_CORE)]
        word = "closed" if report.maintenance else "open"
        return report, [ok(f"The shop is {word}, and the bot can read everything about it.")]

    def _windows(self) -> Iterator[Finding]:
        try:
            coming = self._core.occurrences(self._now(), A_YEAR)
        except CoreError:
            return  # the core's own findings tell what is wrong there
        yield from cutoff.look(self._config.cut_off, self._config.timezone, coming)

    async def _helper_answers(self) -> Finding:
        # Reconcile changes nothing that is as it must be, and is all that sudo lets us ask freely.
        try:
            await self._helper.ask(Verb.RECONCILE, Request("bot:check"))
        except HelperFailed as error:
            return wrong(error.problem, f"The helper says: {error}.", _ASK_CORE)
        except HelperError as error:
            cure = "Look at the sudo rule: `sudo -l` as the bot's user shows it."
            return wrong("lost", f"The helper does not answer: {error}.", cure)
        return ok("The helper answers.")

    async def _shop(self, report: Report | None) -> Sequence[Finding]:
        result = await self._probe.ask(report.maintenance if report else None)
        if result is None:
            cure = "Add [probe] with its url to bot.toml."
            return [warning("no-probe", "Nobody asks the shop whether it is closed.", cure)]
        return [_of_the_shop(one) for one in (result, *result.others)]

    async def _adapter(self, settings: Settings) -> Sequence[Finding]:
        try:
            adapter = self._load(settings.name)(settings)
        except RegistryError as error:
            return [
                wrong("adapter", f"{error}.", "Install what provides it, then restart the bot.")
            ]
        except SettingsError as error:
            return [
                wrong("settings", f"{fault.key} {fault.sentence}.", "Correct it in bot.toml.")
                for fault in error.faults
            ]
        return await _self_check(adapter)


async def _self_check(adapter: Adapter) -> Sequence[Finding]:
    if not isinstance(adapter, Checkable):
        return [ok("It can be made; it has no check of its own.")]
    try:
        async with asyncio.timeout(PATIENCE):
            return await adapter.check()
    except TimeoutError:
        sentence = f"It did not finish its own check within {PATIENCE:g} s."
        return [wrong("timeout", sentence, "Look at the network between here and the platform.")]


def _of_the_shop(result: ProbeResult) -> Finding:
    status = "nothing" if result.status is None else str(result.status)
    sentence = f"{result.url or result.host} answers {status} ({result.verdict})."
    if result.agrees:
        return ok(sentence)
    return wrong(result.verdict.value, sentence, _CURES[result.verdict])
