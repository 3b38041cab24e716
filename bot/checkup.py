"""Look at everything that the bot needs, change nothing, and say what is wrong, and its cure."""

import asyncio
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.base import Adapter, Checkable, Factory, Finding, Settings, SettingsError, Severity
from adapters.registry import RegistryError
from bot.config import Config
from bot.corestate import CoreState
from bot.helper import Helper, HelperError, HelperFailed, Verb
from bot.probe import Asks, ProbeResult
from core.errors import CoreError
from core.protocol import Report, Request

PATIENCE = 30.0
"""Seconds that one adapter may look at itself."""

_MARKS = {Severity.OK: "ok     ", Severity.WARNING: "warning", Severity.WRONG: "WRONG  "}


@dataclass(frozen=True, slots=True)
class Looked:
    """A finding and what it is about: `config`, `core`, `helper`, `shop` or `adapter NAME`."""

    subject: str
    finding: Finding


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
    ) -> None:
        """Look at these."""
        self._config = config
        self._settings = settings
        self._load = load
        self._core = core
        self._helper = helper
        self._probe = probe
        self._now = now

    async def run(self) -> list[Looked]:
        """Look at everything."""
        report, core = self._core_state()
        looked = [Looked("config", finding) for finding in self._people_and_places()]
        looked.append(Looked("core", core))
        looked.append(Looked("helper", await self._helper_answers()))
        looked.append(Looked("shop", await self._shop(report)))
        for settings in self._settings:
            findings = await self._adapter(settings)
            looked.extend(Looked(f"adapter {settings.name}", finding) for finding in findings)
        return looked

    def _people_and_places(self) -> Iterable[Finding]:
        if not self._config.people:
            yield _warning("nobody", "nobody may do anything", "add a [[person]] to bot.toml")
        if not any(one.announcements for one in self._config.destinations):
            yield _warning(
                "no-audience", "nobody is told anything", "add a [[destination]] to bot.toml"
            )
        if not os.access(_existing(self._config), os.W_OK):
            yield _wrong(
                "state-dir",
                f"{self._config.state_dir} cannot be written",
                "make it and give it to the bot's user",
            )

    def _core_state(self) -> tuple[Report | None, Finding]:
        try:
            report = self._core.report(self._now())
        except CoreError as error:
            cure = "run `pretix-maintenance check` as root"
            return None, _wrong(error.problem, str(error), cure)
        if report.notes:
            cure = "run `pretix-maintenance check` as root"
            return report, _warning("notes", "; ".join(report.notes), cure)
        word = "on" if report.maintenance else "off"
        return report, _ok(f"maintenance is {word} and can be read")

    async def _helper_answers(self) -> Finding:
        # Reconcile changes nothing that is as it must be, and is all that sudo lets us ask freely.
        try:
            await self._helper.ask(Verb.RECONCILE, Request("bot:check"))
        except HelperFailed as error:
            return _wrong(error.problem, str(error), "run the helper by hand and read what it says")
        except HelperError as error:
            return _wrong(
                "lost", str(error), "look at the sudo rule: `sudo -l` as the bot's user shows it"
            )
        return _ok("the helper answers")

    async def _shop(self, report: Report | None) -> Finding:
        result = await self._probe.ask(report.maintenance if report else None)
        if result is None:
            return _warning("no-probe", "the shop is not asked", "add [probe] with url to bot.toml")
        return _of_the_shop(result)

    async def _adapter(self, settings: Settings) -> Sequence[Finding]:
        try:
            adapter = self._load(settings.name)(settings)
        except RegistryError as error:
            return [_wrong("adapter", str(error), "install what provides it")]
        except SettingsError as error:
            return [
                _wrong("settings", f"{fault.key}: {fault.sentence}", "correct it in bot.toml")
                for fault in error.faults
            ]
        return await _self_check(adapter)


async def _self_check(adapter: Adapter) -> Sequence[Finding]:
    if not isinstance(adapter, Checkable):
        return [_ok("can be made; it has no check of its own")]
    try:
        async with asyncio.timeout(PATIENCE):
            return await adapter.check()
    except TimeoutError:
        sentence = f"did not finish its own check within {PATIENCE:g} s"
        return [_wrong("timeout", sentence, "look at the network between here and the platform")]


def _of_the_shop(result: ProbeResult) -> Finding:
    status = "nothing" if result.status is None else str(result.status)
    sentence = f"{result.host} answers {status} ({result.verdict})"
    if result.agrees:
        return _ok(sentence)
    cure = "look whether nginx includes the maintenance snippet and can see the marker"
    return _wrong(result.verdict.value, sentence, cure)


def is_wrong(looked: Iterable[Looked]) -> bool:
    """Tell whether anything is wrong; warnings are not."""
    return any(one.finding.severity is Severity.WRONG for one in looked)


def as_text(looked: Iterable[Looked]) -> str:
    """Give a line for each finding, and its cure below it."""
    lines = []
    for one in looked:
        lines.append(f"{_MARKS[one.finding.severity]} {one.subject}: {one.finding.sentence}")
        if one.finding.cure:
            lines.append(f"        {one.finding.cure}")
    return "\n".join(lines)


def as_json(looked: Iterable[Looked]) -> str:
    """Give the findings for machines."""
    return json.dumps(
        [
            {
                "subject": one.subject,
                "severity": one.finding.severity.value,
                "problem": one.finding.problem,
                "sentence": one.finding.sentence,
                "cure": one.finding.cure,
            }
            for one in looked
        ],
        indent=2,
    )


def of_faults(faults: Iterable[str]) -> list[Looked]:
    """Make findings of a configuration's faults."""
    return [Looked("config", _wrong("fault", fault, "correct it in bot.toml")) for fault in faults]


def _existing(config: Config) -> str:
    """Give the state directory, or the one above it in which it would be made."""
    there = config.state_dir
    return str(there if there.exists() else there.parent)


def _ok(sentence: str) -> Finding:
    return Finding("ok", Severity.OK, sentence)


def _warning(problem: str, sentence: str, cure: str) -> Finding:
    return Finding(problem, Severity.WARNING, sentence, cure)


def _wrong(problem: str, sentence: str, cure: str) -> Finding:
    return Finding(problem, Severity.WRONG, sentence, cure)
