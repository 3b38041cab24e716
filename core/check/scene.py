"""What all looks share: paths, state directory, timetable, time, and a way to run programs."""

import os
from collections.abc import Callable

from core.check.programs import Ended, start
from core.errors import ConfigurationError, StateError
from core.places import DEFAULT_CONFIG, DEFAULT_STATE_DIR, MARKER
from core.timetable import Timetable, settle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from core.statedir import StateDir

BOT_USER = "pretix-maintenance-bot"
PROGRAM = "/usr/sbin/pretix-maintenance"
SUDO_RULE = "/etc/sudoers.d/pretix-maintenance"
UNITS = "/etc/systemd/system"
TIMER = "pretix-maintenance.timer"
SERVICE = "pretix-maintenance.service"
BOT = "pretix-maintenance-bot.service"


class Scene:
    """The host as it is looked at.

    `home` is None where the state directory cannot be trusted (`fault`); `state_path` names it all
    the same. `installed`: this is the host's own installation, not somebody's try-out in a folder.
    """

    def __init__(
        self,
        config_path: str,
        state_dir: str | None,
        now: int,
        run: Callable[..., Ended] = start,
        *,
        installed: bool | None = None,
    ) -> None:
        """Open what can be opened; `run` starts a system program (see `programs.start`)."""
        self.config_path = config_path
        self.now = now
        self.run = run
        self.installed = config_path == DEFAULT_CONFIG if installed is None else installed
        self.home: StateDir | None = None
        self.fault: StateError | None = None
        self.timetable = Timetable(config_path)
        try:
            self.home, self.timetable = settle(config_path, state_dir)
        except StateError as error:
            self.fault = error
        self.state_path = self.home.path if self.home else state_dir or self._configured()

    def _configured(self) -> str:
        try:
            return self.timetable.configuration().state_dir
        except ConfigurationError as error:
            return error.state_dir or DEFAULT_STATE_DIR

    def path(self, name: str) -> str:
        """Return the full path of a file in the state directory."""
        return os.path.join(self.state_path, name)

    @property
    def marker(self) -> str:
        """The marker's full path."""
        return self.path(MARKER)

    def close(self) -> None:
        """Let go of the state directory."""
        if self.home:
            self.home.close()
