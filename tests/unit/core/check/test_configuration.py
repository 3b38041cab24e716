"""What `core.toml` may have wrong."""

import pytest

from core.check import OK, WARNING, WRONG, configuration
from core.instants import instant
from tests.unit.core.check.system import bad, scene, told
from tests.unit.core.conftest import BEFORE, CONFIG, Shop


@pytest.mark.parametrize(
    ("config", "severity"),
    [(CONFIG, OK), ("", WARNING), ("nonsense", WRONG)],
)
def test_a_sound_an_empty_and_a_wrong_one(shop: Shop, config: str, severity: str) -> None:
    shop.config.write_text(config)
    assert told(configuration.sound(scene(shop))) == [("configuration", severity)]


def test_every_fault_is_told(shop: Shop) -> None:
    shop.config.write_text("a=1\nb=2")
    assert bad(configuration.sound(scene(shop))) == [
        "a: is not a known key.",
        "b: is not a known key.",
    ]


def test_a_zone_without_a_file_is_a_fault_and_one_with_a_file_is_named(shop: Shop) -> None:
    shop.config.write_text(CONFIG.replace('"UTC"', '"Europe/Nowhere"'))
    assert "Europe/Nowhere" in bad(configuration.sound(scene(shop)))[0]
    shop.config.write_text(CONFIG.replace('"UTC"', '"Europe/Amsterdam"'))
    found = [*configuration.sound(scene(shop))]
    assert told(found) == [("configuration", OK), ("zone", OK)]
    assert "/usr/share/zoneinfo/Europe/Amsterdam" in found[1].sentence


def test_a_one_off_window_that_is_over_is_named(shop: Shop) -> None:
    shop.config.write_text(
        '[[extra_window]]\nname = "Year end"\nstart = 2026-11-01T20:00:00Z\nduration = "7h"\n'
    )
    shop.at = instant("2026-11-02T02:59:59Z")
    assert bad(configuration.past(scene(shop))) == []
    shop.at += 1
    assert bad(configuration.past(scene(shop))) == ['The one-off window "Year end" is over.']


def test_the_bot_must_be_able_to_read_it(shop: Shop) -> None:
    shop.reconcile(BEFORE)
    assert bad(configuration.readable(scene(shop))) == []
    shop.config.chmod(0o640)
    assert told(configuration.readable(scene(shop))) == [("configuration-mode", WRONG)]
    shop.config.unlink()
    assert bad(configuration.readable(scene(shop))) == []
