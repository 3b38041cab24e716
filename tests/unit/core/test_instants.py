"""Instants at the borders."""

import pytest

from core.errors import RequestError
from core.instants import LATEST, instant, text_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-29T22:00:00Z", 1795989600),
        ("2026-11-29T23:00:00+01:00", 1795989600),
        ("2026-11-29T22:00:00+00:00", 1795989600),
        ("2028-02-29T00:00:00Z", 1835395200),
        ("9998-12-31T23:59:59Z", LATEST),
    ],
)
def test_an_instant_is_read_to_the_second(text: str, seconds: int) -> None:
    assert instant(text) == seconds


@pytest.mark.parametrize("seconds", [0, 1, 1795989600, LATEST])
def test_what_is_written_is_read_again(seconds: int) -> None:
    assert instant(text_of(seconds)) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-29",
        "2026-11-29T22:00:00",
        "2026-11-29 22:00:00Z",
        "2026-11-29T22:00Z",
        "2026-11-29T22:00:00.5Z",
        "2026-11-29t22:00:00z",
        "20261129T220000Z",
        "2026-W48-7T22:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-29T24:00:00Z",
        "1969-12-31T23:59:59Z",
        "9999-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        " 2026-11-29T22:00:00Z",
    ],
)
def test_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        instant(text)
    assert caught.value.exit_code == 2
