"""The systemd timer that fits the configuration.

systemd reads each window's edges in the window's own zone. Where a clock change moves an edge (a
window with a duration, a skipped hour), the safety run is at most a minute late.
"""

import time
from collections.abc import Iterable, Iterator

from core.windows import MINUTES_A_WEEK, WeeklyWindow, Window

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HEAD = """\
# Made by `pretix-maintenance timer` from core.toml; make it again when the windows change.
[Unit]
Description=Close and open the pretix ticket shop at the edges of its windows
Documentation=man:systemd.timer(5)

[Timer]
Unit=pretix-maintenance.service
"""
_REST = """\
# Right after boot, and once a minute for all that nobody foresaw.
OnBootSec=1s
OnUnitActiveSec=1min
AccuracySec=1s
Persistent=true
OnClockChange=yes
OnTimezoneChange=yes

[Install]
WantedBy=timers.target
"""


def unit(windows: Iterable[Window]) -> str:
    """Return the unit's text."""
    edges = dict.fromkeys(edge for window in windows for edge in _edges(window))
    return _HEAD + "".join(f"OnCalendar={edge}\n" for edge in edges) + _REST


def _edges(window: Window) -> Iterator[str]:
    if isinstance(window, WeeklyWindow):
        yield _weekly(window.start, window.zone_name)
        yield _weekly((window.start + window.minutes) % MINUTES_A_WEEK, window.zone_name)
    else:
        for edge in (window.start, window.end):
            yield time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(edge))


def _weekly(minute: int, zone: str) -> str:
    hours, minutes = divmod(minute, 60)
    return f"{_DAYS[hours // 24]} *-*-* {hours % 24:02}:{minutes:02}:00 {zone}"
