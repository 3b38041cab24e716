"""A clock that cannot be right, or that nobody keeps right."""

import pytest

from core.check import OK, WARNING, WRONG, clock
from core.check.programs import Ended
from core.instants import instant
from tests.unit.core.check.system import System, scene, told
from tests.unit.core.conftest import BEFORE, INSIDE, Shop

CHRONY = """\
Reference ID    : A29FC87B (162.159.200.123)
Stratum         : 4
System time     : 0.000012345 seconds fast of NTP time
Leap status     : {}
"""


@pytest.mark.parametrize(
    ("at", "severity"),
    [(INSIDE, OK), ("1970-01-02T00:00:00Z", WRONG), ("2026-11-20T00:00:00Z", WRONG)],
)
def test_it_is_neither_before_the_project_nor_before_the_journal(
    shop: Shop, at: str, severity: str
) -> None:
    shop.reconcile(INSIDE)
    shop.at = instant(at)
    assert told(clock.plausible(scene(shop))) == [("clock", severity)]


def test_it_can_be_told_without_a_state_directory(shop: Shop) -> None:
    assert told(clock.plausible(scene(shop))) == [("clock", OK)]


@pytest.mark.parametrize(
    ("answers", "severity"),
    [
        ({"timedatectl": "yes\n"}, OK),
        ({"timedatectl": "no\n"}, WARNING),
        ({"timedatectl": "no\n", "chronyc": CHRONY.format("Normal")}, OK),
        ({"timedatectl": "no\n", "chronyc": CHRONY.format("Not synchronised")}, WARNING),
        ({"timedatectl": Ended(1, err="no bus"), "chronyc": CHRONY.format("Normal")}, OK),
        ({"timedatectl": Ended(1, err="Failed to connect to bus: Host is down")}, WARNING),
        ({}, WARNING),
    ],
)
def test_systemd_or_chrony_say_whether_it_is_synchronised(
    shop: Shop, answers: dict[str, str | Ended], severity: str
) -> None:
    shop.reconcile(BEFORE)
    assert told(clock.synchronised(scene(shop, System(answers)))) == [("clock-sync", severity)]


def test_where_nobody_knows_the_cause_is_told(shop: Shop) -> None:
    (found,) = clock.synchronised(scene(shop))
    assert "timedatectl is not installed" in found.sentence
