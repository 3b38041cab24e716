"""What can go wrong in the core, by who must act.

    CoreError
    ├── UsageError        who called: unknown verb or option (exit 2, problem `usage`)
    ├── RequestError      who called: the JSON request is not one (exit 2, problem `request`)
    ├── ConfigurationError  the operator: `core.toml` is wrong; holds all faults (exit 3)
    ├── Busy              nobody: another run holds the mutex; try again (exit 4)
    ├── StateError        the operator: state unreadable or unsafe; the shop stays closed (exit 5)
    │   └── StateMissing  the operator: there is no state directory
    └── ApplyError        the operator: what was decided could not be done (exit 6)

Each has a `problem` for machines and a sentence for people (`str()`). The exit codes are the
contract of the command line.
"""


class CoreError(Exception):
    """Root of the core's errors."""

    exit_code = 1
    problem = "error"

    def __init__(self, sentence: str, problem: str | None = None) -> None:
        """Keep the sentence, and a more exact problem than the class's if there is one."""
        super().__init__(sentence)
        if problem is not None:
            self.problem = problem


class UsageError(CoreError):
    """The command line is not understood."""

    exit_code = 2
    problem = "usage"


class RequestError(CoreError):
    """The request on standard input is not understood; nothing was done."""

    exit_code = 2
    problem = "request"


class ConfigurationError(CoreError):
    """The configuration is wrong; `faults` names every fault, each as `key: sentence`.

    `state_dir` is what the file says about it, where at least that could be read.
    """

    exit_code = 3
    problem = "configuration"

    def __init__(self, faults: list[str], state_dir: str | None = None) -> None:
        """Keep all faults."""
        super().__init__("; ".join(faults))
        self.faults = faults
        self.state_dir = state_dir


class Busy(CoreError):
    """The mutex was not had in time."""

    exit_code = 4
    problem = "busy"


class StateError(CoreError):
    """The state directory cannot be trusted or read."""

    exit_code = 5
    problem = "state"


class StateMissing(StateError):
    """There is no state directory (yet)."""


class ApplyError(CoreError):
    """A decided change could not be made."""

    exit_code = 6
    problem = "apply"
