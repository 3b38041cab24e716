"""The demo's command line."""

from pathlib import Path

import pytest

from bot.demo.options import Options, parse


def test_nothing_need_be_chosen() -> None:
    assert parse([]) == Options(Path(".demo"), 20, 20, "en", stand_in=False)


def test_everything_can_be_chosen() -> None:
    argv = ["--folder", "/tmp/x", "--window-in", "3", "--window-for", "4"]
    argv += ["--language", "nl", "--stand-in"]
    assert parse(argv) == Options(Path("/tmp/x"), 3, 4, "nl", stand_in=True)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "soon", "90000"])
def test_a_window_is_between_a_second_and_a_day(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(["--window-in", value])
    assert "--window-in" in capsys.readouterr().err
