"""The note on demand, from files and a pretix to what is printed."""

import argparse
import asyncio
import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.messages.phrases import Phrases
from bot.probe import Verdict
from bot.report.access import Access
from bot.report.command import COMPLETE, INCOMPLETE, add_options, report
from bot.report.gather import Sources, make_note
from bot.report.model import ProbeRecord, Span
from bot.report.week import parse
from core.protocol import Occurrence
from tests.servers.pretix import TOKEN, Fault, fake_pretix
from tests.unit.bot.report.journal import MONDAY, SUNDAY, WINDOW, Journal, epoch
from tests.unit.bot.report.seeded import shop

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOUR = timedelta(hours=1)
NOW = MONDAY + HOUR
WEEK = parse("2026-W48")
CORE = """
[[window]]
name = "Mollie week"
start = "Sun 22:00"
end = "Mon 05:00"
timezone = "UTC"
"""


async def no_wait(_: float) -> None:
    return


def probes(span: Span) -> Sequence[ProbeRecord]:
    minutes = range(0, 420, 5)
    records = [ProbeRecord(SUNDAY + timedelta(minutes=n), Verdict.CLOSED, 503) for n in minutes]
    return [one for one in records if one.at in span]


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    journal = Journal()
    journal.week(SUNDAY - 168 * HOUR, MONDAY - 168 * HOUR)
    journal.lock(SUNDAY - 30 * HOUR)
    journal.unlock(SUNDAY - 29 * HOUR)
    journal.week()
    core = tmp_path / "core.toml"
    core.write_text(CORE)
    return Sources(core, journal.write(tmp_path), AMSTERDAM, probes, sleep=no_wait)


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(words)


async def printed(sources: Sources, *words: str, now: datetime = NOW) -> tuple[int, str]:
    written: list[str] = []
    phrases = Phrases("en", AMSTERDAM, "IT")
    code = await report(options(*words), sources, phrases, now=now, write=written.append)
    return code, "".join(written)


async def test_text_json_and_csv_tell_the_same_week(sources: Sources) -> None:
    async with fake_pretix(shop()) as far_side:
        asked = replace(sources, access=Access(far_side.url, TOKEN))
        shown = [
            await printed(asked, "--week", "2026-W48", *form)
            for form in ([], ["--json"], ["--csv"])
        ]
    assert [code for code, _ in shown] == [COMPLETE] * 3
    text, data, rows = (
        shown[0][1],
        json.loads(shown[1][1]),
        list(csv.DictReader(io.StringIO(shown[2][1]))),
    )
    assert text.startswith("📒 For the books: week 48 of 2026.")
    assert "Proof: asked 84 times" in text
    assert "Locked by Anna" in text
    assert len(data["books"]["movements"]) == len(rows) > 50
    payments = sum(
        one["payments"]["count"] for event in data["books"]["events"] for one in event["providers"]
    )
    assert payments == len([row for row in rows if row["kind"] == "payment"])
    assert data["windows"][0]["proof"]["first_closed"] == "2026-11-29T22:00:00Z"
    assert [lock["name"] for lock in data["locks"]] == ["Anna"]


async def test_a_failing_pretix_leaves_the_rest_and_another_exit_code(sources: Sources) -> None:
    async with fake_pretix(shop()) as far_side:
        far_side.faults.append(Fault(status=503))
        asked = replace(sources, access=Access(far_side.url, TOKEN))
        code, text = await printed(asked, "--week", "2026-W48")
        _, table = await printed(asked, "--week", "2026-W48", "--csv")
    assert code == INCOMPLETE
    assert "Really closed from" in text
    assert "⚠️ Not complete: pretix: pretix answers 503." in text
    assert "missing," in table


async def test_certificates_that_cannot_be_read_leave_the_rest(sources: Sources) -> None:
    access = Access("https://tickets.example/", TOKEN, ca_file="/nowhere/ca.pem")
    code, text = await printed(replace(sources, access=access), "--week", "2026-W48")
    assert (code, "Not complete: pretix: the certificates" in text) == (INCOMPLETE, True)


