"""`check` looks at a real nginx: at its configuration, and at what it answers."""

import os
from collections.abc import Iterator

import pytest

from core.check import OK, WRONG, Finding, Scene, nginx
from core.check.programs import Ended, start
from tests.web.site import BARE, MAIN, ORGANIZER, Site


def look(web: Site) -> dict[str, list[Finding]]:
    """Look at the site's nginx as if it were the host's."""

    def run(program: str, *words: str, stdin: str = "") -> Ended:
        assert program == "nginx"
        own = ("-p", f"{web.folder}/", "-c", "nginx.conf", "-e", "error.log")
        return start(program, *own, *words, stdin=stdin)

    scene = Scene(str(web.folder / "core.toml"), str(web.state), 0, run, installed=True)
    found: dict[str, list[Finding]] = {}
    for one in nginx.look(scene):
        found.setdefault(one.problem, []).append(one)
    scene.close()
    return found


def wrong(found: dict[str, list[Finding]], problem: str) -> list[str]:
    return [one.sentence for one in found.get(problem, []) if one.severity == WRONG]


@pytest.fixture
def settings(web: Site) -> Iterator[Site]:
    """The site, with its configuration put back at the end; nginx itself reads it at start only."""
    path = web.folder / "nginx.conf"
    before = path.read_text()
    yield web
    path.write_text(before)


def test_a_good_site_is_found_good_open_and_closed(web: Site) -> None:
    for _ in ("open", "closed"):
        found = look(web)
        assert {one.severity for each in found.values() for one in each} == {OK}, found
        assert len(found["nginx-answer"]) >= 3
        web.close()


def test_a_marker_that_the_workers_cannot_see_is_found_by_looking_and_by_asking(web: Site) -> None:
    if os.geteuid():
        pytest.skip("needs root, whose workers are somebody else")
    web.close()
    web.state.chmod(0o700)
    found = look(web)
    assert str(web.state) in wrong(found, "nginx-reach")[0]
    assert any(MAIN in sentence for sentence in wrong(found, "nginx-answer"))


def test_a_server_block_that_lost_its_include_is_named(settings: Site) -> None:
    path = settings.folder / "nginx.conf"
    head, block = path.read_text().split(f"server_name {ORGANIZER}", 1)
    include = f"include {settings.folder}/pretix-maintenance.conf;"
    path.write_text(f"{head}server_name {ORGANIZER}{block.replace(include, '', 1)}")
    (sentence,) = wrong(look(settings), "nginx-include")
    assert ORGANIZER in sentence


def test_a_cache_of_files_is_told_with_its_validity(settings: Site) -> None:
    path = settings.folder / "nginx.conf"
    cache = "http { open_file_cache max=10; open_file_cache_valid 7s;"
    path.write_text(path.read_text().replace("http {", cache, 1))
    assert all("7s" in one.sentence for one in look(settings)["nginx-cache"])


def test_a_snippet_for_another_folder_is_found(settings: Site) -> None:
    snippet = settings.folder / "pretix-maintenance.conf"
    before = snippet.read_text()
    snippet.write_text(before.replace(str(settings.state), "/var/www/pretix"))
    try:
        found = look(settings)
    finally:
        snippet.write_text(before)
    assert any(BARE in sentence for sentence in wrong(found, "nginx-path"))
    assert wrong(found, "nginx")


def test_a_configuration_that_nginx_refuses_is_told_in_its_own_words(settings: Site) -> None:
    (settings.folder / "nginx.conf").write_text("nonsense;")
    found = look(settings)
    assert [*found] == ["nginx"]
    if os.geteuid() == 0:
        assert 'unknown directive "nonsense"' in wrong(found, "nginx")[0]


def test_an_include_that_nginx_has_not_read_is_found_while_the_shop_is_open(settings: Site) -> None:
    # What answers there knows nothing of what the files say.
    path = settings.folder / "nginx.conf"
    other = f"127.0.0.1:{settings.shop.port}"
    path.write_text(
        path.read_text().replace(f"listen 127.0.0.1:{settings.port}", f"listen {other}")
    )
    found = look(settings)
    assert any(MAIN in sentence for sentence in wrong(found, "nginx-read"))
    assert "nginx-answer" not in found


def test_nginx_that_does_not_answer_is_wrong(settings: Site) -> None:
    path = settings.folder / "nginx.conf"
    path.write_text(path.read_text().replace(f"127.0.0.1:{settings.port}", "127.0.0.1:1"))
    assert all("refused" in sentence for sentence in wrong(look(settings), "nginx-answer"))
    assert wrong(look(settings), "nginx-answer")
