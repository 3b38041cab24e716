"""Is `core.toml` sound, and can those read it who must?"""

import os
import stat
from collections.abc import Iterator

from core.check.finding import Finding, ok, warning, wrong
from core.check.scene import Scene
from core.errors import ConfigurationError
from core.windows import ExtraWindow


def sound(scene: Scene) -> Iterator[Finding]:
    """Tell every fault; a time zone without a file is one of them."""
    try:
        found = scene.timetable.configuration()
    except ConfigurationError as error:
        for fault in error.faults:
            yield wrong("configuration", f"{fault}.", f"Correct {scene.config_path}.")
        return
    if not found.windows:
        yield warning(
            "configuration",
            "There is no window: the shop never closes by itself.",
            f"Add a [[window]] to {scene.config_path}.",
        )
        return
    names = ", ".join(window.name for window in found.windows)
    yield ok("configuration", f"The configuration is sound. Windows: {names}.")
    for name in found.zone_files:
        yield ok("zone", f"The time zone's file {name} can be read.")


def past(scene: Scene) -> Iterator[Finding]:
    """Tell of one-off windows that are over: often the year in the date is last year's."""
    for window in scene.timetable.configuration().windows:
        if isinstance(window, ExtraWindow) and window.end <= scene.now:
            yield warning(
                "past-window",
                f'The one-off window "{window.name}" is over.',
                f"Remove it from {scene.config_path}, or correct its date.",
            )


def readable(scene: Scene) -> Iterator[Finding]:
    """The bot reads it too, in its own name."""
    there = os.path.exists(scene.config_path)
    if there and not os.stat(scene.config_path).st_mode & stat.S_IROTH:
        yield wrong(
            "configuration-mode",
            f"The bot may not read {scene.config_path}, so it cannot say when the shop opens.",
            f"chmod 644 {scene.config_path}",
        )
