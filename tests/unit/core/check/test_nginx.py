"""nginx: what its configuration lacks, what its workers may not see, what its answers mean."""

import os
import pwd
from pathlib import Path

import pytest

from core.check import OK, WARNING, WRONG, nginx, nginxconf
from core.check.asking import Answer
from core.check.programs import Ended
from core.check.servers import Listen, Server, servers
from tests.unit.core.check.system import System, bad, samples, scene, told
from tests.unit.core.conftest import BEFORE, Shop

MARKER = "/var/lib/pretix-maintenance/MAINTENANCE_MODE"
HTTP = [Listen("127.0.0.1", 80, tls=False)]


def server(name: str, target: str = "a:1", marker: str | None = None) -> Server:
    return Server(
        [name],
        HTTP,
        targets=frozenset({target} - {""}),
        markers=frozenset({marker} if marker else ()),
    )


def test_where_every_block_of_the_shop_looks_for_the_marker() -> None:
    found = nginx.included([server("a", marker=MARKER), server("redirect", "")], MARKER)
    assert told(found) == [("nginx", OK)]


def test_a_block_that_leads_to_the_shop_without_the_snippet_is_wrong_by_name() -> None:
    found = [*nginx.included([server("a", marker=MARKER), server("club.example")], MARKER)]
    assert told(found) == [("nginx-include", WRONG), ("nginx", OK)]
    assert "club.example" in found[0].sentence


def test_a_block_that_leads_elsewhere_may_be_right() -> None:
    found = [*nginx.included([server("a", marker=MARKER), server("wiki", "b:2")], MARKER)]
    assert told(found) == [("nginx-include", WARNING), ("nginx", OK)]


def test_a_snippet_for_another_folder_is_wrong() -> None:
    found = [*nginx.included([server("a", marker="/old/MAINTENANCE_MODE")], MARKER)]
    assert told(found) == [("nginx-path", WRONG), ("nginx", WRONG)]
    assert "/old/MAINTENANCE_MODE" in found[0].sentence


def test_without_any_block_closing_has_no_effect() -> None:
    found = [*nginx.included([server("a")], MARKER)]
    assert "closing has no effect" in found[0].sentence
    # Without the star nginx could not be started again once all is removed.
    assert "snippets/pretix-maintenance*.conf;" in (found[0].cure or "")


def test_a_whole_configuration_is_judged() -> None:
    found = [*servers(nginxconf.read(samples("nginx-dump.txt")))]
    shop = [one for one in found if one.markers]
    assert [one.sentence.split(" leads")[0] for one in nginx.included(found, MARKER)][:1] == [
        "The server block for club.example"
    ]
    assert "up to 60s late" in bad(nginx.cached(shop))[0]
    assert "rewrite ^/old/(.*)$" in bad(nginx.ordered(shop))[0]


def test_nginx_that_is_missing_is_a_warning(shop: Shop) -> None:
    assert told(nginx.look(scene(shop))) == [("nginx", WARNING)]


@pytest.mark.skipif(os.geteuid() != 0, reason="who is not root is told to be")
def test_a_configuration_that_nginx_refuses_is_wrong_and_says_why(shop: Shop) -> None:
    err = 'nginx: [emerg] unknown directive "x" in /etc/nginx/nginx.conf:3\nnginx: test failed\n'
    (found,) = nginx.look(scene(shop, System({"nginx -T": Ended(1, err=err)})))
    assert 'unknown directive "x"' in found.sentence
    assert found.severity == WRONG


NOBODY = pwd.getpwnam("nobody")


def may(path: Path, bit: int, groups: tuple[int, ...] = ()) -> bool:
    return nginx.may(str(path), NOBODY.pw_uid, groups, bit)


def test_others_may_what_the_last_digit_says(tmp_path: Path) -> None:
    tmp_path.chmod(0o701)
    assert (may(tmp_path, 1), may(tmp_path, 4)) == (True, False)
    tmp_path.chmod(0o770)
    assert not may(tmp_path, 1)


def test_a_group_counts_before_others(tmp_path: Path) -> None:
    gid = tmp_path.stat().st_gid
    tmp_path.chmod(0o710)
    assert may(tmp_path, 1, (gid,))
    tmp_path.chmod(0o701)
    assert not may(tmp_path, 1, (gid,))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a folder away")
