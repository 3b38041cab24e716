"""Everything that could be wrong on this host, each with a plain sentence and its cure.

One small function for each thing that is looked at; `_LOOKS` lists them. Nothing is changed.
"""

from collections.abc import Callable, Iterator

from core.check import clock, configuration, nginx, ownership, state, sudo, systemd
from core.check.finding import OK, WARNING, WRONG, Finding, warning
from core.check.programs import Ended, start
from core.check.scene import Scene
from core.check.telling import text
from core.errors import ConfigurationError, CoreError

__all__ = ["OK", "WARNING", "WRONG", "Finding", "Scene", "findings", "look", "text"]

Look = Callable[[Scene], Iterator[Finding]]

_LOOKS: tuple[tuple[str, tuple[Look, ...]], ...] = (
    (
        "Configuration",
        (configuration.sound, configuration.past, configuration.readable),
    ),
    ("Owners", (ownership.owners, ownership.secrets, ownership.people)),
    (
        "State",
        (
            state.directory,
            state.agreement,
            state.lock,
            state.record,
            state.mutex,
            state.files,
            state.group,
            state.spare_files,
        ),
    ),
    ("Clock", (clock.plausible, clock.synchronised)),
)
_ON_A_HOST: tuple[tuple[str, tuple[Look, ...]], ...] = (
    ("systemd", (systemd.units,)),
    ("sudo", (sudo.rule,)),
    ("nginx", (nginx.look,)),
)


def findings(
    config_path: str,
    state_dir: str | None,
    now: int,
    run: Callable[..., Ended] = start,
) -> list[Finding]:
    """Look at everything; `run` starts a system program (see `programs.start`)."""
    scene = Scene(config_path, state_dir, now, run)
    try:
        return look(scene)
    finally:
        scene.close()


def look(scene: Scene) -> list[Finding]:
    """Look at everything; what one look cannot do does not stop the next."""
    found = [one for group, looks in _LOOKS for one in _seen(scene, group, looks)]
    if scene.installed:
        return found + [one for group, looks in _ON_A_HOST for one in _seen(scene, group, looks)]
    return [*found, _in_group(_left_out(scene), "Host")]


def _left_out(scene: Scene) -> Finding:
    return warning(
        "host",
        f"systemd, sudo and nginx are not looked at: {scene.config_path} is not this host's own "
        "configuration.",
        "Run this without --config on the shop's host.",
    )


def _seen(scene: Scene, group: str, looks: tuple[Look, ...]) -> Iterator[Finding]:
    for one in looks:
        try:
            for found in one(scene):
                yield _in_group(found, group)
        except ConfigurationError:
            continue  # told once, by the configuration's own look
        except (OSError, CoreError, ValueError) as error:
            yield _in_group(_unseen(group, error), group)


def _unseen(group: str, error: Exception) -> Finding:
    sentence = f"This could not be looked at: {error}."
    return Finding(group.lower(), WRONG, sentence, "Mend the cause, and run this again as root.")


def _in_group(found: Finding, group: str) -> Finding:
    return Finding(found.problem, found.severity, found.sentence, found.cure, group)
