"""`pretix-maintenance-bot report`: joins the treasurer's note to this host's configuration."""

import argparse
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

from adapters.base import Fault, SettingsError
from bot.config import Config, ConfigurationFaults
from bot.config.shape import PretixSettings
from bot.corestate import CoreState
from bot.database import open_database
from bot.messages.phrases import Phrases
from bot.proofs import Proofs
from bot.report.access import Access, BadAccess
from bot.report.command import add_options, report
from bot.report.gather import Probes, Sources


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """Read the options of `report`; ends the program for wrong ones and for `--help`."""
    parser = argparse.ArgumentParser(prog="pretix-maintenance-bot report [--config FILE]")
    add_options(parser)
    return parser.parse_args(words)


async def print_note(
    options: argparse.Namespace,
    settings: Config,
    *,
    database: Path,
    secret: Callable[[str], str],
    now: datetime,
) -> int:
    """Print the note of a week and return the exit code.

    Raises:
        ConfigurationFaults: the table `[pretix]` cannot be used.
    """
    core = CoreState(settings.core_config, settings.core_state_dir)
    with ExitStack() as held:
        sources = Sources(
            settings.core_config,
            core.journal,
            settings.timezone,
            probes=_probes(database, now, held),
            access=access_to(settings.pretix, secret),
        )
        places = {str(one.destination): one.label for one in settings.destinations if one.label}
        words = Phrases(settings.language, settings.timezone, settings.contact, places=places)
        return await report(options, sources, words, now=now, write=_write)


def _write(text: str) -> None:
    print(text, end="")


def _probes(database: Path, now: datetime, held: ExitStack) -> Probes | None:
    """Give what the shop answered, if the bot has kept it.

    Only for the bot's own user: another one would leave files that the bot cannot write.
    """
    if not database.is_file() or database.stat().st_uid != os.geteuid():
        return None
    opened, _ = open_database(database, now)
    return Proofs(held.enter_context(closing(opened))).between


def access_to(settings: PretixSettings | None, secret: Callable[[str], str]) -> Access | None:
    """Give the way to pretix, None where none is configured.

    Raises:
        ConfigurationFaults: the table `[pretix]` cannot be used.
    """
    if settings is None:
        return None
    ca_file = str(settings.ca_file) if settings.ca_file else None
    try:
        return Access(settings.url, secret(settings.token), settings.host, ca_file)
    except BadAccess as error:
        raise ConfigurationFaults([f"pretix: {error}"]) from None
    except SettingsError as error:
        raise ConfigurationFaults([_sentence(fault) for fault in error.faults]) from None


def _sentence(fault: Fault) -> str:
    return f"pretix.token: {fault.sentence}"
