"""Which shop the demo opens, and how it says so."""

from pathlib import Path

import pytest

from bot.demo.answer import ask
from bot.demo.folder import DemoFolder
from bot.demo.nginx import find
from bot.demo.premises import opened


@pytest.fixture
def folder(tmp_path: Path) -> DemoFolder:
    made = DemoFolder(tmp_path)
    for place in (made.state, made.nginx):
        place.mkdir()
    return made


def gone(url: str) -> bool:
    return ask(url).startswith("the shop does not answer")


def test_without_nginx_the_stand_in_opens_and_tells_how_to_have_nginx(folder: DemoFolder) -> None:
    with opened(folder, program=None, stand_in=False) as (url, kind):
        assert "sudo apt install nginx-light" in kind
        assert ask(url) == "the shop answers: 200 OK"
        folder.marker.touch()
        assert "503" in ask(url)
    assert gone(url)


@pytest.mark.skipif(find() is None, reason="nginx is not installed")
def test_with_nginx_it_is_nginx(folder: DemoFolder) -> None:
    with opened(folder, program=find(), stand_in=False) as (url, kind):
        assert kind == "It is a real nginx."
        assert ask(url) == "the shop answers: 200 OK"
    assert gone(url)
    assert (folder.nginx / "access.log").exists()


def test_an_nginx_that_does_not_start_is_told_and_replaced(
    folder: DemoFolder, tmp_path: Path
) -> None:
    program = tmp_path / "nginx-that-fails"
    program.write_text("#!/bin/sh\necho 'no such module' >&2\nexit 1\n")
    program.chmod(0o755)
    with opened(folder, program=str(program), stand_in=False) as (url, kind):
        assert "stand-in" in kind
        assert "did not start" in kind
        assert "no such module" in kind
        assert ask(url) == "the shop answers: 200 OK"


def test_an_nginx_that_cannot_be_run_is_replaced_too(folder: DemoFolder) -> None:
    with opened(folder, program="/no/such/nginx", stand_in=False) as (url, kind):
        assert "did not start" in kind
        assert ask(url) == "the shop answers: 200 OK"


def test_the_stand_in_can_be_asked_for(folder: DemoFolder) -> None:
    with opened(folder, program="/no/such/nginx", stand_in=True) as (url, kind):
        assert "as you asked" in kind
        assert ask(url) == "the shop answers: 200 OK"


def test_whatever_happens_the_shop_is_closed_down(folder: DemoFolder) -> None:
    with (
        pytest.raises(SystemExit),
        opened(folder, program=find(), stand_in=False) as (url, _),
    ):
        raise SystemExit(0)
    assert gone(url)