async def test_without_a_week_it_is_the_one_that_was_closed_last(sources: Sources) -> None:
    for now in (NOW, NOW + 24 * HOUR, SUNDAY + 7 * 24 * HOUR):
        _, text = await printed(sources, now=now)
        assert text.startswith("📒 For the books: week 48 of 2026.")


async def test_without_probes_and_pretix_there_is_no_proof_and_no_sale(sources: Sources) -> None:
    code, text = await printed(replace(sources, probes=None), "--week", "2026-W48")
    assert code == COMPLETE
    assert "Proof" not in text
    assert "ordered" not in text


@pytest.mark.parametrize("week", ["2026-48", "2026-W60", "x"])
def test_a_wrong_week_is_an_error_of_usage(week: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        options("--week", week)
    assert raised.value.code == 2
    assert "week" in capsys.readouterr().err


def test_json_and_csv_exclude_each_other() -> None:
    with pytest.raises(SystemExit):
        options("--json", "--csv")


async def test_a_window_that_is_open_counts_up_to_now(sources: Sources) -> None:
    note = await make_note(WEEK, sources, SUNDAY + HOUR)
    (one,) = note.closings
    assert one.over is False
    assert one.planned == Span(SUNDAY, MONDAY)
    assert one.proof is not None
    assert one.proof.asked == 12
    assert one.proof.gaps == ()


async def test_a_window_that_has_not_begun_is_left_out(sources: Sources) -> None:
    assert (await make_note(WEEK, sources, SUNDAY - HOUR)).closings == ()


async def test_a_window_belongs_to_one_week_only(sources: Sources) -> None:
    later = NOW + 20 * 24 * HOUR
    for text, count in [("2026-W47", 1), ("2026-W48", 1), ("2026-W46", 1)]:
        assert len((await make_note(parse(text), sources, later)).closings) == count
    before = await make_note(parse("2026-W46"), sources, later)
    assert before.closings[0].recorded is False


async def test_one_window_alone_can_be_told(sources: Sources) -> None:
    extra = Occurrence(WINDOW.start - 86400, WINDOW.start - 80000, "extra")
    note = await make_note(WEEK, sources, NOW, extra)
    assert [one.name for one in note.closings] == ["extra"]
    assert len(note.locks) == 1


async def test_a_lock_after_midnight_but_inside_the_window_belongs_to_the_note(
    sources: Sources, tmp_path: Path
) -> None:
    journal = Journal()
    journal.note("transition", SUNDAY, "on", window=WINDOW)
    journal.lock(MONDAY - HOUR, "late")
    path = journal.write(tmp_path)
    assert len((await make_note(WEEK, replace(sources, journal=path), NOW)).locks) == 1


async def test_a_wrong_core_configuration_is_said_and_the_record_still_tells(
    sources: Sources,
) -> None:
    sources.core_config.write_text("windows = nonsense")
    note = await make_note(WEEK, sources, NOW)
    assert [one.problem for one in note.lacks] == ["configuration"]
    assert [epoch(one.planned.start) for one in note.closings] == [WINDOW.start]


async def test_a_history_that_cannot_be_read_is_said_and_the_plan_still_tells(
    sources: Sources, tmp_path: Path
) -> None:
    note = await make_note(WEEK, replace(sources, journal=tmp_path), NOW)
    assert [one.subject for one in note.lacks] == ["history"]
    assert len(note.closings) == 1


async def test_a_long_history_is_read_to_its_end(sources: Sources, tmp_path: Path) -> None:
    journal = Journal()
    for number in range(4000):
        journal.note("healed", SUNDAY - 900 * HOUR, "off", reason=f"{number}" * 20)
    journal.week()
    path = journal.write(tmp_path)
    assert path.stat().st_size > 1 << 20
    note = await make_note(WEEK, replace(sources, journal=path), NOW)
    assert note.closings[0].closed_at == SUNDAY + timedelta(seconds=1)


async def test_the_bot_goes_on_while_pretix_hangs(sources: Sources) -> None:
    async with fake_pretix(shop()) as far_side:
        far_side.faults.append(Fault())
        asked = replace(sources, access=Access(far_side.url, TOKEN))
        making = asyncio.create_task(make_note(WEEK, asked, NOW))
        await far_side.asked.wait()
        assert not making.done()
        making.cancel()
        with pytest.raises(asyncio.CancelledError):
            await making
