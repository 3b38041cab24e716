"""The subcommand `report`: the treasurer's note of one week, on demand.

    report --week 2026-W48           as text, as the chat gets it
    report --week 2026-W48 --csv     what happened inside the windows, one line each
    report --week 2026-W48 --json    everything

Without `--week`: the week that the last midnight between Sunday and Monday ended. Which window
belongs to which week: see `bot.report.week`.

Exit codes: 0 the note is complete · 1 something is missing, which the note says.
"""

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.messages.note import treasurers_note
from bot.messages.phrases import Phrases
from bot.report import week as weeks
from bot.report.asjson import json_of
from bot.report.gather import Sources, make_note
from bot.report.table import csv_of
from bot.report.week import NotAWeek, Week

COMPLETE, INCOMPLETE = 0, 1


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add `--week`, `--json` and `--csv`."""
    parser.add_argument(
        "--week", type=_week, metavar="YEAR-WNUMBER", help="an ISO week, such as 2026-W48"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="for machines")
    form.add_argument("--csv", action="store_true", help="for spreadsheets")


def _week(text: str) -> Week:
    try:
        return weeks.parse(text)
    except NotAWeek as error:
        raise argparse.ArgumentTypeError(str(error)) from error


async def report(
    options: argparse.Namespace,
    sources: Sources,
    phrases: Phrases,
    *,
    now: datetime,
    write: Callable[[str], None],
) -> int:
    """Make the note, write it, and return the exit code."""
    week = options.week or weeks.week_of(now - timedelta(weeks=1), sources.zone)
    note = await make_note(week, sources, now)
    if options.json:
        write(json_of(note) + "\n")
    elif options.csv:
        write(csv_of(note, sources.zone))
    else:
        write(treasurers_note(phrases, note, now).text + "\n")
    return INCOMPLETE if note.lacks else COMPLETE