def test_an_owner_counts_before_all(tmp_path: Path) -> None:
    os.chown(tmp_path, NOBODY.pw_uid, -1)
    tmp_path.chmod(0o077)
    assert not may(tmp_path, 1)
    tmp_path.chmod(0o100)
    assert may(tmp_path, 1)


def test_root_may_everything_and_nobody_what_is_not_there(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert nginx.may(str(tmp_path), 0, (), 4)
    assert not may(tmp_path / "missing", 4)


def test_every_folder_that_the_workers_may_not_enter_is_named(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    shop.state.chmod(0o700)
    found = [*nginx._reached(scene(shop), [], "nobody")]
    assert ("nginx-reach", WRONG) in told(found)
    assert any(f"may not enter {shop.state}," in one.sentence for one in found)


def test_a_page_that_the_workers_cannot_read_is_a_warning(shop: Shop) -> None:
    one = Server(["a"], HTTP, page="/nowhere/page.html")
    assert ("nginx-page", WARNING) in told(nginx._reached(scene(shop), [one], "root"))


def test_a_user_of_the_workers_who_does_not_exist(shop: Shop) -> None:
    assert told(nginx._reached(scene(shop), [], "no-such-user")) == [("nginx-user", WARNING)]


def test_the_compiled_in_user_is_found(shop: Shop) -> None:
    told_by = Ended(0, err="configure arguments: --user=www-data --group=www-data\n")
    assert nginx._compiled_user(scene(shop, System({"nginx -V": told_by}))) == "www-data"
    assert nginx._compiled_user(scene(shop, System({"nginx -V": "x"}))) == "nobody"


@pytest.mark.parametrize(
    ("names", "asked"),
    [
        (["tickets.example", "b"], "tickets.example"),
        (["~^(.+)\\.example$", "b.example"], "b.example"),
        ([".example.org"], "example.org"),
        (["*.example.org"], "check.example.org"),
        (["www.example.*"], None),
        (["~^(pretix|tickets)\\.example$"], None),
        ([], "localhost"),
    ],
)
def test_the_name_that_is_asked_for_leads_to_the_block(names: list[str], asked: str | None) -> None:
    assert nginx.asked_name(names) == asked


@pytest.mark.parametrize(
    ("answer", "closed", "severity"),
    [
        (Answer(503, retry=True), True, OK),
        (Answer(503), True, WARNING),
        (Answer(200), True, WRONG),
        (Answer(301), True, WRONG),
        (Answer(200), False, OK),
        (Answer(302), False, OK),
        (Answer(404), False, OK),
        (Answer(503, retry=True), False, WRONG),
        (Answer(503), False, WARNING),
        (Answer(502), False, WARNING),
        (Answer(fault="Connection refused"), True, WRONG),
        (Answer(fault="timed out"), False, WRONG),
    ],
)
def test_503_is_the_answer_exactly_while_the_marker_is_there(
    answer: Answer, *, closed: bool, severity: str
) -> None:
    found = nginx.judged("tickets.example", answer, closed=closed)
    assert found.severity == severity
    assert "tickets.example" in found.sentence


def test_a_block_whose_name_is_a_pattern_is_told_as_not_asked(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    found = nginx._asked(scene(shop), Server(["~^(pretix|tickets)\\."], HTTP))
    assert (found.severity, "its name is a pattern" in found.sentence) == (WARNING, True)


@pytest.mark.parametrize(
    "facts", [Answer(200), Answer(301), Answer(404), Answer(503, no_store=True), Answer(fault="x")]
)
def test_an_open_shop_whose_nginx_knows_no_facts_of_the_page_has_not_been_read(
    facts: Answer,
) -> None:
    found = nginx.unread("tickets.example", facts)
    assert found
    assert (found.problem, found.severity) == ("nginx-read", WRONG)
    assert nginx.unread("tickets.example", Answer(404, no_store=True)) is None


def test_a_block_that_listens_on_a_socket_only_is_told_as_not_asked(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    found = nginx._asked(scene(shop), Server(["a"], []))
    assert (found.severity, "cannot be asked" in found.sentence) == (WARNING, True)
