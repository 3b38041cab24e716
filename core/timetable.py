"""Where the occurrences come from: the almanac if it answers, the configuration if not."""

# ruff: noqa: PLC0415 - the configuration and the windows are read only where the almanac is no help

from core import almanac
from core.almanac import Almanac
from core.errors import ConfigurationError, StateError
from core.places import DEFAULT_STATE_DIR
from core.statedir import StateDir
from core.vocabulary import Occurrence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from core.config import Configuration

_KEPT = 16
_HEAD = 4096
_LOOK_BACK = 10 * 7 * 86400


class Timetable:
    """The occurrences by one configuration file."""

    __slots__ = ("_almanac", "_configuration", "_path", "fault")

    def __init__(self, path: str, kept: Almanac | None = None) -> None:
        """Read nothing yet; `kept` is an almanac that is known to be good."""
        self._path = path
        self._almanac = kept
        self._configuration: Configuration | None = None
        self.fault: ConfigurationError | None = None

    def configuration(self) -> "Configuration":
        """Return the configuration, read once.

        Raises:
            ConfigurationError: it is wrong.
        """
        if self.fault:
            raise self.fault
        if self._configuration is None:
            from core.config import load

            try:
                self._configuration = load(self._path)
            except ConfigurationError as error:
                self.fault = error
                raise
        return self._configuration

    def around(self, *moments: int) -> list[Occurrence]:
        """Return what `decision.decide` needs about each of `moments`.

        Raises:
            ConfigurationError: the configuration is wrong.
        """
        if self._almanac and self._almanac.covers(moments):
            return self._almanac.occurrences
        from core.windows import around

        return around(self.configuration().windows, *moments)

    def last_end(self, now: int) -> int | None:
        """Return the newest end of an occurrence that is not after `now`.

        Raises:
            ConfigurationError: the configuration is wrong.
        """
        from core.windows import occurrences

        past = occurrences(self.configuration().windows, now - _LOOK_BACK, now)
        return max((one.end for one in past if one.end <= now), default=None)

    def is_kept_for(self, now: int) -> bool:
        """Tell whether the almanac answers for `now`, so that there is none to be written."""
        return self._almanac is not None and self._almanac.covers((now,))

    def keep(self, home: StateDir, now: int) -> None:
        """Write the almanac anew if it does not answer for `now`.

        Raises:
            ConfigurationError: the configuration is wrong.
            OSError: it cannot be written.
        """
        if self.is_kept_for(now):
            return
        from core.windows import following

        configuration = self.configuration()
        coming: list[Occurrence] = []
        more = False
        for one in following(configuration.windows, now):
            more = len(coming) == _KEPT
            if more:
                break
            coming.append(one)
        fresh = almanac.from_coming(configuration.state_dir, now, coming, more=more)
        inputs = [self._path, *configuration.zone_files, almanac.own_code()]
        almanac.write(home, fresh, inputs, now)


def settle(
    config_path: str,
    state_dir: str | None,
    *,
    create: bool = False,
) -> tuple[StateDir, Timetable]:
    """Find the state directory (`state_dir`, or else the configuration's) and the timetable.

    A wrong configuration does not raise here: locking must work without one.

    Raises:
        StateError: the state directory is missing or cannot be trusted.
    """
    likely = state_dir or _guess(config_path)
    try:
        home = StateDir(likely)
    except StateError:
        home = None
    kept = almanac.read(home, config_path) if home else None
    if home and kept and (state_dir or kept.state_dir == likely):
        return home, Timetable(config_path, kept)
    # No almanac vouches for the guess.
    timetable = Timetable(config_path)
    if not state_dir:
        try:
            likely = timetable.configuration().state_dir
        except ConfigurationError as error:
            # Never make a directory by guess.
            likely, create = error.state_dir or DEFAULT_STATE_DIR, False
    if home:
        home.close()
    return StateDir(likely, create=create), timetable


def _guess(config_path: str) -> str:
    """Guess the state directory without a TOML parser; only an almanac found there confirms it."""
    try:
        with open(config_path, "rb", buffering=0) as file:
            head = file.read(_HEAD)
    except OSError:
        return DEFAULT_STATE_DIR
    for line in head.decode(errors="replace").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "state_dir":
            return value.strip().strip("\"'")
    return DEFAULT_STATE_DIR
