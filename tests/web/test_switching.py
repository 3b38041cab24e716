"""The marker, the page, the page facts, and what goes wrong with them."""

import json
import os
from pathlib import Path

import pytest

from core import page as core_page
from core.decision import decide
from core.instants import instant
from core.protocol import LockInfo, Occurrence, Report
from core.statedir import StateDir
from tests.web import nginx_process
from tests.web.rendering import snippet
from tests.web.site import EVENT, FACTS, MAIN, ORGANIZER, STAGING, Site

NOW = instant("2026-11-29T22:00:00Z")
WEEK = Occurrence(NOW, NOW + 7 * 3600, "Mollie week")


def report(lock: LockInfo | None = None) -> Report:
    decision = decide(NOW, [WEEK], lock)
    return Report(
        at=NOW,
        maintenance=True,
        desired=True,
        reasons=decision.reasons,
        window=WEEK,
        lock=lock,
        next_transition=decision.next_transition,
        changed=True,
        transition="on",
        seq=1,
        recorded=True,
        notes=(),
    )


def test_a_marker_counts_from_the_next_request_in_both_directions(web: Site) -> None:
    for _ in range(5):
        web.close()
        assert web.ask().closed
        web.open()
        assert web.ask().status == 200


def test_the_marker_may_be_unreadable_to_nginx_itself(web: Site) -> None:
    web.close()
    web.marker.chmod(0)

    assert web.ask().closed


def test_nginx_that_cannot_enter_the_directory_stays_open_so_check_must_warn(web: Site) -> None:
    web.close()
    web.state.chmod(0o700 if os.geteuid() == 0 else 0)

    assert web.ask().status == 200
    assert "Permission denied" in (web.folder / "error.log").read_text()


def test_a_missing_page_is_still_a_503(web: Site) -> None:
    web.close()
    web.page.unlink()

    answer = web.ask()

    assert answer.status == 503
    assert answer.headers["retry-after"] == "900"
    assert web.ask(host=EVENT).status == 503


def test_missing_facts_are_still_a_503_for_programs(web: Site) -> None:
    web.close()
    web.facts.unlink()

    assert web.ask("/api/v1/organizers/demo/events/party/orders/", "POST").status == 503
    assert web.ask("/pretix-maintenance.json").status == 503
    web.open()
    assert web.ask("/pretix-maintenance.json").status == 404


@pytest.mark.parametrize("host", [MAIN, ORGANIZER, EVENT])
def test_the_page_facts_are_there_exactly_while_the_shop_is_closed(web: Site, host: str) -> None:
    away = web.ask("/pretix-maintenance.json", host=host)
    web.close()
    there = web.ask("/pretix-maintenance.json", host=host)

    assert away.status == 404
    assert away.headers["cache-control"] == "no-store"
    assert there.status == 200
    assert there.headers["cache-control"] == "no-store"
    assert there.headers["content-type"] == "application/json"
    assert there.body == FACTS
    assert web.reached == []


@pytest.mark.parametrize(
    ("lock", "reopens"),
    [
        (None, "2026-11-30T05:00:00Z"),
        (LockInfo("telegram:1", "Anna", "audit", NOW, None), None),
        (LockInfo("telegram:1", "Anna", "audit", NOW, NOW + 86400), "2026-11-30T22:00:00Z"),
    ],
    ids=["window", "lock", "lock with an end"],
)
def test_the_cores_own_facts_are_served_and_name_nobody(
    web: Site, lock: LockInfo | None, reopens: str | None
) -> None:
    web.close()
    with StateDir(str(web.state)) as home:
        core_page.write(home, report(lock))

    answer = web.ask("/pretix-maintenance.json")

    told = json.loads(answer.body)
    assert told["code"] == "maintenance"
    assert told["reopens_at"] == reopens
    assert "Anna" not in answer.body
    assert "audit" not in answer.body


def test_a_password_for_the_whole_site_is_not_asked_for_by_the_closed_page(web: Site) -> None:
    assert web.ask(host=STAGING).status == 401
    assert web.ask("/pretix-maintenance.json", host=STAGING).status == 404
    web.close()
    assert web.ask(host=STAGING).closed
    assert web.ask("/pretix-maintenance.json", host=STAGING).body == FACTS
    assert web.ask("/control/", host=STAGING).status == 401


def test_the_sites_own_headers_are_sent_open_and_closed(web: Site) -> None:
    for _ in ("open", "closed"):
        assert web.ask().headers["strict-transport-security"] == "max-age=31536000"
        web.close()
    assert web.ask("/control/").headers["x-content-type-options"] == "nosniff"


def test_files_that_nginx_serves_itself_stay_as_they_were(web: Site) -> None:
    for _ in ("open", "closed"):
        script = web.ask("/static/app.js")
        assert script.body == "the shop's script"
        assert "public" in script.headers["cache-control"]
        assert web.ask("/media/pub/logo.png").body == "the shop's logo"
        assert web.ask("/media/invoices/1.pdf").status == 404
        assert web.ask("/media/cachedfiles/x").status == 404
        web.close()


def test_nginx_accepts_the_snippet_without_a_warning(tmp_path: Path) -> None:
    if reason := nginx_process.why_not():
        pytest.skip(reason)
    (tmp_path / "snippet.conf").write_text(snippet(tmp_path / "state", tmp_path / "pages"))
    server = "    server {{ listen 127.0.0.1:{port}; include {folder}/snippet.conf; }}\n"
    port = nginx_process.free_port()
    nginx_process.configure(tmp_path, server.format(port=port, folder=tmp_path), user="root")

    said = nginx_process.judge(tmp_path)

    assert "syntax is ok" in said
    assert "[warn]" not in said
